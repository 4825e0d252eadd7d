"""The CMMC POA&M of an assessment: what may be recorded, when the clock runs, and what alone closes an entry."""

from dataclasses import replace
from datetime import date

import pytest

from checks.framework import load_framework
from poam_generator.assessment import (
    Closeout,
    CmmcAssessment,
    Entry,
    EntryStanding,
    assessment_faults,
    clock,
    closeout_faults,
    entry_standings,
    lacking_at,
)
from poam_generator.json_form import from_json, to_json
from poam_generator.objectives import ObjectiveStatus, State
from poam_generator.score import requirement_status

DAY = date(2026, 11, 23)
DUE = date(2027, 5, 22)
ONE, CRYPTOGRAPHY = Entry("3.1.8", ("3.1.8[b]",), 1), Entry("3.13.11", ("3.13.11[a]",), 3)
HELD = CmmcAssessment(1, "self", "J. Doe", date(2026, 11, 20), "conditional", 106, DAY, "", (ONE, CRYPTOGRAPHY))
DONE = Closeout("self", "J. Doe", date(2027, 2, 1), ("3.1.8", "3.13.11"), 110, "A. Official", date(2027, 2, 2))


def states(**of: State) -> dict[str, ObjectiveStatus]:
    """Every objective proven, but those that are named, as in a3_1_8b."""
    known = {one.id: ObjectiveStatus(one.id, "proven") for one in load_framework().objectives}
    for name, state in of.items():
        objective = f"{name[1:-1].replace('_', '.')}[{name[-1]}]"
        known[objective] = ObjectiveStatus(objective, state)
    return known


def standings(held: CmmcAssessment = HELD, **of: State) -> tuple[EntryStanding, ...]:
    objectives = states(**of)
    return entry_standings(held, {one.id: requirement_status(one, objectives) for one in load_framework().requirements})


def test_the_180_days_run_from_the_conditional_status_date_and_have_no_extension() -> None:
    assert HELD.due == DUE
    assert [clock(HELD, day) for day in (DAY, DUE, date(2027, 5, 23))] == ["running", "running", "expired"]


def test_without_conditional_status_there_is_no_clock() -> None:
    for undated in ("none", "conditional"):
        assert clock(replace(HELD, status=undated, status_on=None), date(2030, 1, 1)) == "none"
    assert clock(replace(HELD, status="final", entries=(), score=110), date(2030, 1, 1)) == "none"


def test_only_a_closeout_that_leaves_no_entry_open_stops_the_clock() -> None:
    part = replace(HELD, closeouts=(replace(DONE, met=("3.1.8",)),))
    assert (part.closed_on, clock(part, date(2027, 6, 1))) == (None, "expired")
    rest = replace(DONE, on=date(2027, 3, 1), met=("3.13.11",))
    whole = replace(part, closeouts=(rest, *part.closeouts))
    assert (whole.closed_on, clock(whole, date(2027, 6, 1))) == (date(2027, 3, 1), "closed")


def test_an_entry_is_ready_when_every_objective_of_its_requirement_is_established() -> None:
    assert all(one.ready for one in standings(a3_1_8a="attested", a3_1_8b="not_applicable"))
    first, _ = standings(a3_1_8a="missing")
    assert not first.ready
    assert first.lacking[0].startswith("3.1.8[a]: ")


def test_readiness_closes_nothing() -> None:
    assert [one.closed_on for one in standings()] == [None, None]
    again = replace(DONE, on=date(2027, 3, 1))
    assert [one.closed_on for one in standings(replace(HELD, closeouts=(again, DONE)))] == [DONE.on, DONE.on]
    assert replace(HELD, entries=(), closeouts=(DONE,)).closed_on is None


def test_a_good_assessment_has_no_fault() -> None:
    assert assessment_faults(HELD, load_framework(), DAY) == ()
    assert assessment_faults(replace(HELD, assessed_on=DAY), load_framework(), DAY) == ()
    assert not any("below" in fault for fault in assessment_faults(replace(HELD, score=88), load_framework(), DAY))
    assert assessment_faults(replace(HELD, status="final", entries=(), score=110), load_framework(), DAY) == ()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (replace(HELD, assessor=" "), "Name the assessor"),
        (replace(HELD, kind="c3pao"), "Name the C3PAO"),
        (replace(HELD, assessed_on=date(2026, 11, 24)), "dated 2026-11-24, which has not come yet"),
        (replace(HELD, status_on=None), "A status needs its date"),
        (replace(HELD, status_on=date(2026, 11, 19)), "before the assessment"),
        (replace(HELD, entries=(ONE, ONE), score=108), "named twice"),
        (replace(HELD, score=107), "every requirement that is NOT MET needs an entry"),
        (replace(HELD, status="final"), "Final status leaves no POA&M"),
        (replace(HELD, entries=(), score=110), "name its entries"),
        (replace(HELD, entries=(Entry("3.1.1", ("3.1.1[a]",), 5),), score=105), "3.1.1 takes 5 and may not stand"),
        (replace(HELD, entries=(Entry("3.13.11", (), 5),), score=105), "3.13.11 takes 5 and may not stand"),
        (replace(HELD, entries=(Entry("3.5.3", (), 3),), score=107), "3.5.3 takes 3 and may not stand"),
        (replace(HELD, entries=(Entry("3.12.4", (), 0),), score=110), "3.12.4 takes 0 and may not stand"),
        (replace(HELD, score=80, entries=(ONE, CRYPTOGRAPHY, Entry("3.1.9", (), 26))), "below 88"),
    ],
)
def test_what_no_assessment_can_be_is_said(wrong: CmmcAssessment, sentence: str) -> None:
    assert any(sentence in fault for fault in assessment_faults(wrong, load_framework(), DAY)), assessment_faults(
        wrong, load_framework(), DAY
    )


NAMED = {"3.1.20", "3.1.22", "3.12.4", "3.10.3", "3.10.4", "3.10.5"}  # 32 CFR 170.21(a)(2)(iii)


def test_each_requirement_at_each_of_its_values_may_stand_or_not_as_the_paragraph_says() -> None:
    for one in load_framework().requirements:
        for points in {one.points or 0, one.points_partial or one.points or 0}:
            may = (points <= 1 or (one.id, points) == ("3.13.11", 3)) and one.id not in NAMED
            alone = replace(HELD, score=110 - points, entries=(Entry(one.id, (), points),))
            assert (assessment_faults(alone, load_framework(), DAY) == ()) == may, (one.id, points)


def test_of_entries_of_one_point_as_many_may_stand_as_leave_88() -> None:
    entries = tuple(Entry(one.id, (), 1) for one in load_framework().requirements if one.l2_poam == "yes")
    assert len(entries) == 46
    for count in range(1, len(entries) + 1):
        held = replace(HELD, score=110 - count, entries=entries[:count])
        assert (assessment_faults(held, load_framework(), DAY) == ()) == (count <= 22), count


TODAY = date(2027, 2, 3)


def test_a_closeout_of_entries_that_are_ready_may_be_recorded() -> None:
    assert closeout_faults(HELD, DONE, standings(), TODAY) == ()
    for day in (DAY, DUE):
        assert closeout_faults(HELD, replace(DONE, on=day, affirmed_on=day), standings(), day) == ()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (replace(DONE, kind="c3pao", organization="Assessors Ltd"), "for the organization itself"),
        (replace(DONE, assessor=""), "Name the assessor"),
        (replace(DONE, on=date(2026, 11, 22)), "before the status date"),
        (replace(DONE, on=date(2027, 2, 4), affirmed_on=date(2027, 2, 4)), "after today"),
        (replace(DONE, affirmed_by=""), "affirming official"),
        (replace(DONE, affirmed_on=date(2027, 1, 31)), "affirming official"),
        (replace(DONE, met=()), "Name the requirements"),
        (replace(DONE, met=("3.1.9",)), "3.1.9 is no entry"),
        (replace(DONE, score=111), "The new score is 111, but 106 and the points of what was found MET come to 110"),
        (replace(DONE, met=("3.1.8",)), "come to 107"),
    ],
)
def test_what_no_closeout_can_be_is_said(wrong: Closeout, sentence: str) -> None:
    assert any(sentence in fault for fault in closeout_faults(HELD, wrong, standings(), TODAY))


def test_a_closeout_after_the_180_days_comes_too_late() -> None:
    late = replace(DONE, on=date(2027, 5, 23), affirmed_on=date(2027, 5, 23))
    assert any("expired on 2027-05-22" in fault for fault in closeout_faults(HELD, late, standings(), date(2027, 6, 1)))


def test_what_was_closed_is_not_closed_again_and_without_status_there_is_nothing_to_close() -> None:
    closed = replace(HELD, closeouts=(DONE,))
    assert any("already" in fault for fault in closeout_faults(closed, DONE, standings(closed), TODAY))
    none = replace(HELD, status="none", status_on=None)
    assert closeout_faults(none, DONE, standings(none), TODAY)[0].startswith("It has no Conditional status")


def test_a_self_assessment_finds_met_only_what_is_established_and_a_c3pao_says_its_own() -> None:
    lacking = standings(a3_1_8b="failing")
    assert any("3.1.8 is not ready" in fault for fault in closeout_faults(HELD, DONE, lacking, TODAY))
    theirs = replace(HELD, kind="c3pao", organization="Assessors Ltd")
    word = replace(DONE, kind="c3pao", organization="Assessors Ltd")
    assert closeout_faults(theirs, word, lacking, TODAY) == ()
    assert any("for a C3PAO" in fault for fault in closeout_faults(theirs, DONE, standings(), TODAY))
    assert lacking_at(word, lacking)[0].startswith("3.1.8[b]: ")
    assert lacking_at(replace(word, met=("3.13.11",)), lacking) == ()


def test_an_assessment_comes_back_from_json_as_it_was() -> None:
    whole = replace(HELD, closeouts=(DONE,))
    assert from_json(CmmcAssessment, to_json(whole)) == whole
