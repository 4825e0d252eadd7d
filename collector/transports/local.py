"""This very host: the script on the standard input of a shell, as root where root can be had without asking."""

import contextlib
import getpass
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time

from collector.bundle import LARGEST
from collector.transports import Collected, TransportError

_CHUNK = 65536
_MOST_STDERR = 64 * 1024
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
    with tempfile.TemporaryFile() as given:  # a file, so that nothing waits for the shell to read
        given.write(script.encode())
        given.seek(0)
        try:
            shell = subprocess.Popen(  # noqa: S603 - our own words, no shell between
                command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise TransportError("unreachable", f"this host: cannot start {command[0]}: {error.strerror}") from error
    with shell:
        deadline = time.monotonic() + seconds
        try:
            out, err = _listen(shell, deadline)
            shell.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            _end(shell)
            raise TransportError("timeout", f"this host: the collection script gave no whole answer in {seconds} s") from error
        except BaseException:
            _end(shell)
            raise
    if shell.returncode != 0 and not out:
        raise TransportError("output", f"this host: the collection script failed: {err.decode(errors='replace').strip()[-300:]}")
    return out


def _listen(shell: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes]:
    """What the shell says until it ends, and the last of its errors; raises TimeoutExpired, and TransportError when it is too much."""
    said = {"out": bytearray(), "err": bytearray()}
    with selectors.DefaultSelector() as selector:
        for name, stream in (("out", shell.stdout), ("err", shell.stderr)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(shell.args, deadline)
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                said[key.data] += chunk
            del said["err"][:-_MOST_STDERR]
            if len(said["out"]) > LARGEST:
                raise TransportError("output", f"this host: the collection script printed more than {LARGEST // 2**20} MiB; it was ended")
    return bytes(said["out"]), bytes(said["err"])


def _end(shell: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(shell.pid, signal.SIGTERM)
    shell.kill()
