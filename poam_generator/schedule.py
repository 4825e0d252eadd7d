"""Lays the milestones of a remediation over working days: a pilot, waves as the capacity allows, and a rescan that verifies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from poam_generator.model import Capacity, DraftSettings, Milestone
from poam_generator.team import MINUTES_AN_HOUR, count_hours, minutes_a_day, name_capacity
from poam_generator.working_days import add_working_days, count_working_days, last_working_day, working_days_after
from poam_generator.workload import Workload

MOST_WAVES = 4
SMALLEST_WITH_PILOT = 3
LARGEST_PILOT = 5
NAMED = 5


@dataclass(frozen=True, slots=True)
class Work:
    """One host and the minutes that it takes."""

    host: str
    host_name: str
    platform: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Milestones; late_because: why the severity's target cannot be met, empty when it is."""

    milestones: tuple[Milestone, ...]
    late_because: str = ""


@dataclass(frozen=True, slots=True)
class _Cut:
    """A step before it has a date."""

    title: str
    work: tuple[Work, ...]
    minutes: int


def plan_milestones(  # noqa: PLR0913, PLR0917 - what a schedule depends on
    work: Sequence[Work], severity: str, settings: DraftSettings, capacity: Capacity, workload: Workload, today: date
) -> Plan:
    """Milestones with distinct interim dates, all working days after today; the last one is the scheduled completion.

    They take the capacity that earlier promises have left. Where it leaves room before the severity's target day, the steps are
    spread over it and end on a day on which few other items do; where it does not, the dates are what it gives, however late,
    and the plan says why.
    """
    cuts = _cut_steps(work, settings, capacity)
    needed = _days_needed(cuts, settings, capacity, workload, today)
    offsets = _spread(needed, severity, settings, workload, today)
    days = [add_working_days(today, offset, settings.holidays) for offset in offsets]
    steps = [Milestone(cut.title, day, day, hosts=_hosts(cut.work)) for cut, day in zip(cuts, days[:-1], strict=True)]
    verification = Milestone(f"Verify {_count(len(work))} by a scan", days[-1], days[-1], hosts=_hosts(work))
    late = _say_late(cuts, severity, settings, capacity, workload, today) if days[-1] > target_day(severity, settings, today) else ""
    return Plan((*steps, verification), late)


def target_day(severity: str, settings: DraftSettings, today: date) -> date:
    """The last working day on which a weakness of this severity is to be closed."""
    return last_working_day(today + timedelta(days=settings.target_days.get(severity, 0)), settings.holidays)


def _cut_steps(work: Sequence[Work], settings: DraftSettings, capacity: Capacity) -> list[_Cut]:
    """The steps before the verification."""
    if len(work) < SMALLEST_WITH_PILOT:
        return [_Cut(f"Remediate {_names(work)}", tuple(work), settings.overhead_minutes + _minutes(work))]
    pilot = _choose_pilot(work)
    rest = [one for one in work if one not in pilot]
    waves = min(MOST_WAVES, max(1, ceil(_minutes(rest) / (capacity.hours_per_week * MINUTES_AN_HOUR))), len(rest))
    size = ceil(len(rest) / waves)
    parts = [rest[start : start + size] for start in range(0, len(rest), size)]
    first = _Cut(f"Pilot on {_names(pilot)}", tuple(pilot), settings.overhead_minutes + _minutes(pilot))
    return [first, *(_Cut(f"Wave {number}: {_count(len(part))}", tuple(part), _minutes(part)) for number, part in enumerate(parts, 1))]


def _choose_pilot(work: Sequence[Work]) -> list[Work]:
    """A few hosts, of every platform in turn, so that each way of remediation is tried before the waves."""
    turns: dict[str, int] = {}
    ranked = []
    for one in work:
        turns[one.platform] = turns.get(one.platform, 0) + 1
        ranked.append((turns[one.platform], one))
    size = max(min(LARGEST_PILOT, ceil(len(work) / 6)), min(len(turns), LARGEST_PILOT))
    return [one for _, one in sorted(ranked, key=lambda rank: rank[0])[: min(size, len(work) - 1)]]


def _days_needed(cuts: Sequence[_Cut], settings: DraftSettings, capacity: Capacity, workload: Workload, today: date) -> list[int]:
    """Working days after today on which each step can be done, at least one apart, and the scan a day after the last."""
    ends: list[int] = []
    days = enumerate(working_days_after(today, settings.holidays), 1)
    free = spent = number = 0
    for cut in cuts:
        spent += cut.minutes
        while free < spent:
            number, day = next(days)
            free += workload.free(capacity, day)
        ends.append(max(number, (ends[-1] if ends else 0) + 1))
    return [*ends, ends[-1] + 1]


def _spread(needed: Sequence[int], severity: str, settings: DraftSettings, workload: Workload, today: date) -> list[int]:
    available = count_working_days(today, target_day(severity, settings, today), settings.holidays)
    if available <= needed[-1]:
        return list(needed)
    end = _choose_end(max(needed[-1], ceil(available / 2)), available, settings, workload, today)
    # Whole numbers: a factor of at least one keeps the days apart, and the scan stays the day after the last step.
    steps = [offset * (end - 1) // needed[-2] for offset in needed[:-1]]
    return [*steps, end]


def _choose_end(first: int, last: int, settings: DraftSettings, workload: Workload, today: date) -> int:
    """The offset of a day on which the fewest items are due, the latest of them, so that not everything is due at once."""
    days = working_days_after(add_working_days(today, first - 1, settings.holidays), settings.holidays)
    ranked = [(workload.completions.get(day, 0), -offset) for offset, day in zip(range(first, last + 1), days, strict=False)]
    return -min(ranked)[1]


def _say_late(  # noqa: PLR0913, PLR0917 - what the reason is made of
    cuts: Sequence[_Cut], severity: str, settings: DraftSettings, capacity: Capacity, workload: Workload, today: date
) -> str:
    target = target_day(severity, settings, today)
    held = minutes_a_day(capacity) * count_working_days(today, target, settings.holidays)
    promised = workload.taken_by(capacity, target)
    others = f", of which {_hours(promised)} are promised to other items" if promised else ""
    return (
        f"The target of severity {severity} ({target}) cannot be met: this is {_hours(sum(cut.minutes for cut in cuts))} of work in "
        f"{len(cuts) + 1} steps, each on a day of its own; until then {name_capacity(capacity)} has {_hours(held)} "
        f"({capacity.hours_per_week} a week){others}."
    )


def _hours(minutes: int) -> str:
    return f"{count_hours(minutes)} h"


def _minutes(work: Sequence[Work]) -> int:
    return sum(one.minutes for one in work)


def _count(number: int) -> str:
    return f"{number} {'host' if number == 1 else 'hosts'}"


def _names(work: Sequence[Work]) -> str:
    return ", ".join(one.host_name for one in work[:NAMED])


def _hosts(work: Sequence[Work]) -> tuple[str, ...]:
    return tuple(one.host for one in work)
