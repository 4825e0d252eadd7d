"""Whatever ends a collection in the middle, nothing of it is left on the host: no process and no file."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from collector.catalog import probes, sources
from collector.probe import Source
from collector.script import build_script
from collector.transports.ssh import _connected
from tests.collector.linux.test_harmless import SNAPSHOT
from tests.collector.test_frames import hurry
from tests.collector.transports.test_ssh import target
from tests.support.host import Host
from tests.support.lab import Lab

EVERY = sources(probes("linux"))
HALF = len(EVERY) // 2
# The whole collection, and in its middle a command that hangs: what was started by then is what could be left.
SCRIPT = hurry(build_script((*EVERY[:HALF], Source("test.hanging", "sleep 4711"), *EVERY[HALF:])), 2)
LONGEST = 15  # seconds: what hangs has its time, once together with the others and once alone


def processes(host: Host) -> set[str]:
    """Number and name of every process of a host."""
    found = set()
    for place in (host.root / "proc").glob("[0-9]*/comm"):
        with suppress(OSError):  # it has ended meanwhile
            found.add(f"{place.parent.name} {place.read_text().strip()}")
    return found


def hangs(host: Host) -> bool:
    return any(one.endswith(" sleep") for one in processes(host))


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@contextmanager
def nothing_left(host: Host) -> Iterator[None]:
    """While it is entered a collection begins and is ended; then the host must be as it was."""
    before, files = processes(host), host.run(SNAPSHOT).stdout
    yield
    assert wait_until(lambda: processes(host) <= before, LONGEST), processes(host) - before
    changed = {line.partition("|")[0].split("  ")[-1] for line in set(host.run(SNAPSHOT).stdout.splitlines()) ^ set(files.splitlines())}
    assert changed <= {"/run", "/run/motd.dynamic"}  # pam_motd


@pytest.mark.parametrize(("how", "reader"), [(signal.SIGKILL, "stays"), (signal.SIGKILL, "goes"), (signal.SIGHUP, "goes")])
def test_a_script_that_is_killed_leaves_nothing(lab_host: Host, how: signal.Signals, reader: str) -> None:
    with nothing_left(lab_host):
        command = ["sh", "-c", 'echo $$; exec "$@"', "sh", *lab_host.enter_command(), "sh", "-c", "echo $$; exec sh -s"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0) as shell:
            assert shell.stdin
            assert shell.stdout
            shell.stdout.readline()
            pid = shell.stdout.readline().decode().strip()
            shell.stdin.write(SCRIPT.encode())
            shell.stdin.close()
            assert wait_until(lambda: hangs(lab_host), 20)
            if reader == "goes":
                shell.stdout.close()
            lab_host.run(f"kill -{how} {pid}")
            rest = b"" if reader == "goes" else shell.stdout.read()
    assert b"\nfinish " not in rest


@pytest.mark.parametrize("end", ["the connection drops", "the server's process is killed"])
def test_a_connection_that_breaks_leaves_nothing(lab_host: Host, lab: Lab, end: str) -> None:
    with nothing_left(lab_host), _connected(target(lab, lab_host)) as client:
        standard_input, _, _ = client.exec_command("sudo -n sh -s")
        standard_input.write(SCRIPT)
        standard_input.channel.shutdown_write()
        assert wait_until(lambda: hangs(lab_host), 20)
        if end == "the connection drops":
            transport = client.get_transport()
            assert transport
            transport.sock.close()
        else:
            lab_host.run("for p in /proc/[0-9]*; do case $(tr '\\0' ' ' <$p/cmdline) in 'sshd: scan'*) kill -9 ${p#/proc/} ;; esac; done")
