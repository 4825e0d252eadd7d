import pytest

from poam_generator.scope import category_faults


@pytest.mark.parametrize("category", ["uncategorised", "cui", "security_protection"])
def test_what_is_judged_needs_no_further_word(category: str) -> None:
    assert category_faults(category, "", "") == ()


@pytest.mark.parametrize("category", ["contractor_risk_managed", "specialized"])
def test_what_is_not_judged_stands_in_the_plan(category: str) -> None:
    assert "section of the SSP" in category_faults(category, "a lathe", " ")[0]
    assert category_faults(category, "", "SSP 1.4") == ()


def test_out_of_scope_keeps_its_justification() -> None:
    assert "justification" in category_faults("out_of_scope", " ", "SSP 1.4")[0]
    assert category_faults("out_of_scope", "own uplink", "") == ()
