"""Where a system stands, as the first page shows it: score, Conditional status with its clock, a year of scores, the cheapest way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checks.framework import load_framework
from checks.load import Content
from poam_generator.assessment import CmmcAssessment, clock, entry_standings
from poam_generator.metrics import Facts, Period
from poam_generator.score import CONDITIONAL, RequirementStatus, why_barred
from server import store
from server.metrics import measure
from server.models import System
from server.score import Assessment, assess
from server.views.plan import way_to
from server.views.reports import chart_items, chart_score

YEAR = timedelta(days=365)
FIRST_STEPS = 3


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A CMMC POA&M whose 180 days run, or ran out."""

    assessment: CmmcAssessment
    expired: bool
    entries: int
    ready: int


def stand(system: System, content: Content, now: datetime, items: Sequence[Facts]) -> dict[str, Any]:
    """What the first page shows of where the system stands; items: all that it has."""
    found = assess(system, content, now)
    numbers = measure(system, Period(now.date() - YEAR, now.date()), items)
    way, trouble = way_to(found.inputs, 88, store.score_policy(system).efforts, found.position)
    return {
        "found": found,
        "short": CONDITIONAL - found.score.verified if found.score.verified is not None else None,
        "barred": _barred(found),
        "clocks": _clocks(system, found.requirements, now),
        "score_chart": chart_score(numbers),
        "items_chart": chart_items(numbers),
        "way": way,
        "way_trouble": trouble,
        "first_steps": FIRST_STEPS,
    }


def _barred(found: Assessment) -> tuple[str, ...]:
    """The open requirements that may not stand on a POA&M."""
    framework = load_framework()
    return tuple(one.requirement for one in found.score.not_met if why_barred(framework.requirement(one.requirement), one.points))


def _clocks(system: System, statuses: Mapping[str, RequirementStatus], now: datetime) -> tuple[RunningClock, ...]:
    today = now.date()
    found = []
    for one in store.assessments(system):
        if (state := clock(one, today)) in {"running", "expired"}:
            standings = [entry for entry in entry_standings(one, statuses) if entry.closed_on is None]
            found.append(RunningClock(one, state == "expired", len(standings), sum(entry.ready for entry in standings)))
    return tuple(found)
