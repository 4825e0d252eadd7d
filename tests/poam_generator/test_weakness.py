"""Items that no check has found: their text, when they are lacking, and how they close."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from checks.framework import load_framework
from collector.canonical import canonical_bytes, digest
from poam_generator.attestation import Attestation, Evidence
from poam_generator.errors import PoamError
from poam_generator.evidence import verify_record
from poam_generator.final_word import ClosingWord, WordContext, hindrances, why_open_word, word_record
from poam_generator.model import DraftItem, DraftSettings, Item, State
from poam_generator.weakness import Weakness, attested_weakness, not_met, reconcile_words, write_weakness_draft

TODAY = date(2026, 11, 23)
FOUND = Weakness("person", "No IR test", "It was never tested.", ("3.6.3[a]",), "Walk-through of 2026-11-20", plan="Test it.")
NOT_MET = Attestation("3.6.3[a]", "not_met", "J. Doe", TODAY, (), "Nobody tested it.", date(2027, 11, 20), assets=frozenset({"id-1"}))
FINAL = Evidence("test.pdf", "final", "J. Doe", date(2026, 11, 1), "1.0", None, "e" * 64)


def held(item_id: str, state: State, **changes: object) -> Item:
    plain = Item(item_id, "attestation", "3.6.3[a]", state, "", (), date(2026, 11, 2))
    return replace(plain, **changes)  # type: ignore[arg-type] # any field of Item


def test_a_weakness_gets_a_text_that_somebody_can_sign() -> None:
    draft = write_weakness_draft(replace(FOUND, assets=("ws-1",)), load_framework(), DraftSettings(), TODAY)
    assert (draft.requirements, draft.objectives, draft.points) == (("3.6.3",), ("3.6.3[a]",), 1)
    assert draft.weakness == "It was never tested. It concerns ws-1."
    bare = replace(FOUND, weakness="Never tested", assets=("ws-1",))
    assert write_weakness_draft(bare, load_framework(), DraftSettings(), TODAY).weakness == "Never tested. It concerns ws-1."
    assert draft.remediation == {"all": "Test it."}
    assert draft.impact == "While it stands, IR.L2-3.6.3 Incident Response Testing is NOT MET and costs 1 of 110 points."
    assert [one.title for one in draft.milestones] == ["Mend it", "Show final evidence to a reviewer"]
    assert draft.milestones[0].due < draft.milestones[1].due == draft.scheduled_completion


@pytest.mark.parametrize(
    ("today", "due", "days"),
    [
        (date(2026, 11, 23), date(2026, 11, 25), [date(2026, 11, 24), date(2026, 11, 25)]),
        (date(2026, 11, 23), date(2026, 11, 24), [date(2026, 11, 24)]),
        (date(2026, 11, 28), date(2026, 12, 1), [date(2026, 11, 30), date(2026, 12, 1)]),  # today is a Saturday
        (date(2026, 11, 23), date(2026, 11, 2), [date(2026, 11, 2)]),
    ],
)
def test_a_due_date_is_kept_and_its_first_step_lies_before_it_and_not_in_the_past(today: date, due: date, days: list[date]) -> None:
    draft = write_weakness_draft(replace(FOUND, due=due), load_framework(), DraftSettings(), today)
    assert [one.due for one in draft.milestones] == days


def test_the_impact_of_several_requirements_is_told_of_all_and_one_without_value_costs_no_points() -> None:
    both = write_weakness_draft(replace(FOUND, objectives=("3.6.3[a]", "3.6.1[a]")), load_framework(), DraftSettings(), TODAY)
    assert both.impact.endswith("IR.L2-3.6.3 Incident Response Testing are NOT MET and cost 6 of 110 points.")
    plan = write_weakness_draft(replace(FOUND, objectives=("3.12.4[a]",)), load_framework(), DraftSettings(), TODAY)
    assert plan.impact.endswith("System Security Plan is NOT MET.")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (replace(FOUND, title=""), "needs its title"),
        (replace(FOUND, objectives=()), "needs its objectives"),
        (replace(FOUND, identified_by=""), "needs its identified by"),
        (replace(FOUND, severity="urgent"), "severity 'urgent'"),
    ],
)
def test_what_is_missing_is_told(wrong: Weakness, sentence: str) -> None:
    with pytest.raises(PoamError, match=sentence):
        write_weakness_draft(wrong, load_framework(), DraftSettings(), TODAY)


def test_a_not_met_attestation_needs_an_item_once() -> None:
    (change,) = reconcile_words((NOT_MET,), (), {}, TODAY)
    assert change == DraftItem(Item("", "attestation", "3.6.3[a]", "draft", "", (), TODAY))
    assert reconcile_words((NOT_MET,), (replace(change.item, id="PA-1"),), {}, TODAY) == ()
    assert reconcile_words((replace(NOT_MET, finding="met"),), (), {}, TODAY) == ()


def test_two_words_on_one_objective_make_one_item_that_names_both() -> None:
    other = replace(NOT_MET, by="R. Roe", statement="Nor there.", assets=frozenset({"id-2"}))
    assert len(reconcile_words((NOT_MET, other), (), {}, TODAY)) == 1
    text = attested_weakness(not_met((NOT_MET, other))["3.6.3[a]"], {"id-1": "ws-1", "id-2": "ws-2"}, load_framework())
    assert (text.weakness, text.assets) == ("Nobody tested it. Nor there.", ("ws-1", "ws-2"))
    assert text.identified_by == "attestation of 2026-11-23 by J. Doe, R. Roe"


def test_what_is_not_met_again_names_its_newest_predecessor() -> None:
    ended = (held("PA-9", "closed", ended_on=date(2026, 11, 3)), held("PA-10", "withdrawn", ended_on=date(2026, 11, 4)))
    (change,) = reconcile_words((NOT_MET,), ended, {}, TODAY)
    assert change.item.predecessor == "PA-10"


def test_a_disposition_covers_the_objective_until_its_date_and_not_longer() -> None:
    accepted = held("PA-1", "accepted")
    assert reconcile_words((NOT_MET,), (accepted,), {"PA-1": TODAY}, TODAY) == ()
    (change,) = reconcile_words((NOT_MET,), (accepted,), {"PA-1": date(2026, 11, 22)}, TODAY)
    assert change.item.predecessor == "PA-1"


def test_an_accepted_finding_comes_back_once_when_its_date_has_passed() -> None:
    accepted = held("PA-1", "accepted", source="assessor", source_key="F-7")
    assert reconcile_words((), (accepted,), {"PA-1": TODAY}, TODAY) == ()
    (change,) = reconcile_words((), (accepted,), {"PA-1": date(2026, 11, 22)}, TODAY)
    assert (change.item.source, change.item.source_key, change.item.predecessor, change.item.state) == ("assessor", "F-7", "PA-1", "draft")
    again = replace(change.item, id="PA-2")
    assert reconcile_words((), (accepted, again), {"PA-1": date(2026, 11, 22)}, TODAY) == ()
    assert reconcile_words((), (accepted, replace(again, state="closed")), {"PA-1": date(2026, 11, 22)}, TODAY) == ()


def test_what_was_closed_or_is_of_a_check_stays_as_it_is() -> None:
    ended = held("PA-1", "closed", source="person", source_key="")
    check = held("PA-2", "accepted", source="check", source_key="password-age")
    assert reconcile_words((), (ended, check), {"PA-1": date(2026, 1, 1), "PA-2": date(2026, 1, 1)}, TODAY) == ()


def test_evidence_that_is_lacking_or_no_longer_final_holds_an_item_open() -> None:
    one = held("PA-1", "open", source="person")
    assert hindrances(one, WordContext((FINAL,)), TODAY) == []
    assert hindrances(one, WordContext(), TODAY)[0][0] == "No evidence is attached to it."
    for wrong in (replace(FINAL, status="draft"), replace(FINAL, next_review=date(2026, 11, 22)), replace(FINAL, approved_on=None)):
        assert hindrances(one, WordContext((wrong,)), TODAY)[0][0] == "None of its documents is final and in force (test.pdf)."
    assert "NOT MET" in hindrances(held("PA-1", "open"), WordContext((FINAL,), still_not_met=True), TODAY)[0][0]
    assert hindrances(held("PA-1", "closed"), WordContext(), TODAY) == []


def test_it_says_who_closes_it_and_that_scans_only_inform() -> None:
    pairs = why_open_word(held("PA-1", "open", source="assessor"), WordContext((FINAL,), "R. Roe", informing={"some-check": 3}), TODAY)
    assert pairs == [
        (
            "No check decides on it (its source is assessor): it closes on the word of a reviewer who is not R. Roe; scans only inform it.",
            "A reviewer who is not R. Roe closes it.",
        ),
        ("Scans inform it: checks of its objectives fail (some-check on 3).", ""),
    ]
    assert why_open_word(held("PA-1", "closed"), WordContext(), TODAY) == []
    bare = why_open_word(held("PA-1", "open"), WordContext((FINAL,)), TODAY)
    assert [wish for _, wish in bare] == ["A reviewer closes it."]
    for count, named in ((5, "a on 1, b on 1, c on 1, d on 1, e on 1"), (7, "a on 1, b on 1, c on 1, d on 1, e on 1 and 2 more")):
        many = WordContext((FINAL,), informing=dict.fromkeys(reversed("abcdefg"[:count]), 1))
        assert why_open_word(held("PA-1", "open"), many, TODAY)[-1][0] == f"Scans inform it: checks of its objectives fail ({named})."


WORD = ClosingWord("R. Viewer", datetime(2026, 11, 23, 9, tzinfo=UTC), "I read the record of the test.")


def record(**changes: object) -> dict[str, object]:
    """A record with changes, sealed again as whoever forges one would."""
    made = word_record(held("PA-1", "open"), WORD, WordContext((FINAL,), "R. Roe"), "No IR test", ("3.6.3[a]",)) | changes
    return made | {"digest": digest({key: value for key, value in made.items() if key != "digest"})}


def test_its_record_verifies_by_itself_and_claims_no_more_than_the_word() -> None:
    made = record()
    assert verify_record(canonical_bytes(made)) == []
    assert "No scan shows it" in str(made["statement"])
    assert "SHA-256 " + "e" * 64 in str(made["statement"])
    assert made["kind"] == "closure"


def test_a_draft_is_withdrawn_by_word_with_what_scans_said_and_the_documents_that_are_not_kept() -> None:
    informed = WordContext((replace(FINAL, sha256=""),), informing={"some-check": 3})
    made = word_record(held("PA-1", "draft"), WORD, informed, "No IR test", ("3.6.3[a]",))
    assert (made["kind"], made["informing"]) == ("withdrawal", {"some-check": 3})
    assert made["statement"] == (
        "R. Viewer found 3.6.3[a] mended on 2026-11-23, by examining test.pdf 1.0 (SHA-256 not kept here): I read the record of the test. "
        "No scan shows it; failing checks of its objectives then: some-check on 3."
    )
    assert str(record()["statement"]).endswith("failing checks of its objectives then: none.")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"owner": "R. Viewer"}, "Its owner closed it"),
        ({"evidence": []}, "rests on no final evidence"),
        ({"because": " "}, "Nobody says why"),
        ({"by": " "}, "Nobody says why"),
        ({"title": "Other", "statement": "All is well."}, "The statement says something else"),
    ],
)
def test_a_forged_record_is_found_out(changes: dict[str, object], problem: str) -> None:
    assert any(problem in one for one in verify_record(canonical_bytes(record(**changes))))


def test_a_record_that_was_changed_after_it_was_sealed_is_found_out() -> None:
    assert "The digest is not the one" in verify_record(canonical_bytes(record() | {"title": "Other"}))[0]
