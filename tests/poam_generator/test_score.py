"""The score, worked by hand: 110 less the value of every requirement that is not MET (32 CFR 170.24(c)(2))."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.framework import load_framework
from poam_generator.attestation import Evidence
from poam_generator.objectives import ESTABLISHED, ObjectiveStatus
from poam_generator.registers import CryptoModule, Deduction, MfaInput
from poam_generator.score import (
    Finding,
    Registers,
    RequirementStatus,
    Score,
    Ssp,
    compute_score,
    points_at_stake,
    requirement_status,
    with_register,
)

FRAMEWORK = load_framework()
TODAY = date(2026, 11, 24)
YEAR_AGO = date(2025, 11, 24)
FINAL = Evidence("policy.pdf", "final", "J. Doe", date(2026, 3, 1), "2.0", date(2027, 3, 1))
SSP = Ssp("Plant 2", "3.1", date(2026, 2, 1), "A. Official", date(2026, 10, 1))
MFA = tuple(
    MfaInput(place, covered=True, by="J. Doe", on=TODAY, evidence=(FINAL,))
    for place in ("remote", "local_privileged", "network_privileged", "network_non_privileged")
)
MODULE = CryptoModule("disks", True, "M", "1", "4825", "FIPS 140-3", "active", TODAY, (FINAL,))
FULL = Registers(MFA, (MODULE,))


def score(not_met: Iterable[str] = (), finding: Finding = "NOT MET", *, registers: Registers = FULL, ssp: Ssp | None = SSP) -> Score:
    """The score when these requirements are found so and all others are MET."""
    findings: dict[str, Finding] = dict.fromkeys((one.id for one in FRAMEWORK.requirements), "MET")
    for one in not_met:
        findings[one] = finding
    statuses = {one: RequirementStatus(one, said, () if said == "MET" else (f"{one}[a]: why",)) for one, said in findings.items()}
    taken = registers.deductions(TODAY)
    return compute_score(FRAMEWORK, {one: with_register(status, taken.get(one)) for one, status in statuses.items()}, ssp, registers, TODAY)


FOUR = next([objective.id for objective in one.objectives] for one in FRAMEWORK.requirements if len(one.objectives) == 4)
EVERY = [one.id for one in FRAMEWORK.requirements]
ELIGIBLE = [one.id for one in FRAMEWORK.requirements if one.l2_poam == "yes"]


def test_all_met_is_110() -> None:
    found = score()
    assert (found.verified, found.minimum, found.not_met, found.not_assessed) == (110, -203, (), ())
    assert found.conditional.eligible is True


def test_nothing_met_is_the_minimum() -> None:
    assert score(EVERY, registers=Registers()).verified == -203


def test_one_of_each_value() -> None:
    five, three, one = (next(r.id for r in FRAMEWORK.requirements if r.points == value and not r.points_partial) for value in (5, 3, 1))
    assert [score([r]).verified for r in (five, three, one)] == [105, 107, 109]
    assert score([five, three, one]).verified == 101


def test_not_assessed_counts_as_not_met_and_is_listed_apart() -> None:
    found = score(["3.1.1"], "not assessed")
    assert (found.verified, found.not_assessed) == (105, ("3.1.1",))
    assert found.conditional.eligible is None
    assert "3.1.1 is not assessed" in found.conditional.because[0]


def test_contested_is_not_met_until_a_person_has_decided() -> None:
    found = score(["3.1.1"], "contested")
    assert (found.verified, found.not_assessed) == (105, ())
    assert found.not_met[0].to_json() == {"requirement": "3.1.1", "points": 5, "because": "3.1.1[a]: why."}


def test_mfa_takes_three_for_remote_and_privileged_users_only_and_may_not_stand_on_a_poam() -> None:
    partial = replace(FULL, mfa=(*MFA[:3], replace(MFA[3], covered=False)))
    found = score(["3.5.3"], registers=partial)
    assert found.verified == 107
    assert found.conditional.eligible is False
    assert found.conditional.because == ("3.5.3 takes 3 and may not stand on a POA&M (32 CFR 170.21(a)(2)(ii))",)


def test_mfa_takes_five_for_every_other_mixture() -> None:
    for left_out in range(3):
        inputs = tuple(replace(one, covered=number != left_out) for number, one in enumerate(MFA))
        assert score(["3.5.3"], registers=replace(FULL, mfa=inputs)).verified == 105


def test_the_register_outweighs_what_was_attested() -> None:
    assert score(registers=replace(FULL, mfa=())).verified == 105
    assert score(registers=replace(FULL, modules=())).verified == 105


def test_a_register_that_says_all_is_well_does_not_outweigh_an_objective() -> None:
    assert score(["3.5.3"]).verified == 105
    assert score(["3.13.11"]).verified == 105


def test_cryptography_takes_three_where_not_validated_and_may_then_stand_on_a_poam() -> None:
    found = score(["3.13.11"], registers=replace(FULL, modules=(replace(MODULE, status="none"),)))
    assert (found.verified, found.conditional.eligible) == (107, True)


def test_cryptography_takes_five_where_there_is_none_and_may_not_stand_on_a_poam() -> None:
    found = score(["3.13.11"], registers=replace(FULL, modules=(MODULE, replace(MODULE, place="mail", encrypted=False))))
    assert (found.verified, found.conditional.eligible) == (105, False)


def test_one_case_of_each_kind_together_worked_by_hand() -> None:
    """5 of 3.1.1, 3 of 3.1.5, 1 of 3.1.3, 3 of 3.5.3 for ordinary users, 3 of 3.13.11 for a module without validation: 110 - 15."""
    registers = Registers((*MFA[:3], replace(MFA[3], covered=False)), (MODULE, replace(MODULE, place="mail", certificate="")))
    found = score(["3.1.1", "3.1.5", "3.1.3", "3.5.3", "3.13.11"], registers=registers)
    assert {one.requirement: one.points for one in found.not_met} == {"3.1.1": 5, "3.1.3": 1, "3.1.5": 3, "3.5.3": 3, "3.13.11": 3}
    assert (found.verified, found.conditional.eligible) == (95, False)
    assert [one.split()[0] for one in found.conditional.because] == ["3.1.1", "3.1.5", "3.5.3"]


@pytest.mark.parametrize(
    ("covered", "points"),
    [
        ("", 5),
        ("remote", 5),
        ("local_privileged network_privileged", 5),
        ("network_non_privileged", 5),
        ("remote local_privileged network_non_privileged", 5),
        ("remote local_privileged network_privileged", 3),
        ("remote local_privileged network_privileged network_non_privileged", 0),
    ],
)
def test_mfa_takes_by_where_it_is_asked(covered: str, points: int) -> None:
    inputs = tuple(replace(one, covered=one.place in covered.split()) for one in MFA)
    assert score(registers=replace(FULL, mfa=inputs)).verified == 110 - points


@pytest.mark.parametrize("evidence", [(), (replace(FINAL, status="draft"),), (replace(FINAL, next_review=TODAY - timedelta(days=1)),)])
def test_mfa_that_no_final_evidence_shows_is_not_covered(evidence: tuple[Evidence, ...]) -> None:
    remote = replace(MFA[0], evidence=evidence)
    assert score(registers=replace(FULL, mfa=(remote, *MFA[1:]))).verified == 105
    ordinary = replace(MFA[3], evidence=evidence)
    assert score(registers=replace(FULL, mfa=(*MFA[:3], ordinary))).verified == 107


def test_a_place_of_mfa_that_nobody_has_stated_keeps_the_answer_back_and_is_named() -> None:
    found = score(registers=replace(FULL, mfa=MFA[1:]))
    assert (found.verified, found.conditional.eligible) == (105, None)
    assert found.conditional.because == ("an input is missing: whether several factors are asked for: remote",)


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 0),
        ({"encrypted": False}, 5),
        ({"status": "revoked"}, 3),
        ({"status": "none", "certificate": ""}, 3),
        ({"checked_on": YEAR_AGO}, 0),
        ({"checked_on": YEAR_AGO - timedelta(days=1)}, 3),
        ({"approved_mode": ()}, 3),
        ({"status": "historical"}, 3),
        ({"status": "historical", "historical_accepted_by": "A. Official"}, 0),
    ],
)
def test_cryptography_takes_by_its_worst_place(change: dict[str, object], points: int) -> None:
    worst = replace(MODULE, place="mail", **change)  # type: ignore[arg-type] # the words are its fields
    for modules in ((MODULE, worst), (worst, MODULE)):
        assert score(registers=replace(FULL, modules=modules)).verified == 110 - points


def test_an_empty_register_of_modules_takes_five_and_keeps_the_answer_back() -> None:
    found = score(registers=replace(FULL, modules=()))
    assert (found.verified, found.conditional.eligible) == (105, None)
    assert found.conditional.because == ("an input is missing: the places where CUI is encrypted",)


def test_a_score_of_88_with_what_may_not_stand_open_is_not_conditional() -> None:
    """Four of 5 points leave 90: enough points, and each of them bars it."""
    fives = [one.id for one in FRAMEWORK.requirements if one.points == 5 and not one.points_partial][:4]
    found = score(fives)
    assert (found.verified, found.conditional.eligible, len(found.conditional.because)) == (90, False, 4)


def test_a_plan_reviewed_a_year_ago_to_the_day_still_counts() -> None:
    assert score(ssp=replace(SSP, reviewed_on=TODAY.replace(year=TODAY.year - 1))).verified == 110
    assert score(ssp=replace(SSP, reviewed_on=TODAY.replace(year=TODAY.year - 1) - timedelta(days=1))).verified is None
    assert score(ssp=replace(SSP, approved_on=TODAY + timedelta(days=1))).verified is None


def test_a_historical_module_keeps_the_answer_back() -> None:
    found = score(["3.13.11"], registers=replace(FULL, modules=(replace(MODULE, status="historical"),)))
    assert (found.verified, found.conditional.eligible) == (107, None)


@pytest.mark.parametrize(
    "ssp", [None, replace(SSP, reviewed_on=TODAY - timedelta(days=367)), replace(SSP, reviewed_on=TODAY + timedelta(days=1))]
)
def test_without_a_current_plan_there_is_no_score(ssp: Ssp | None) -> None:
    found = score(ssp=ssp)
    assert (found.verified, found.ssp, found.conditional.eligible) == (None, None, None)
    assert "plan" in found.because


def test_the_plan_itself_takes_no_points_and_may_not_stand_on_a_poam() -> None:
    found = score(["3.12.4"])
    assert (found.verified, found.conditional.eligible) == (110, False)
    assert found.conditional.because == ("3.12.4 takes 0 and may not stand on a POA&M (32 CFR 170.21(a)(2)(iii))",)


def test_conditional_status_begins_at_88() -> None:
    assert len(ELIGIBLE) == 46
    enough, short = score(ELIGIBLE[:22]), score(ELIGIBLE[:23])
    assert (enough.verified, enough.conditional.eligible) == (88, True)
    assert (short.verified, short.conditional.eligible) == (87, False)
    assert short.conditional.because == ("the score is 87, 1 short of 88",)


@pytest.mark.parametrize("requirement", ["3.1.20", "3.1.22", "3.10.3", "3.10.4", "3.10.5"])
def test_the_named_requirements_bar_it_at_one_point(requirement: str) -> None:
    found = score([requirement])
    assert (found.verified, found.conditional.eligible) == (109, False)


def test_a_requirement_is_met_only_when_every_objective_is() -> None:
    requirement = FRAMEWORK.requirement("3.1.8")
    proven, attested = ObjectiveStatus("3.1.8[b]", "proven", ("web-1",)), ObjectiveStatus("3.1.8[a]", "attested")

    def finding(*statuses: ObjectiveStatus) -> str:
        return requirement_status(requirement, {one.objective: one for one in statuses}).finding

    assert finding(attested, proven) == "MET"
    assert finding(replace(attested, state="not_applicable"), replace(proven, state="inherited")) == "MET"
    assert finding(replace(attested, state="missing"), proven) == "not assessed"
    every = {one: ObjectiveStatus(one, state) for one, state in zip(FOUR, sorted(ESTABLISHED), strict=True)}
    assert requirement_status(FRAMEWORK.requirement_of(FOUR[0]), every).finding == "MET"
    assert finding(attested, replace(proven, state="contested")) == "contested"
    assert finding(replace(attested, state="missing"), replace(proven, state="contested")) == "contested"
    assert finding(replace(attested, state="contested"), replace(proven, state="failing")) == "NOT MET"


def test_a_requirement_is_not_met_while_its_register_takes_points() -> None:
    met, failing = RequirementStatus("3.13.11", "MET", ()), RequirementStatus("3.13.11", "NOT MET", ("3.13.11[a]: failing on 1",))
    takes, unsure = Deduction(3, "mail: no validation"), Deduction(5, "nothing is on the register", ("the places",))
    assert with_register(met, takes) == RequirementStatus("3.13.11", "NOT MET", ("mail: no validation",))
    assert with_register(met, unsure).finding == "not assessed"
    assert with_register(failing, unsure) == replace(failing, because=("nothing is on the register", "3.13.11[a]: failing on 1"))
    assert with_register(met, Deduction(0, "all is well")) == with_register(met, None) == met


def test_why_a_requirement_is_not_met_is_said() -> None:
    statuses = {
        "3.1.8[a]": ObjectiveStatus("3.1.8[a]", "missing", missing=("web-1",)),
        "3.1.8[b]": ObjectiveStatus("3.1.8[b]", "failing", failing=(("web-1", "x"), ("web-1", "y"))),
    }
    found = requirement_status(FRAMEWORK.requirement("3.1.8"), statuses)
    assert found.because == ("3.1.8[a]: missing 1", "3.1.8[b]: failing on 1")
    statuses["3.1.8[a]"] = ObjectiveStatus("3.1.8[a]", "proven", proven=("web-1",))
    assert requirement_status(FRAMEWORK.requirement("3.1.8"), statuses).because == ("3.1.8[b]: failing on 1",)


def test_points_at_stake_are_those_of_the_requirements() -> None:
    assert points_at_stake(FRAMEWORK.requirements) == 313
    assert points_at_stake([FRAMEWORK.requirement("3.5.3")], {"3.5.3"}) == 3
    assert points_at_stake([FRAMEWORK.requirement("3.1.1")], {"3.1.1"}) == 5


def test_the_registers_name_the_requirements_of_which_they_take_the_partial_value() -> None:
    assert FULL.partial(TODAY) == frozenset()
    assert replace(FULL, mfa=(*MFA[:3], replace(MFA[3], covered=False))).partial(TODAY) == {"3.5.3"}
    assert replace(FULL, modules=(replace(MODULE, status="none"),)).partial(TODAY) == {"3.13.11"}
