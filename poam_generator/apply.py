"""What a change does to the values: the one meaning of each kind, for the store and for the properties that try reconcile."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from poam_generator.errors import PoamError
from poam_generator.model import (
    LIVE,
    AwaitReviewer,
    Change,
    CloseItem,
    DraftItem,
    Item,
    ItemHost,
    JoinHost,
    LapseDisposition,
    State,
    UnverifyHost,
    VerifyHost,
    WithdrawItem,
)

AGAIN = "load the items of the check anew and reconcile again"


def apply_changes(items: Sequence[Item], changes: Iterable[Change], next_id: Callable[[], str], today: date) -> tuple[Item, ...]:
    """The items after the changes, in their order, new ones last; next_id gives each new item its id.

    Raises PoamError when a change names what is not there, or asks for a step that the life of an item does not have.
    """
    held = {item.id: _Sheet(item) for item in items}
    for change in changes:
        if isinstance(change, DraftItem):
            item = replace(change.item, id=next_id())
            held[item.id] = _Sheet(item)
        elif change.item in held:
            held[change.item].apply(change, today)
        else:
            raise PoamError(f"there is no item {change.item!r} among the {len(held)} given; {AGAIN}")
    return tuple(sheet.item() for sheet in held.values())


def apply_change(item: Item, change: Change, today: date) -> Item:
    """The item after one change to it; raises PoamError when the item does not allow the step."""
    sheet = _Sheet(item)
    sheet.apply(change, today)
    return sheet.item()


class _Sheet:
    """One item while changes are put to it, with its hosts by their ids, so that thousands of hosts cost no more than one each."""

    def __init__(self, item: Item) -> None:
        self._item = item
        self._hosts = {host.host: host for host in item.hosts}
        self._joined = False

    def item(self) -> Item:
        """The item as it stands; hosts that joined have their place by id."""
        hosts = self._hosts.values()
        return replace(self._item, hosts=tuple(sorted(hosts, key=lambda one: one.host) if self._joined else hosts))

    def apply(self, change: Change, today: date) -> None:
        """Put one change to the item."""
        match change:
            case JoinHost(host=joining):
                self._join(joining)
            case VerifyHost(host=host, before=before, after=after):
                self._hosts[host] = replace(self._find(host), failing=before, passing=after)
            case UnverifyHost(host=host, failing=failing):
                self._hosts[host] = replace(self._find(host), failing=failing, passing=None)
            case LapseDisposition(host=host):
                self._hosts[host] = replace(self._find(host), disposition=None, progress_by=None, passing=None)
            case AwaitReviewer(reason=reason):
                self._item = replace(self._item, awaiting=reason)
            case CloseItem():
                self._end("open", "closed", today)
            case WithdrawItem():
                self._end("draft", "withdrawn", today)
            case DraftItem():
                raise PoamError(f"{self._item.id} exists; a draft is made and not applied to an item")

    def _find(self, host_id: str) -> ItemHost:
        if host_id not in self._hosts:
            raise PoamError(f"{self._item.id} does not hold the host {host_id!r}; {AGAIN}")
        return self._hosts[host_id]

    def _join(self, host: ItemHost) -> None:
        if self._item.state not in LIVE:
            raise PoamError(f"{self._item.id} is {self._item.state}; a host joins a draft or an open item only")
        if host.host in self._hosts:
            raise PoamError(f"{self._item.id} holds {host.host_name} already")
        self._hosts[host.host] = host
        self._joined = True

    def _end(self, before: State, after: State, today: date) -> None:
        if self._item.state != before:
            raise PoamError(f"{self._item.id} is {self._item.state}; {before} items become {after}, others do not")
        self._item = replace(self._item, state=after, ended_on=today, awaiting="")
