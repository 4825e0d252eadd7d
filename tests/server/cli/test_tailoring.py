import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.server.cli.conftest import Run

pytestmark = pytest.mark.django_db
CITED = ("--document", "AC Policy", "--section", "4", "--approver", "CISO", "--approved-on", "2026-02-01")
NAME = "password-maximum-age.days"


def test_values_are_confirmed_by_name_or_with_another_value(closeout: Run) -> None:
    assert "1 confirmed, 0 as they were" in closeout("tailoring", "confirm", NAME, *CITED).err
    assert "0 confirmed, 1 as they were" in closeout("tailoring", "confirm", NAME, *CITED).err
    assert closeout("tailoring", "confirm", f"{NAME}=30", *CITED).status == 0
    rows = {row["parameter"]: row for row in json.loads(closeout("tailoring", "show", "--json").out)["parameters"]}
    assert (rows[NAME]["value"], rows[NAME]["confirmed"], rows[NAME]["approved_on"]) == (30, True, "2026-02-01")
    waiting = closeout("tailoring", "show", "--unconfirmed")
    assert f"\n{NAME}" not in waiting.out
    assert "values wait to be confirmed" in waiting.err


def test_a_value_out_of_bounds_is_refused(closeout: Run) -> None:
    ran = closeout("tailoring", "confirm", f"{NAME}=0", *CITED)
    assert ran.status != 0
    assert "would hollow the check out" in ran.err


UNTIL = (datetime.now(UTC).date() + timedelta(days=90)).isoformat()


def test_an_exception_is_asked_for_agreed_to_and_ended(closeout: Run) -> None:
    closeout("people", "add", "olga", "--role", "affirming_official")
    asked = closeout(
        "tailoring", "except", "ssh-root-login", "--group", "lab", "--because", "no console", "--approver", "olga", "--until", UNTIL
    )
    assert "olga agrees by: closeout tailoring agree 1 --as olga" in asked.err
    assert closeout("tailoring", "agree", "1").status == 3, "nobody but olga"
    assert "EX-1: agreed" in closeout("tailoring", "agree", "1", "--as", "olga").err
    (one,) = json.loads(closeout("tailoring", "show", "--json").out)["exceptions"]
    assert (one["state"], one["target"], one["answered_by"]) == ("approved", "lab", "olga")
    assert "group lab" in closeout("tailoring", "show").out
    assert "EX-1: ended" in closeout("tailoring", "end", "1", "--because", "it has one now").err


@pytest.mark.parametrize(
    "scope", [(), ("--group", "lab", "--platform", "linux"), ("--host", "nowhere")], ids=["none", "two", "no such host"]
)
def test_an_exception_is_for_one_thing_that_there_is(closeout: Run, scope: tuple[str, ...]) -> None:
    closeout("people", "add", "olga", "--role", "affirming_official")
    ran = closeout("tailoring", "except", "ssh-root-login", *scope, "--because", "x", "--approver", "olga", "--until", UNTIL)
    assert ran.status != 0
    assert "one of --host" in ran.err or "there is no asset" in ran.err


def test_a_file_brings_all_of_it_and_comes_back_as_it_was(closeout: Run, tmp_path: Path) -> None:
    closeout("people", "add", "olga", "--role", "affirming_official")
    file = tmp_path / "tailoring.yml"
    file.write_text(f"""
source: {{document: AC Policy, section: "4", approver: CISO, approved_on: 2026-02-01}}
parameters: {{{NAME}: 60}}
exceptions:
  - {{check: ssh-root-login, group: lab, kind: accepted, reason: no console, approver: olga, until: {UNTIL}}}
""")
    ran = closeout("tailoring", "import", file)
    assert "1 values confirmed, 0 as they were" in ran.err
    assert "asked for EX-1" in ran.err
    written = closeout("tailoring", "export", "-o", tmp_path / "again.yml")
    assert written.status == 0
    assert "0 values confirmed, 1 as they were" in closeout("tailoring", "import", tmp_path / "again.yml").err
    assert len(json.loads(closeout("tailoring", "show", "--json").out)["exceptions"]) == 1


def test_a_file_with_a_mistake_changes_nothing(closeout: Run, tmp_path: Path) -> None:
    file = tmp_path / "tailoring.yml"
    file.write_text(closeout("tailoring", "export", "--unconfirmed").out)
    ran = closeout("tailoring", "import", file)
    assert ran.status == 3
    assert "tailoring.yml:" in ran.err
    assert not any(row["confirmed"] for row in json.loads(closeout("tailoring", "show", "--json").out)["parameters"])
