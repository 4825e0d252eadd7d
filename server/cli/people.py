"""people: who may do what, and new passwords."""

from typing import Any

import click

from server import store
from server.cli.context import JSON, now, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say
from server.models import System, User
from server.models.people import Role


@click.group("people", cls=Group)
def people_command() -> None:
    """Add people, give them roles, and give new passwords.

    Example: closeout people add j.doe --role reviewer
    """


@people_command.command("list")
@JSON
@with_system
def list_command(system: System, *, as_json: bool) -> None:
    """List people with their roles in this system.

    Example: closeout people list
    """
    rows = [_person_json(system, user) for user in User.objects.order_by("username")]
    if as_json:
        print_json(rows)
        return
    table = [(r["name"], r["full_name"], ", ".join(r["roles"]), "yes" if r["signs_in"] else "no") for r in rows]
    print_table(("name", "full name", "roles", "signs in"), table)


def _person_json(system: System, user: User) -> dict[str, Any]:
    roles = sorted(store.roles_of(system, user))
    return {"name": user.username, "full_name": user.full_name, "roles": roles, "signs_in": user.has_usable_password()}


ROLE = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(["viewer", "administrator", "reviewer", "affirming_official"]),
    help="What they may do; reviewer is the security officer.",
)


@people_command.command("add")
@click.argument("username")
@click.option("--full-name", default="", help="As it stands on documents.")
@ROLE
@with_system
def add_command(system: System, *, username: str, full_name: str, roles: tuple[Role, ...]) -> None:
    """Add a person; the one-time password for their first sign-in is printed once.

    Example: closeout people add j.doe --full-name "Jane Doe" --role reviewer
    """
    _, password = store.add_person(system, username, roles, now(), full_name)
    say(f"{username} signs in first with this one-time password, which is not shown again:")
    click.echo(password)


@people_command.command("grant")
@click.argument("username")
@ROLE
@with_system
def grant_command(system: System, *, username: str, roles: tuple[Role, ...]) -> None:
    """Give a person roles in this system.

    Example: closeout people grant j.doe --role administrator
    """
    for role in roles:
        store.grant(system, store.find_person(username), role, now())


@people_command.command("reset")
@click.argument("username")
@with_system
def reset_command(system: System, *, username: str) -> None:
    """Give a person a new one-time password, printed once.

    Example: closeout people reset j.doe
    """
    del system
    password = store.reset_password(store.find_person(username))
    say(f"{username} signs in with this one-time password, which is not shown again:")
    click.echo(password)
