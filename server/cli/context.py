"""What commands that need the database do first: bring it up to date, and say which system and who is asking."""

import getpass
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any

import click

from server import store
from server.models import System, User
from server.start import open_database

AS = click.option("--as", "acting", metavar="PERSON", help="Who says so [default: the account that runs this command].")
SYSTEM = click.option("--system", metavar="NAME", help="The system (SSP boundary), where there are several.")
ITEM = click.argument("identifier", metavar="ITEM")
JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")


def with_system(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --system, and the system that it names (or the only one) as its first argument."""

    @wraps(command)
    def run(system: str | None, **arguments: Any) -> Any:  # noqa: ANN401 - what the command takes and gives
        return command(named_system(system), **arguments)

    return SYSTEM(run)


def named_system(name: str | None) -> System:
    """The system of that name, or the only one, in a database that is up to date."""
    open_database()
    return store.find_system(name) if name else store.default_system()


def now() -> datetime:
    """This moment in UTC: the only clock of the command line."""
    return datetime.now(UTC)


def day(given: datetime | None) -> date | None:
    """The date of an option of the type DAY."""
    return given.date() if given else None


def person(system: System, name: str | None) -> User:
    """Who acts: the person named by --as, or the account that runs the command, under its own name."""
    return store.find_person(name) if name else store.operator(system, login(), now())


def login() -> str:
    """The name of the account that runs this command; its number where it has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
