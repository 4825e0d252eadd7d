"""The cheapest choice of steps that reaches a number of points: an integer program, solved exactly by HiGHS.

Variables are 0 or 1: one a step, one a level of a requirement. A level counts only when all of its steps are taken, so that a step
that several requirements need is paid once. The objective has integers alone; what the solver says is checked in integers, and an
answer whose optimality it has not proven is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from poam_generator.errors import PoamError
from poam_generator.steps import Step

if TYPE_CHECKING:
    import highspy

SECONDS: Final = 20.0  # a program of 110 requirements takes some hundredths of one
_NEAR: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Level:
    """A way to open less of a requirement: the steps that it takes, and the points that come back."""

    requirement: str
    steps: frozenset[Step]
    points: int


def choose_levels(levels: Sequence[Level], points: int, forced: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The numbers of the levels to reach, at the least minutes of their steps, each step paid once.

    At most one level of a requirement is chosen. points: that many at least have to come back. forced: of each group of numbers,
    one is chosen. Raises PoamError where it cannot be reached, where the solver is not installed, and where it did not finish.
    """
    program = _Program(levels, points, forced)
    chosen = program.solve()
    program.verify(chosen)
    return tuple(sorted(chosen))


class _Program:
    """The integer program: first the columns of the steps, then those of the levels."""

    def __init__(self, levels: Sequence[Level], points: int, forced: Sequence[Sequence[int]]) -> None:
        self.levels = levels
        self.points = points
        self.forced = forced
        every = frozenset[Step]().union(*(level.steps for level in levels))
        self.steps = {step: number for number, step in enumerate(sorted(every))}
        self.bound = 0

    def solve(self) -> frozenset[int]:
        """The chosen levels, when the solver has proven that none are cheaper."""
        solver, status = self._make()
        if not self.levels and self.points <= 0 and not self.forced:
            return frozenset()
        solver.run()
        outcome = solver.getModelStatus()
        if outcome in {status.kInfeasible, status.kModelEmpty} or not self.levels:
            raise PoamError("nothing that could be done reaches that; see closeout score for what is open")
        if outcome != status.kOptimal:
            raise PoamError(f"the solver found no proven answer in {SECONDS:.0f} s; nothing is shown rather than a guess")
        self.bound = ceil(solver.getInfo().mip_dual_bound - _NEAR)
        values = solver.getSolution().col_value
        return frozenset(number for number in range(len(self.levels)) if values[len(self.steps) + number] > 1 / 2)

    def _make(self) -> "tuple[highspy.Highs, type[highspy.HighsModelStatus]]":
        try:
            import highspy  # noqa: PLC0415 - only this needs it, and it takes a fifth of a second
        except ImportError as error:
            raise PoamError(f"the solver is not installed, and no way is guessed without it: pip install highspy ({error})") from error
        solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call] # its own stubs leave this one out
        for option, value in {"output_flag": False, "threads": 1, "time_limit": SECONDS, "mip_rel_gap": 0.0, "mip_abs_gap": 0.5}.items():
            solver.setOptionValue(option, value)
        self._add_columns(solver, highspy.HighsVarType.kInteger)
        self._add_rows(solver)
        return solver, highspy.HighsModelStatus

    def _add_columns(self, solver: "highspy.Highs", integer: "highspy.HighsVarType") -> None:
        for number, cost in enumerate((*(step.minutes for step in self.steps), *(0 for _ in self.levels))):
            solver.addVar(0.0, 1.0)
            solver.changeColCost(number, float(cost))
            solver.changeColIntegrality(number, integer)

    def _add_rows(self, solver: "highspy.Highs") -> None:
        first = len(self.steps)
        columns = list(range(first, first + len(self.levels)))
        infinite = float("inf")
        for column, level in zip(columns, self.levels, strict=True):
            for step in level.steps:  # a level has its steps taken: step - level >= 0
                solver.addRow(0.0, infinite, 2, [self.steps[step], column], [1.0, -1.0])
        by_requirement: dict[str, list[int]] = {}
        for column, level in zip(columns, self.levels, strict=True):
            by_requirement.setdefault(level.requirement, []).append(column)
        for same in by_requirement.values():
            solver.addRow(0.0, 1.0, len(same), same, [1.0] * len(same))
        for group in self.forced:
            solver.addRow(1.0, infinite, len(group), [first + number for number in group], [1.0] * len(group))
        solver.addRow(float(self.points), infinite, len(columns), columns, [float(level.points) for level in self.levels])

    def verify(self, chosen: frozenset[int]) -> None:
        """Raise PoamError unless the choice reaches what was asked, in integers, at the very cost below which there is none."""
        reached = sum(self.levels[number].points for number in chosen)
        paid = sum(step.minutes for step in frozenset[Step]().union(*(self.levels[number].steps for number in chosen)))
        once = len({self.levels[number].requirement for number in chosen}) == len(chosen)
        held = all(not chosen.isdisjoint(group) for group in self.forced)
        if not (reached >= self.points and once and held and paid == self.bound):
            raise PoamError(f"the solver's answer of {paid} does not hold against its own bound of {self.bound}; nothing is shown")
