"""The solver's choice is the cheapest there is: against trying every choice, on small programs."""

import sys
from collections.abc import Iterator
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poam_generator.errors import PoamError
from poam_generator.solver import Level, choose_levels
from poam_generator.steps import Step


def step(name: str, minutes: int) -> Step:
    return Step("item", name, "", minutes)


def cost(levels: list[Level], chosen: tuple[int, ...]) -> int:
    return sum(one.minutes for one in frozenset[Step]().union(*(levels[number].steps for number in chosen)))


def choices(levels: list[Level], points: int, forced: list[list[int]]) -> Iterator[tuple[int, ...]]:
    """Every choice that keeps all that is asked."""
    numbers = range(len(levels))
    for chosen in chain.from_iterable(combinations(numbers, count) for count in range(len(levels) + 1)):
        once = len({levels[number].requirement for number in chosen}) == len(chosen)
        if once and sum(levels[number].points for number in chosen) >= points and all(set(group) & set(chosen) for group in forced):
            yield chosen


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[Level], int, list[list[int]]]:
    """Requirements with one or two levels, whose steps they share."""
    steps = [step(str(number), draw(st.integers(0, 500))) for number in range(draw(st.integers(1, 6)))]
    some = st.frozensets(st.sampled_from(steps), max_size=4)
    levels: list[Level] = []
    for requirement in range(draw(st.integers(0, 6))):
        whole = Level(str(requirement), draw(some), draw(st.sampled_from((0, 1, 3, 5))))
        levels.append(whole)
        if whole.points == 5 and draw(st.booleans()):
            levels.append(Level(str(requirement), draw(some), 2))
    forced = draw(st.lists(st.sampled_from(range(len(levels))), max_size=2)) if levels else []
    return levels, draw(st.integers(-5, 15)), [[number] for number in forced]


@settings(deadline=None, max_examples=150)
@given(programs())
def test_no_other_choice_is_cheaper(program: tuple[list[Level], int, list[list[int]]]) -> None:
    levels, points, forced = program
    best = min((cost(levels, one) for one in choices(levels, points, forced)), default=None)
    if best is None:
        with pytest.raises(PoamError, match="nothing that could be done"):
            choose_levels(levels, points, forced)
    else:
        chosen = choose_levels(levels, points, forced)
        assert chosen in set(choices(levels, points, forced))
        assert cost(levels, chosen) == best


def test_a_step_that_two_requirements_share_is_paid_once() -> None:
    shared, dear = step("shared", 60), step("dear", 70)
    levels = [Level("3.1.1", frozenset({shared}), 1), Level("3.1.2", frozenset({shared}), 1), Level("3.1.3", frozenset({dear}), 2)]
    assert choose_levels(levels, 2, []) == (0, 1)


def test_most_points_an_hour_first_is_not_always_cheapest() -> None:
    levels = [
        Level("a", frozenset({step("a", 50)}), 3),
        Level("b", frozenset({step("b", 89)}), 5),
        Level("c", frozenset({step("c", 40)}), 2),
    ]
    assert choose_levels(levels, 5, []) == (1,)


def test_nothing_to_do_takes_nothing() -> None:
    assert choose_levels([], 0, []) == ()


def test_a_group_of_which_none_can_be_chosen_is_not_reached() -> None:
    with pytest.raises(PoamError, match="nothing that could be done"):
        choose_levels([Level("a", frozenset(), 1)], 0, [[]])


def test_without_the_solver_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(PoamError, match=r"the solver is not installed.*pip install highspy"):
        choose_levels([], 0, [])


def test_a_solver_that_did_not_finish_gives_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poam_generator.solver.SECONDS", 0.0)
    levels = [Level(str(n), frozenset({step(str((n * k) % 37), 1 + (n * 7 + k * 3) % 90) for k in range(1, 9)}), 1) for n in range(60)]
    with pytest.raises(PoamError, match="no proven answer"):
        choose_levels(levels, 31, [])
