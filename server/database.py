"""Which database: SQLite in the data directory, or the PostgreSQL that CLOSEOUT_DATABASE names."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

BUSY_SECONDS = 20


def sqlite(directory: Path) -> dict[str, Any]:
    """Write-ahead log, so that readers never wait; a writer takes the lock at its start, so that it never fails half-way."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(directory / "closeout.sqlite3"),
        "OPTIONS": {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }


def postgresql(dsn: str) -> dict[str, Any]:
    """Django's settings for a libpq URL or key=value string; what Django has no name for goes to libpq as it stands."""
    try:
        from psycopg import ProgrammingError  # noqa: PLC0415 - psycopg is installed only where PostgreSQL is used
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
    except ImportError as error:
        raise ImproperlyConfigured("CLOSEOUT_DATABASE names a PostgreSQL database: install closeout[postgresql]") from error
    try:
        parts = {key: value for key, value in conninfo_to_dict(dsn).items() if value is not None}
    except ProgrammingError as error:
        raise ImproperlyConfigured("CLOSEOUT_DATABASE is not a libpq URL or key=value string, as in postgresql://host/closeout") from error
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    known = {names[key]: str(value) for key, value in parts.items() if key in names}
    rest = {key: value for key, value in parts.items() if key not in names}
    return {"ENGINE": "django.db.backends.postgresql", "NAME": "closeout", "CONN_MAX_AGE": 60} | known | {"OPTIONS": rest}
