"""What the command line and the server do before anything else: find the data directory, and bring the database up to date."""

import os

import django
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from server import data
from server.database_trouble import meaning_of
from server.errors import ServerError


def set_up() -> None:
    """Make the tables' classes ready to import; touches neither disk nor database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")
    django.setup()


def open_database() -> None:
    """Make the data directory where it is missing and apply what migrations are not; raises ServerError when neither can be done.

    An upgrade that was cut off is brought to its end: what guards evidence is put in place last (guards), after all migrations.
    """
    os.umask(0o077)  # database, evidence and exports are for the eyes of their owner
    directory = data.prepare()
    set_up()
    upgrading = directory / "upgrading"
    try:
        if upgrading.exists() or unapplied_migrations():
            upgrading.touch()
            call_command("migrate", interactive=False, verbosity=0)
            upgrading.unlink(missing_ok=True)
    except OperationalError as error:
        means = meaning_of(error) or f"{error}; look at CLOSEOUT_DATABASE or at {directory}"
        raise ServerError(f"the database cannot be opened: {means}") from error


def unapplied_migrations() -> list[str]:
    """The migrations that this version has and the database has not, by name."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
