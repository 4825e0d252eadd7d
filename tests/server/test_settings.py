import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

SHOW = """
import json
from django.conf import settings as s
print(json.dumps([s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS]))
"""


def show(tmp_path: Path, url: str | None) -> list[object]:
    environment = {**os.environ, "CLOSEOUT_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "server.settings"} | (
        {"CLOSEOUT_URL": url} if url else {}
    )
    done = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, check=True, timeout=60)
    shown: list[object] = json.loads(done.stdout)
    return shown


def test_on_this_machine_alone_cookies_go_without_tls(tmp_path: Path) -> None:
    assert show(tmp_path, None)[:3] == [False, False, 0]


@pytest.mark.parametrize("url", ["https://closeout.example", "http://closeout.example"])
def test_anywhere_else_cookies_need_tls(tmp_path: Path, url: str) -> None:
    session, csrf, _, hosts, origins = show(tmp_path, url)
    assert (session, csrf, origins) == (True, True, [url])
    assert "closeout.example" in hosts  # type: ignore[operator] # a list of names


def test_nothing_is_open_by_default() -> None:
    assert settings.DEBUG is False
    assert "*" not in settings.ALLOWED_HOSTS
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.X_FRAME_OPTIONS == "DENY"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="speaks of SQLite")
def test_sqlite_writes_ahead_and_waits_for_its_turn(db: None) -> None:
    del db
    with connection.cursor() as cursor:
        said = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    assert said == {"journal_mode": "wal", "synchronous": 1, "busy_timeout": 20000, "foreign_keys": 1}
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
