"""Items without a check, from a NOT MET attestation, a finding or an import to a reviewer's word."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from poam_generator.answers import Answers
from poam_generator.attestation import Attestation
from poam_generator.evidence import verify_record
from poam_generator.package import build_package
from poam_generator.proof import proof_faults
from poam_generator.weakness import Weakness
from server import store
from server.errors import ServerError
from server.item_evidence import item_evidence
from server.models import Ask, Asset, Closure, Document, Item, ItemEvent, System, User
from server.store import Wish
from server.words import new_item, record_answers, update_words
from tests.server.conftest import START, at
from tests.support.items import make_item

TODAY = START.date()
OBJECTIVE = "3.6.3[a]"
NOT_MET = Attestation(OBJECTIVE, "not_met", "J. Doe", TODAY, (), "Nobody tested it.", TODAY + timedelta(days=300))
FOUND = Weakness("assessor", "No IR test", "It was never tested.", (OBJECTIVE,), "Assessment of 2026-11-20", reference="F-7")
PLAN = store.NewDocument("test.pdf", b"the record", "final", "J. Doe", date(2026, 11, 1), "1.0")
NO_CHECKS: frozenset[str] = frozenset()


@pytest.fixture
def row(system: System, administrator: User) -> Item:
    return new_item(system, FOUND, administrator, START)


@pytest.fixture
def prove(system: System, administrator: User) -> Callable[[Item], None]:
    """Attaches final evidence to an item."""

    def attach(item: Item) -> None:
        store.attach(store.add_document(system, PLAN, administrator, START), "item", item.identifier, administrator, START)

    return attach


def open_it(row: Item, user: User) -> Item:
    store.approve(row, user, store.review_digest(row), at(1))
    return store.find_item(row.system, row.identifier)


def test_a_finding_that_is_sent_twice_is_one_item_and_another_reference_another(row: Item, system: System, administrator: User) -> None:
    with pytest.raises(ServerError, match=f"{row} says the same and is draft"):
        new_item(system, FOUND, administrator, at(1))
    assert new_item(system, replace(FOUND, reference="F-8"), administrator, at(1)).number == row.number + 1


def test_a_not_met_attestation_drafts_its_item_and_only_one(system: System, reviewer: User) -> None:
    _, applied = record_answers(system, Answers(attestations=(NOT_MET,)), reviewer, START)
    (row,) = Item.objects.all()
    assert applied.drafted == (row.identifier,)
    assert (row.source, row.source_key, row.state, row.requirements) == ("attestation", OBJECTIVE, "draft", ["3.6.3"])
    assert ItemEvent.objects.get(item=row).text == f"Drafted from a NOT MET attestation of {OBJECTIVE}."
    assert update_words(system, at(1)).drafted == ()


def test_an_item_of_an_attestation_closes_only_when_the_word_was_given_anew(
    system: System, reviewer: User, prove: Callable[[Item], None]
) -> None:
    record_answers(system, Answers(attestations=(NOT_MET,)), reviewer, START)
    row = open_it(Item.objects.get(), reviewer)
    prove(row)
    with pytest.raises(ServerError, match=r"The newest attestation finds 3\.6\.3\[a\] NOT MET"):
        store.close_on_word(row, reviewer, "Tested.", NO_CHECKS, at(2))
    met = replace(NOT_MET, finding="met", methods=("examine",), statement="It was tested.")
    record_answers(system, Answers(attestations=(met,)), reviewer, at(3))
    assert store.close_on_word(row, reviewer, "Tested.", NO_CHECKS, at(4)).state == "closed"
    record_answers(system, Answers(attestations=(NOT_MET,)), reviewer, at(5))
    assert Item.objects.get(state="draft").predecessor == row


def test_an_item_closes_on_final_evidence_and_the_word_of_a_reviewer(row: Item, reviewer: User, prove: Callable[[Item], None]) -> None:
    row = open_it(row, reviewer)
    with pytest.raises(ServerError, match="No evidence is attached"):
        store.close_on_word(row, reviewer, "Tested.", NO_CHECKS, at(2))
    prove(row)
    closure = store.close_on_word(row, reviewer, "I read the record.", NO_CHECKS, at(3))
    record = json.loads(bytes(closure.canonical))
    assert (record["by"], record["source_key"], record["evidence"][0]["name"]) == ("rita", "F-7", "test.pdf")
    assert verify_record(bytes(closure.canonical)) == []
    assert store.find_item(row.system, row.identifier).state == "closed"
    assert proof_faults(item_evidence(row)) == ()
    store.detach(Document.objects.get(), "item", row.identifier, reviewer, at(4))
    assert proof_faults(item_evidence(row)) == (), "the record names it, wherever it is attached by now"
    bare = build_package({"record.json": bytes(closure.canonical)})
    assert proof_faults(bare) == ("The document test.pdf is missing, on which the record rests.",)
    with pytest.raises(ServerError, match="is closed and cannot be closed"):
        store.close_on_word(row, reviewer, "Again.", NO_CHECKS, at(4))


def test_a_draft_that_is_mended_before_its_review_is_withdrawn(row: Item, reviewer: User, prove: Callable[[Item], None]) -> None:
    prove(row)
    assert store.close_on_word(row, reviewer, "Tested.", NO_CHECKS, at(1)).state == "withdrawn"


def test_its_owner_cannot_close_it_and_an_administrator_neither(
    row: Item, reviewer: User, administrator: User, prove: Callable[[Item], None]
) -> None:
    prove(row)
    for owner in (reviewer, None):
        store.assign_owner(row, administrator, owner, START)
        with pytest.raises(ServerError, match="rita owns PA-0001 or did; another reviewer"):
            store.close_on_word(row, reviewer, "Tested.", NO_CHECKS, at(1))
    with pytest.raises(ServerError, match="adam may not close an item"):
        store.close_on_word(row, administrator, "Tested.", NO_CHECKS, at(1))
    assert not Closure.objects.exists()


def test_a_document_that_was_replaced_is_no_evidence(row: Item, system: System, reviewer: User, administrator: User) -> None:
    old = store.add_document(system, PLAN, administrator, START)
    store.attach(old, "item", row.identifier, administrator, START)
    store.add_document(system, replace(PLAN, status="draft", version="2"), administrator, at(1), old)
    with pytest.raises(ServerError, match="No evidence is attached"):
        store.close_on_word(row, reviewer, "Tested.", NO_CHECKS, at(2))


def test_no_word_closes_an_item_of_a_check(system: System, host: Asset, reviewer: User) -> None:
    with pytest.raises(ServerError, match="is of a check: scans close it"):
        store.close_on_word(make_item(system, "password-age", [host]), reviewer, "Trust me.", NO_CHECKS, at(1))


def test_an_item_without_hosts_is_accepted_as_a_whole_and_comes_back_when_its_date_has_passed(
    row: Item, system: System, administrator: User, official: User
) -> None:
    asked = store.ask(row, administrator, Wish("accepted", "Next year.", TODAY + timedelta(days=10)), at(1))
    store.approve_ask(asked, official, asked.digest, at(2))
    assert store.find_item(system, row.identifier).state == "accepted"
    assert store.covered_until(system) == {row.identifier: TODAY + timedelta(days=10)}
    assert update_words(system, at(24 * 10)).drafted == ()
    (identifier,) = update_words(system, at(24 * 11)).drafted
    back = store.find_item(system, identifier)
    assert (back.predecessor, back.source, back.source_key, back.weakness) == (row, "assessor", "F-7", "It was never tested.")
    assert f"it comes back from {row.identifier}" in back.identified_by
    assert update_words(system, at(24 * 12)).drafted == ()


DEFERRED = Wish(
    "temporary_deficiency", "The patch broke it.", TODAY + timedelta(days=200), (), "", "Patch 7 is in test.", "was_implemented", 30
)


def test_a_temporary_deficiency_without_a_check_holds_on_only_by_progress(
    row: Item, system: System, administrator: User, reviewer: User
) -> None:
    asked = store.ask(row, administrator, DEFERRED, START)
    store.approve_ask(asked, reviewer, asked.digest, START)
    asked = store.find_ask(row, asked.pk)
    store.note_progress(asked, administrator, "Patch 7 is in test.", at(24 * 20))
    assert Ask.objects.get().progress_by == TODAY + timedelta(days=50)
    assert update_words(system, at(24 * 50)).drafted == ()
    assert len(update_words(system, at(24 * 51)).drafted) == 1
    with pytest.raises(ServerError, match="it lapsed after 2027-01-12; ask for it anew"):
        store.note_progress(asked, administrator, "More.", at(24 * 51))


def test_only_who_decides_writes_an_item(system: System) -> None:
    viewer, _ = store.add_person(system, "vera", ("viewer",), START)
    with pytest.raises(ServerError, match="vera may not write an item"):
        new_item(system, FOUND, viewer, START)
