"""The Debian root file system that all hosts of a lab share as the lower layer of their own.

It is built once, with the machine's own package archives, and kept in $CLOSEOUT_LAB_DIR (default /var/tmp/closeout-lab) under a
name that holds the digest of what went into it: a changed list of packages makes a new one. Remove the directory to start afresh.
"""

import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import stat
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from tests.support import SupportError
from tests.support.machine import require_command, require_root
from tests.support.network import run_outside

USERS = {"root": 0, "scan": 1001, "ask": 1002, "plain": 1003, "tty": 1004}

_PACKAGES = (
    "auditd",
    "cracklib-runtime",
    "curl",
    "iproute2",
    "kmod",
    "libpam-pwquality",
    "nftables",
    "openssh-server",
    "openssl",
    "procps",
    "rsyslog",
    "sudo",
    "systemd",
    "wget",
)

_CUSTOMIZE = Path(__file__).with_name("base_customize.sh")

_BUILD_TIMEOUT = 900  # seconds; 20 are usual, a slow archive takes longer
_TRIES = 4  # a package archive, or the way to it, may be away for a minute
_BETWEEN = 20  # seconds


def prepare_base_root(more_packages: Sequence[str] = ()) -> Path:
    """Return the directory of the shared root, built by mmdebstrap where no earlier run left one; raises SupportError."""
    require_root("A Debian root for the test hosts")
    cache = _open_cache()
    packages = (*_PACKAGES, *more_packages)
    base = cache / f"base-{_digest(packages)}"
    if not base.exists():
        with _hold_lock(cache / "lock"):
            _build(cache, base, packages)
    return base


def _digest(packages: Sequence[str]) -> str:
    """Name the content of the root: another suite, package list or customization is another root."""
    recipe = "\n".join([_suite(), *packages, _CUSTOMIZE.read_text()])
    return hashlib.sha256(recipe.encode()).hexdigest()[:16]


def _suite() -> str:
    """Return the release of the machine itself, because its archives and keys are the ones at hand."""
    try:
        return platform.freedesktop_os_release()["VERSION_CODENAME"]
    except (OSError, KeyError) as error:
        raise SupportError("the test hosts are built from this machine's Debian or Ubuntu archives, and it is neither.") from error


def _open_cache() -> Path:
    """Return the cache directory; refuse one that another user could have filled, because root runs what is in it."""
    cache = Path(os.environ.get("CLOSEOUT_LAB_DIR") or "/var/tmp/closeout-lab")  # noqa: S108 - ownership is checked below
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = cache.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise SupportError(f"{cache} must be a directory that root owns and nobody else can write to: remove it, or set CLOSEOUT_LAB_DIR.")
    return cache.resolve()


@contextmanager
def _hold_lock(path: Path) -> Iterator[None]:
    """Let one session build while others wait for what it builds."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(cache: Path, base: Path, packages: Sequence[str]) -> None:
    """Build beside the final name and rename, so that an interrupted build is never used."""
    if base.exists():
        return
    partial = cache / "partial"
    log = cache / "build.log"
    for once_more in Retrying(
        retry=retry_if_exception_type(SupportError), stop=stop_after_attempt(_TRIES), wait=wait_fixed(_BETWEEN), reraise=True
    ):
        with once_more:
            _bootstrap(partial, packages, log)
    partial.rename(base)


def _bootstrap(target: Path, packages: Sequence[str], log: Path) -> None:
    """Run mmdebstrap into an empty directory; raises SupportError with the end of what it said."""
    shutil.rmtree(target, ignore_errors=True)
    with log.open("w") as output:
        done = subprocess.run(
            _mmdebstrap_command(target, packages),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_BUILD_TIMEOUT,
            check=False,
        )
    if done.returncode != 0:
        raise SupportError(f"mmdebstrap could not build the Debian root of the test hosts; {log} ends with:\n{log.read_text()[-2000:]}")


def _mmdebstrap_command(target: Path, packages: Sequence[str]) -> list[str]:
    """Return the command that builds the root, in namespaces that end with it and take all its processes and mounts along."""
    bounded = [
        require_command("setpriv"),
        "--pdeathsig=KILL",
        require_command("unshare"),
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--",
    ]
    hook = f'--customize-hook=/bin/sh {shlex.quote(str(_CUSTOMIZE))} "$1"'
    options = ["--variant=minbase", f"--include={','.join(packages)}", hook]
    return run_outside([*bounded, require_command("mmdebstrap"), *options, _suite(), str(target), *_package_sources()])


def _package_sources() -> list[str]:
    """Return the distribution's archives among those this machine's apt uses; none makes mmdebstrap take the public ones."""
    wanted = "$(ORIGIN)\tdeb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", wanted, "Identifier: Packages"], capture_output=True, text=True, timeout=30, check=False
    )
    lines = (line.split("\t", 1) for line in listing.stdout.splitlines())
    return list(dict.fromkeys(source for origin, source in lines if origin in {"Debian", "Ubuntu"}))
