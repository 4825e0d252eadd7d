"""What is true now of checks on the hosts that bear on their items, and the strip of what was: read, never stored.

A check over ten thousand hosts is read in a handful of queries, and so are many checks over few hosts; rows are values and no
objects of the tables. That is what keeps bringing a fleet up to date within a minute.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from poam_generator import model as poam
from poam_generator.policies import ClosingRules
from server.models import Asset, Conflict, ItemHost, Reading, Receipt, Result, Scope, System, Transition
from server.store.held_hosts import merged_entries
from server.store.results import Sources, covering_scopes, covers
from server.store.seam import seen_of

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Pair = tuple[str, UUID]  # a check and an asset
MOST_PASSES = 60  # newest passes of a host that a finding carries besides the first
AT_A_TIME = 500  # hosts of checks whose past is read in one go


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

    check: str
    asset: UUID
    name: str
    group: str
    status: str
    judgement: str
    observations: Sequence[Mapping[str, Any]]
    reread: bool
    receipt: _Delivered | None

    @property
    def pair(self) -> Pair:
        """The check and the asset."""
        return (self.check, self.asset)

    @property
    def fails(self) -> bool:
        """True when the newest observation is a failure, and not only what it said when it was read again."""
        return self.status == "fail" and not self.reread

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

    def is_reread(self, receipt: UUID) -> bool:
        """True for what a stored bundle said when it was read again; from the next receipt on it is an observation."""
        return self.cause == "reread" and self.receipt == receipt


class Question(NamedTuple):
    """A check, the sources that it is judged by, and the closing policies in whose windows the changes of a host are counted.

    among: the hosts that it is asked of; None for all.
    """

    check: str
    sources: Sources
    rules: ClosingRules
    among: frozenset[UUID] | None = None


def findings(system: System, questions: Iterable[Question]) -> dict[str, tuple[poam.Finding, ...]]:
    """What is true now of each check on every host that bears on its items, in the order of hosts: it fails, or an item holds it.

    Nothing follows from the others: they do not fail, and no item waits for them. Hosts that are retired or out of scope are left out.
    last_failure, passes and changes are given for hosts that stand in an item and do not fail now: a failure outweighs all that was
    before it. While nobody has said which of two assets a bundle is of, a pass of either is an error: it may be the other's.
    """
    asked = _Asked(system, {one.check: one for one in questions})
    held = set(asked.held())
    doubted, merged = doubted_hosts(system), merged_entries(system)
    found: dict[str, list[poam.Finding]] = {check: [] for check in asked.checks}
    for chunk in _chunks(sorted(asked.bearing(held), key=lambda one: (one.check, one.asset.bytes)), AT_A_TIME):
        pasts = _pasts(asked, [one for one in chunk if one.pair in held and one.receipt and not one.fails])
        for one in chunk:
            rules = asked.checks[one.check].rules
            finding = pasts.get(one.pair) or poam.Finding(str(one.asset), one.name, one.seen, policy=rules.of(one.group))
            if one.asset in merged:
                finding = replace(finding, formerly=tuple(map(str, merged[one.asset])))
            unsure = one.asset in doubted and one.status == "pass"
            found[one.check].append(doubt(finding, doubted[one.asset]) if unsure else finding)
    return {check: tuple(ones) for check, ones in found.items()}


def _chunks(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Rows so many at a time, since a database takes no longer lists."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a system, by check."""

    system: System
    checks: Mapping[str, Question]

    def held(self) -> Iterator[Pair]:
        """Where a host stands in a live item of a check, or under a disposition in one that ended."""
        rows = self._few(ItemHost.objects.filter(system=self.system, item__source="check", item__source_key__in=self.checks))
        rows = rows.filter(Q(item__state__in=poam.LIVE) | ~Q(disposition=""))
        pairs = rows.values_list("item__source_key", "asset_id")
        return ((check, asset) for check, asset in pairs if self._asked_of(check, asset))

    def bearing(self, held: AbstractSet[Pair]) -> list[_Now]:
        """What fails, then the others that are held: two questions, each with an index of its own; then those that are silent."""
        results = self._few(Result.objects.filter(system=self.system, check_id__in=self.checks))
        found = list(self._read(results.filter(status="fail")))
        left = held - {one.pair for one in found}
        for some in _chunks(sorted({asset for _, asset in left}), AT_A_TIME):
            found += [one for one in self._read(results.filter(asset__in=some)) if one.pair in left]
        return found + self._silent(left - {one.pair for one in found})

    def _few(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows of the hosts that any check is asked of; all rows where these are too many for a list."""
        every = [one.among for one in self.checks.values()]
        few = None if None in every else frozenset().union(*(among for among in every if among))
        return rows if few is None or len(few) > AT_A_TIME else rows.filter(asset__in=few)

    def _asked_of(self, check: str, asset: UUID) -> bool:
        among = self.checks[check].among
        return among is None or asset in among

    def _read(self, results: QuerySet[Result]) -> Iterator[_Now]:
        rows = results.filter(asset__kind="host", asset__retired_at=None)
        columns = ("check_id", "asset_id", "asset__name", "asset__group", "status", "judgement", "observations", "reread")
        receipt = (f"receipt__{name}" for name in _COLUMNS)
        for row in rows.annotate(facts=_facts("receipt_id")).values_list("asset__platform", *columns, *receipt, "facts"):
            platform, check, asset, name, group, status, judgement, observations, reread, *delivered = row
            if self._judges(check, platform) and self._asked_of(check, asset):
                yield _Now(check, asset, name, group, status, judgement, observations, reread, _Delivered(*delivered))

    def _judges(self, check: str, platform: str) -> bool:
        """True unless the asset is known to be of a platform that the check says nothing of."""
        return not platform or platform in self.checks[check].sources

    def _silent(self, missing: AbstractSet[Pair]) -> list[_Now]:
        """Those without a result of which nothing is known; the others are retired, or of another platform."""
        hosts: dict[UUID, tuple[str, str, str]] = {}
        rows = Asset.objects.filter(system=self.system, kind="host", retired_at=None).exclude(category="out_of_scope")
        for some in _chunks(sorted({asset for _, asset in missing}), AT_A_TIME):
            columns = rows.filter(pk__in=some).values_list("pk", "name", "group", "platform")
            hosts |= {pk: (name, group, platform) for pk, name, group, platform in columns}
        return [
            _Now(check, asset, *hosts[asset][:2], "", "", (), reread=False, receipt=None)
            for check, asset in missing
            if asset in hosts and self._judges(check, hosts[asset][2])
        ]

    def scopes(self) -> dict[str, frozenset[int]]:
        """Check -> the scopes of the receipts that say something of it."""
        known = list(Scope.objects.filter(system=self.system))
        return {check: frozenset(one.pk for one in known if covers(one, asked.sources)) for check, asked in self.checks.items()}


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


def _marks(rows: QuerySet[Transition]) -> dict[Pair, list[_Mark]]:
    """The transitions that hold anywhere, in their order: of several at one receipt, the last."""
    found: dict[Pair, dict[datetime, _Mark]] = {}
    columns = ("check_id", "asset_id", "pk", "ordered_at", "status", "judgement", "cause", "receipt_id")
    for check, asset, *columns_of_mark in rows.order_by("ordered_at", "pk").values_list(*columns):
        mark = _Mark(*columns_of_mark)
        found.setdefault((check, asset), {})[mark.ordered_at] = mark
    return {pair: list(marks.values()) for pair, marks in found.items()}


@dataclass(frozen=True, slots=True)
class _Past:
    """The past of one check on one host: its transitions, oldest first."""

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

    def shows_failure(self, moment: datetime, receipt: UUID) -> bool:
        """True when this receipt showed a failure as it came; what it says when it is read again is none, and hides none before it."""
        mark = self.at(moment)
        return mark.status == "fail" and not mark.is_reread(receipt)

    def passes(self, covering: Sequence[tuple[datetime, UUID]], after: datetime) -> list[tuple[datetime, UUID]]:
        """The passing receipts up to now without another status between, oldest first: the first and the newest ones."""
        since = None
        for mark in reversed(self.marks):
            if mark.status != "pass" or mark.ordered_at <= after:
                break
            since = mark.ordered_at
        run = [one for one in covering if since and one[0] >= since]
        return run if len(run) <= MOST_PASSES else [run[0], *run[-MOST_PASSES:]]


def _pasts(asked: _Asked, chunk: Sequence[_Now]) -> dict[Pair, poam.Finding]:
    """The findings with their past, of hosts that have a result and do not fail now."""
    now = {one.pair: one for one in chunk}
    rows = Transition.objects.filter(system=asked.system, check_id__in={one.check for one in chunk}, asset__in={one.asset for one in chunk})
    pasts = {pair: _Past(found) for pair, found in _marks(rows).items() if pair in now}
    passed = {pair: past for pair, past in pasts.items() if past.failed_from()}
    wanted = {pair: _look_back(pasts[pair], covering) for pair, covering in _covering(asked, passed, now)}
    shown = _shown(pasts, wanted, {one.receipt.id: one.receipt for one in chunk if one.receipt})
    return {pair: _finding(now[pair], past, shown.get(pair, []), asked.checks[pair[0]].rules) for pair, past in pasts.items()}


def _finding(now: _Now, past: _Past, shown: Sequence[poam.Seen], rules: ClosingRules) -> poam.Finding:
    """shown: the last failure and the passes since, none where it never failed."""
    failures = [one for one in shown if one.status == "fail"]
    return poam.Finding(
        str(now.asset),
        now.name,
        latest=now.seen,
        last_failure=failures[0] if failures else None,
        passes=tuple(one for one in shown if one.status == "pass"),
        changes=past.changes(rules.since(now.group)),
        policy=rules.of(now.group),
    )


def _covering(asked: _Asked, pasts: Mapping[Pair, _Past], now: Mapping[Pair, _Now]) -> Iterator[tuple[Pair, list[tuple[datetime, UUID]]]]:
    """Of each, the receipts that said something of the check since some of them first failed, oldest first."""
    if not pasts:
        return
    start = min(begun for past in pasts.values() if (begun := past.failed_from()))
    scopes = asked.scopes()
    checks: dict[UUID, list[str]] = {}
    for check, asset in pasts:
        checks.setdefault(asset, []).append(check)
    covering = frozenset().union(*scopes.values())
    rows = Receipt.objects.filter(system=asked.system, asset__in=checks, scope__in=covering, ordered_at__gte=start)
    ordered = rows.order_by("asset_id", "ordered_at").values_list("asset_id", "ordered_at", "pk", "scope_id")
    for asset, group in groupby(ordered.iterator(), key=lambda row: row[0]):
        mine = list(group)
        for check in checks[asset]:
            newest = now[check, asset].receipt
            yield (
                (check, asset),
                [(when, pk) for _, when, pk, scope in mine if newest and when <= newest.ordered_at and scope in scopes[check]],
            )


def _look_back(past: _Past, covering: Sequence[tuple[datetime, UUID]]) -> list[UUID]:
    """The receipts that a finding names: the last failure, then the passes after every failure."""
    begun = past.failed_from()
    covered = [one for one in covering if begun and one[0] >= begun]
    failed = [one for one in covered if past.at(one[0]).status == "fail"]
    shown = [one for one in failed if past.shows_failure(*one)]
    passes = past.passes(covering, failed[-1][0]) if failed else []
    return [pk for _, pk in (*shown[-1:], *passes)]


def _shown(
    pasts: Mapping[Pair, _Past], wanted: Mapping[Pair, Sequence[UUID]], known: Mapping[UUID, _Delivered]
) -> dict[Pair, list[poam.Seen]]:
    """What each of these receipts showed, by the transition that was in force there. known: receipts that were read already."""
    receipts = {**known, **_receipts({pk for pks in wanted.values() for pk in pks} - known.keys())}
    marks = {(pair, pk): pasts[pair].at(receipts[pk].ordered_at) for pair, pks in wanted.items() for pk in pks}
    observations = _observations({mark.pk for mark in marks.values()})
    return {pair: [_seen(receipts[pk], marks[pair, pk], observations[marks[pair, pk].pk]) for pk in pks] for pair, pks in wanted.items()}


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
    return seen_of(receipt, receipt.facts, mark.status, mark.judgement, observations, reread=mark.is_reread(receipt.id))


def history(asset: Asset, check_id: str, sources: Sources, count: int = 30) -> list[poam.Seen]:
    """The newest observations of a check on an asset, newest last: the strip on a page."""
    pair = (check_id, asset.pk)
    marks = _marks(Transition.objects.filter(asset=asset, check_id=check_id)).get(pair)
    newest = Result.objects.filter(asset=asset, check_id=check_id).values_list("ordered_at", flat=True).first()
    if not marks or newest is None:
        return []
    rows = Receipt.objects.filter(asset=asset, scope__in=covering_scopes(asset.system, sources))
    rows = rows.filter(ordered_at__gte=marks[0].ordered_at, ordered_at__lte=newest).order_by("-ordered_at")[:count]
    receipts = list(rows.values_list("pk", flat=True))[::-1]
    return _shown({pair: _Past(marks)}, {pair: receipts}, {})[pair]
