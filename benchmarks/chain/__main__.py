"""Measure the evidence chain over many receipts in a database of its own: `python -m benchmarks.chain`."""

import argparse

from benchmarks.chain.receipts import measure_chain
from benchmarks.measure import run_apart

RECEIPTS = 100_000


def main() -> None:
    """Print a line for each number of receipts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--receipts", type=int, default=RECEIPTS)
    options = parser.parse_args()
    print(f"{'receipts':>9} {'first':>8} {'a day':>8} {'since':>8} {'daily':>8} {'whole':>8} {'memory':>8}")  # noqa: T201 - the answer
    for receipts in (options.receipts // 10, options.receipts):
        run_apart(measure_chain, receipts)


if __name__ == "__main__":
    main()
