"""checks diff and activate on the command line, with a real host."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.command import Closeout

CHECK = """\
id: file-name
title: The host has a name
assesses: {{"3.5.1[a]": supports}}
severity: low
weakness: The host has no name.
rationale: Records need the name of the host.
platforms:
  linux:
    expect:
      - {{path: login_defs.pass_max_days, at_least: {least}}}
    remediation: Give it a name.
    effort: 5
    tests:
      - {{name: large, facts: {{login_defs: {{pass_max_days: 99999}}}}, status: pass}}
      - {{name: small, facts: {{login_defs: {{pass_max_days: 0}}}}, status: fail}}
"""


@pytest.fixture(scope="module")
def judged(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Closeout:
    """A data directory in which this machine was scanned once, for one check only, since that is quick."""
    command = Closeout(shutil.copytree(empty, tmp_path_factory.mktemp("content") / "data"))
    command.say("scan", "--local", "--check", "password-maximum-age")
    return command


def write(folder: Path, least: int | None) -> Path:
    folder.mkdir()
    if least is not None:
        (folder / "file-name.yml").write_text(CHECK.format(least=least))
    return folder


def test_a_fresh_install_has_its_content_in_use_without_asking(judged: Closeout) -> None:
    shown = judged("checks", "activate")
    assert shown["in_use"]["accepted_by"] is None
    assert shown["report"]["effects"] == []
    assert "needed no word" in judged.say("checks", "activate")[1]


def test_diff_says_what_would_open_on_the_hosts_there_are(judged: Closeout, tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", None), write(tmp_path / "new", 1000000)
    (row,) = judged("checks", "diff", old, new)
    assert (row["check"], row["kind"], len(row["opens"]), row["stands"]) == ("file-name", "added", 1, {"not judged to fail": 1})
    assert "1 items would open, 0 would end" in judged.say("checks", "diff", old, new)[1]


def test_diff_of_what_judges_alike_opens_nothing(judged: Closeout, tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", 1), write(tmp_path / "new", 1)
    assert judged("checks", "diff", old, new) == []


def test_diff_needs_no_host(fresh: Closeout, tmp_path: Path) -> None:
    out, err = fresh.say("checks", "diff", write(tmp_path / "old", None), write(tmp_path / "new", 1), "--json")
    assert [one["kind"] for one in json.loads(out)] == ["added"]
    assert "no host was observed" in err


def test_a_report_that_nobody_made_cannot_be_accepted(judged: Closeout) -> None:
    assert "not the newest report" in judged.say("checks", "activate", "--report", "0" * 12, "--because", "x", status=3)[1]


def test_a_check_of_ones_own_waits_until_its_report_is_accepted_and_opens_then(judged: Closeout) -> None:
    write(judged.data / "checks", 1000000)
    report = judged("checks", "activate")["report"]
    assert [(one["check"], one["kind"], len(one["opens"])) for one in report["effects"]] == [("file-name", "added", 1)]
    assert "1 checks came with new content" in judged.say("scan", "--local", "--check", "file-name")[1]
    assert judged.items("file-name") == []
    word = ("--because", "it is ours")
    assert "accepted by" in judged.say("checks", "activate", "--report", report["digest"][:12], *word)[1]
    assert [one["state"] for one in judged.items("file-name")] == ["draft"]
    assert judged("checks", "activate")["report"]["effects"] == []
