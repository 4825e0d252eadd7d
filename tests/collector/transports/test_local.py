import multiprocessing
import os
import subprocess

import pytest

from collector.bundle import read_bundle
from collector.probe import Source
from collector.script import build_script
from collector.transports import Collected, TransportError
from collector.transports.local import collect_local

WHO = (Source("test.who", "id -u"),)
NOBODY = 65534


def test_this_host_is_read_as_root_when_we_are_root() -> None:
    assert os.geteuid() == 0, "the suite runs as root or by sudo"
    collected = collect_local(build_script(WHO))
    assert read_bundle(collected.raw).frames["test.who"].output == "0\n"
    assert collected.notes == ()


def collect_as(user: int, answers: "multiprocessing.SimpleQueue[Collected]") -> None:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    os.environ["LOGNAME"] = "nobody"
    answers.put(collect_local(build_script(WHO)))


def test_an_ordinary_user_reads_what_it_may_and_is_told_so() -> None:
    forking = multiprocessing.get_context("fork")
    answers: multiprocessing.SimpleQueue[Collected] = forking.SimpleQueue()
    child = forking.Process(target=collect_as, args=(NOBODY, answers))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    collected = answers.get()
    assert read_bundle(collected.raw).frames["test.who"].output == f"{NOBODY}\n"
    assert collected.notes[0].startswith("collected as nobody without root")


def test_a_script_that_does_not_end_is_ended_with_all_it_started() -> None:
    with pytest.raises(TransportError, match="no whole answer in 1 s"):
        collect_local("sleep 4711\n", seconds=1)
    assert subprocess.run(["pgrep", "-f", "sleep 4711"], capture_output=True, check=False).returncode == 1
