"""The peers: what they are installed by, and where; never inside the repository.

Python peers live in a virtual environment of their own below $CLOSEOUT_BENCH_DIR (default /var/tmp/closeout-bench), Debian peers in the
root file system of the hosts that are measured. What cannot be had here is said in the table in so many words.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.support.network import run_outside

HOST_PACKAGES = ("libopenscap25", "lynis", "openscap-scanner", "python3", "ssg-debian")
_PYTHON_PEERS = ("ansible-core", "pyinfra", "pytest", "pytest-testinfra")


@cache
def python_peer(program: str) -> Path | None:
    """The path of a program of the peers' virtual environment, made at the first call; None where it cannot be had."""
    place = Path(os.environ.get("CLOSEOUT_BENCH_DIR") or "/var/tmp/closeout-bench") / "peers"  # noqa: S108 - only measured, never trusted
    if not (place / "bin" / "pip").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    found = place / "bin" / program
    if not found.exists():
        subprocess.run(run_outside([str(place / "bin" / "pip"), "install", "--quiet", *_PYTHON_PEERS]), check=False)
    return found if found.exists() else None
