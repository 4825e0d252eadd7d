"""Database triggers that refuse to change, delete or empty the append-only tables.

SQLite rebuilds a table to alter it and drops its triggers without a word, so every migration ends with putting them back,
and doctor looks for missing ones.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from server.models.base import AppendOnly

ACTIONS = ("update", "delete")
MESSAGE = "is append-only: its rows are evidence"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION closeout_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% {MESSAGE}', TG_TABLE_NAME; END $$
"""


def guarded_tables() -> tuple[str, ...]:
    """The names of the append-only tables."""
    return tuple(sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)))  # noqa: SLF001 - Django's documented way


def wanted_guards(vendor: str) -> set[tuple[str, str]]:
    """(table, trigger) of every guard that a database of this vendor must have."""
    actions = (*ACTIONS, "truncate") if vendor == "postgresql" else ACTIONS
    return {(table, _name(table, action)) for table in guarded_tables() for action in actions}


def missing_guards(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The guards that the database lacks or has switched off, as "table: trigger"."""
    connection = connections[using]
    lacking = wanted_guards(connection.vendor) - _present(connection)
    return sorted(f"{table}: {trigger}" for table, trigger in lacking)


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put every guard in place, on tables that exist; running it again changes nothing."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, [t for t in guarded_tables() if t in existing]):
            cursor.execute(statement)


def remove(using: str = DEFAULT_DB_ALIAS) -> None:
    """Take the guards away: for restoring a backup into a database, and for emptying one after a test."""
    connection = connections[using]
    present = _present(connection)
    with connection.cursor() as cursor:
        for table, trigger in sorted(present):
            on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER IF EXISTS "{trigger}"{on}')


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:  # noqa: ANN401 - a signal sends more than it needs
    """What post_migrate calls."""
    install(using)


def _name(table: str, action: str) -> str:
    return f"{table}_no_{action}"


def _statements(vendor: str, tables: list[str]) -> Iterable[str]:
    return _postgresql(tables) if vendor == "postgresql" else _sqlite(tables)


def _sqlite(tables: list[str]) -> Iterable[str]:
    for table in tables:
        for action in ACTIONS:
            yield (
                f'CREATE TRIGGER IF NOT EXISTS "{_name(table, action)}" BEFORE {action.upper()} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{table} {MESSAGE}'); END"
            )


def _postgresql(tables: list[str]) -> Iterable[str]:
    yield _FUNCTION
    for table in tables:
        for action in (*ACTIONS, "truncate"):
            each = "STATEMENT" if action == "truncate" else "ROW"
            yield f'DROP TRIGGER IF EXISTS "{_name(table, action)}" ON "{table}"'
            yield (
                f'CREATE TRIGGER "{_name(table, action)}" BEFORE {action.upper()} ON "{table}" '
                f"FOR EACH {each} EXECUTE FUNCTION closeout_refuse()"
            )


def _present(connection: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    query = (
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)"
        if connection.vendor == "postgresql"
        else "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {(str(table), str(trigger)) for table, trigger in cursor.fetchall()}
    wanted = wanted_guards(connection.vendor)
    return found & wanted
