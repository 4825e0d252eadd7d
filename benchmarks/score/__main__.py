"""Measure what pages ask for on a fleet in a database of its own: `python -m benchmarks.score`."""

import argparse
import os
import tempfile
from multiprocessing import get_context

from benchmarks.score.fleet import measure_fleet

HOSTS = 10_000


def main() -> None:
    """Print a line for each size and number of ways in which hosts differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    print(f"{'hosts':>7} {'ways':>7} {'score':>9} {'cheapest':>9} {'one host':>9} {'memory':>8}")  # noqa: T201 - the answer
    for hosts in (options.hosts // 100, options.hosts // 10, options.hosts):
        for ways in sorted({min(100, hosts), min(1_000, hosts), hosts}):
            _run_apart(hosts, ways, options.repeat)


def _run_apart(hosts: int, ways: int, repeat: int) -> None:
    """Each size in a process of its own, so that none is warm from another, and the memory is its own."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["CLOSEOUT_DATA"] = directory
        process = get_context("spawn").Process(target=measure_fleet, args=(hosts, ways, repeat))
        process.start()
        process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
