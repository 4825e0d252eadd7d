"""What is true now of a check on every host, and the strip of what was: read from transitions and receipts, never stored."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from poam_generator import model as poam
from poam_generator.policies import ClosingRules
from server.models import Asset, Conflict, ItemHost, Reading, Receipt, Result, System, Transition
from server.store.results import Sources, covering_scopes
from server.store.seam import seen_of

MOST_PASSES = 60  # newest passes of a host that a finding carries besides the first
_HEAVY = ("layout", "canonical")  # what no observation needs of a receipt


@dataclass(frozen=True, slots=True)
class _Mark:
    """A transition without its observations: from ordered_at on the check stands so."""

    pk: int
    ordered_at: datetime
    status: str
    judgement: str
    cause: str
    receipt: UUID


def findings(system: System, check_id: str, sources: Sources, rules: ClosingRules) -> Iterator[poam.Finding]:
    """What is true now of a check on every host of the system that is not retired, in the order of hosts.

    rules: the closing policies of the check, in whose windows the changes of a host are counted. last_failure, passes and
    changes are given for hosts that stand in an item of the check, because only there they bear on anything. While nobody has
    said which of two assets a bundle is of, a pass of either is an error: it may be the other's.
    """
    hosts = Asset.objects.filter(system=system, kind="host", retired_at=None).filter(Q(platform="") | Q(platform__in=sources))
    results = {result.asset_id: result for result in _results(Result.objects.filter(system=system, check_id=check_id))}
    facts = newest_facts(result.receipt_id for result in results.values())
    marks = _marks(Transition.objects.filter(system=system, check_id=check_id, asset__in=_held(system, check_id)))
    scopes = covering_scopes(system, sources) if marks else []
    doubted = _doubted(system)
    for pk, name, group in hosts.order_by("id").values_list("pk", "name", "group"):
        result = results.get(pk)
        if result is None:
            yield poam.Finding(str(pk), name, None, policy=rules.of(group))
            continue
        latest = _latest(result, facts[result.receipt_id])
        past = _Past(result, marks[pk], scopes) if pk in marks else None
        found = past.finding(name, latest, rules.since(group)) if past else poam.Finding(str(pk), name, latest)
        found = replace(found, policy=rules.of(group))
        yield _doubt(found, doubted[pk]) if pk in doubted and latest.status == "pass" else found


def _doubted(system: System) -> dict[UUID, str]:
    """Asset id -> why what it says may be another's: the conflict that waits for a person."""
    found: dict[UUID, str] = {}
    rows = Conflict.objects.filter(system=system, resolved_at=None).order_by("pk")
    for kind, one, one_name, other, other_name in rows.values_list("kind", "asset_id", "asset__name", "other_id", "other__name"):
        for mine, my_name, its_name in ((one, one_name, other_name), (other, other_name, one_name)):
            found.setdefault(mine, f"{my_name} and {its_name} show the same {kind}; say which is right: closeout hosts conflicts")
    return found


def _doubt(found: poam.Finding, reason: str) -> poam.Finding:
    shown = {"path": "host", "expected": "one host behind one name", "observed": None, "status": "error", "reason": reason}
    latest = replace(found.latest, status="error", observations=(shown,)) if found.latest else None
    return replace(found, latest=latest, passes=())


def _results(rows: QuerySet[Result]) -> QuerySet[Result]:
    return rows.select_related("receipt").defer(*(f"receipt__{name}" for name in _HEAVY))


def _held(system: System, check_id: str) -> QuerySet[ItemHost, UUID]:
    rows = ItemHost.objects.filter(system=system, item__source="check", item__source_key=check_id)
    return rows.filter(Q(item__state__in=poam.LIVE) | ~Q(disposition="")).values_list("asset_id", flat=True)


def _marks(rows: QuerySet[Transition]) -> dict[UUID, list[_Mark]]:
    """Asset id -> the transitions that hold anywhere, in their order: of several at one receipt, the last."""
    found: dict[UUID, dict[datetime, _Mark]] = {}
    columns = ("asset_id", "pk", "ordered_at", "status", "judgement", "cause", "receipt_id")
    for asset, *columns_of_mark in rows.order_by("ordered_at", "pk").values_list(*columns):
        mark = _Mark(*columns_of_mark)
        found.setdefault(asset, {})[mark.ordered_at] = mark
    return {asset: list(marks.values()) for asset, marks in found.items()}


def newest_facts(receipts: Iterable[UUID]) -> dict[UUID, str]:
    """Receipt id -> digest of the facts as last read."""
    return dict(Reading.objects.filter(receipt_id__in=set(receipts)).order_by("id").values_list("receipt_id", "facts_digest"))


def _latest(result: Result, facts: str) -> poam.Seen:
    return seen_of(result.receipt, facts, result.status, result.judgement, tuple(result.observations), reread=result.reread)


class _Past:
    """The past of one check on one host."""

    def __init__(self, result: Result, marks: Sequence[_Mark], scopes: Sequence[int]) -> None:
        self.host = str(result.asset_id)
        self.marks = marks
        self.scopes = scopes
        self.result = result

    @cached_property
    def covering(self) -> QuerySet[Receipt]:
        """The receipts that say something of the check; made only when asked, since a host that fails needs none of them."""
        rows = Receipt.objects.filter(asset=self.result.asset_id, scope_id__in=self.scopes, ordered_at__lte=self.result.ordered_at)
        return rows.defer(*_HEAVY)

    def finding(self, name: str, latest: poam.Seen, since: datetime) -> poam.Finding:
        changes = self._changes(since)
        if latest.status == "fail":
            return poam.Finding(self.host, name, latest, latest, (), changes)
        failure = self._last_failure()
        passes = self._passes(failure.ordered_at) if failure else []
        seen = self.seen([*([failure] if failure else []), *passes])
        return poam.Finding(self.host, name, latest, seen[0] if failure else None, tuple(seen[1:]), changes)

    def seen(self, receipts: Sequence[Receipt]) -> list[poam.Seen]:
        """What each receipt showed, by the transition that was in force there."""
        facts = newest_facts(one.pk for one in receipts)
        marks = {one.pk: self._at(one) for one in receipts}
        observations = _observations({mark.pk for mark in marks.values()})
        return [_seen(one, facts[one.pk], marks[one.pk], observations[marks[one.pk].pk]) for one in receipts]

    def _at(self, receipt: Receipt) -> _Mark:
        return [mark for mark in self.marks if mark.ordered_at <= receipt.ordered_at][-1]

    def _last_failure(self) -> Receipt | None:
        """The newest receipt that showed a failure."""
        ends = [*(mark.ordered_at for mark in self.marks[1:]), None]
        for mark, end in reversed(list(zip(self.marks, ends, strict=True))):
            if mark.status == "fail":
                run = self.covering.filter(ordered_at__gte=mark.ordered_at)
                return (run.filter(ordered_at__lt=end) if end else run).order_by("ordered_at").last()
        return None

    def _passes(self, after: datetime) -> list[Receipt]:
        """The passing receipts up to now without another status between, oldest first: the first and the newest ones."""
        since = None
        for mark in reversed(self.marks):
            if mark.status != "pass" or mark.ordered_at <= after:
                break
            since = mark.ordered_at
        if since is None:
            return []
        run = self.covering.filter(ordered_at__gte=since)
        chosen = {one.pk: one for one in (*run.order_by("ordered_at")[:1], *run.order_by("-ordered_at")[:MOST_PASSES])}
        return sorted(chosen.values(), key=lambda one: one.ordered_at)

    def _changes(self, since: datetime) -> int:
        known = [mark for mark in self.marks if mark.status in {"pass", "fail"}]
        return sum(before.status != after.status and after.ordered_at >= since for before, after in pairwise(known))


def _observations(transitions: Iterable[int]) -> dict[int, tuple[Mapping[str, Any], ...]]:
    rows = Transition.objects.filter(pk__in=transitions).values_list("pk", "canonical")
    return {pk: tuple(json.loads(bytes(canonical))["observations"]) for pk, canonical in rows}


def _seen(receipt: Receipt, facts: str, mark: _Mark, observations: tuple[Mapping[str, Any], ...]) -> poam.Seen:
    reread = mark.cause == "reread" and mark.receipt == receipt.pk
    return seen_of(receipt, facts, mark.status, mark.judgement, observations, reread=reread)


def history(asset: Asset, check_id: str, sources: Sources, count: int = 30) -> list[poam.Seen]:
    """The newest observations of a check on an asset, newest last: the strip on a page."""
    result = _results(Result.objects.filter(asset=asset, check_id=check_id)).first()
    if result is None:
        return []
    marks = _marks(Transition.objects.filter(asset=asset, check_id=check_id))[asset.pk]
    past = _Past(result, marks, covering_scopes(asset.system, sources))
    newest = past.covering.filter(ordered_at__gte=marks[0].ordered_at).order_by("-ordered_at")[:count]
    return past.seen(list(newest)[::-1])
