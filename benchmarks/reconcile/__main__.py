"""Fill stores of growing size and measure: `make bench-reconcile`, or `python -m benchmarks.reconcile --hosts 100 1000`."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from benchmarks.measure import table

SIZES = (100, 1000, 10_000)


def main() -> None:
    """Measure every size in processes of its own, so that memory is the work's and not the filling's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=SIZES)
    given = parser.parse_args()
    rows = [_measure(hosts) for hosts in given.hosts]
    head = ["hosts", "findings", "items", "all, CPU seconds", "all, peak MB", "one host, nothing new, ms", "one host, 3 changes, ms"]
    sys.stdout.write(f"{table(head, rows)}\n")


def _measure(hosts: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="closeout-bench-", dir="/var/tmp") as data:  # too large for a /tmp in memory
        environment = {**os.environ, "CLOSEOUT_DATA": data}
        environment.pop("CLOSEOUT_DATABASE", None)
        _run(["fill", str(hosts)], environment)
        every = json.loads(_run(["all"], environment))
        one = json.loads(_run(["one"], environment))
    return [
        f"{hosts:,}",
        f"{every['findings']:,}",
        f"{every['items']:,}",
        f"{every['cpu']:.1f}",
        f"{every['peak'] / 1e6:.0f}",
        f"{one['unchanged'] * 1000:.1f}",
        f"{one['changed'] * 1000:.1f}",
    ]


def _run(arguments: list[str], environment: Mapping[str, str]) -> str:
    sys.stderr.write(f"{' '.join(arguments)}\n")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.reconcile.process", *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} did not do its work")
    return done.stdout


if __name__ == "__main__":
    main()
