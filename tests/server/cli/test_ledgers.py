"""Documents and assessments by command."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import store
from server.models import System
from tests.server.cli.conftest import Ran, Run

TODAY = datetime.now(UTC).date()

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "ir-plan.txt"
    file.write_bytes(b"Incident response plan\n")
    return file


@pytest.fixture
def official(system: System) -> str:
    return store.add_person(system, "olga", ("affirming_official",), datetime.now(UTC))[0].username


def read(ran: Ran) -> Any:  # noqa: ANN401 - JSON of any command
    assert ran.status == 0, ran.err
    return json.loads(ran.out)


def test_a_document_is_kept_attached_listed_and_written_out_again(closeout: Run, plan: Path, tmp_path: Path) -> None:
    final = ("--status", "final", "--owner", "J. Doe", "--approved-on", "2026-03-01", "--version", "2.0")
    ran = closeout("documents", "add", plan, *final, "--objective", "3.6.1[a]")
    assert ran.status == 0, ran.err
    assert "attached to 3.6.1[a]" in ran.err
    (row,) = read(closeout("documents", "list", "--json"))
    assert (row["name"], row["counts"], row["attached_to"]) == ("ir-plan.txt", "yes", ["3.6.1[a]"])
    target = tmp_path / "back.txt"
    assert closeout("documents", "get", str(row["number"]), "-o", target).status == 0
    assert target.read_bytes() == plan.read_bytes()
    assert closeout("documents", "detach", str(row["number"]), "--objective", "3.6.1[a]").status == 0
    assert read(closeout("documents", "list", "--objective", "3.6.1[a]", "--json")) == []
    assert closeout("documents", "attach", str(row["number"]), "--objective", "3.6.1[b]").status == 0
    assert "ir-plan.txt" in closeout("documents", "list").out


def test_a_draft_is_kept_with_a_warning_and_does_not_count(closeout: Run, tmp_path: Path) -> None:
    file = tmp_path / "policy-draft.txt"
    file.write_text("DRAFT\n")
    ran = closeout("documents", "add", file)
    assert "Its name calls it a draft" in ran.err
    assert "Its first page calls it a draft" in ran.err
    assert read(closeout("documents", "list", "--json"))[0]["counts"] == "no"


def test_a_document_has_to_be_attached_to_something(closeout: Run, plan: Path) -> None:
    closeout("documents", "add", plan)
    ran = closeout("documents", "attach", "1")
    assert (ran.status, "name what the document belongs to" in ran.err) == (2, True)


def test_an_assessment_takes_its_entries_from_how_things_stand(closeout: Run) -> None:
    said = ("--kind", "self", "--assessor", "J. Doe", "--on", TODAY.isoformat(), "--status", "none")
    ran = closeout("assessments", "new", *said)
    assert ran.status == 0, ran.err
    assert "assessment 1 with 110 entries" in ran.err
    (row,) = read(closeout("assessments", "list", "--json"))
    assert (row["score"], row["clock"], row["due"], len(row["open_entries"])) == (-203, "none", None, 110)
    assert row["entries"][0]["objectives"][0] == "3.1.1[a]"


def test_a_conditional_status_that_cannot_be_is_refused_with_the_paragraph(closeout: Run) -> None:
    said = (
        "--kind",
        "self",
        "--assessor",
        "J. Doe",
        "--on",
        TODAY.isoformat(),
        "--status",
        "conditional",
        "--status-on",
        TODAY.isoformat(),
    )
    ran = closeout("assessments", "new", *said, "--entry", "3.1.1", "--score", "105")
    assert ran.status == 3
    assert "3.1.1 takes 5 and may not stand on a POA&M (32 CFR 170.21(a)(2)(ii))" in ran.err


def test_a_c3paos_assessment_is_closed_out_by_the_affirming_official_alone(closeout: Run, official: str) -> None:
    then = (TODAY - timedelta(days=30)).isoformat()
    said = ("--kind", "c3pao", "--assessor", "A. Lead", "--organization", "Assessors Ltd")
    ran = closeout("assessments", "new", *said, "--on", then, "--status", "conditional", "--status-on", then, "--entry", "3.1.8")
    assert ran.status == 0, ran.err
    due = (TODAY + timedelta(days=150)).isoformat()
    assert f"to be closed out by {due}" in ran.err
    shown = read(closeout("assessments", "show", "1", "--json"))
    assert (shown["clock"], shown["standings"][0]["ready"], shown["score"]) == ("running", False, 109)
    assert f"due by {due}" in closeout("assessments", "show", "1").err
    done = ("assessments", "closeout", "1", *said, "--on", TODAY.isoformat(), "--score", "110", "--affirmed-by", "A. Official")
    refused = closeout(*done)
    assert (refused.status, "needs the role affirming official" in refused.err) == (3, True)
    ran = closeout(*done, "--as", official)
    assert ran.status == 0, ran.err
    assert "assessment 1 is closed out" in ran.err
    shown = read(closeout("assessments", "show", "1", "--json"))
    assert (shown["clock"], shown["open_entries"]) == ("closed", [])
    assert shown["closeouts"][0]["not_ready"]
    assert f"closed out on {TODAY}" in closeout("assessments", "show", "1").err


def test_another_role_may_be_named_and_an_item_linked(closeout: Run, official: str) -> None:
    then = TODAY.isoformat()
    said = ("--kind", "self", "--assessor", "J. Doe", "--on", then, "--status", "conditional", "--status-on", then, "--entry", "3.1.8")
    closeout("assessments", "new", *said)
    assert closeout("assessments", "role", "reviewer", "--as", official).status == 0
    ran = closeout("assessments", "closeout", "1", *said[:4], "--on", then, "--score", "110", "--affirmed-by", "A. Official")
    assert (ran.status, "3.1.8 is not ready" in ran.err) == (3, True)
    ran = closeout("assessments", "link", "1", "3.1.8", "PA-0009")
    assert (ran.status, "no item 'PA-0009'" in ran.err) == (3, True)
