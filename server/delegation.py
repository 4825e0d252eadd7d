"""Who gets the items that there are by the assignment rules of now: a person's act, since the rules alone reach new ones."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from checks.framework import Framework, load_framework
from poam_generator.model import LIVE, DraftHost, DraftSettings
from poam_generator.team import find_contact
from server import store
from server.errors import ServerError
from server.models import Item, System, User
from server.store.absences import owner_by_rule
from server.store.people import DECIDING, require
from server.store.reviews import delegate_item


@dataclass(frozen=True, slots=True)
class Delegated:
    """What the rules say of one item. owner: who has it now by them, None where it stays as it was; why: a sentence on either."""

    item: Item
    owner: User | None
    why: str


def delegate(system: System, identifiers: Iterable[str], user: User, now: datetime) -> list[Delegated]:
    """Give items to whom the rules name; none named means every live one that belongs to nobody who is still here.

    Raises ServerError for one that has ended, and for a person who may not assign items.
    """
    require(system, user, DECIDING, "assign items")
    settings, framework = store.draft_settings(system), load_framework()
    return [_delegate(row, _contact(row, settings, framework), user, now) for row in list(_chosen(system, list(identifiers)))]


def _chosen(system: System, identifiers: list[str]) -> Iterator[Item]:
    if not identifiers:
        yield from store.whole_items(system).filter(Q(owner=None) | Q(owner__is_active=False), state__in=LIVE).order_by("number")
    for identifier in dict.fromkeys(identifiers):
        row = store.find_item(system, identifier)
        if row.state not in LIVE:
            raise ServerError(f"{row} is {row.state.replace('_', ' ')} and cannot be assigned")
        yield row


def _contact(row: Item, settings: DraftSettings, framework: Framework) -> str:
    """Whom the first rule that fits names; hosts that were retired are nobody's work."""
    named = {one.asset_id: one.asset for one in row.hosts.all()}
    held = {str(pk): (asset.platform, asset.group) for pk, asset in named.items()}
    hosts = [DraftHost(one, *held[one.host]) for one in store.read_item(row, row.system).hosts if one.disposition != "retired"]
    families = {one.family for one in framework.requirements if one.id in row.requirements}
    return find_contact(settings, families, hosts)


def _delegate(row: Item, contact: str, user: User, now: datetime) -> Delegated:
    if not contact:
        return Delegated(row, None, f"no rule fits {row}; say whose it is: closeout items assign")
    owner, why = owner_by_rule(row.system, contact, now.date())
    if owner is None:
        return Delegated(row, None, f"the rule for {row} names {contact!r}, who is no person with a role here")
    if row.owner_id == owner.pk:
        return Delegated(row, None, f"{row} is {owner}'s already")
    return Delegated(delegate_item(row, user, owner, why, now), owner, why)
