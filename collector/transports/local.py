"""This very host: the script on the standard input of a shell, as root where root can be had without asking."""

import contextlib
import getpass
import os
import shutil
import signal
import subprocess

from collector.transports import Collected, TransportError

PARTIAL = "collected as {user} without root: facts that only root may read are errors; run with sudo to see all"


def collect_local(script: str, *, seconds: int = 300) -> Collected:
    """The bundle of this host; raises TransportError when no shell runs, or when it gives no answer in time."""
    user = _account()
    if os.geteuid() == 0:
        return Collected(_run(["sh", "-s"], script, seconds), user)
    if can_sudo():
        return Collected(_run(["sudo", "-n", "sh", "-s"], script, seconds), f"{user} through sudo")
    return Collected(_run(["sh", "-s"], script, seconds), user, notes=(PARTIAL.format(user=user),))


def _account() -> str:
    """The name of the account that this process runs under; its number where it has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def can_sudo() -> bool:
    """True when sudo runs a command as root here without asking for a password."""
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 0  # noqa: S607


def _run(command: list[str], script: str, seconds: int) -> bytes:
    try:
        shell = subprocess.Popen(  # noqa: S603 - our own words, no shell between
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        raise TransportError("unreachable", f"this host: cannot start {command[0]}: {error.strerror}") from error
    with shell:
        try:
            out, err = shell.communicate(script.encode(), timeout=seconds)
        except subprocess.TimeoutExpired as error:
            _end(shell)
            raise TransportError("timeout", f"this host: the collection script gave no whole answer in {seconds} s") from error
        except BaseException:
            _end(shell)
            raise
    if shell.returncode != 0 and not out:
        raise TransportError("output", f"this host: the collection script failed: {err.decode(errors='replace').strip()[-300:]}")
    return out


def _end(shell: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(shell.pid, signal.SIGTERM)
    shell.kill()
