"""What people answer for: files, records, and the score that comes of them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.load import Content, load_content
from collector.bundle import read_bundle
from poam_generator.answers import Answers
from poam_generator.attestation import Attestation, Evidence, Inheritance
from poam_generator.registers import CryptoModule, MfaInput
from poam_generator.score import Ssp
from poam_generator.weakness import Weakness
from server import store
from server.answer_files import read_csv_answers, read_yaml_answers, write_csv_answers, write_yaml_answers
from server.assess import make_assessor
from server.errors import ServerError
from server.intake import save_judged
from server.models import AnswerRecord, Asset, Result, System, User
from server.score import assess
from server.words import new_item
from tests.server.conftest import START, at
from tests.support.bundles import set_password_age, small_bundle

TODAY = START.date()
FINAL = Evidence("policy.pdf", "final", "J. Doe", date(2026, 3, 1), "2.0", date(2027, 3, 1))
MET = Attestation("3.6.1[a]", "met", "J. Doe", TODAY, ("examine", "interview"), "Named; 'so'.", date(2027, 11, 20), (FINAL,))
SSP = Ssp("Plant 2", "3.1", date(2026, 2, 1), "A. Official", date(2026, 10, 1))
ROW = Inheritance("3.10.1[a]", "Cloud", "csp", "GovCloud", "provider", "PE-3", "CRM", "4.1", date(2027, 1, 1), "fedramp-moderate")
MODULE = CryptoModule("disks", encrypted=True, product="M", certificate="4825", status="active", checked_on=TODAY, approved_mode=(FINAL,))
ALL = Answers(SSP, (MET,), (ROW,), ("3.6.1[a]",), (MfaInput("remote", covered=True, by="J. Doe", on=TODAY, evidence=(FINAL,)),), (MODULE,))


@pytest.fixture
def failing(system: System, host: Asset, content: Content) -> Content:
    """A host is scanned, and passwords last too long there."""
    bundle = read_bundle(set_password_age(small_bundle(), 99999))
    save_judged(make_assessor(system, content), host, bundle, store.Delivery("ssh", START, START), START)
    assert Result.objects.get(check_id="password-age").status == "fail"
    return content


def test_what_was_answered_comes_back_and_the_newest_counts(system: System, reviewer: User) -> None:
    assert store.answers_of(system) == Answers()
    assert store.record_answers(system, ALL, reviewer, START) == store.Recorded(6, 0, 0)
    assert store.answers_of(system) == ALL
    later = replace(MET, statement="Looked at again.")
    assert store.record_answers(system, Answers(attestations=(later,)), reviewer, at(1)) == store.Recorded(0, 1, 0)
    assert store.answers_of(system) == replace(ALL, attestations=(later,))
    assert store.record_answers(system, Answers(attestations=(later,)), reviewer, at(2)) == store.Recorded(0, 0, 1)
    assert AnswerRecord.objects.count() == 7


def test_a_word_on_some_assets_stands_beside_the_one_on_all(system: System, host: Asset, reviewer: User) -> None:
    some = replace(MET, assets=frozenset({str(host.pk)}))
    store.record_answers(system, Answers(attestations=(MET, some)), reviewer, START)
    assert store.answers_of(system).attestations == (MET, some)


def test_a_draft_puts_at_stake_what_the_register_takes(system: System, reviewer: User) -> None:
    weakness = Weakness("person", "No validation", "The module is not validated.", ("3.13.11[a]",), "Walk-through")
    assert new_item(system, weakness, reviewer, START).points == 5
    store.record_answers(system, Answers(modules=(replace(MODULE, certificate=""),)), reviewer, START)
    assert new_item(system, replace(weakness, reference="F-8"), reviewer, START).points == 3


def test_an_answer_that_is_taken_back_stays_in_the_records(system: System, reviewer: User) -> None:
    store.record_answers(system, ALL, reviewer, START)
    store.withdraw_answer(system, "attestation", "3.6.1[a]", reviewer, at(1))
    assert store.answers_of(system).attestations == ()
    assert AnswerRecord.objects.filter(kind="attestation").count() == 2
    with pytest.raises(ServerError, match=r"there is no attestation '3.6.1\[a\]'; there are: none"):
        store.withdraw_answer(system, "attestation", "3.6.1[a]", reviewer, at(2))


def test_answers_that_cannot_be_are_refused_and_nothing_is_kept(system: System, reviewer: User) -> None:
    wrong = {
        "no asset 'nowhere'": replace(MET, assets=frozenset({"nowhere"})),
        r"no objective 3\.99\.1": replace(MET, objective="3.99.1[a]"),
    }
    for sentence, word in wrong.items():
        with pytest.raises(Exception, match=sentence):
            store.record_answers(system, Answers(SSP, (word,)), reviewer, START)
    with pytest.raises(ServerError, match="same objective and assets"):
        store.record_answers(system, Answers(attestations=(MET, replace(MET, by="R. Roe"))), reviewer, START)
    assert not AnswerRecord.objects.exists()


def test_only_who_decides_may_answer(system: System) -> None:
    viewer, _ = store.add_person(system, "vera", ("viewer",), START)
    with pytest.raises(ServerError, match="record answers"):
        store.record_answers(system, ALL, viewer, START)


def test_who_says_that_it_does_not_apply_cannot_approve_it(system: System, reviewer: User) -> None:
    word = replace(MET, finding="not_applicable", by="rita", justification="None here.", ssp_reference="SSP 3.6")
    store.record_answers(system, Answers(attestations=(word,)), reviewer, START)
    with pytest.raises(ServerError, match=r"rita has attested 3\.6\.1\[a\] or recorded that"):
        store.approve_not_applicable(system, "3.6.1[a]", reviewer, at(1))
    official, _ = store.add_person(system, "olga", ("affirming_official",), START)
    store.approve_not_applicable(system, "3.6.1[a]", official, at(1))
    assert store.answers_of(system).attestations[0].approved_by == "olga"
    with pytest.raises(ServerError, match="attest it first"):
        store.approve_not_applicable(system, "3.6.1[b]", official, at(1))


def test_who_records_the_word_of_another_cannot_approve_it_either(system: System, reviewer: User, official: User) -> None:
    word = replace(MET, finding="not_applicable", by="J. Doe", justification="None here.", ssp_reference="SSP 3.6")
    store.record_answers(system, Answers(attestations=(word,)), reviewer, START)
    with pytest.raises(ServerError, match="or recorded that"):
        store.approve_not_applicable(system, "3.6.1[a]", reviewer, at(1))
    store.approve_not_applicable(system, "3.6.1[a]", official, at(1))


def test_an_approval_in_a_file_is_none_and_one_that_was_given_here_outlasts_the_same_word(
    system: System, reviewer: User, official: User
) -> None:
    word = replace(MET, finding="not_applicable", justification="None here.", ssp_reference="SSP 3.6", approved_by="A. Nybody")
    store.record_answers(system, Answers(attestations=(word,)), reviewer, START)
    assert store.answers_of(system).attestations[0].approved_by == ""
    store.approve_not_applicable(system, "3.6.1[a]", official, at(1))
    assert store.record_answers(system, Answers(attestations=(word,)), reviewer, at(2)) == store.Recorded(0, 0, 1)
    assert store.answers_of(system).attestations[0].approved_by == "olga"
    store.record_answers(system, Answers(attestations=(replace(word, justification="Other."),)), reviewer, at(3))
    assert store.answers_of(system).attestations[0].approved_by == ""


IDS = {"ws-014": "id-1", "ws-015": "id-2"}
NAMES = {value: key for key, value in IDS.items()}
TWO = replace(MET, objective="3.6.1[b]", assets=frozenset(NAMES), evidence=(FINAL, replace(FINAL, name="b")))
WIDE = replace(ALL, attestations=(MET, TWO))


def test_a_yaml_file_comes_back_as_it_was_written() -> None:
    text = write_yaml_answers(WIDE, NAMES)
    assert "ws-014" in text
    assert "id-1" not in text
    assert read_yaml_answers(text, "answers.yml", IDS) == WIDE
    assert read_yaml_answers(write_yaml_answers(Answers(), {}), "answers.yml", {}) == Answers()


def test_a_csv_file_comes_back_as_it_was_written() -> None:
    bare = replace(MET, objective="3.6.2[a]", finding="not_met", methods=(), evidence=())
    words = (*WIDE.attestations, bare)
    assert read_csv_answers(write_csv_answers(words, NAMES), "answers.csv", IDS).attestations == words


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("finding: met", "finding: maybe"), r"answers.yml: attestations\[0\].finding: 'maybe' is none of met"),
        (("2026-11-23", "23.11.2026"), r"answers.yml: attestations\[0\].on: '23.11.2026' is no day"),
        (("by: J. Doe", "bye: J. Doe"), "missing keys by; unknown keys bye; there are objective, "),
        (("ws-014", "ws-099"), "the asset 'ws-099', which is not there"),
        (("ssp:", "ssp:\nssp:"), "answers.yml:"),
        (("covered: true", "covered: 'yes'"), "expected true or false, found text"),
    ],
)
def test_a_mistake_in_a_yaml_file_is_told_with_its_place(change: tuple[str, str], sentence: str) -> None:
    text = write_yaml_answers(WIDE, NAMES).replace(*change)
    with pytest.raises(ServerError, match=sentence):
        read_yaml_answers(text, "answers.yml", IDS)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("review_by", "reviewby"), "the columns must be"),
        ((",met,", ",maybe,"), r"line 2: Attestation.finding: 'maybe'"),
        (("2027-11-20", "soon"), r"line 2: Attestation.review_by"),
        (("\r\n3.6.1[b],met", "\r\n3.6.1[b],not_met"), None),
        (("J. Doe,2026-11-23", "J. Doe,2026-11-23,more"), "more or fewer cells"),
        (("ws-014", "ws-099"), "the asset 'ws-099'"),
    ],
)
def test_a_mistake_in_a_csv_file_is_told_with_its_row(change: tuple[str, str], sentence: str | None) -> None:
    text = write_csv_answers(WIDE.attestations, NAMES)
    if sentence is None:  # one of the two rows of an objective says something else than the other
        text, sentence = text.replace(*change, 1), "keep one of them"
    else:
        text = text.replace(*change)
    with pytest.raises(ServerError, match=sentence):
        read_csv_answers(text, "answers.csv", IDS)


def test_a_scan_fails_an_objective_and_an_answer_does_not_outweigh_it(system: System, reviewer: User, failing: Content) -> None:
    store.record_answers(system, Answers(SSP), reviewer, START)
    before = assess(system, failing, at(0.5))
    assert before.score.verified is not None
    contested = next(one for one in before.objectives.values() if one.state == "contested")
    assert (contested.objective, contested.contested_by) == ("3.5.8[a]", ("password-age",))
    store.record_answers(system, Answers(attestations=(replace(MET, objective=contested.objective),)), reviewer, at(0.5))
    assert assess(system, failing, at(0.6)).objectives[contested.objective].state == "contested"
    weighed = replace(MET, objective=contested.objective, weighed=frozenset(contested.contested_by))
    store.record_answers(system, Answers(attestations=(weighed,)), reviewer, at(0.7))
    assert assess(system, failing, at(0.8)).objectives[contested.objective].state == "attested"


def test_an_old_observation_says_nothing_of_now(system: System, failing: Content) -> None:
    assert any(one.state == "contested" for one in assess(system, failing, at(29 * 24)).objectives.values())
    assert all(one.state == "missing" for one in assess(system, failing, at(31 * 24)).objectives.values())


def test_without_a_plan_there_is_no_score(system: System) -> None:
    found = assess(system, load_content(), START)
    assert (found.score.verified, found.projected) == (None, None)
    assert found.to_json()["ssp"] is None


def test_the_score_is_printed_in_the_form_that_scripts_rely_on(system: System, reviewer: User) -> None:
    store.record_answers(system, Answers(SSP), reviewer, START)
    found = assess(system, load_content(), START + timedelta(hours=1)).to_json()
    assert (found["verified"], found["minimum"], found["conditional"]["eligible"]) == (-203, -203, None)
    assert found["ssp"] == {
        "title": "Plant 2", "version": "3.1", "approved_on": "2026-02-01", "approver": "A. Official", "reviewed_on": "2026-10-01",
    }  # fmt: skip
    assert len(found["not_assessed"]) == 110
    assert found["not_met"][0]["requirement"] == "3.1.1"
