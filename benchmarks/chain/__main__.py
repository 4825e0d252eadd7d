"""Measure the evidence chain over many receipts in a database of its own: `python -m benchmarks.chain`."""

import argparse
import os
import tempfile
from multiprocessing import get_context

from benchmarks.chain.receipts import measure_chain

RECEIPTS = 100_000


def main() -> None:
    """Print a line for each number of receipts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--receipts", type=int, default=RECEIPTS)
    options = parser.parse_args()
    print(f"{'receipts':>9} {'first':>8} {'a day':>8} {'since':>8} {'daily':>8} {'whole':>8} {'memory':>8}")  # noqa: T201 - the answer
    for receipts in (options.receipts // 10, options.receipts):
        with tempfile.TemporaryDirectory() as directory:
            os.environ["CLOSEOUT_DATA"] = directory
            process = get_context("spawn").Process(target=measure_chain, args=(receipts,))
            process.start()
            process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
