"""What is true now of a check on the hosts that bear on its items, and the strip of what was: read, never stored.

A check over ten thousand hosts is read in a handful of queries, and rows are values and no objects of the tables: that is what
keeps bringing a fleet up to date within a minute.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from poam_generator import model as poam
from poam_generator.policies import ClosingRules
from server.models import Asset, Conflict, ItemHost, Reading, Receipt, Result, System, Transition
from server.store.results import Sources, covering_scopes
from server.store.seam import seen_of

T = TypeVar("T")
MOST_PASSES = 60  # newest passes of a host that a finding carries besides the first
AT_A_TIME = 500  # hosts whose past is read in one go


class _Delivered(NamedTuple):
    """What an observation needs of a receipt; facts: the digest of the facts as last read."""

    id: UUID
    ordered_at: datetime
    origin: str
    bundle_digest: str
    account: str
    collector: str
    facts: str


_COLUMNS = tuple(name for name in _Delivered._fields if name != "facts")


class _Now(NamedTuple):
    """The current result of a host, with its newest receipt; without one, nothing is known of the host."""

    asset: UUID
    name: str
    group: str
    status: str
    judgement: str
    observations: Sequence[Mapping[str, Any]]
    reread: bool
    receipt: _Delivered | None

    @property
    def seen(self) -> poam.Seen | None:
        """The newest observation; None of a host of which nothing is known."""
        if self.receipt is None:
            return None
        return seen_of(self.receipt, self.receipt.facts, self.status, self.judgement, tuple(self.observations), reread=self.reread)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A transition without its observations: from ordered_at on the check stands so."""

    pk: int
    ordered_at: datetime
    status: str
    judgement: str
    cause: str
    receipt: UUID


def findings(
    system: System, check_id: str, sources: Sources, rules: ClosingRules, among: Collection[UUID] | None = None
) -> Iterator[poam.Finding]:
    """What is true now of a check on every host that bears on its items, in the order of hosts: it fails, or an item holds it.

    Nothing follows from the others: they do not fail, and no item waits for them. Hosts that are retired or out of scope are left out.
    rules: the closing policies of the check, in whose windows the changes of a host are counted. among: these hosts suffice. last_failure,
    passes and changes are given for hosts that stand in an item. While nobody has said which of two assets a bundle is of,
    a pass of either is an error: it may be the other's.
    """
    asked = _Asked(system, check_id, sources, among if among is None or len(among) <= AT_A_TIME else None)
    held = set(asked.held())
    doubted = doubted_hosts(system)
    bearing = list(asked.now())
    bearing += asked.silent(held - {one.asset for one in bearing})
    for chunk in _chunks(sorted(bearing, key=lambda one: one.asset.bytes), AT_A_TIME):
        pasts = _pasts(asked, [one for one in chunk if one.asset in held and one.receipt], rules)
        for one in chunk:
            found = pasts.get(one.asset) or poam.Finding(str(one.asset), one.name, one.seen, policy=rules.of(one.group))
            unsure = one.asset in doubted and one.status == "pass"
            yield doubt(found, doubted[one.asset]) if unsure else found


def _chunks(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Rows so many at a time, since a database takes no longer lists."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A check of a system, and the hosts that it is asked of: all where none are named."""

    system: System
    check: str
    sources: Sources
    among: Collection[UUID] | None

    def held(self) -> QuerySet[ItemHost, UUID]:
        """The hosts that stand in a live item of the check, or under a disposition in one that ended."""
        rows = ItemHost.objects.filter(system=self.system, item__source="check", item__source_key=self.check)
        rows = rows if self.among is None else rows.filter(asset__in=self.among)
        return rows.filter(Q(item__state__in=poam.LIVE) | ~Q(disposition="")).values_list("asset_id", flat=True)

    def now(self) -> Iterator[_Now]:
        """The results of the hosts that fail, then of the others that are held: two questions, each with an index of its own."""
        rows = Result.objects.filter(system=self.system, check_id=self.check)
        yield from self._read(rows.filter(status="fail"))
        yield from self._read(rows.filter(asset__in=self.held()).exclude(status="fail"))

    def _read(self, results: QuerySet[Result]) -> Iterator[_Now]:
        hosts = Q(asset__kind="host", asset__retired_at=None) & (Q(asset__platform="") | Q(asset__platform__in=self.sources))
        rows = results.filter(hosts) if self.among is None else results.filter(hosts, asset__in=self.among)
        columns = ("asset_id", "asset__name", "asset__group", "status", "judgement", "observations", "reread")
        receipt = (f"receipt__{name}" for name in _COLUMNS)
        for row in rows.annotate(facts=_facts("receipt_id")).values_list(*columns, *receipt, "facts"):
            asset, name, group, status, judgement, observations, reread, *delivered = row
            yield _Now(asset, name, group, status, judgement, observations, reread, _Delivered(*delivered))

    def silent(self, missing: set[UUID]) -> list[_Now]:
        """Those of the held hosts without a result of which nothing is known; the others are retired, or of another platform."""
        found: list[_Now] = []
        for some in _chunks(sorted(missing), AT_A_TIME):
            rows = self._hosts().filter(pk__in=some).values_list("pk", "name", "group")
            found += [_Now(asset, name, group, "", "", (), False, None) for asset, name, group in rows]
        return found

    def scopes(self) -> list[int]:
        """The scopes of the receipts that say something of the check."""
        return covering_scopes(self.system, self.sources)

    def _hosts(self) -> QuerySet[Asset]:
        rows = Asset.objects.filter(system=self.system, kind="host", retired_at=None).exclude(category="out_of_scope")
        return rows.filter(Q(platform="") | Q(platform__in=self.sources))


def _facts(receipt: str) -> Subquery:
    """The digest of a receipt's facts as last read."""
    return Subquery(Reading.objects.filter(receipt=OuterRef(receipt)).order_by("-pk").values("facts_digest")[:1])


def doubted_hosts(system: System) -> dict[UUID, str]:
    """Asset id -> why what it says may be another's: the conflict that waits for a person."""
    found: dict[UUID, str] = {}
    rows = Conflict.objects.filter(system=system, resolved_at=None).order_by("pk")
    for kind, one, one_name, other, other_name in rows.values_list("kind", "asset_id", "asset__name", "other_id", "other__name"):
        for mine, my_name, its_name in ((one, one_name, other_name), (other, other_name, one_name)):
            found.setdefault(mine, f"{my_name} and {its_name} show the same {kind}; say which is right: closeout hosts conflicts")
    return found


def doubt(found: poam.Finding, reason: str) -> poam.Finding:
    """The finding with its pass taken for an error, because it may be another host's."""
    shown = {"path": "host", "expected": "one host behind one name", "observed": None, "status": "error", "reason": reason}
    latest = replace(found.latest, status="error", observations=(shown,)) if found.latest else None
    return replace(found, latest=latest, passes=())


def _marks(rows: QuerySet[Transition]) -> dict[UUID, list[_Mark]]:
    """Asset id -> the transitions that hold anywhere, in their order: of several at one receipt, the last."""
    found: dict[UUID, dict[datetime, _Mark]] = {}
    columns = ("asset_id", "pk", "ordered_at", "status", "judgement", "cause", "receipt_id")
    for asset, *columns_of_mark in rows.order_by("ordered_at", "pk").values_list(*columns):
        mark = _Mark(*columns_of_mark)
        found.setdefault(asset, {})[mark.ordered_at] = mark
    return {asset: list(marks.values()) for asset, marks in found.items()}


@dataclass(frozen=True, slots=True)
class _Past:
    """The past of one check on one host: its transitions, oldest first."""

    asset: UUID
    marks: Sequence[_Mark]

    def at(self, moment: datetime) -> _Mark:
        """The transition that was in force."""
        return next(mark for mark in reversed(self.marks) if mark.ordered_at <= moment)

    def changes(self, since: datetime) -> int:
        """How often the status went between pass and fail."""
        known = [mark for mark in self.marks if mark.status in {"pass", "fail"}]
        return sum(before.status != after.status and after.ordered_at >= since for before, after in pairwise(known))

    def failed_from(self) -> datetime | None:
        """When the first failure began."""
        return next((mark.ordered_at for mark in self.marks if mark.status == "fail"), None)

    def last_failure(self, covering: Sequence[tuple[datetime, UUID]]) -> tuple[datetime, UUID] | None:
        """The newest receipt, of those that covered the check, that showed a failure."""
        return next((one for one in reversed(covering) if self.at(one[0]).status == "fail"), None)

    def passes(self, covering: Sequence[tuple[datetime, UUID]], after: datetime) -> list[tuple[datetime, UUID]]:
        """The passing receipts up to now without another status between, oldest first: the first and the newest ones."""
        since = None
        for mark in reversed(self.marks):
            if mark.status != "pass" or mark.ordered_at <= after:
                break
            since = mark.ordered_at
        run = [one for one in covering if since and one[0] >= since]
        return run if len(run) <= MOST_PASSES else [run[0], *run[-MOST_PASSES:]]


def _pasts(asked: _Asked, chunk: Sequence[_Now], rules: ClosingRules) -> dict[UUID, poam.Finding]:
    """Asset id -> the finding with its past, of hosts that have a result."""
    hosts = {one.asset: one for one in chunk}
    marks = _marks(Transition.objects.filter(system=asked.system, check_id=asked.check, asset__in=list(hosts)))
    pasts = {asset: _Past(asset, found) for asset, found in marks.items()}
    passed = {asset: past for asset, past in pasts.items() if hosts[asset].status != "fail" and past.failed_from()}
    wanted = {asset: _wanted(past, covering) for asset, past, covering in _covering(asked, passed, hosts)}
    shown = _shown(pasts, {asset: receipts for asset, receipts in wanted.items() if receipts})
    return {asset: _finding(hosts[asset], past, shown.get(asset, []), rules) for asset, past in pasts.items()}


def _finding(now: _Now, past: _Past, shown: Sequence[poam.Seen], rules: ClosingRules) -> poam.Finding:
    """shown: the last failure and the passes since, none where it fails now or never did."""
    fails = now.status == "fail"
    return poam.Finding(
        str(now.asset),
        now.name,
        latest=now.seen,
        last_failure=now.seen if fails else shown[0] if shown else None,
        passes=() if fails else tuple(shown[1:]),
        changes=past.changes(rules.since(now.group)),
        policy=rules.of(now.group),
    )


def _covering(
    asked: _Asked, pasts: Mapping[UUID, _Past], hosts: Mapping[UUID, _Now]
) -> Iterator[tuple[UUID, _Past, list[tuple[datetime, UUID]]]]:
    """Of each host, the receipts that said something of the check since it first failed, oldest first."""
    if not pasts:
        return
    start = min(begun for past in pasts.values() if (begun := past.failed_from()))
    rows = Receipt.objects.filter(system=asked.system, asset__in=list(pasts), scope__in=asked.scopes(), ordered_at__gte=start)
    ordered = rows.order_by("asset_id", "ordered_at").values_list("asset_id", "ordered_at", "pk")
    for asset, mine in groupby(ordered.iterator(), key=lambda row: row[0]):
        newest = hosts[asset].receipt
        yield asset, pasts[asset], [(when, pk) for _, when, pk in mine if newest and when <= newest.ordered_at]


def _wanted(past: _Past, covering: Sequence[tuple[datetime, UUID]]) -> list[UUID]:
    """The receipts that a finding names: the last failure, then the passes after it."""
    begun = past.failed_from()
    failure = past.last_failure([one for one in covering if begun and one[0] >= begun])
    return [failure[1], *(pk for _, pk in past.passes(covering, failure[0]))] if failure else []


def _shown(pasts: Mapping[UUID, _Past], wanted: Mapping[UUID, Sequence[UUID]]) -> dict[UUID, list[poam.Seen]]:
    """Asset id -> what each of these receipts showed, by the transition that was in force there."""
    receipts = _receipts({pk for pks in wanted.values() for pk in pks})
    marks = {pk: pasts[asset].at(receipts[pk].ordered_at) for asset, pks in wanted.items() for pk in pks}
    observations = _observations({mark.pk for mark in marks.values()})
    return {asset: [_seen(receipts[pk], marks[pk], observations[marks[pk].pk]) for pk in pks] for asset, pks in wanted.items()}


def _receipts(wanted: set[UUID]) -> dict[UUID, _Delivered]:
    found: dict[UUID, _Delivered] = {}
    for some in _chunks(sorted(wanted), AT_A_TIME):
        rows = Receipt.objects.filter(pk__in=some).annotate(facts=_facts("pk")).values_list(*_COLUMNS, "facts")
        found |= {row[0]: _Delivered(*row) for row in rows}
    return found


def _observations(transitions: set[int]) -> dict[int, tuple[Mapping[str, Any], ...]]:
    found: dict[int, tuple[Mapping[str, Any], ...]] = {}
    for some in _chunks(sorted(transitions), AT_A_TIME):
        rows = Transition.objects.filter(pk__in=some).order_by("pk").values_list("pk", "canonical")
        found |= {pk: tuple(json.loads(bytes(canonical))["observations"]) for pk, canonical in rows}
    return found


def _seen(receipt: _Delivered, mark: _Mark, observations: tuple[Mapping[str, Any], ...]) -> poam.Seen:
    reread = mark.cause == "reread" and mark.receipt == receipt.id
    return seen_of(receipt, receipt.facts, mark.status, mark.judgement, observations, reread=reread)


def history(asset: Asset, check_id: str, sources: Sources, count: int = 30) -> list[poam.Seen]:
    """The newest observations of a check on an asset, newest last: the strip on a page."""
    marks = _marks(Transition.objects.filter(asset=asset, check_id=check_id)).get(asset.pk)
    newest = Result.objects.filter(asset=asset, check_id=check_id).values_list("ordered_at", flat=True).first()
    if not marks or newest is None:
        return []
    rows = Receipt.objects.filter(asset=asset, scope__in=covering_scopes(asset.system, sources))
    rows = rows.filter(ordered_at__gte=marks[0].ordered_at, ordered_at__lte=newest).order_by("-ordered_at")[:count]
    receipts = list(rows.values_list("pk", flat=True))[::-1]
    return _shown({asset.pk: _Past(asset.pk, marks)}, {asset.pk: receipts})[asset.pk]
