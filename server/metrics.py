"""The numbers of a system's POA&M, out of its items and of the scores that were recorded."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast, get_args

from checks.framework import load_framework
from poam_generator.metrics import By, Facts, Period, Row, measure_by, measure_items, moved_to_met, open_on, promised_on, weeks
from server import store
from server.models import Item, ItemHost, ScoreRecord, System

if TYPE_CHECKING:
    from poam_generator.model import State

TABLES: tuple[By, ...] = get_args(By)
AHEAD = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Metrics:
    """What leadership asks. trend: day, verified and projected score; burned: day and open items; promised: the same, of days to come.

    moved: requirements that came to MET in the period, fell: those that left it; of the scores that were recorded.
    """

    period: Period
    total: Row
    tables: dict[By, tuple[Row, ...]]
    trend: tuple[ScoreRecord, ...]
    burned: tuple[tuple[date, int], ...]
    promised: tuple[tuple[date, int], ...]
    moved: tuple[str, ...]
    fell: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """What `closeout metrics --json` prints."""
        return {
            "since": self.period.since.isoformat(),
            "today": self.period.today.isoformat(),
            "total": self.total.to_json(),
            "by": {by: [row.to_json() for row in rows] for by, rows in self.tables.items()},
            "score": [{"day": one.day.isoformat(), "verified": one.verified, "projected": one.projected} for one in self.trend],
            "open_items": [{"day": day.isoformat(), "open": count} for day, count in self.burned],
            "promised": [{"day": day.isoformat(), "open": count} for day, count in self.promised],
            "moved_to_met": list(self.moved),
            "fell_from_met": list(self.fell),
        }


def measure(system: System, period: Period, items: Sequence[Facts] | None = None) -> Metrics:
    """The numbers of a period. items: all of the system's, where they were read already."""
    items = tuple(item_facts(system)) if items is None else items
    before, now = _not_met(system, period)
    ahead = weeks(period.today, period.today + AHEAD)
    return Metrics(
        period=period,
        total=measure_items(items, period),
        tables={by: measure_by(items, by, period) for by in TABLES},
        trend=tuple(store.score_days(system, period.since)),
        burned=tuple(open_on(items, weeks(period.since, period.today))),
        promised=tuple(promised_on(items, ahead)),
        moved=moved_to_met(before, now),
        fell=moved_to_met(now, before),
    )


def item_facts(system: System) -> Iterator[Facts]:
    """Every item as far as it is counted."""
    families = {one.id: one.family for one in load_framework().requirements}
    groups: dict[int, list[str]] = {}
    for item, group in ItemHost.objects.filter(system=system).values_list("item", "asset__group").distinct().order_by("asset__group"):
        groups.setdefault(item, []).append(group)
    text = ("remediation", "weakness", "impact", "risk_before", "risk_residual", "identified_by", "eligibility")
    for row in Item.objects.filter(system=system).select_related("owner").defer(*text):
        yield Facts(
            id=store.item_id(system, row.number),
            state=cast("State", row.state),
            severity=row.severity,
            points=row.points,
            families=tuple(sorted({families[one] for one in row.requirements if one in families})),
            owner=row.owner.username if row.owner else "",
            groups=tuple(groups.get(row.pk, [""])),
            detected_on=row.detected_on,
            due=row.scheduled_completion,
            ended_on=row.ended_on,
            hosts=row.hosts_total,
            hosts_left=row.hosts_total - row.hosts_verified,
            blocked=bool(row.blocked_by or row.vendor_dependency),
            cents=row.cost_cents,
            funded=bool(row.funding),
            came_back=row.predecessor_id is not None,
        )


def _not_met(system: System, period: Period) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The requirements that took points in the first and in the last record of the period; nothing moved where there are none."""
    rows = ScoreRecord.objects.filter(system=system, day__gte=period.since, day__lte=period.today).order_by("id")
    first, last = rows.first(), rows.last()
    return (_lost(first), _lost(last)) if first and last else ((), ())


def _lost(row: ScoreRecord) -> tuple[str, ...]:
    return tuple(one["requirement"] for one in json.loads(bytes(row.canonical))["score"].get("not_met", ()))
