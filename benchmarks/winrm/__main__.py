"""Run the comparison and print its table: `make bench-winrm`, or `python -m benchmarks.winrm --hosts 100 --turns 3`."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Contender, Sample, fleet_table, measure, take_turns
from benchmarks.winrm.contenders import CONTENDERS
from tests.support.tls import make_certificate

_OURS, THREADS = "closeout, facts and verdicts", 32


def main() -> None:
    """Measure so many hosts, so many at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="closeout-bench-") as scratch:
        certificate = make_certificate(Path(scratch), "127.0.0.1")
        with _hosts(given.hosts, certificate) as ports:
            contenders = [Contender(name, lambda name=name: _run(name, certificate, ports)) for name in CONTENDERS]  # type: ignore[misc] # a default that binds the name
            samples = take_turns(contenders, given.turns, lambda line: print(line, file=sys.stderr))  # noqa: T201 - progress
    sys.stdout.write(f"{fleet_table(given.hosts, samples, _OURS)}\n")


@contextmanager
def _hosts(count: int, certificate: Path) -> Iterator[list[int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.winrm.hosts", str(count), str(certificate)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout  # noqa: S101 - it was asked for
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate(b"")


def _run(name: str, certificate: Path, ports: Sequence[int]) -> Sample:
    command = [sys.executable, "-m", "benchmarks.winrm.contenders", name, str(THREADS), str(certificate), *map(str, ports)]
    sample, done = measure(command)
    if done.returncode or done.stdout.count(b"\n") != len(ports):
        sys.exit(f"{name} did not do its work: {done.stderr.decode()[-1000:]}")
    return sample


if __name__ == "__main__":
    main()
