"""hosts rename, move, merge and reinstate: what becomes of a host while it stands in items."""

import click

from server import store
from server.assess import make_assessor
from server.cli.context import AS, now, person, with_system
from server.cli.items_review import follow
from server.cli.output import say
from server.content import present_content
from server.merging import merge_hosts
from server.models import System

BECAUSE = click.option("--because", required=True, help="Why; the sentence stays with the items that it stands in.")


@click.command("rename")
@click.argument("name")
@click.argument("new")
@BECAUSE
@AS
@with_system
def rename_command(system: System, *, name: str, new: str, because: str, acting: str | None) -> None:
    """Give a host another NAME; its items, their approvals and its evidence go on.

    Example: closeout hosts rename ws-014 ws-114 --because "new naming scheme, CM-118"
    """
    store.rename_host(store.find_host(system, name), new, person(system, acting), because, now())
    say(f"{name} is called {new} from now on")


@click.command("move")
@click.argument("name")
@click.option("--group", required=True, help="The group that it is in from now on; empty for none.")
@BECAUSE
@AS
@with_system
def move_command(system: System, *, name: str, group: str, because: str, acting: str | None) -> None:
    """Move a host to another group; the closing policy of that group holds for it now, in open items too.

    Example: closeout hosts move ws-014 --group servers --because "it became a file server"
    """
    asset, user = store.find_host(system, name), person(system, acting)
    store.move_host(asset, group, user, because, now())
    say(f"{name} is in {group or 'no group'}")
    follow(system, list(store.checks_that_hold(asset)), user)


@click.command("merge")
@click.argument("name")
@click.argument("into")
@BECAUSE
@AS
@with_system
def merge_command(system: System, *, name: str, into: str, because: str, acting: str | None) -> None:
    """Say that a host and the one INTO which it is merged are one machine; the first is retired, the second stands in its place.

    In an item it stands with the newest failure that was seen of either, until it passes itself. Dispositions do not go over.

    Example: closeout hosts merge ws-014-old ws-014 --because "entered twice"
    """
    asset, user = store.find_host(system, name), person(system, acting)
    merge_hosts(make_assessor(system, present_content()), asset, store.find_host(system, into), user, because, now())
    say(f"{name} is retired, and {into} stands in its place")
    follow(system, list(store.checks_that_hold(asset)), user)


@click.command("reinstate")
@click.argument("name")
@click.option("--because", required=True, help="Why it is in use again; the sentence stays with the items that it left.")
@AS
@with_system
def reinstate_command(system: System, *, name: str, because: str, acting: str | None) -> None:
    """Take a retired host into use again: it is scanned, and stands as failing in its items until it passes.

    An item that ended without it stays ended; a new draft names it.

    Example: closeout hosts reinstate ws-014 --because "repaired, CM-131"
    """
    asset, user = store.find_host(system, name), person(system, acting)
    held = list(store.checks_that_hold(asset))
    store.reinstate_host(asset, user, because, now())
    say(f"{name} is in use again")
    follow(system, held, user)


COMMANDS = (rename_command, move_command, merge_command, reinstate_command)
