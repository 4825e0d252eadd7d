"""What could be done, and what would come of it."""

from dataclasses import replace

import pytest

from poam_generator.errors import PoamError
from poam_generator.position import Inputs, Work, find_position
from poam_generator.registers import CryptoModule
from poam_generator.score import Registers
from poam_generator.steps import EVERY_PLACE, close_live_items, find_steps, take_steps
from tests.poam_generator.inputs import FRAMEWORK, FULL, LOCKOUT, MEMBERS, MFA, MODULE, inputs, item

FAILING = MEMBERS[0]
ASSESSOR = Work("PA-0009", "assessor", "finding 4", "open", "Keys lie about", ("3.10.5",), ())


def done(given: Inputs, *words: str) -> int | None:
    """The score with the steps of these words done."""
    return take_steps(given, find_steps(given).read(words)).score.verified


def names(given: Inputs, requirement: str) -> set[tuple[str, str]]:
    return {(step.kind, step.key) for step in find_steps(given).of_requirement(requirement)}


def test_where_all_is_well_nothing_is_to_be_done() -> None:
    given = inputs()
    assert find_position(given).score.verified == 110
    assert not any(find_steps(given).of_requirement(one.id) for one in FRAMEWORK.requirements)


def test_a_requirement_that_nobody_attested_lacks_a_word_for_each_objective() -> None:
    given = inputs(["3.6.1"])
    assert names(given, "3.6.1") == {("attestation", f"3.6.1[{letter}]") for letter in "abcdefg"}
    assert (find_position(given).score.verified, done(given, "3.6.1"), done(given, "3.6.1[a]")) == (105, 110, 105)


def test_a_failing_check_is_mended_by_its_item_and_what_it_leaves_is_attested() -> None:
    given = inputs([LOCKOUT], failing=[FAILING], items=[item("PA-0001", FAILING)])
    assert ("item", "PA-0001") in names(given, "3.1.8")
    assert ("attestation", LOCKOUT) in names(given, "3.1.8")
    assert done(given, "PA-0001") == find_position(given).score.verified
    attested = inputs(failing=[FAILING], items=[item("PA-0001", FAILING)])
    assert names(attested, "3.1.8") == {("item", "PA-0001")}


@pytest.mark.parametrize("state", ["accepted", "dismissed"])
def test_a_failure_without_an_open_item_is_still_to_be_mended(state: str) -> None:
    held = item("PA-0001", FAILING, 90, state=state)
    (step,) = find_steps(inputs(failing=[FAILING], items=[held])).of_requirement("3.1.8")
    assert (step.kind, step.key, step.minutes) == ("check", FAILING, 90)
    assert find_position(inputs(failing=[FAILING], items=[held])).requirements["3.1.8"].finding != "MET"
    assert find_position(inputs(failing=[FAILING], items=[])).score == find_position(inputs(failing=[FAILING], items=[held])).score


def test_an_item_without_a_check_speaks_against_its_requirement_until_it_is_closed() -> None:
    for state in ("draft", "open", "accepted", "dismissed"):
        assert find_position(inputs(items=[replace(ASSESSOR, state=state)])).score.verified == 109
    for state in ("closed", "withdrawn", "enduring_exception", "temporary_deficiency"):
        assert find_position(inputs(items=[replace(ASSESSOR, state=state)])).score.verified == 110  # type: ignore[arg-type]
    given = inputs(items=[ASSESSOR])
    assert names(given, "3.10.5") == {("item", "PA-0009")}
    assert done(given, "PA-0009") == 110
    assert find_position(given).requirements["3.10.5"].because[0] == "3.10.5[a]: weakness PA-0009"


def test_an_item_that_names_objectives_speaks_against_those_alone() -> None:
    narrow = replace(ASSESSOR, objectives=("3.10.5[b]",))
    states = {one: status.state for one, status in find_position(inputs(items=[narrow])).objectives.items() if one.startswith("3.10.5")}
    assert states == {"3.10.5[a]": "attested", "3.10.5[b]": "failing", "3.10.5[c]": "attested"}


def test_an_item_of_a_check_speaks_by_its_scans_alone() -> None:
    assert list(replace(item("PA-1", FAILING), objectives=(LOCKOUT,), requirements=("3.1.8",)).speaks_against(FRAMEWORK)) == []


def test_projected_takes_live_items_for_closed_and_leaves_what_nobody_attested() -> None:
    given = inputs(["3.6.1"], failing=[FAILING], items=[item("PA-0001", FAILING), ASSESSOR])
    assert find_position(given).score.verified == 110 - 5 - 1 - 1 - _contested(given)
    assert close_live_items(given).score.verified == 105


def _contested(given: Inputs) -> int:
    """Points of the requirements that the failing check contests beside 3.1.8."""
    found = find_position(given)
    return sum(one.points for one in found.score.not_met if one.requirement not in {"3.6.1", "3.1.8", "3.10.5"})


def test_several_factors_are_covered_place_by_place() -> None:
    given = inputs(registers=replace(FULL, mfa=tuple(replace(one, covered=False) for one in MFA)))
    assert find_position(given).score.verified == 105
    assert done(given, "mfa:remote", "mfa:local_privileged", "mfa:network_privileged") == 107
    assert done(given, "mfa:remote", "mfa:local_privileged") == 105
    assert done(given, "3.5.3") == 110


def test_encrypting_gives_two_points_and_validating_the_rest() -> None:
    given = inputs(registers=Registers(MFA, (replace(MODULE, encrypted=False, status="none"),)))
    assert (find_position(given).score.verified, done(given, "encryption:disks"), done(given, "module:disks")) == (105, 107, 110)
    assert done(given, "3.13.11") == 110


def test_a_validated_module_that_encrypts_nothing_yet_has_only_to_encrypt() -> None:
    assert names(inputs(registers=Registers(MFA, (replace(MODULE, encrypted=False),))), "3.13.11") == {("encryption", "disks")}


def test_an_empty_register_is_filled() -> None:
    given = inputs(registers=Registers(MFA, ()))
    assert names(given, "3.13.11") == {("encryption", EVERY_PLACE), ("module", EVERY_PLACE)}
    assert done(given, "3.13.11") == 110


def test_a_historical_module_that_nobody_decided_on_is_a_step() -> None:
    historical = CryptoModule("disks", True, "M", "1", "1234", "FIPS 140-2", "historical", MODULE.checked_on, MODULE.approved_mode)
    assert names(inputs(registers=Registers(MFA, (historical,))), "3.13.11") == {("module", "disks")}


def test_without_a_plan_there_is_no_score_whatever_else_is_done() -> None:
    given = inputs(["3.6.1"], ssp=None)
    assert (done(given, "3.6.1"), done(given, "ssp"), done(given, "ssp", "3.6.1")) == (None, 105, 110)


@pytest.mark.parametrize("word", ["PA-0099", "3.99.1", "mfa:everywhere", "module:mars", "nonsense", ""])
def test_a_word_that_names_nothing_is_told_what_can_be_named(word: str) -> None:
    with pytest.raises(PoamError, match="name an open item"):
        find_steps(inputs()).read([word])
