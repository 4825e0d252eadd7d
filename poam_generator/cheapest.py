"""The cheapest way to Conditional status and to 110: which requirements to close, and the steps that it takes.

Requirements are chosen, not items: points come back only when all objectives of a requirement are established. Conditional status
asks for 88 and for nothing open that may not stand on a POA&M (32 CFR 170.21(a)(2)).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from poam_generator.errors import PoamError
from poam_generator.position import Inputs, Position
from poam_generator.registers import CRYPTOGRAPHY, FULL, MFA, PARTIAL
from poam_generator.score import Deducted, why_barred
from poam_generator.solver import Level, choose_levels
from poam_generator.steps import DEFAULT_EFFORTS, Efforts, Step, Steps, find_steps, take_steps

Target = Literal[88, 110]
TARGETS: Final[tuple[Target, ...]] = get_args(Target)


@dataclass(frozen=True, slots=True)
class Closing:
    """A requirement of a way: the points that come back, its steps, and the minutes of those that no earlier one has taken."""

    requirement: str
    points: int
    steps: tuple[Step, ...]
    minutes: int

    def to_json(self) -> dict[str, Any]:
        """The requirement as JSON data."""
        steps = [step.to_json() for step in self.steps]
        return {"requirement": self.requirement, "points": self.points, "minutes": self.minutes, "steps": steps}


@dataclass(frozen=True, slots=True)
class Way:
    """The cheapest way to a target. first: steps that come before all others; left: what stays open, with whether it is assessed."""

    target: Target
    before: int
    after: int
    first: tuple[Step, ...]
    closings: tuple[Closing, ...]
    left: tuple[Deducted, ...]
    unassessed: tuple[str, ...]
    position: Position

    @property
    def minutes(self) -> int:
        """The work of all steps, each counted once."""
        return sum(step.minutes for step in self.first) + sum(one.minutes for one in self.closings)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step once, in the order in which they are taken."""
        return tuple(dict.fromkeys((*self.first, *(step for one in self.closings for step in one.steps))))

    def to_json(self) -> dict[str, Any]:
        """What `closeout plan --json` prints."""
        return {
            "to": self.target,
            "before": self.before,
            "after": self.after,
            "minutes": self.minutes,
            "first": [step.to_json() for step in self.first],
            "requirements": [one.to_json() for one in self.closings],
            "left": [one.to_json() for one in self.left],
            "not_assessed": list(self.unassessed),
        }


def find_way(inputs: Inputs, target: Target, efforts: Efforts = DEFAULT_EFFORTS, now: Position | None = None) -> Way:
    """The cheapest way to a target; raises PoamError where there is none, or where the solver cannot prove one.

    now: where the system stands, if that is known already.
    """
    if target not in TARGETS:
        raise PoamError(f"a way leads to {' or to '.join(map(str, TARGETS))}, and not to {target}")
    steps = find_steps(inputs, efforts, now)
    open_now = steps.now.score.not_met
    before = inputs.framework.maximum - sum(one.points for one in open_now)
    levels = [level for one in open_now for level in _levels(one, steps)]
    forced = list(_forced(inputs, target, open_now, levels))
    chosen = [levels[number] for number in choose_levels(levels, target - before, forced)]
    first = () if steps.now.score.ssp else (steps.plan(),)
    return _check(inputs, target, before, first, tuple(_in_order(chosen)))


def _levels(open_now: Deducted, steps: Steps) -> Iterator[Level]:
    """The ways to open less of a requirement: all of it, and down to its partial value where it stands at the full one."""
    yield Level(open_now.requirement, steps.of_requirement(open_now.requirement), open_now.points)
    if open_now.requirement in {MFA, CRYPTOGRAPHY} and open_now.points == FULL:
        partial, whole = (frozenset(steps.of_register(open_now.requirement, partial=one)) for one in (True, False))
        if partial and partial != whole:
            yield Level(open_now.requirement, partial, FULL - PARTIAL)


def _forced(inputs: Inputs, target: Target, open_now: Sequence[Deducted], levels: Sequence[Level]) -> Iterator[list[int]]:
    """For every requirement that may not stay as it is, the levels at which it may: all closed for 110, none barred for 88."""
    for one in open_now:
        if not _may_stay(inputs, target, one.requirement, one.points):
            mine = ((number, one.points - level.points) for number, level in enumerate(levels) if level.requirement == one.requirement)
            yield [number for number, left in mine if left == 0 or _may_stay(inputs, target, one.requirement, left)]


def _may_stay(inputs: Inputs, target: Target, requirement: str, points: int) -> bool:
    """Whether so many points of a requirement may stay open at the target."""
    return target < inputs.framework.maximum and not why_barred(inputs.framework.requirement(requirement), points)


def _in_order(levels: Iterable[Level]) -> Iterator[Closing]:
    """The requirements with most points for the least further work first; a step is paid by the first that needs it."""
    left, taken = list(levels), set[Step]()
    while left:
        chosen = min(left, key=lambda level: (_further(level, taken) / max(level.points, 1), level.requirement))
        left.remove(chosen)
        minutes = _further(chosen, taken)
        taken |= chosen.steps
        yield Closing(chosen.requirement, chosen.points, tuple(sorted(chosen.steps)), minutes)


def _further(level: Level, taken: set[Step]) -> int:
    return sum(step.minutes for step in level.steps - taken)


def _check(inputs: Inputs, target: Target, before: int, first: tuple[Step, ...], closings: tuple[Closing, ...]) -> Way:
    """The way, once taking its steps has been found to come to what it says; raises PoamError where it does not."""
    position = take_steps(inputs, {*first, *(step for one in closings for step in one.steps)})
    after = position.score.verified
    if after is None or after < target or after < before + sum(one.points for one in closings):
        raise PoamError(f"the way that was found comes to {after} and not to {target}; nothing is shown rather than a wrong answer")
    closed = {one.requirement for one in closings}
    unassessed = tuple(one for one in position.score.not_assessed if one not in closed)
    return Way(target, before, after, first, closings, position.score.not_met, unassessed, position)
