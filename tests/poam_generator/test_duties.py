"""When recurring duties are due, and what a CMMC status asks for."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.framework import load_framework
from poam_generator.assessment import Closeout, CmmcAssessment, Entry
from poam_generator.attestation import Evidence
from poam_generator.duties import Duty, Performance, duty_faults, stand_duty, stand_status, standard_duties

DAY = date(2026, 11, 23)
FINAL = Evidence("review.pdf", "final", approved_on=DAY)
REVIEW = Duty("log-review", "Review the logs", ("3.3.5",), 7, date(2026, 11, 30))
DONE = Performance("log-review", date(2026, 11, 28), "J. Doe", "Nothing.", (FINAL,))


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_a_duty_that_was_never_done_is_due_on_its_first_day() -> None:
    assert [stand_duty(REVIEW, (), day).state for day in (after(0), after(6), after(7), after(8))] == [
        "in time",
        "due soon",
        "due soon",
        "overdue",
    ]


def test_it_is_due_again_one_interval_after_it_was_last_done_with_final_evidence() -> None:
    older = replace(DONE, on=date(2026, 11, 24))
    found = stand_duty(REVIEW, (DONE, older), after(10))
    assert (found.due, found.last, found.state, found.uncounted) == (date(2026, 12, 5), DONE, "in time", ())


@pytest.mark.parametrize("evidence", [(), (replace(FINAL, status="draft"),), (replace(FINAL, approved_on=None),)])
def test_without_final_evidence_it_does_not_count_and_is_told(evidence: tuple[Evidence, ...]) -> None:
    bare = replace(DONE, evidence=evidence)
    found = stand_duty(REVIEW, (bare,), after(10))
    assert (found.due, found.last, found.state, found.uncounted) == (REVIEW.first_due, None, "overdue", (bare,))


def test_what_was_done_of_another_duty_says_nothing() -> None:
    assert stand_duty(REVIEW, (replace(DONE, key="training"),), DAY).last is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (replace(REVIEW, every_days=0), "1 to 366 days"),
        (replace(REVIEW, every_days=367), "periodically is at most a year"),
        (replace(REVIEW, title=" "), "Say what is to be done"),
        (replace(REVIEW, key="Log Review"), "is no name for a duty"),
        (replace(REVIEW, key=""), "is no name for a duty"),
        (replace(REVIEW, key="affirmation"), "follows from the CMMC status"),
    ],
)
def test_what_is_no_duty_is_told(wrong: Duty, sentence: str) -> None:
    assert any(sentence in fault for fault in duty_faults(wrong))


def test_the_usual_duties_are_good_and_serve_requirements_that_there_are() -> None:
    for one in standard_duties(DAY):
        assert duty_faults(one) == ()
        assert all(load_framework().requirement(requirement) for requirement in one.requirements)


FINAL_STATUS = CmmcAssessment(1, "self", "J. Doe", DAY, "final", 110, DAY)
CLOSEOUT = Closeout("self", "J. Doe", after(60), ("3.1.8",), 110, "A. Official", after(61))
CONDITIONAL = CmmcAssessment(2, "self", "J. Doe", DAY, "conditional", 109, DAY, "", (Entry("3.1.8", ("3.1.8[b]",), 1),))


def test_a_status_asks_for_an_affirmation_every_year_and_expires_after_three() -> None:
    affirmation, expiry = stand_status((FINAL_STATUS,), (), DAY)
    assert (affirmation.due, expiry.due) == (after(365), date(2029, 11, 23))
    done = Performance("affirmation", after(360), "A. Official", "Affirmed.", (FINAL,))
    assert stand_status((FINAL_STATUS,), (done,), after(370))[0].due == after(725)


def test_without_status_and_while_a_poam_is_open_nothing_is_asked() -> None:
    assert stand_status((), (), DAY) == ()
    assert stand_status((replace(FINAL_STATUS, status="none", status_on=None),), (), DAY) == ()
    assert stand_status((CONDITIONAL,), (), DAY) == ()


def test_after_its_closeout_the_conditional_date_stays_and_the_affirmation_of_the_closeout_counts() -> None:
    affirmation, expiry = stand_status((FINAL_STATUS, replace(CONDITIONAL, closeouts=(CLOSEOUT,))), (), after(61))
    assert (affirmation.due, expiry.due) == (after(61 + 365), date(2029, 11, 23))
    assert affirmation.last
    assert affirmation.last.by == "A. Official"


def test_a_status_of_a_29th_of_february_expires_on_the_28th() -> None:
    leap = replace(FINAL_STATUS, assessed_on=date(2028, 2, 29), status_on=date(2028, 2, 29))
    assert stand_status((leap,), (), date(2028, 3, 1))[1].due == date(2031, 2, 28)


def test_an_affirmation_of_an_earlier_status_does_not_count_for_the_next() -> None:
    before = Performance("affirmation", after(-1), "A. Official", "Affirmed.", (FINAL,))
    assert stand_status((FINAL_STATUS,), (before,), DAY)[0].last is None
