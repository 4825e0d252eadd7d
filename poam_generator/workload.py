"""What is promised already: minutes of work by team and working day, and how many items are due on a day.

A promise is laid as late as its dates allow, so that the days before stay free for what is more urgent.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from poam_generator.model import SEVERITIES, Capacity, Milestone
from poam_generator.team import minutes_a_day
from poam_generator.working_days import is_working_day, working_days_after


@dataclass(frozen=True, slots=True)
class Step:
    """Minutes of work that are to be done by a day."""

    due: date
    minutes: int


@dataclass(frozen=True, slots=True)
class Promise:
    """What a live item still takes of a team: its steps that are not done, and the day of its scheduled completion.

    unapproved: the severity of a draft, whose dates nobody has agreed to yet; empty for an item that is open.
    """

    capacity: Capacity
    steps: tuple[Step, ...]
    completion: date
    unapproved: str = ""

    def binds(self, severity: str) -> bool:
        """True for what a draft of this severity has to leave room for: all that is agreed, and drafts that are no less severe."""
        return not self.unapproved or SEVERITIES.index(self.unapproved) <= SEVERITIES.index(severity)


@dataclass(frozen=True, slots=True)
class Workload:
    """taken: team and day -> minutes that are spoken for. completions: day -> items that are due on it."""

    taken: Mapping[tuple[Capacity, date], int] = field(default_factory=dict)
    completions: Mapping[date, int] = field(default_factory=dict)

    def free(self, capacity: Capacity, day: date) -> int:
        """Minutes of a working day that are not spoken for."""
        return max(0, minutes_a_day(capacity) - self.taken.get((capacity, day), 0))

    def taken_by(self, capacity: Capacity, day: date) -> int:
        """Minutes of a team that are spoken for up to and including a day."""
        return sum(minutes for (whose, when), minutes in self.taken.items() if whose == capacity and when <= day)


NOTHING_PROMISED = Workload()


def remaining_promise(capacity: Capacity, milestones: Iterable[Milestone], minutes: int, completion: date, unapproved: str = "") -> Promise:
    """The promise of an item whose work left is minutes: shared by its steps that are not done, the verification left out."""
    steps = [one.due for one in milestones if one.done_on is None and one.due < completion] or [completion]
    share, rest = divmod(minutes, len(steps))
    return Promise(capacity, tuple(Step(due, share + (place < rest)) for place, due in enumerate(sorted(steps))), completion, unapproved)


def add_promises(workload: Workload, promises: Iterable[Promise], holidays: AbstractSet[date], today: date) -> Workload:
    """The workload with these promises; what does not fit before its day is work of the days after it."""
    taken, completions = dict(workload.taken), dict(workload.completions)
    work = replace(workload, taken=taken, completions=completions)
    for promise in promises:
        completions[promise.completion] = completions.get(promise.completion, 0) + 1
        for step in sorted(promise.steps, key=lambda one: one.due):
            _lay(work, taken, promise.capacity, step, holidays, today)
    return work


def _lay(  # noqa: PLR0913, PLR0917 - a step and where it may go
    work: Workload, taken: dict[tuple[Capacity, date], int], capacity: Capacity, step: Step, holidays: AbstractSet[date], today: date
) -> None:
    left = step.minutes
    for day in _days_for(step.due, holidays, today):
        if left <= 0:
            return
        spent = min(left, work.free(capacity, day))
        taken[capacity, day] = taken.get((capacity, day), 0) + spent
        left -= spent


def _days_for(due: date, holidays: AbstractSet[date], today: date) -> Iterator[date]:
    """The working days from the due day back to tomorrow, then those after it."""
    back = (due - timedelta(days=n) for n in range((due - today).days))
    yield from (day for day in back if is_working_day(day, holidays))
    yield from working_days_after(max(due, today), holidays)
