"""A throwaway PostgreSQL cluster: the real server, without TCP, in a temporary directory."""

import os
import pwd
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.support import SupportError
from tests.support.machine import require_command

_SUPERUSER = "postgres"
_START_TIMEOUT = 30.0  # seconds
_STOP_TIMEOUT = 15.0  # seconds
# What is lost when the machine goes down is thrown away anyway, so nothing waits for the disk.
_SETTINGS = {"listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "timezone": "UTC"}


@contextmanager
def postgres_cluster() -> Iterator[str]:
    """Yield the URL of a new cluster's superuser and its database `postgres`; raises SupportError.

    The URL names a socket in a directory, as in `postgresql://postgres@/postgres?host=%2Ftmp%2F…`. The server ends with the
    thread that entered the context, so enter it in the main thread.
    """
    programs = _find_programs()
    with tempfile.TemporaryDirectory(prefix="closeout-pg-") as name:
        directory = Path(name)
        _give_to_server(directory)
        _create(programs, directory / "data")
        with _serve(programs, directory):
            yield f"postgresql://{_SUPERUSER}@/postgres?host={quote(name, safe='')}"


def _find_programs() -> Path:
    """Return the directory of the newest server's programs, which Debian keeps out of the PATH."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(versions, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parts[-3])])
    return found[-1].parent if found else Path(require_command("initdb")).resolve().parent


def _give_to_server(directory: Path) -> None:
    """Let the server's own user own its directory, because PostgreSQL refuses to run as root."""
    if os.geteuid() == 0:
        owner = pwd.getpwnam(_SUPERUSER)
        os.chown(directory, owner.pw_uid, owner.pw_gid)


def _as_server(command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` as the server's user, and interrupts it when the test process ends."""
    drop = [f"--reuid={_SUPERUSER}", f"--regid={_SUPERUSER}", "--init-groups"] if os.geteuid() == 0 else []
    return [require_command("setpriv"), *drop, "--pdeathsig=INT", *command]


def _create(programs: Path, data: Path) -> None:
    options = ["--auth=trust", f"--username={_SUPERUSER}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata", str(data)]
    command = _as_server([str(programs / "initdb"), *options])
    done = subprocess.run(command, cwd=data.parent, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise SupportError(f"initdb could not make a PostgreSQL cluster: {done.stderr.strip()}")


@contextmanager
def _serve(programs: Path, directory: Path) -> Iterator[None]:
    """Run the server until the context is left; SIGINT is its fast shutdown, which ends open sessions."""
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", str(directory / "data"), "-k", str(directory), *settings]
    log = directory / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            _as_server(command), cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_ready(server, directory / "data", log)
        yield
    finally:
        _stop(server)


def _wait_until_ready(server: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    """Wait for the line with which the server says in its own file that it accepts connections."""
    deadline = time.monotonic() + _START_TIMEOUT
    status = data / "postmaster.pid"
    while not (status.exists() and "ready" in status.read_text()):
        if server.poll() is not None or time.monotonic() > deadline:
            raise SupportError(f"the PostgreSQL server did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.01)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
