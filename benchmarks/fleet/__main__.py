"""Run the comparison and print its tables: `make bench-fleet`, or `python -m benchmarks.fleet --hosts 20 --turns 3`."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.fleet.contenders import make_contenders
from benchmarks.measure import fleet_table, take_turns
from benchmarks.peers import HOST_PACKAGES
from tests.support.lab import Lab

_OURS = "closeout, facts and verdicts"
_FEW = 5  # hosts up to which testinfra takes part, which asks one host after another


def main() -> None:
    """Measure at every number of hosts that was named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[5, 20, 100])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--delay", default="", help="delay of the network to each host, such as 20ms (needs the kernel's netem)")
    parser.add_argument("--without", nargs="+", default=[], metavar="NAME", help="contenders to leave out, by how their names begin")
    given = parser.parse_args()
    for size in given.hosts:
        with Lab(size, HOST_PACKAGES) as lab, tempfile.TemporaryDirectory(prefix="closeout-bench-") as scratch:
            if given.delay and not _delay(given.delay):
                _say(f"this kernel has no netem, so a delay of {given.delay} could not be measured")
                return
            contenders, missing = make_contenders(lab, Path(scratch), _repetitions(size, given.turns, given.without))
            samples = take_turns(contenders, given.turns, _say)
        sys.stdout.write(f"{fleet_table(size, samples, _OURS, missing)}\n\n")


def _repetitions(size: int, turns: int, without: Sequence[str]) -> dict[str, int]:
    """How often each is measured."""
    names = (_OURS, "closeout scan", "Ansible setup", "pyinfra, 12 facts", *(["testinfra, 20 checks"] if size <= _FEW else []))
    return {name: turns for name in names if not name.startswith(tuple(without))}


def _delay(time: str) -> bool:
    """Whether the bridge of the lab, which is the only one in this network, now delays what it sends."""
    bridges = subprocess.run(["ip", "-o", "link", "show", "type", "bridge"], capture_output=True, text=True, check=True).stdout
    name = bridges.split(": ")[1]
    command = ["tc", "qdisc", "add", "dev", name, "root", "netem", "delay", time]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
