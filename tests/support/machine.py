"""What the machine that runs the suite has to offer."""

import os
import shutil

from tests.support import SupportError


def require_root(purpose: str) -> None:
    """Raise SupportError unless this process is root; `purpose` begins the sentence."""
    if os.geteuid() != 0:
        raise SupportError(f"{purpose} needs root: run the suite as root, or as a whole by `sudo -n make test`.")


def require_command(name: str) -> str:
    """Return the absolute path of a program, or raise SupportError naming the script that installs it."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise SupportError(f"the program `{name}` is not installed: run tests/support/prepare.sh, then try again.")
    return path
