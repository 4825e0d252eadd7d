"""The order of the first pass, how far it has come, and what it advises."""

from dataclasses import replace
from datetime import date

from checks.framework import load_framework
from poam_generator.answers import Answers, Due, due
from poam_generator.attestation import Attestation, Evidence, Inheritance
from poam_generator.first_pass import advise, find_next, in_order, measure, waits
from poam_generator.objectives import ObjectiveStatus, State
from poam_generator.registers import CryptoModule, MfaInput
from poam_generator.score import Ssp

FRAMEWORK = load_framework()
ORDER = [objective.id for _, objective in in_order(FRAMEWORK)]


def known(**states: State) -> dict[str, ObjectiveStatus]:
    """Every objective is missing, but for the first ones as named by their place: at_0, at_1 ..."""
    found = {one: ObjectiveStatus(one, "missing") for one in ORDER}
    return found | {ORDER[int(place[3:])]: ObjectiveStatus(ORDER[int(place[3:])], state) for place, state in states.items()}


def test_the_63_requirements_that_are_never_eligible_come_first() -> None:
    requirements = list(dict.fromkeys(requirement.id for requirement, _ in in_order(FRAMEWORK)))
    assert (len(ORDER), len(requirements)) == (320, 110)
    assert {FRAMEWORK.requirement(one).l2_poam for one in requirements[:63]} == {"no"}
    assert "no" not in {FRAMEWORK.requirement(one).l2_poam for one in requirements[63:]}


def test_what_hosts_show_needs_no_answer_and_what_is_contested_does() -> None:
    assert find_next(FRAMEWORK, known(), ()) == ORDER[0]
    assert find_next(FRAMEWORK, known(at_0="proven", at_1="failing"), ()) == ORDER[2]
    assert waits(known(at_0="contested")[ORDER[0]])


def test_what_was_put_off_comes_back_when_the_others_are_answered() -> None:
    assert find_next(FRAMEWORK, known(), ORDER[:2]) == ORDER[2]
    assert find_next(FRAMEWORK, known(), ORDER) == ORDER[0]
    assert find_next(FRAMEWORK, {one: ObjectiveStatus(one, "attested") for one in ORDER}, ORDER) is None


def test_progress_counts_what_is_answered_and_forgets_what_was_put_off_before() -> None:
    found = measure(FRAMEWORK, known(at_0="proven", at_319="attested"), (ORDER[0], ORDER[1]))
    assert (found.total, found.answered, found.never_answered, found.put_off) == (320, 2, 1, 1)
    assert found.never == sum(len(one.objectives) for one in FRAMEWORK.requirements if one.l2_poam == "no")


def advice(objective: str, status: ObjectiveStatus, *unconfirmed: str) -> str:
    return " ".join(advise(FRAMEWORK.requirement_of(objective), FRAMEWORK.objective(objective), status, unconfirmed))


def test_advice_says_what_would_answer_it() -> None:
    missing = ObjectiveStatus("3.1.8[b]", "missing", missing=("web-1",))
    assert advice("3.1.8[b]", missing) == "Not shown for web-1: scan them, or attest for them."
    assert "Confirm the values of a, b, c and 1 more:" in advice("3.1.8[b]", missing, *"dbca")
    assert "No host can show it" not in advice("3.5.5[b]", missing)  # those of one platform can
    assert "no word outweighs" in advice("3.1.8[b]", replace(missing, failing=(("web-1", "lockout"),)))
    assert "weighed it" in advice("3.1.8[b]", replace(missing, state="contested", contested_by=("lockout",)))
    assert "No host can show it" in advice("3.6.1[a]", ObjectiveStatus("3.6.1[a]", "missing"))
    assert (FRAMEWORK.requirement("3.1.16").not_applicable_note or "no note") in advice(
        "3.1.16[a]", ObjectiveStatus("3.1.16[a]", "missing")
    )


def test_what_is_due_is_told_oldest_first() -> None:
    day = date(2026, 1, 1)
    final = Evidence("plan.pdf", "final", approved_on=day, next_review=date(2026, 5, 1))
    answers = Answers(
        ssp=Ssp("Plant 2", "1", day, "A. Official", day),
        attestations=(Attestation("3.6.1[a]", "met", "J. Doe", day, ("test",), "x", date(2026, 9, 1), (final,)),),
        inheritances=(Inheritance("3.10.1[a]", "Cloud", "csp", "Gov", "provider", "PE-3", "CRM", "4", date(2026, 3, 1)),),
        mfa=(MfaInput("remote", covered=True, by="J. Doe", on=day),),
        modules=(CryptoModule("disks", encrypted=True, checked_on=date(2025, 1, 1)), CryptoModule("tapes", encrypted=False)),
    )
    assert due(answers, date(2026, 6, 1)) == (
        Due("module", "disks", date(2026, 1, 1)),
        Due("inheritance", "3.10.1[a] Cloud", date(2026, 3, 1)),
        Due("attestation", "3.6.1[a]", date(2026, 5, 1)),
    )
    assert {one.kind for one in due(answers, date(2028, 1, 1))} == {"ssp", "attestation", "inheritance", "mfa", "module"}
