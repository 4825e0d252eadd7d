import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server import data, database
from server.errors import ServerError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_directory_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CLOSEOUT_DATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert data.data_directory() == tmp_path / ".local/share/closeout"
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    assert data.data_directory() == Path("/srv/data/closeout")
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path / "here"))
    assert data.data_directory() == tmp_path / "here"


def test_only_its_owner_can_enter_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path / "deep/down"))
    assert mode(data.prepare()) == 0o700


def test_the_key_is_made_once_and_is_nobody_elses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path / "data"))
    key = data.secret_key()
    assert len(key) >= 50
    assert data.secret_key() == key
    assert mode(tmp_path / "data/secret_key") == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_a_key_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path))
    (tmp_path / "secret_key").write_text("changeme")
    with pytest.raises(ServerError, match="holds no key; remove the file"):
        data.secret_key()


def test_a_directory_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerError, match=r"cannot be made: .*set CLOSEOUT_DATA"):
        data.prepare(tmp_path / "file/data")


def test_settings_can_be_imported_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "CLOSEOUT_DATA": str(tmp_path / "file/data"), "DJANGO_SETTINGS_MODULE": "server.settings"}
    command = [sys.executable, "-W", "error", "-c", "import django; django.setup(); import server.store"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_libpq_url_is_what_django_is_told() -> None:
    told = database.postgresql("postgresql://ada:secret@db.example:5433/plant?sslmode=verify-full&connect_timeout=5")
    assert told == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "plant",
        "USER": "ada",
        "PASSWORD": "secret",
        "HOST": "db.example",
        "PORT": "5433",
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"sslmode": "verify-full", "connect_timeout": "5"},
    }


def test_migrations_are_what_the_tables_say(tmp_path: Path) -> None:
    environment = {**os.environ, "CLOSEOUT_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "server.settings"}
    command = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "No changes detected\n")
