"""Whatever goes wrong, a user gets one sentence and exit status 3."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError

import server.cli
from server.cli import trouble
from tests.server.cli.conftest import Run
from tests.support.command import Closeout


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_what_nobody_foresaw_is_a_sentence_that_names_a_log_with_the_traceback(
    closeout: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.cli.requirements.load_view", lambda _: 1 // 0)
    ran = closeout("requirements")
    log = home / "errors.log"
    assert (ran.status, ran.out) == (3, "")
    assert ran.err.startswith("closeout: something unforeseen went wrong (ZeroDivisionError: ")
    assert str(log) in ran.err
    assert ran.err.count("\n") == 1
    assert "in test_what_nobody" not in ran.err
    assert "ZeroDivisionError" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path / "file" / "below"))
    assert "The details could not be kept; name a directory that you may write by --data" in trouble.tell(ValueError("odd"))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OperationalError("database is locked"), "another closeout is writing to it"),
        (OperationalError("attempt to write a readonly database"), "this account may not write it"),
        (OperationalError("cannot execute INSERT in a read-only transaction"), "this account may not write it"),
        (OperationalError("database or disk is full"), "the disk is full"),
        (OperationalError("unable to open database file"), "cannot be opened"),
        (DatabaseError("file is not a database"), "no database, or was damaged"),
        (DatabaseError("database disk image is malformed"), "put back a backup"),
        (DatabaseError("server_receipt is append-only: its rows are evidence"), "added and never changed"),
        (OperationalError("no such table: server_item"), "`closeout doctor` looks it over"),
        (ImproperlyConfigured("CLOSEOUT_DATABASE is odd"), "CLOSEOUT_DATABASE is odd"),
        (FileNotFoundError(2, "No such file or directory", "/nowhere/x"), "/nowhere/x: No such file or directory"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (ValueError("\x1b[31mred"), "\\x1b[31mred"),
    ],
)
@pytest.mark.usefixtures("home")
def test_trouble_of_a_kind_has_a_sentence_of_its_own(error: Exception, says: str) -> None:
    told = trouble.tell(error)
    assert says in told
    assert "\x1b" not in told
    assert "Errno" not in told


def test_a_database_that_is_none_and_settings_that_are_wrong_are_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closeout.sqlite3").write_bytes(b"nothing like a database" * 99)
    _, err = Closeout(tmp_path).say("hosts", "list", status=3)
    assert err.startswith("closeout: the database in ")
    assert "Traceback" not in err
    monkeypatch.setenv("CLOSEOUT_DATABASE", "foo bar")
    _, err = Closeout(tmp_path).say("hosts", "list", status=3)
    assert err.startswith("closeout: CLOSEOUT_DATABASE is not a libpq URL")
    out, _ = Closeout(tmp_path).say("requirements", "--json")
    assert len(json.loads(out)) == 110, "the pure commands do not ask for the database"


def test_a_busy_database_is_waited_for_and_then_told_of(tmp_path: Path) -> None:
    data = tmp_path / "data"
    Closeout(data).say("hosts", "list")
    other = sqlite3.connect(data / "closeout.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    code = "import server.database; server.database.BUSY_SECONDS = 1; import server.cli; server.cli.main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "hosts", "add", "a"],
        env=os.environ | {"CLOSEOUT_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    other.close()
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "another closeout is writing to it and did not finish in time; try again" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_account_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch, closeout: Run) -> None:
    for name in ("CLOSEOUT_DATA", "XDG_DATA_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: {}[uid])
    assert trouble.tell(ValueError("odd")).endswith("by --data to have them")
    assert closeout("requirements", "--json").status == 0


@pytest.mark.parametrize("words", [("checks", "list"), ("checks", "list", "--json"), ("facts", "--paths", "linux"), ("--help",)])
def test_a_reader_that_has_gone_ends_it_quietly(words: tuple[str, ...], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    code = "import server.cli; server.cli.main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, *words],
        stdout=write,
        stderr=subprocess.PIPE,
        env=os.environ | {"CLOSEOUT_DATA": str(tmp_path)},
        check=False,
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (3, b"")


@pytest.mark.parametrize("words", [("checks", "list", "--json"), ("checks", "list"), ("--help",)])
def test_a_full_disk_is_a_sentence(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        code = "import server.cli; server.cli.main()"
        ran = subprocess.run([sys.executable, "-c", code, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (3, "closeout: No space left on device\n")


def test_a_terminal_that_knows_ascii_only_gets_numbers_for_other_letters_and_json_stays_json() -> None:
    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", "import server.cli; server.cli.main()", "checks", "test", "ssh-root-login"]
    shown = subprocess.run(command, env=plain, capture_output=True, check=True).stdout
    assert b"\\u2713 pass" in shown
    json.loads(subprocess.run([*command, "--json"], env=plain, capture_output=True, check=True).stdout)


@pytest.mark.parametrize(("data", "seconds"), [("unmade", 0.5), ("unmade", 2.0), ("data", 1.0), ("data", 2.0)])
def test_ctrl_c_stops_a_scan_without_a_traceback_and_the_next_one_goes_on(fresh: Closeout, data: str, seconds: float) -> None:
    """Also while the database is being made, which takes some seconds."""
    closeout = Closeout(fresh.data.with_name(data))
    process = closeout.start("scan", "--local")
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    states = [run["state"] for run in closeout("scans", "list")]
    if states == ["done"]:
        assert process.returncode == 0, "it was over before Ctrl-C came, so that is what it says"
    else:
        assert (process.returncode, states) in ((server.cli.STOPPED, []), (server.cli.STOPPED, ["interrupted"]))
        assert err.endswith("closeout: stopped\n")


def test_ctrl_c_is_heard_although_it_came_where_nothing_can_be_raised(tmp_path: Path) -> None:
    """An interrupt within a finalizer: Python prints it and goes on, as if nobody had pressed anything."""
    words = """
import time, server.cli
class Dying:
    def __del__(self):
        raise KeyboardInterrupt
def linger(_):
    Dying()
    time.sleep(20)
    return 0
server.cli.execute = linger
server.cli.main()
"""
    ran = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False, timeout=15, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (server.cli.STOPPED, "")
