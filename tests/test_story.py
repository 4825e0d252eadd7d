"""The main job over real hosts, by the command that people type: scan, draft, review, fix, rescan, closed."""

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from poam_generator.evidence import verify_record
from tests.support.command import Closeout
from tests.support.host import Host
from tests.support.lab import Lab

CHECK, SETTING = "ssh-root-login", "sshd.settings.permitrootlogin"
DROP_IN = "/etc/ssh/sshd_config.d/10-closeout.conf"
WEAK, GOOD = "PermitRootLogin yes\n", "PermitRootLogin no\n"


@pytest.fixture
def closeout(inventory: Closeout, lab_hosts: tuple[Host, ...]) -> Closeout:
    """The command, and two hosts that it can scan and that are not weak."""
    for host in lab_hosts:
        host.write(DROP_IN, GOOD)
    return inventory


@pytest.fixture
def first(lab_hosts: tuple[Host, ...]) -> Host:
    return lab_hosts[0]


@pytest.fixture
def second(lab_hosts: tuple[Host, ...]) -> Host:
    return lab_hosts[1]


def states(closeout: Closeout) -> list[tuple[str, str]]:
    return [(one["id"], one["state"]) for one in closeout.items(CHECK)]


def scan(closeout: Closeout, *hosts: Host, status: int = 0) -> dict[str, Any]:
    """The outcome of a scan, its items narrowed to those of the check that these tests are about."""
    answer: dict[str, Any] = closeout("scan", *(host.name for host in hosts), "--check", CHECK, status=status)
    ours = {one["id"] for one in closeout.items(CHECK)}
    return answer | {"items": {word: [i for i in ids if i in ours] for word, ids in answer["items"].items()}}


def opened(closeout: Closeout, *hosts: Host) -> str:
    """An approved item that holds these hosts, found weak by a scan."""
    for host in hosts:
        host.write(DROP_IN, WEAK)
    (item,) = scan(closeout, *hosts)["items"]["drafted"]
    closeout.say("items", "approve", item)
    return str(item)


def test_a_weakness_is_drafted_approved_fixed_closed_and_comes_back_with_its_predecessor(
    closeout: Closeout, first: Host, second: Host
) -> None:
    item = opened(closeout, first, second)
    shown = closeout("items", "show", item)
    assert {h["host_name"] for h in shown["item"]["hosts"]} == {first.name, second.name}
    assert shown["draft"]["remediation"]["linux"]
    assert shown["draft"]["milestones"]
    assert shown["why_open"]

    first.write(DROP_IN, GOOD)
    assert scan(closeout, first, second)["items"]["closed"] == []
    assert f"({second.name})" in " ".join(closeout("items", "show", item)["why_open"])

    second.write(DROP_IN, GOOD)
    assert scan(closeout, first, second)["items"]["closed"] == [item]
    closure = closeout("items", "show", item)["closure"]
    assert verify_record(closure["canonical"].encode()) == []
    record = json.loads(closure["canonical"])
    assert {h["host_name"] for h in record["hosts"]} == {first.name, second.name}
    for host in record["hosts"]:
        assert (host["failing"]["status"], host["passing"]["status"]) == ("fail", "pass")
        assert [o["observed"] for o in host["failing"]["observations"] if o["path"] == SETTING] == ["yes"]
        assert [o["observed"] for o in host["passing"]["observations"] if o["path"] == SETTING] == ["no"]
        assert host["failing"]["observed_at"] < host["passing"]["observed_at"]

    first.write(DROP_IN, WEAK)
    (again,) = scan(closeout, first, second)["items"]["drafted"]
    assert states(closeout) == [(item, "closed"), (again, "draft")]
    assert closeout("items", "show", again)["item"]["predecessor"] == item


def test_scanning_twice_changes_nothing(closeout: Closeout, first: Host) -> None:
    first.write(DROP_IN, WEAK)
    closeout("scan", "--all")
    before = closeout.stored()
    assert closeout("scan", "--all")["items"] == {"drafted": [], "joined": [], "closed": [], "withdrawn": []}
    assert closeout.stored() == before


def test_a_draft_that_is_fixed_before_review_is_withdrawn(closeout: Closeout, first: Host) -> None:
    first.write(DROP_IN, WEAK)
    (item,) = scan(closeout, first)["items"]["drafted"]
    first.write(DROP_IN, GOOD)
    assert scan(closeout, first)["items"]["withdrawn"] == [item]


def test_a_host_that_goes_silent_keeps_its_items_open(closeout: Closeout, first: Host, second: Host) -> None:
    item = opened(closeout, first, second)
    second.write(DROP_IN, GOOD)
    first.stop_sshd()
    answer = scan(closeout, first, second, status=3)
    assert answer["items"]["closed"] == []
    assert [bool(h["error"]) for h in answer["hosts"]] == [True, False]
    assert states(closeout) == [(item, "open")]


def test_a_probe_that_fails_is_an_error_that_neither_opens_nor_closes(closeout: Closeout, first: Host, second: Host) -> None:
    item = opened(closeout, first)
    for host in (first, second):
        host.write(DROP_IN, "PermitRootLogin perhaps\n")
    answer = scan(closeout, first, second)
    assert [h["results"]["error"] > 0 for h in answer["hosts"]] == [True, True]
    assert states(closeout) == [(item, "open")]
    assert {h["host_name"] for h in closeout("items", "show", item)["item"]["hosts"]} == {first.name}


def test_killing_a_scan_in_the_middle_loses_nothing_and_closes_nothing(closeout: Closeout, first: Host, second: Host) -> None:
    item = opened(closeout, first, second)
    before = closeout.stored()
    first.write(DROP_IN, GOOD)
    second.write(DROP_IN, GOOD)
    second.write("/usr/local/sbin/sshd", '#!/bin/sh\nsleep 8\nexec /usr/sbin/sshd "$@"\n', mode=0o755)
    process = closeout.start("scan", "--all", "--json")
    time.sleep(4)
    assert process.poll() is None, "the scan was over before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert states(closeout) == [(item, "open")]
    assert closeout.stored()[0] == before[0]
    assert all(row["good"] for row in closeout("doctor", "--whole"))
    second.run("rm /usr/local/sbin/sshd")
    assert scan(closeout, first, second)["items"]["closed"] == [item]


def collect(host: Host, closeout: Closeout) -> str:
    return host.run("sh -s", stdin=closeout.say("script", "linux")[0]).stdout


def test_an_old_bundle_that_is_carried_in_closes_nothing(closeout: Closeout, first: Host, tmp_path: Path) -> None:
    carried = tmp_path / "old.bundle"
    carried.write_text(collect(first, closeout))
    time.sleep(1.1)  # the host's clock says whole seconds
    item = opened(closeout, first)
    closeout("import", carried, "--host", first.name)
    assert states(closeout) == [(item, "open")]
    assert not closeout("items", "show", item)["item"]["awaiting"], "it is older than the failure"
    assert closeout("import", carried, "--host", first.name)[0]["known"]


def test_a_carried_pass_closes_only_on_a_reviewers_word(closeout: Closeout, first: Host, tmp_path: Path) -> None:
    item = opened(closeout, first)
    first.write(DROP_IN, GOOD)
    time.sleep(1.1)
    carried = tmp_path / "new.bundle"
    carried.write_text(collect(first, closeout))
    closeout("import", carried, "--host", first.name)
    assert states(closeout) == [(item, "open")]
    assert closeout("items", "show", item)["item"]["awaiting"]


def test_a_host_that_is_dismissed_does_not_hide_another(closeout: Closeout, first: Host, second: Host) -> None:
    item = opened(closeout, first)
    closeout.say("people", "add", "isso", "--role", "reviewer")
    _, err = closeout.say("items", "dismiss", item, "--host", first.name, "--reason", "lab", "--until", "2099-01-01")
    number = err.split("asked as number ")[1].split(";")[0]
    _, refused = closeout.say("items", "agree", item, number, status=3)
    assert "Traceback" not in refused
    closeout.say("items", "agree", item, number, "--as", "isso")
    assert states(closeout) == [(item, "dismissed")]
    second.write(DROP_IN, WEAK)
    (other,) = scan(closeout, first, second)["items"]["drafted"]
    hosts = closeout("items", "show", other)["item"]["hosts"]
    assert [h["host_name"] for h in hosts] == [second.name]
    assert states(closeout) == [(item, "dismissed"), (other, "draft")]


def refuse(closeout: Closeout, words: tuple[str | Path, ...], sentence: str) -> None:
    """The command could not, and says why in a sentence."""
    _, err = closeout.say(*words, status=3)
    assert sentence in err, err
    assert "Traceback" not in err


def test_hosts_that_do_not_let_us_in_are_named_and_change_nothing(closeout: Closeout, lab: Lab, first: Host, tmp_path: Path) -> None:
    opened(closeout, first)
    first.write(DROP_IN, GOOD)
    wrong = tmp_path / "wrong"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", wrong], check=True)
    for name, target, key in (
        ("no-sudo", f"plain@{first.address}", lab.key),
        ("wrong-key", f"scan@{first.address}", wrong),
        ("gone", "scan@127.0.0.1:1", lab.key),
    ):
        closeout.say("hosts", "add", name, "--ssh", target, "--key", key)
    before = closeout.stored()
    refuse(closeout, ("scan", "gone"), "127.0.0.1:1 is not reachable")
    refuse(closeout, ("scan", "wrong-key"), "refused scan with the key")
    refuse(closeout, ("scan", "no-sudo"), "sudo")
    refuse(closeout, ("scan", "no-such-host"), "there is no asset")
    first.break_sshd_host_key()
    refuse(closeout, ("scan", first.name), "THE HOST KEY HAS CHANGED")
    assert closeout.stored() == before


def test_bundles_that_are_not_whole_or_not_ours_change_nothing(closeout: Closeout, first: Host, tmp_path: Path) -> None:
    opened(closeout, first)
    first.write(DROP_IN, GOOD)
    good, bad = collect(first, closeout), tmp_path / "bad.bundle"
    script = next(line for line in good.splitlines() if line.startswith("script "))
    before = closeout.stored()
    refuse(closeout, ("import", bad, "--host", first.name), "No such file")
    for sentence, text in {
        "the bundle is cut": good[: len(good) // 2],
        "not a bundle": "PA-0001\n",
        "has not kept from an earlier one": good.replace(script, f"script {'0' * 64}"),
        "the bundle was changed or damaged": good.replace("begin host.identity", "begin host.clock"),
    }.items():
        bad.write_text(text)
        refuse(closeout, ("import", bad, "--host", first.name), sentence)
    assert closeout.stored() == before
