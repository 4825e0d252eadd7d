import os
import pty
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest

CODE = "import server.cli; server.cli.main()"
Shown = Callable[..., str]


@pytest.fixture
def on_terminal(tmp_path: Path) -> Shown:
    """What a command shows on a terminal of so many columns."""

    def show(*words: str, columns: int = 100, **environment: str) -> str:
        leader, follower = pty.openpty()
        ioctl(follower, TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        plain = {name: os.environ[name] for name in ("PATH",)} | {"TERM": "xterm", "LANG": "C.UTF-8", "CLOSEOUT_DATA": str(tmp_path)}
        with subprocess.Popen([sys.executable, "-c", CODE, *words], stdout=follower, env=plain | environment) as process:
            os.close(follower)
            said = b"".join(iter(lambda: _read(leader), b""))
            process.wait()
        os.close(leader)
        return said.decode()

    return show


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def test_a_terminal_gets_colours_unless_it_or_its_user_wants_none(on_terminal: Shown) -> None:
    words = ("checks", "test", "ssh-root-login")
    assert "\x1b[32m" in on_terminal(*words)
    assert "\x1b[3" not in on_terminal(*words, NO_COLOR="1")
    assert "\x1b" not in on_terminal(*words, TERM="dumb")


def test_a_narrow_terminal_gets_a_row_as_lines_of_their_own(on_terminal: Shown) -> None:
    shown = re.sub(r"\x1b\[[\d;]*m", "", on_terminal("checks", "test", "ssh-root-login", columns=40)).replace("\r", "")
    assert "check: ssh-root-login\ncase: set to no\nwanted: ✓ pass\ngot: ✓ pass\n\n" in shown
    assert max(map(len, shown.splitlines())) <= 40


def test_piped_output_is_plain_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CODE, "checks", "list"]
    environment = os.environ | {"CLOSEOUT_DATA": str(tmp_path), "TERM": "xterm-256color", "COLUMNS": "40"}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert "\x1b" not in shown
    assert re.search(r"^ssh-root-login +high +.* Root cannot log in over SSH", shown, re.MULTILINE)
