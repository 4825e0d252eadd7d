import json
import re
from pathlib import Path

import pytest

from tests.server.cli.conftest import Ran, Run

pytestmark = pytest.mark.django_db


def test_the_pass_goes_on_where_it_stopped(closeout: Run) -> None:
    first = json.loads(closeout("answers", "next", "--json").out)
    assert (first["progress"]["total"], first["progress"]["answered"]) == (320, 0)
    objective = first["next"]["objective"]
    assert objective in closeout("answers", "next").out
    assert "put off" in closeout("answers", "put-off", objective).err
    second = json.loads(closeout("answers", "next", "--json").out)
    assert (second["next"]["objective"] != objective, second["progress"]["put_off"]) == (True, 1)
    assert closeout("answers", "put-off", "3.99.1[a]").status != 0


def number_of(added: Ran) -> str:
    """The number that a document got: numbers go on from what other tests left behind."""
    found = re.match(r"document (\d+):", added.err)
    assert found, added.err
    return found[1]


def test_a_word_that_lacks_something_says_so_at_once(closeout: Run, tmp_path: Path) -> None:
    word = ("answers", "attest", "3.6.1[a]", "--finding", "met", "--method", "examine", "--statement", "It names the team.")
    assert "it rests on no final evidence".casefold() in closeout(*word).err.casefold()
    plan = tmp_path / "plan.txt"
    plan.write_text("the plan")
    added = closeout("documents", "add", plan, "--status", "final", "--owner", "J. Doe", "--approved-on", "2026-02-01")
    assert added.status == 0, added.err
    assert "counts for nothing" not in closeout(*word, "--document", number_of(added)).err
    assert "no document 999999" in closeout(*word, "--document", "999999").err
    states = {one["objective"]: one["state"] for one in json.loads(closeout("score", "--objectives", "--json").out)}
    assert states["3.6.1[a]"] == "attested"
    assert "3.6.1[a]" not in closeout("answers", "due").out
    assert "3.6.1[a]" in closeout("answers", "due", "--days", "400").out


def test_a_requirement_shows_every_asset_that_is_counted(closeout: Run) -> None:
    closeout("hosts", "add", "printer-1", "--kind", "printer")
    shown = json.loads(closeout("score", "requirement", "3.1.8", "--json").out)
    assert shown["finding"] == "not assessed"
    assert shown["objectives"][1]["missing"] == ["printer-1"]
    assert "printer-1" in closeout("score", "requirement", "3.1.8").out
    assert closeout("score", "requirement", "3.99.1").status != 0


def test_a_requirement_does_not_apply_as_a_whole_once_another_person_agrees(closeout: Run, tmp_path: Path) -> None:
    closeout("people", "add", "olga", "--role", "affirming_official")
    plan = tmp_path / "ssp.txt"
    plan.write_text("no wireless")
    added = closeout("documents", "add", plan, "--status", "final", "--owner", "J. Doe", "--approved-on", "2026-02-01")
    closeout(
        "answers", "attest", "3.1.16", "--finding", "not_applicable", "--method", "examine", "--statement", "There is none.",
        "--justification", "Wireless access is not permitted.", "--ssp-section", "SSP 3.1.16", "--document", number_of(added),
    )  # fmt: skip
    assert json.loads(closeout("score", "requirement", "3.1.16", "--json").out)["finding"] == "not assessed"
    assert "approved" in closeout("answers", "approve", "3.1.16", "--as", "olga").err
    assert json.loads(closeout("score", "requirement", "3.1.16", "--json").out)["finding"] == "MET"


def test_the_objectives_of_security_protection_assets_are_chosen_and_every_choice_is_kept(closeout: Run) -> None:
    assert "nobody has chosen yet" in closeout("answers", "relevant", "--remove", "3.1.1[a]").err
    assert "5 objectives" in closeout("answers", "relevant", "--add", "3.1.1[a]", "--add", "3.10.2").err
    assert closeout("answers", "relevant", "--remove", "3.1.1[a]").status == 0
    newest, first = json.loads(closeout("answers", "relevant", "--json").out)
    assert (len(first["objectives"]), newest["removed"], newest["added"]) == (5, ["3.1.1[a]"], [])
    assert "no objective 3.99.1" in closeout("answers", "relevant", "--add", "3.99.1[a]").err
    assert "at least one" in closeout("answers", "relevant", "--remove", "3.10.2").err
    assert closeout("answers", "withdraw", "relevant").status == 0
    assert "nobody has chosen" in closeout("answers", "relevant").err


def test_who_says_that_it_does_not_apply_is_told_when_that_counts_as_met(closeout: Run) -> None:
    ran = closeout("answers", "attest", "3.1.16", "--finding", "not_applicable", "--method", "examine", "--statement", "No radios.")
    assert "32 CFR 170.24(c)(2)(i)(B)(8)" in ran.err
    assert "where wireless access is not permitted" in ran.err
