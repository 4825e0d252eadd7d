"""Measure what pages ask for on a fleet in a database of its own: `python -m benchmarks.score`."""

import argparse

from benchmarks.measure import run_apart
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
            run_apart(measure_fleet, hosts, ways, options.repeat)


if __name__ == "__main__":
    main()
