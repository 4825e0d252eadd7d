"""changes: what is mended in one place is one change, to be worked through, and to be written as a script."""

from pathlib import Path

import click

from poam_generator.changes import WRITERS, Part, PlannedChange
from server.changes import changes_of, find_change
from server.cli.context import JSON, now, with_system
from server.cli.groups import Group
from server.cli.output import console, print_json, print_table, printable, write_output
from server.content import present_content
from server.models import System

KEY = click.argument("key", metavar="CHANGE")


@click.group("changes", cls=Group)
def changes_command() -> None:
    """Work through changes and not findings: what one Group Policy object, file or unit mends is one.

    Example: closeout changes list
    """


@changes_command.command("list")
@JSON
@with_system
def list_command(system: System, *, as_json: bool) -> None:
    """List the changes that are left, those worth most points for the least work first.

    Example: closeout changes list
    """
    changes = changes_of(system, present_content(), now().date())
    if as_json:
        print_json([one.to_json() for one in changes])
        return
    headings = ("change", "where", "platform", "hosts", "items", "points", "hours")
    print_table(headings, [_row(one) for one in changes])


def _row(one: PlannedChange) -> tuple[str, ...]:
    hours = f"{one.minutes / 60:.1f}"
    return (one.key, str(one.place), one.place.platform, str(len(one.hosts)), str(len(one.parts)), str(one.points), hours)


@changes_command.command("show")
@KEY
@JSON
@with_system
def show_command(system: System, *, key: str, as_json: bool) -> None:
    """Show a change: its hosts, its items, and what is set in it.

    Example: closeout changes show 06d5adc29252
    """
    change = find_change(system, present_content(), now().date(), key)
    if as_json:
        print_json(change.to_json())
        return
    out = console()
    names = ", ".join(host.host_name for host in change.hosts)
    out.print(printable(f"{change.key} {change.place} on {change.place.platform}\nhosts: {names}"), markup=False)
    for part in change.parts:
        out.print(printable(_describe(part)), markup=False)


def _describe(part: Part) -> str:
    settings = "\n".join(f"  {one.key} {one.part} {one.expected}".replace("  ", " ") for one in part.settings)
    also = f"\n  also in {', '.join(str(one) for one in part.elsewhere)}" if part.elsewhere else ""
    return f"{part.item} {part.title} ({len(part.hosts)} hosts)\n{settings}{also}"


@changes_command.command("export")
@KEY
@click.argument("language", type=click.Choice(list(WRITERS)))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), help="The file to write [default: standard output]."
)
@with_system
def export_command(system: System, *, key: str, language: str, output: Path | None) -> None:
    """Write a change as text for people to read and run; closeout never runs it.

    Example: closeout changes export 06d5adc29252 ansible -o change.yml
    """
    change = find_change(system, present_content(), now().date(), key)
    write_output(WRITERS[language](change).encode(), output, f"the change {change.key}")
