"""A data directory of closeout that holds the hosts of a lab: `python -m benchmarks.fleet.inventory KEY NAME=ADDRESS ...`."""

import sys
from datetime import UTC, datetime

from server.start import open_database


def main() -> None:
    """Add every host by its SSH address; $CLOSEOUT_DATA says where."""
    open_database()
    from server import store  # noqa: PLC0415 - the models can be imported only now

    key, *hosts = sys.argv[1:]
    system = store.default_system()
    for host in hosts:
        name, _, address = host.partition("=")
        new = store.NewAsset(name, platform="linux", way_in="ssh", address=address, account="root", key_file=key)
        store.add_host(system, new, datetime.now(UTC))


if __name__ == "__main__":
    main()
