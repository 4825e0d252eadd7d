"""Lays the milestones of a remediation over working days: a pilot, waves as the capacity allows, and a rescan that verifies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from poam_generator.model import DraftSettings, Milestone
from poam_generator.working_days import add_working_days, count_working_days, last_working_day

DAYS_A_WEEK = 5
MOST_WAVES = 4
SMALLEST_WITH_PILOT = 3
LARGEST_PILOT = 5
NAMED = 5


@dataclass(frozen=True, slots=True)
class Work:
    """One host and the minutes that it takes."""

    host_name: str
    platform: str
    minutes: int


def plan_milestones(work: Sequence[Work], severity: str, settings: DraftSettings, today: date) -> tuple[Milestone, ...]:
    """Milestones with distinct interim dates, all working days after today; the last one is the scheduled completion.

    Where the capacity leaves room before the severity's target day, the steps are spread over it, so that promises can be
    kept; where it does not, the dates are what the capacity gives, however late, and the review says so.
    """
    steps = _cut_steps(work, settings)
    needed = _days_needed(steps, settings)
    spread = _spread(needed, severity, settings, today)
    days = [add_working_days(today, offset, settings.holidays) for offset in spread]
    titles = [*(title for title, _ in steps), f"Verify {_count(len(work))} by a scan"]
    return tuple(Milestone(title, day, day) for title, day in zip(titles, days, strict=True))


def target_day(severity: str, settings: DraftSettings, today: date) -> date:
    """The last working day on which a weakness of this severity is to be closed."""
    return last_working_day(today + timedelta(days=settings.target_days.get(severity, 0)), settings.holidays)


def _cut_steps(work: Sequence[Work], settings: DraftSettings) -> list[tuple[str, int]]:
    """Titles and minutes of the steps before the verification."""
    if len(work) < SMALLEST_WITH_PILOT:
        return [(f"Remediate {_names(work)}", settings.overhead_minutes + _minutes(work))]
    pilot = _choose_pilot(work)
    rest = [one for one in work if one not in pilot]
    waves = min(MOST_WAVES, max(1, ceil(_minutes(rest) / (settings.hours_per_week * 60))), len(rest))
    size = ceil(len(rest) / waves)
    cut = [rest[start : start + size] for start in range(0, len(rest), size)]
    first = (f"Pilot on {_names(pilot)}", settings.overhead_minutes + _minutes(pilot))
    return [first, *((f"Wave {number}: {_count(len(part))}", _minutes(part)) for number, part in enumerate(cut, 1))]


def _choose_pilot(work: Sequence[Work]) -> list[Work]:
    """A few hosts, of every platform in turn, so that each way of remediation is tried before the waves."""
    turns: dict[str, int] = {}
    ranked = []
    for place, one in enumerate(work):
        turns[one.platform] = turns.get(one.platform, 0) + 1
        ranked.append((turns[one.platform], place, one))
    size = max(min(LARGEST_PILOT, ceil(len(work) / 6)), min(len(turns), LARGEST_PILOT))
    return [one for _, _, one in sorted(ranked, key=lambda rank: rank[:2])[: min(size, len(work) - 1)]]


def _days_needed(steps: Sequence[tuple[str, int]], settings: DraftSettings) -> list[int]:
    """Working days after today on which each step can be done, at least one apart, and the scan a day after the last."""
    a_day = max(1, settings.hours_per_week * 60 // DAYS_A_WEEK)
    ends: list[int] = []
    spent = 0
    for _, minutes in steps:
        spent += minutes
        ends.append(max(ceil(spent / a_day), (ends[-1] if ends else 0) + 1))
    return [*ends, ends[-1] + 1]


def _spread(needed: Sequence[int], severity: str, settings: DraftSettings, today: date) -> list[int]:
    available = count_working_days(today, target_day(severity, settings, today), settings.holidays)
    if available <= needed[-1]:
        return list(needed)
    # Whole numbers: a factor of at least one keeps the days apart, and the scan stays the day after the last step.
    steps = [end * (available - 1) // needed[-2] for end in needed[:-1]]
    return [*steps, available]


def _minutes(work: Sequence[Work]) -> int:
    return sum(one.minutes for one in work)


def _count(number: int) -> str:
    return f"{number} {'host' if number == 1 else 'hosts'}"


def _names(work: Sequence[Work]) -> str:
    return ", ".join(one.host_name for one in work[:NAMED])
