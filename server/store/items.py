"""POA&M items as reconcile sees them, and the saving of what it decided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from collector.canonical import canonical_bytes, sha256
from poam_generator import model as poam
from poam_generator.apply import apply_change
from poam_generator.errors import PoamError
from poam_generator.json_form import to_json
from server.errors import ServerError
from server.models import Asset, Closure, Item, ItemEvent, ItemHost, Milestone, Result, System, User
from server.store.absences import owner_by_rule
from server.store.held_hosts import merged_entries
from server.store.item_history import tell_change, tell_draft
from server.store.milestones import follow_hosts, make_milestones
from server.store.seam import HOST_COLUMNS, draft_columns, item_id, item_number, read_host_columns, read_item

Step = poam.JoinHost | poam.VerifyHost | poam.UnverifyHost | poam.LapseDisposition | poam.AwaitReviewer | poam.CloseItem | poam.WithdrawItem


@dataclass(frozen=True, slots=True)
class Applied:
    """What the changes of one check came to, by the ids of the items."""

    drafted: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()

    def __add__(self, other: "Applied") -> "Applied":
        """Both together."""
        return Applied(
            self.drafted + other.drafted, self.joined + other.joined, self.closed + other.closed, self.withdrawn + other.withdrawn
        )


def whole_items(system: System) -> QuerySet[Item]:
    """The system's items with everything that read_item needs fetched along."""
    hosts = Prefetch("hosts", ItemHost.objects.select_related("asset", "ask"))
    return Item.objects.filter(system=system).select_related("system", "predecessor").prefetch_related(hosts)


def items(system: System, checks: Collection[str], heard: Collection[Asset] = ()) -> dict[str, tuple[poam.Item, ...]]:
    """Every item of each check, ended ones too, in the order of their numbers, with every host that bears on what comes next.

    Of an ended item that is who fails today, what was merged into a host, and whoever stands under a disposition anywhere: it may
    come back. A fleet's ended items hold hundreds of thousands of others, of which nothing follows.
    heard: the only hosts that something new is known of; none named means any. Of a live item that waits for another host besides,
    these and one that it waits for are given, because it cannot end (reconcile.hosts_that_decide).
    """
    own = Item.objects.filter(system=system, source="check", source_key__in=checks)
    hosts = ItemHost.objects.filter(item__in=own)
    failing = Result.objects.filter(asset=OuterRef("asset"), check_id=OuterRef("item__source_key"), status="fail")
    disposed = hosts.filter(asset=OuterRef("asset"), item__source_key=OuterRef("item__source_key")).exclude(disposition="")
    former = [entry for entries in merged_entries(system, heard).values() for entry in entries]
    bearing = hosts.filter(Q(item__state__in=poam.LIVE) | Exists(failing) | Exists(disposed) | Q(asset__in=former))
    if heard:
        waiting = _waits_for(own, heard)
        few = Q(asset__in=[*heard, *former]) | Q(pk__in=waiting.values()) | Q(item__state__in=poam.LIVE) & ~Q(item__in=waiting)
        bearing = bearing.filter(few)
    held: dict[int, list[poam.ItemHost]] = {}
    for item, *columns in bearing.order_by("asset_id").values_list("item", *HOST_COLUMNS):
        held.setdefault(item, []).append(read_host_columns(*columns))
    found: dict[str, list[poam.Item]] = {check: [] for check in checks}
    for row in own.select_related("predecessor").order_by("number"):
        found[row.source_key].append(read_item(row, system, tuple(held.get(row.pk, ()))))
    return {check: tuple(ones) for check, ones in found.items()}


def _waits_for(own: QuerySet[Item], heard: Collection[Asset]) -> dict[int, int]:
    """Live item -> one of its other hosts that is neither verified nor disposed of; one that awaits a reviewer waits for no host."""
    others = ItemHost.objects.filter(item=OuterRef("pk"), passing__isnull=True, disposition="").exclude(asset__in=heard)
    live = own.filter(state__in=poam.LIVE, awaiting="").annotate(waits_for=Subquery(others.order_by().values("pk")[:1]))
    return dict(live.exclude(waits_for=None).values_list("pk", "waits_for"))


def checks_in_motion(system: System) -> set[str]:
    """The checks that reconcile could do anything about: failing somewhere, or with a live item or a disposition that may lapse."""
    failing = Result.objects.filter(system=system, status="fail").values_list("check_id", flat=True).distinct()
    own = Item.objects.filter(system=system, source="check")
    held = (
        own.filter(Q(state__in=poam.LIVE) | (Q(hosts__isnull=False) & ~Q(hosts__disposition="")))
        .values_list("source_key", flat=True)
        .distinct()
    )
    return set(failing) | set(held)


def checks_moved_by(system: System, hosts: Collection[Asset]) -> set[str]:
    """The checks of which what is true now of these hosts may change an item, looked up by them and not by the fleet.

    A host stays where it is when it fails and stands so in a live item, when it passes and stands verified in one that waits for
    another host, and when it does not fail and stands in none. What dates change is seen once a day.
    """
    fails, passes = (_pairs(system, hosts, status) for status in ("fail", "pass"))
    others = ItemHost.objects.filter(item=OuterRef("item"), passing__isnull=True, disposition="").exclude(asset__in=hosts)
    rows = ItemHost.objects.filter(system=system, asset__in=hosts, item__source="check")
    rows = rows.filter(Q(item__state__in=poam.LIVE) | ~Q(disposition="")).order_by("item__state")
    columns = rows.annotate(verified=Q(passing__isnull=False), waits=Exists(others) & Q(item__awaiting=""))
    held: set[tuple[UUID, str]] = set()
    stay: set[tuple[UUID, str]] = set()
    for asset, check, verified, waits, disposition in columns.values_list("asset", "item__source_key", "verified", "waits", "disposition"):
        pair = (asset, check)
        settled = not disposition and (waits if verified else True) and pair in (passes if verified else fails)
        # A host under a disposition in one item and in another beside it is for reconcile to sort out.
        (stay.add if settled and pair not in held else stay.discard)(pair)
        held.add(pair)
    return {check for _, check in (fails | held) - stay}


def _pairs(system: System, hosts: Collection[Asset], status: str) -> set[tuple[UUID, str]]:
    return set(Result.objects.filter(system=system, asset__in=hosts, status=status).values_list("asset", "check_id"))


def has_owned(row: Item, user: User) -> bool:
    """True for the owner of an item or of what it was split off, and for whoever was before: handing it over makes nobody its reviewer."""
    owned = row.owner_id == user.pk or ItemEvent.objects.filter(item=row, kind="assigned", detail__owner=user.pk).exists()
    return owned or (row.split_from is not None and has_owned(row.split_from, user))


def find_item(system: System, identifier: str) -> Item:
    """The row of an item; raises ServerError when the system has none of that id."""
    return _one_item(whole_items(system), system, identifier)


def lock_item(row: Item) -> Item:
    """The item as it is now; to the end of the transaction nobody else changes the items of its system, a scan neither."""
    System.objects.select_for_update().get(pk=row.system_id)
    return find_item(row.system, row.identifier)


def _one_item(rows: QuerySet[Item], system: System, identifier: str) -> Item:
    number = item_number(identifier)
    found = rows.filter(number=number).first()
    if found is None or item_id(system, number) != identifier.upper():
        raise ServerError(f"there is no item {identifier!r} in {system.name}; `closeout items list` shows all")
    return found


def platforms_of(system: System, numbers: Collection[int]) -> dict[int, frozenset[str]]:
    """Number of an item of a check -> the platforms of its hosts that nobody has disposed of."""
    held = ItemHost.objects.filter(system=system, item__number__in=numbers, item__source="check", disposition="")
    found: dict[int, set[str]] = {number: set() for number in numbers}
    for number, platform in held.values_list("item__number", "asset__platform").distinct().order_by():
        found[number].add(platform)
    return {number: frozenset(platforms) - {""} for number, platforms in found.items()}


def apply(  # noqa: PLR0913, PLR0917 - what was decided on what, and who and when
    system: System,
    changes: Sequence[poam.Change],
    drafts: Sequence[poam.Draft],
    now: datetime,
    actor: User | None = None,
    held: Sequence[poam.Item] = (),
) -> Applied:
    """Save what reconcile decided, all or nothing. drafts: the texts of the new items, one for each DraftItem, in their order.

    held: the items as they were looked at in this very transaction (systems.locked), so that they are not read again.

    Raises ServerError when an item has moved on since it was looked at; look again and reconcile anew (see systems.locked).
    """
    if len(drafts) != sum(isinstance(change, poam.DraftItem) for change in changes):
        raise ServerError("every new item needs its text")
    if not changes:
        return Applied()
    with transaction.atomic():
        work = _Applying(System.objects.select_for_update().get(pk=system.pk), now, actor, held)
        texts = iter(drafts)
        for change in changes:
            if isinstance(change, poam.DraftItem):
                work.draft(change, next(texts))
            else:
                work.change(change)
        work.finish()
    return work.applied


def create_item(system: System, item: poam.Item, draft: poam.Draft, now: datetime, actor: User | None) -> Item:
    """A new item of any source; its id comes from the system's counter."""
    with transaction.atomic():
        work = _Applying(System.objects.select_for_update().get(pk=system.pk), now, actor)
        work.draft(poam.DraftItem(item), draft)
        work.finish()
    return find_item(system, work.applied.drafted[0])


class _Applying:
    """The changes of one call, inside its transaction."""

    def __init__(self, system: System, now: datetime, actor: User | None, held: Sequence[poam.Item] = ()) -> None:
        self.system = system
        self.now = now
        self.actor = actor
        self.applied = Applied()
        self.events: list[ItemEvent] = []
        self.milestones: list[Milestone] = []
        self.hosts: list[ItemHost] = []
        self.rows: dict[str, Item] = {}
        self.values = {item.id: item for item in held}
        self.ended: set[str] = set()  # before this call: of them only the end of a disposition is noted
        self.joined: dict[str, list[poam.ItemHost]] = {}

    def draft(self, change: poam.DraftItem, text: poam.Draft) -> None:
        """Save a new item with its text, its milestones and its hosts."""
        self.system.last_item += 1
        value = change.item
        owner, why = owner_by_rule(self.system, text.point_of_contact, self.now.date())
        row = Item.objects.create(
            system=self.system,
            number=self.system.last_item,
            source=value.source,
            source_key=value.source_key,
            state=value.state,
            judgement=value.judgement,
            predecessor=self._row(value.predecessor) if value.predecessor else None,
            detected_on=value.detected_on,
            created_at=self.now,
            changed_at=self.now,
            original_completion=text.scheduled_completion,
            hosts_total=len(value.hosts),
            owner=owner,
            **draft_columns(text),
        )
        self.milestones += make_milestones(row, text)
        self.hosts += (self._host_row(row, host) for host in value.hosts)
        self._event(row, "drafted", tell_draft(value))
        if owner:
            self._event(row, "assigned", why, {"owner": owner.pk})
        self.applied += Applied(drafted=(item_id(self.system, row.number),))

    def change(self, change: Step) -> None:
        """Save one change to an item that there is."""
        row = self._row(change.item)
        before = self.values[change.item]
        try:
            after = apply_change(before, change, self.now.date())
        except PoamError as error:
            raise ServerError(str(error)) from error
        self.values[change.item] = after
        self._save_hosts(row, before, after)
        if (before.state, before.awaiting) != (after.state, after.awaiting):
            row.state, row.awaiting, row.ended_on = after.state, after.awaiting, after.ended_on
            row.save(update_fields=["state", "awaiting", "ended_on"])
        self._note(row, change)

    def finish(self) -> None:
        """Write what belongs to the new items, and the milestones, the history and the counters of every item that was touched."""
        self.system.save(update_fields=["last_item"])
        Milestone.objects.bulk_create(self.milestones)
        ItemHost.objects.bulk_create(self.hosts)
        for identifier, row in self.rows.items():
            if identifier not in self.ended:
                self.events += follow_hosts(row, self.joined.get(identifier, ()), self.now)
        ItemEvent.objects.bulk_create(self.events)
        for row in self.rows.values():
            count_hosts(row, self.now)

    def _row(self, identifier: str) -> Item:
        if identifier not in self.rows:
            if identifier in self.values:
                self.rows[identifier] = _one_item(Item.objects.filter(system=self.system), self.system, identifier)
            else:
                self.rows[identifier] = find_item(self.system, identifier)
                self.values[identifier] = read_item(self.rows[identifier], self.system)
            if self.values[identifier].state not in poam.LIVE:
                self.ended.add(identifier)
        return self.rows[identifier]

    def _host_row(self, row: Item, host: poam.ItemHost) -> ItemHost:
        return ItemHost(system=self.system, item=row, asset_id=host.host, added_at=self.now, **_host_columns(host))

    def _save_hosts(self, row: Item, before: poam.Item, after: poam.Item) -> None:
        old = {host.host: host for host in before.hosts}
        for host in after.hosts:
            if host.host not in old:
                self._host_row(row, host).save(force_insert=True)
            elif host != old[host.host]:
                ItemHost.objects.filter(item=row, asset_id=host.host).update(**_host_columns(host))

    def _note(self, row: Item, change: poam.Change) -> None:
        for kind, text, detail in tell_change(change, self._name):
            self._event(row, kind, text, detail)
        if isinstance(change, (poam.CloseItem, poam.WithdrawItem)):
            self._end(row, change)
        elif isinstance(change, poam.JoinHost):
            self.joined.setdefault(change.item, []).append(change.host)
            self.applied += Applied(joined=(change.item,))

    def _end(self, row: Item, change: poam.CloseItem | poam.WithdrawItem) -> None:
        if not change.record:
            raise ServerError(f"{change.item} cannot end without its record")
        record = canonical_bytes(dict(change.record))
        Closure.objects.create(
            system=self.system, item=row, state=row.state, at=self.now, by=self.actor, canonical=record, sha256=sha256(record)
        )
        closed = isinstance(change, poam.CloseItem)
        self.applied += Applied(closed=(change.item,)) if closed else Applied(withdrawn=(change.item,))

    def _name(self, host: str) -> str:
        return Asset.objects.values_list("name", flat=True).get(pk=host)

    def _event(self, row: Item, kind: str, text: str, detail: dict[str, Any] | None = None) -> None:
        self.events.append(ItemEvent(system=self.system, item=row, kind=kind, text=text, detail=detail or {}, by=self.actor, at=self.now))


def count_hosts(row: Item, now: datetime | None = None) -> None:
    """Count an item's hosts anew; now: when it was changed, None when it only is counted."""
    verified = Count("id", filter=Q(passing__isnull=False))
    counted = ItemHost.objects.filter(item=row).aggregate(total=Count("id"), verified=verified)
    row.hosts_total, row.hosts_verified = counted["total"], counted["verified"]
    row.changed_at = now or row.changed_at
    row.save(update_fields=["hosts_total", "hosts_verified", "changed_at"])


def _host_columns(host: poam.ItemHost) -> dict[str, Any]:
    return {
        "failing": to_json(host.failing),
        "passing": to_json(host.passing),
        "disposition": host.disposition or "",
        "disposition_until": host.disposition_until,
        "added_after_approval": host.added_after_approval,
        "accepted_receipts": list(host.accepted_receipts),
    }
