"""Run the comparison and print its tables: `make bench-collect`, or `python -m benchmarks.collect --turns 5`."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.collect.floor import floor_script
from benchmarks.measure import Contender, Sample, measure, ratios, spread, table, take_turns
from benchmarks.peers import HOST_PACKAGES, python_peer
from collector.bundle import read_bundle
from collector.catalog import probes, sources
from collector.script import build_script
from tests.support.host import Host
from tests.support.lab import Lab

_OSCAP = "oscap xccdf eval --profile '(all)' /usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml"
_LYNIS = "cd /tmp && lynis audit system --quick --nocolors"
_MEGABYTE = 1e6
_SLOW = 2


def main() -> None:
    """Measure time first, then memory in runs of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=9, help="how many times each is measured (slow peers at most 2)")
    turns = parser.parse_args().turns
    with Lab(1, HOST_PACKAGES) as lab:
        host = lab.hosts[0]
        host.write("/etc/debian_version", "11.9\n")  # the newest content that Debian 12 has for oscap is for Debian 11
        commands = _commands(lab, host)
        _show_that_both_read_the_same(host)
        times = take_turns([_contender(host, name, words) for name, words in commands.items()], turns, _say)
        peaks = take_turns([_contender(host, name, words, memory=True) for name, words in commands.items()], 2, _say)
    sys.stdout.write(f"{_report(commands, times, peaks)}\n")


def _commands(lab: Lab, host: Host) -> dict[str, tuple[str, bytes]]:
    """Name -> the command that runs on the host, and its standard input."""
    found = {
        "bare script (floor)": ("sh -s", floor_script().encode()),
        "closeout": ("sh -s", build_script(sources(probes("linux"))).encode()),
    }
    payload = _keep_setup_module(lab, host)
    if payload:
        found["Ansible setup"] = (f"python3 {payload}", b"")
    if host.run("command -v oscap", check=False).stdout:
        found["oscap xccdf eval"] = (_OSCAP, b"")
    if host.run("command -v lynis", check=False).stdout:
        found["lynis audit system"] = (_LYNIS, b"")
    return found


def _keep_setup_module(lab: Lab, host: Host) -> str:
    """The path on the host of the module that Ansible sends for `setup`, left there by a run that was told to; empty without Ansible."""
    ansible = python_peer("ansible")
    if ansible is None:
        return ""
    with tempfile.TemporaryDirectory(prefix="closeout-bench-") as home:
        arguments = f"-o UserKnownHostsFile={lab.known_hosts} -o ControlMaster=no"
        env = {**os.environ, "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_SSH_ARGS": arguments, "HOME": home, "ANSIBLE_HOME": home}
        command = [str(ansible), "all", "-i", f"{host.address},", "-u", "root", "--private-key", str(lab.key), "-m", "setup"]
        subprocess.run(command, env=env, capture_output=True, check=False)
    return host.run("ls /root/.ansible/tmp/*/AnsiballZ_setup.py | head -n 1", check=False).stdout.strip()


def _contender(host: Host, name: str, words: tuple[str, bytes], *, memory: bool = False) -> Contender:
    command, stdin = words

    def run() -> Sample:
        return measure([*host.enter_command(), "sh", "-c", command], stdin, memory=memory)[0]

    slow = name.startswith(("oscap", "lynis"))
    return Contender(name, run, (1 if memory else _SLOW) if slow else 1000)


def _show_that_both_read_the_same(host: Host) -> None:
    """The bare script and the collection script must print as many bytes, but for what differs from run to run."""
    bare = host.run("sh -s", stdin=floor_script(), check=False).stdout
    bundle = read_bundle(host.run("sh -s", stdin=build_script(sources(probes("linux")))).stdout.encode())
    framed = sum(len(frame.output) for frame in bundle.frames.values())
    _say(f"the bare script printed {len(bare)} characters, the frames hold {framed} of output beside what went to standard error")


def _report(commands: Mapping[str, object], times: Mapping[str, Sequence[Sample]], peaks: Mapping[str, Sequence[Sample]]) -> str:
    floor = times["bare script (floor)"]
    rows = [
        [
            name,
            spread([one.wall for one in times[name]]),
            spread([one.cpu for one in times[name]]),
            ratios([one.cpu for one in times[name]], [one.cpu for one in floor]),
            f"{max(one.peak for one in peaks[name]) / _MEGABYTE:.0f}",
        ]
        for name in commands
    ]
    return table(["on one host", "wall seconds", "CPU seconds", "CPU, times the floor", "peak memory, MB"], rows)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
