"""A process of its own for each step, which opens the database before anything imports its tables: `fill HOSTS`, `all`, `one`."""

import json
import sys

from server.start import open_database


def main() -> None:
    """Do the step that the command line names, and print what it measured."""
    open_database()
    from benchmarks.reconcile import fleet, work  # noqa: PLC0415 - their tables can be imported only now

    match sys.argv[1:]:
        case ["fill", hosts]:
            fleet.fill(int(hosts))
        case ["all"]:
            json.dump(work.measure_all(), sys.stdout)
        case ["one"]:
            json.dump(work.measure_one(), sys.stdout)


if __name__ == "__main__":
    main()
