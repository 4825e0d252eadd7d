"""Documents and assessments by command."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from poam_generator.answers import Answers
from poam_generator.score import Ssp
from server import store
from server.models import System, User
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


def test_an_assessment_takes_its_entries_from_how_things_stand(closeout: Run, system: System, reviewer: User) -> None:
    said = ("--kind", "self", "--assessor", "J. Doe", "--on", TODAY.isoformat(), "--status", "none")
    refused = closeout("assessments", "new", *said)
    assert (refused.status, "cannot be taken from today: there is no system security plan" in refused.err) == (3, True)
    ssp = Ssp("Plant 2", "3.1", TODAY, "A. Official", TODAY)
    store.record_answers(system, Answers(ssp), reviewer, datetime.now(UTC))
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


@pytest.fixture
def found(closeout: Run) -> str:
    """The draft of what a person found."""
    said = ("--title", "No IR test", "--weakness", "Untested.", "--objective", "3.6.3[a]", "--identified-by", "Walk-through")
    ran = closeout("items", "new", *said)
    assert ran.status == 0, ran.err
    return ran.err.split()[-1]


def test_what_a_person_found_closes_on_final_evidence_and_a_word(closeout: Run, found: str, plan: Path) -> None:
    assert closeout("items", "approve", found).status == 0
    shown = read(closeout("items", "show", found, "--json"))
    assert shown["why_open"][0] == "No evidence is attached to it."
    assert closeout("items", "close", found, "--because", "Tested.").status == 3
    closeout("documents", "add", plan, "--status", "final", "--owner", "J. Doe", "--approved-on", "2026-03-01")
    (document,) = read(closeout("documents", "list", "--json"))
    ran = closeout("items", "close", found, "--because", "Tested.", "--document", str(document["number"]))
    assert (ran.status, f"{found} is closed" in ran.err) == (0, True), ran.err
    shown = read(closeout("items", "show", found, "--json"))
    assert json.loads(shown["closure"]["canonical"])["because"] == "Tested."
    assert "ir-plan.txt" in closeout("items", "show", found).out


def test_a_poam_is_imported_once(closeout: Run, tmp_path: Path) -> None:
    file = tmp_path / "poam.csv"
    file.write_text("Item,Weaknesses,Requirements,Status\nV-1,No limit.,3.1.8,Ongoing\nV-2,Old.,3.1.9,Completed\n")
    ran = closeout("items", "import", file)
    assert ("1 drafted, 0 were there" in ran.err, "V-2 is done and passed over" in ran.err) == (True, True), ran.err
    assert "0 drafted, 1 were there" in closeout("items", "import", file).err
    (row,) = read(closeout("items", "list", "--json"))
    assert (row["source"], row["source_key"], row["requirements"]) == ("import", "poam.csv V-1", ["3.1.8"])


def test_a_row_that_is_open_again_in_a_file_whose_item_has_ended_here_is_told(closeout: Run, tmp_path: Path, plan: Path) -> None:
    file = tmp_path / "poam.csv"
    file.write_text("Item,Weaknesses,Requirements,Status\nV-1,No limit.,3.1.8,Ongoing\n")
    assert closeout("items", "import", file).status == 0
    closeout("documents", "add", plan, "--status", "final", "--owner", "J. Doe", "--approved-on", "2026-03-01")
    assert closeout("items", "close", "PA-0001", "--because", "Limited.", "--document", "1").status == 0
    ran = closeout("items", "import", file)
    assert "poam.csv V-1 is open in the file, and PA-0001 of it is withdrawn here; if it is still there, write it anew" in ran.err


def test_a_temporary_deficiency_is_deferred_agreed_to_and_kept_up_by_progress(closeout: Run, found: str, official: str) -> None:
    until = (TODAY + timedelta(days=60)).isoformat()
    said = ("--reason", "The patch broke it.", "--until", until, "--mitigation", "Patch 7.", "--basis", "was_implemented")
    assert closeout("items", "defer", found, *said, "--progress-days", "10").status == 0
    (row,) = read(closeout("dispositions", "list", "--json"))
    assert (row["stands"], row["basis"], row["asked_by"] == row["answered_by"]) == ("asked", "was_implemented", False)
    ran = closeout("items", "agree", found, str(row["number"]), "--as", official)
    assert ran.status == 0, ran.err
    (row,) = read(closeout("dispositions", "list", "--kind", "temporary_deficiency", "--json"))
    assert (row["stands"], row["ends"]) == ("in force", (TODAY + timedelta(days=10)).isoformat())
    ran = closeout("items", "progress", found, str(row["number"]), "the patch is in test")
    assert (TODAY + timedelta(days=10)).isoformat() in ran.err
    assert found in closeout("dispositions", "list").out
    assert read(closeout("dispositions", "list", "--kind", "accepted", "--json")) == []
    ran = closeout("items", "end", found, str(row["number"]), "--because", "the patch came")
    assert (ran.status, "is ended" in ran.err, "drafted" in ran.err) == (0, True, True), ran.err
    (row,) = read(closeout("dispositions", "list", "--kind", "temporary_deficiency", "--json"))
    assert (row["stands"], row["ended_because"]) == ("ended", "the patch came")


def test_who_is_away_is_said_shown_and_taken_back(closeout: Run, official: str) -> None:
    closeout("people", "add", "jane", "--role", "reviewer")
    ran = closeout("people", "away", "jane", "--to", official, "--until", "2099-01-08")
    assert (ran.status, f"{official} stands in for jane through 2099-01-08" in ran.err) == (0, True), ran.err
    assert f"through 2099-01-08, {official} stands in" in closeout("people", "list").out
    assert closeout("people", "away", "jane").status == 2
    assert closeout("people", "away", "jane", "--back").status == 0
    assert {row["stands_in"] for row in read(closeout("people", "list", "--json"))} == {None}


def test_duties_are_set_done_with_a_document_and_told_when_overdue(closeout: Run, plan: Path) -> None:
    assert "closeout duties start" in closeout("duties", "list").err
    assert "log-review" in closeout("duties", "start").err
    old = (TODAY - timedelta(days=3)).isoformat()
    said = ("--title", "Review", "--every", "7", "--first-due", old, "--requirement", "3.3.5")
    assert closeout("duties", "set", "log-review", *said).status == 0
    (row,) = read(closeout("duties", "list", "--overdue", "--json"))
    assert (row["duty"], row["state"], row["due"]) == ("log-review", "overdue", old)
    assert "does not count" in closeout("duties", "done", "log-review", "nothing unusual", "--on", old).err
    assert f"log-review of {old} does not count" in closeout("duties", "list").err
    closeout("documents", "add", plan, "--status", "final", "--owner", "J. Doe", "--approved-on", "2026-03-01")
    (document,) = read(closeout("documents", "list", "--json"))
    ran = closeout("duties", "done", "log-review", "nothing", "--on", TODAY.isoformat(), "--document", str(document["number"]))
    assert f"due again by {TODAY + timedelta(days=7)}" in ran.err
    assert read(closeout("duties", "list", "--overdue", "--json")) == []
    assert closeout("duties", "drop", "log-review").status == 0
    assert "log-review" not in closeout("duties", "list").out


def test_hosts_are_renamed_moved_and_merged_by_command(closeout: Run) -> None:
    for name in ("ws-1", "ws-2"):
        closeout("hosts", "add", name)
    assert closeout("hosts", "rename", "ws-1", "ws-9", "--because", "new scheme").status == 0
    assert closeout("hosts", "move", "ws-9", "--group", "servers", "--because", "it serves").status == 0
    assert [one["group"] for one in read(closeout("hosts", "list", "--json")) if one["name"] == "ws-9"] == ["servers"]
    ran = closeout("hosts", "merge", "ws-9", "ws-2", "--because", "entered twice")
    assert (ran.status, "ws-2 stands in its place" in ran.err) == (0, True)
    assert [one["name"] for one in read(closeout("hosts", "list", "--json"))] == ["ws-2"]
    assert closeout("hosts", "merge", "ws-2", "ws-2", "--because", "x").status == 3


def test_an_item_that_has_nothing_verified_is_not_split(closeout: Run, found: str) -> None:
    ran = closeout("items", "split", found, "--because", "wave 1")
    assert (ran.status, "hosts are split off an open item of a check" in ran.err) == (3, True)


def test_a_closing_policy_for_every_severity_is_proposed_and_withdrawn_by_command(closeout: Run) -> None:
    ran = closeout("policies", "propose", "--passes", "2", "--reason", "hosts are changed at night")
    assert (ran.status, "2 passes in a row" in ran.err) == (0, True)
    assert "there is no closing policy" in closeout("policies", "withdraw", "--reason", "as by day").err
