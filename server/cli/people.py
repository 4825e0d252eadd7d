"""people: who may do what, and new passwords."""

from datetime import datetime
from typing import Any

import click

from server import store
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.days import DAY
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
    away = {one.away: one for one in store.absences(system, now().date())}
    rows = [_person_json(system, user, away.get(user.username)) for user in User.objects.order_by("username")]
    if as_json:
        print_json(rows)
        return
    table = [(r["name"], r["full_name"], ", ".join(r["roles"]), "yes" if r["signs_in"] else "no", _away(r)) for r in rows]
    print_table(("name", "full name", "roles", "signs in", "away"), table)


def _away(row: dict[str, Any]) -> str:
    return f"through {row['away_until']}, {row['stands_in']} stands in" if row["away_until"] else ""


def _person_json(system: System, user: User, away: store.Absence | None) -> dict[str, Any]:
    roles = sorted(store.roles_of(system, user))
    return {
        "name": user.username,
        "full_name": user.full_name,
        "roles": roles,
        "signs_in": user.has_usable_password(),
        "away_until": away.until.isoformat() if away else None,
        "stands_in": away.stands_in if away else None,
    }


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


@people_command.command("away")
@click.argument("username")
@click.option("--to", "stands_in", help="Who stands in.")
@click.option("--until", type=DAY, metavar="DATE", help="The last day of the absence.")
@click.option("--back", is_flag=True, help="They are there again.")
@AS
@with_system
def away_command(  # noqa: PLR0913 - the options of a command
    system: System, *, username: str, stands_in: str | None, until: datetime | None, back: bool, acting: str | None
) -> None:
    """Say that a person is away: new items that the rules would give to them go to the one who stands in, through that day.

    What they own already stays theirs; closeout items assign hands it over.

    Example: closeout people away j.doe --to r.roe --until 2027-01-08
    """
    away, user = store.find_person(username), person(system, acting)
    if back:
        store.come_back(system, away, user, now())
        say(f"{username} is there again")
        return
    if stands_in is None or until is None:
        raise click.UsageError("name who stands in with --to, and the last day with --until; or say --back")
    store.go_away(system, store.Absence(username, stands_in, until.date()), user, now())
    say(f"{stands_in} stands in for {username} through {until.date()}")


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
