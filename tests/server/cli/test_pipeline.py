import json
import subprocess
from pathlib import Path

import pytest

from collector.bundle import read_bundle
from collector.catalog import probes, sources
from tests.server.cli.conftest import Run

STATUSES = {"pass", "fail", "not_applicable", "error", "manual"}


def test_script_facts_and_evaluate_pipe_into_each_other(closeout: Run, tmp_path: Path) -> None:
    script = closeout("script", "linux").out
    bundle, facts = tmp_path / "a.bundle", tmp_path / "a.json"
    bundle.write_bytes(subprocess.run(["sh", "-s"], input=script.encode(), capture_output=True, check=True).stdout)
    facts.write_text(closeout("facts", bundle, "--json").out)
    of_bundle, of_facts = json.loads(closeout("evaluate", bundle, facts, "--json").out)
    assert of_bundle["results"] == of_facts["results"]
    assert {r["status"] for r in of_bundle["results"]} <= STATUSES
    assert of_bundle["host"]["name"]
    for result in of_bundle["results"]:
        assert result["observations"], f"{result['check']} does not say why"


def test_a_script_can_be_cut_down_to_some_probes(closeout: Run) -> None:
    cut = closeout("script", "linux", "--only", "sysctl").out
    assert len(cut) < len(closeout("script", "linux").out)
    said = subprocess.run(["sh", "-s"], input=cut.encode(), capture_output=True, check=True).stdout
    names = set(read_bundle(said).frames)
    assert {name.partition(".")[0] for name in names} == {"sysctl", "host"}, "a bundle must say which host it is of"
    assert len(names) < len(sources(probes("linux")))


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_judged(closeout: Run, bundle: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.bundle"
    cut.write_bytes(bundle.read_bytes()[:-20])
    ran = closeout("evaluate", cut, bundle, tmp_path / "gone", "--json")
    answers = json.loads(ran.out)
    assert ran.status == 3
    assert [bool(a["results"]) for a in answers] == [False, True, False]
    assert f"{cut}: the bundle is cut" in ran.err
    assert "gone: No such file" in ran.err


@pytest.mark.parametrize("setting", ["nonsense", "no-such-check.x=1"])
def test_a_setting_that_means_nothing_is_refused(closeout: Run, bundle: Path, setting: str) -> None:
    ran = closeout("evaluate", bundle, "--set", setting, "--json")
    assert ran.status in (2, 3)
    assert ran.out == ""
    assert "Traceback" not in ran.err


def test_fail_on_turns_failures_into_exit_1(closeout: Run, bundle: Path) -> None:
    statuses = {r["status"] for r in json.loads(closeout("evaluate", bundle, "--json").out)[0]["results"]}
    assert "fail" in statuses, "no host is without any failure before it was hardened"
    assert closeout("evaluate", bundle, "--json").status == 0
    assert closeout("evaluate", bundle, "--fail-on", "fail").status == 1


def test_facts_says_what_could_not_be_read_and_lists_the_paths_there_are(closeout: Run, bundle: Path) -> None:
    shown = closeout("facts", bundle)
    assert "host.name" in shown.out
    paths = json.loads(closeout("facts", "--paths", "linux", "--json").out)
    assert {"path", "type", "meaning"} == set(paths[0])
    assert closeout("facts").status == 2
