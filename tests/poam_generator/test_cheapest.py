"""The cheapest way, reckoned by hand; that no other is cheaper is test_solver's part."""

from dataclasses import replace

import pytest

from poam_generator.cheapest import Way, find_way
from poam_generator.errors import PoamError
from poam_generator.position import Inputs
from poam_generator.score import Registers
from poam_generator.steps import Efforts
from tests.poam_generator.inputs import FRAMEWORK, FULL, MFA, MODULE, inputs, item

ONES = [one.id for one in FRAMEWORK.requirements if one.l2_poam == "yes"]
EFFORTS = Efforts(attestation=10)


def closed(way: Way) -> set[str]:
    return {one.requirement for one in way.closings}


def way(given: Inputs, target: int = 88) -> Way:
    return find_way(given, target, EFFORTS)  # type: ignore[arg-type] # one of the targets, or what is refused


def test_where_all_is_met_there_is_nothing_to_do() -> None:
    found = way(inputs(), 110)
    assert (found.before, found.after, found.minutes, found.steps) == (110, 110, 0, ())


def test_to_110_everything_is_closed() -> None:
    found = way(inputs(["3.6.1", "3.10.5", "3.1.9"]), 110)
    assert closed(found) == {"3.6.1", "3.10.5", "3.1.9"}
    assert (found.after, found.left, found.unassessed) == (110, (), ())
    assert found.minutes == 10 * sum(len(FRAMEWORK.requirement(one).objectives) for one in closed(found))


def test_to_88_only_so_much_is_closed_as_is_needed_and_the_cheapest_of_it() -> None:
    found = way(inputs(ONES[:24]))
    assert found.before == 86
    assert found.after == 88
    sizes = sorted(len(FRAMEWORK.requirement(one).objectives) for one in ONES[:24])
    assert found.minutes == 10 * sum(sizes[:2])
    assert len(found.left) == len(found.unassessed) == 22


def test_what_may_not_stand_on_a_poam_is_closed_though_the_points_are_there() -> None:
    assert closed(way(inputs(["3.10.5", "3.6.1", *ONES[:3]]))) == {"3.10.5", "3.6.1"}


def test_the_plan_itself_gives_no_points_and_may_not_stay_open() -> None:
    assert closed(way(inputs(["3.12.4", ONES[0]]))) == {"3.12.4"}


def test_without_a_plan_on_record_that_comes_first() -> None:
    found = way(inputs([ONES[0]], ssp=None))
    assert [step.kind for step in found.first] == ["plan"]
    assert (found.before, found.after, found.closings) == (109, 109, ())
    assert found.minutes == EFFORTS.plan


def test_cryptography_may_stay_at_three_and_several_factors_may_not() -> None:
    nowhere = tuple(replace(one, covered=False) for one in MFA)
    found = way(inputs(registers=Registers(nowhere, (replace(MODULE, encrypted=False, status="none"),))))
    assert {(one.requirement, one.points) for one in found.closings} == {("3.5.3", 5), ("3.13.11", 2)}
    assert [(one.requirement, one.points) for one in found.left] == [("3.13.11", 3)]
    assert found.position.score.conditional.eligible is True


def test_cryptography_at_three_is_left_alone() -> None:
    found = way(inputs(registers=Registers(MFA, (replace(MODULE, status="none"),))))
    assert (found.before, found.closings, found.position.score.conditional.eligible) == (107, (), True)


def test_an_item_that_two_requirements_need_is_paid_once() -> None:
    check = next(
        one.id
        for one in inputs().content.checks.values()
        if "linux" in one.platforms and len({FRAMEWORK.requirement_of(objective).id for objective in one.assesses}) > 1
    )
    found = way(inputs(failing=[check], items=[item("PA-0001", check, 300)]), 110)
    assert len(found.closings) > 1
    assert (found.minutes, [step.key for step in found.steps]) == (300, ["PA-0001"])
    assert [one.minutes for one in found.closings] == [300] + [0] * (len(found.closings) - 1)


def test_another_target_is_refused() -> None:
    with pytest.raises(PoamError, match="leads to 88 or to 110, and not to 100"):
        way(inputs(), 100)


def test_the_way_is_printed_with_every_step() -> None:
    printed = way(inputs(["3.10.5"], registers=FULL), 110).to_json()
    assert (printed["to"], printed["before"], printed["after"], printed["minutes"]) == (110, 109, 110, 30)
    assert printed["requirements"][0]["steps"][0]["key"] == "3.10.5[a]"
