"""What lint says of the items of a system, with what stands around them."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from checks.load import Content
from poam_generator.answers import Answers
from poam_generator.attestation import Attestation
from poam_generator.lint import Problem
from server import store
from server.lint import item_problems, plan_problems
from server.models import Asset, Item, System, User
from tests.server.cli.conftest import Run
from tests.server.conftest import START, at
from tests.support.items import make_item

TODAY = START.date()


@pytest.fixture
def drafted(system: System, host: Asset) -> Item:
    return make_item(system, "password-maximum-age", [host])


def kinds(problems: list[Problem]) -> set[str]:
    return {problem.kind for problem in problems}


def test_an_impact_is_unedited_until_a_person_has_changed_it(drafted: Item, administrator: User, content: Content) -> None:
    assert kinds(item_problems(drafted, content, TODAY)) == {"impact", "resources", "cost"}
    changed = {"impact": "Whoever guesses one reads the drawings.", "resources": "2 hours of adam", "cost_cents": 0}
    store.edit(drafted, administrator, changed, at(1))
    assert item_problems(drafted, content, TODAY) == []


def test_a_comment_is_a_word_that_keeps_an_item_from_being_stale(drafted: Item, administrator: User, content: Content) -> None:
    store.approve(drafted, administrator, store.review_digest(drafted), START)
    later = TODAY + timedelta(days=40)
    assert "stale" in kinds(item_problems(drafted, content, later))
    store.comment(drafted, administrator, "The window is on Friday.", START + timedelta(days=39))
    assert "stale" not in kinds(item_problems(drafted, content, later))


def test_an_attached_draft_is_no_evidence(drafted: Item, administrator: User, content: Content) -> None:
    new = store.NewDocument("proof.txt", b"seen", "draft")
    document = store.add_document(drafted.system, new, administrator, START)
    store.attach(document, "item", drafted.identifier, administrator, START)
    assert "evidence" in kinds(item_problems(drafted, content, TODAY))
    final = store.NewDocument("proof.txt", b"seen", "final", "adam", TODAY)
    newer = store.add_document(drafted.system, final, administrator, START, document)
    store.attach(newer, "item", drafted.identifier, administrator, START)
    assert "evidence" not in kinds(item_problems(drafted, content, TODAY))


def test_a_requirement_that_is_not_met_without_an_item_is_found(system: System, administrator: User, content: Content) -> None:
    word = Attestation("3.6.1[a]", "not_met", "adam", TODAY, (), "There is no plan.", TODAY)
    store.record_answers(system, Answers(attestations=(word,)), administrator, START)
    problems = [problem for problem in plan_problems(system, content, START) if problem.kind == "no_item"]
    assert [problem.sentence.split()[0] for problem in problems] == ["3.6.1"]
    held = make_item(system, "incident-plan", [])
    Item.objects.filter(pk=held.pk).update(requirements=["3.6.1"], objectives=["3.6.1[a]"], source="attestation")
    assert "no_item" not in kinds(plan_problems(system, content, START))


def test_the_command_names_the_item_and_exits_with_one_where_asked(closeout: Run, drafted: Item) -> None:
    ran = closeout("items", "lint", drafted.identifier, "--fail-on", "problem")
    assert ran.status == 1
    assert "PA-0001: The cost is not stated; write an amount" in ran.out
    assert ran.err == "3 problems\n"
    assert closeout("items", "lint", drafted.identifier).status == 0


def test_a_table_that_cannot_be_read_is_one_sentence(closeout: Run, tmp_path: Path) -> None:
    workbook = tmp_path / "poam.xlsx"
    workbook.write_bytes(b"PK\x03\x04\xff\xfe")
    ran = closeout("lint", workbook)
    assert (ran.status, ran.out) == (3, "")
    assert "is no UTF-8 text; save the sheet of the POA&M as CSV (UTF-8)" in ran.err


def test_a_completion_past_the_closeout_of_a_table_is_found(closeout: Run, tmp_path: Path) -> None:
    table = tmp_path / "poam.csv"
    due = date.today() + timedelta(days=170)  # noqa: DTZ011 - the command asks the clock too
    head = "Weaknesses,Point of Contact,Resources Required,Scheduled Completion Date,Status"
    table.write_text(f"{head}\nNo lockout,J. Doe,4 hours,{due},Open\n")
    assert "write it as in 2026-11-20" in closeout("lint", table, "--conditional-status", "tomorrow").err
    ran = closeout("lint", table, "--conditional-status", str(date.today()), "--fail-on", "problem")  # noqa: DTZ011 - as above
    assert ran.status == 1
    assert "leaves 30 days for the closeout assessment due" in ran.out
