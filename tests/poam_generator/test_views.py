import pytest

from checks.views import View, ViewRequirement, load_view
from poam_generator.score import Finding
from poam_generator.views import stand, stand_all

ASKS_MORE = ViewRequirement(
    "03.01.01", "AC", "Accounts", "Accounts are managed well", ("3.1.1", "3.13.3"), 2, in_addition=("More is asked",)
)
ASKS_NO_MORE = ViewRequirement("03.01.02", "AC", "Access", "Access is enforced here", ("3.1.1", "3.13.3"), 2)


@pytest.mark.parametrize(
    ("first", "second", "standing", "because"),
    [
        ("MET", "MET", "carried over", ()),
        ("MET", "not assessed", "not assessed", ("3.13.3",)),
        ("contested", "not assessed", "contested", ("3.1.1",)),
        ("NOT MET", "contested", "NOT MET", ("3.1.1",)),
        ("NOT MET", "NOT MET", "NOT MET", ("3.1.1", "3.13.3")),
    ],
)
def test_a_requirement_stands_as_the_worst_behind_it(first: Finding, second: Finding, standing: str, because: tuple[str, ...]) -> None:
    stands = stand(ASKS_MORE, {"3.1.1": first, "3.13.3": second})
    assert (stands.standing, stands.because) == (standing, because)


def test_it_is_met_only_where_it_asks_for_no_more_than_was_judged() -> None:
    assert stand(ASKS_NO_MORE, {"3.1.1": "MET", "3.13.3": "MET"}).standing == "MET"


def test_what_nothing_judged_stands_behind_is_new_whatever_was_found() -> None:
    new = ViewRequirement("03.16.02", "SA", "Unsupported", "Components without support are replaced", (), 2)
    assert stand(new, {}).standing == "new"


def everything(finding: Finding) -> dict[str, Finding]:
    return {one.id: finding for one in load_view("r2").requirements}


@pytest.mark.parametrize("key", ["r2", "cmmc-l1"])
def test_where_the_requirements_are_those_that_are_judged_they_stand_as_they_were_found(key: str) -> None:
    view: View = load_view(key)
    assert {one.standing for one in stand_all(view, everything("MET"))} == {"MET"}
    assert {one.standing for one in stand_all(view, everything("contested"))} == {"contested"}


def test_revision_3_is_nowhere_met_by_revision_2_where_it_asks_for_more() -> None:
    stands = stand_all(load_view("r3"), everything("MET"))
    assert {one.standing for one in stands if one.requirement.adds} == {"carried over", "new"}
    assert {one.standing for one in stands if not one.requirement.adds} == {"MET"}
