"""A host that sends too much, for too long, or what no bundle is: it is given up in time and with little memory."""

import multiprocessing
import resource
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from collector.bundle import BundleError, read_bundle
from collector.transports import TransportError
from collector.transports.local import collect_local
from collector.transports.ssh import collect_ssh
from collector.visible import UNSEEN
from tests.collector.transports.test_ssh import target
from tests.support.host import Host
from tests.support.lab import Lab

MIB = 1024  # in the unit of ru_maxrss
ESCAPES = "\\033]0;title\\007\\033[2J\\033[1A[2/2] other: collected\\r\\n\\302\\2332J\\342\\200\\256"


def refused(collect: Callable[[], object]) -> tuple[str, str, int]:
    """Kind and sentence of the refusal, and by how much the memory of a process of its own grew."""

    def attempt(answers: "multiprocessing.SimpleQueue[tuple[str, str, int]]") -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            collect()
        except TransportError as error:
            answers.put((error.kind, str(error), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))

    forking = multiprocessing.get_context("fork")
    answers: multiprocessing.SimpleQueue[tuple[str, str, int]] = forking.SimpleQueue()
    child = forking.Process(target=attempt, args=(answers,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert not answers.empty(), "it was not refused"
    return answers.get()


def test_ssh_takes_no_more_than_a_bundle_may_hold(lab: Lab) -> None:
    kind, sentence, grown = refused(lambda: collect_ssh(target(lab, lab.hosts[0]), "exec yes '|0123456789012345678901234567890123456789'"))
    assert (kind, "sent more than 64 MiB" in sentence) == ("output", True), sentence
    assert grown < 200 * MIB


def test_this_host_gives_no_more_than_a_bundle_may_hold() -> None:
    kind, sentence, grown = refused(lambda: collect_local("exec yes '|0123456789012345678901234567890123456789'", seconds=60))
    assert (kind, "printed more than 64 MiB" in sentence) == ("output", True), sentence
    assert grown < 200 * MIB


@pytest.mark.parametrize("script", ["exec yes >&2", "exec sleep 4712", "exec >/dev/null 2>&1; exec sleep 4712"])
def test_what_never_ends_is_given_up_in_time(lab: Lab, script: str) -> None:
    began = time.monotonic()
    kind, _, grown = refused(lambda: collect_ssh(replace(target(lab, lab.hosts[0]), total_seconds=2), script))
    here = refused(lambda: collect_local(script, seconds=2))
    assert (kind, here[0]) == ("timeout", "timeout")
    assert time.monotonic() - began < 20
    assert max(grown, here[2]) < 50 * MIB


@pytest.mark.parametrize(
    "script", ["head -c 3000000 /dev/urandom", f"printf '{ESCAPES}'", "printf 'closeout-bundle 1\\n'; head -c 90000 /dev/urandom"]
)
def test_garbage_is_no_bundle_and_is_named_in_plain_characters(lab: Lab, script: str) -> None:
    for collected in (collect_ssh(target(lab, lab.hosts[0]), script), collect_local(script)):
        with pytest.raises(BundleError) as caught:
            read_bundle(collected.raw)
        assert not UNSEEN.search(str(caught.value))


def test_what_a_host_says_in_place_of_a_shell_is_quoted_in_one_line_of_plain_characters(lab_host: Host, lab: Lab) -> None:
    lab_host.write("/root/shell", f"#!/bin/sh\nprintf '{ESCAPES}' >&2\nexit 1\n", mode=0o755)
    lab_host.run("chmod 755 /root && usermod -s /root/shell scan")
    with pytest.raises(TransportError) as caught:
        collect_ssh(target(lab, lab_host), "echo")
    sentence = str(caught.value)
    assert sentence == "host1: no shell came up for scan: \\x1b]0;title\\x07\\x1b[2J\\x1b[1A[2/2] other: collected | \\x9b2J\\u202e"


class Flood(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):
            while True:
                self.request.sendall(b"x" * 65536)


@contextmanager
def flooding() -> Iterator[int]:
    """A port that sends without end, and no line."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Flood) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_port_that_sends_without_end_before_it_speaks_ssh_is_given_up(lab: Lab) -> None:
    with flooding() as port:
        flooded = replace(target(lab, lab.hosts[0]), address="127.0.0.1", port=port, connect_seconds=3)
        kind, _, grown = refused(lambda: collect_ssh(flooded, "echo"))
    assert kind == "unreachable"
    assert grown < 200 * MIB
