"""export: the POA&M in formats of others."""

from pathlib import Path

import click

from checks.framework import load_framework
from poam_generator.cut import WAYS, Per, cut_items
from poam_generator.exporters import formats
from server import store
from server.cli.context import now, with_system
from server.cli.output import print_table, write_output
from server.exports import export_items
from server.models import System


@click.command("export")
@click.argument("name", metavar="[FORMAT]", required=False)
@click.option("--list", "list_them", is_flag=True, help="List the formats.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), help="The file to write [default: standard output]."
)
@click.option("--item", "identifiers", multiple=True, metavar="ID", help="Only this item.")
@click.option("--per", type=click.Choice(WAYS), default="weakness", show_default=True, help="An entry for each of these.")
@with_system
def export_command(  # noqa: PLR0913 - an option each
    system: System, *, name: str | None, list_them: bool, output: Path | None, identifiers: tuple[str, ...], per: Per
) -> None:
    """Write the POA&M items in a FORMAT.

    Example: closeout export csv-plan -o poam.csv
    """
    known = formats()
    if list_them:
        print_table(("format", "ending", "type"), [(f.NAME, f.EXTENSION, f.MEDIA_TYPE) for f in known.values()])
        return
    if name not in known:
        raise click.UsageError(
            f"there is no format {name!r}; there are {', '.join(known)}" if name else "name a FORMAT, or ask for the --list"
        )
    numbers = [store.find_item(system, one).number for one in identifiers] if identifiers else None
    partial = store.registers_of(system).partial(now().date())
    items = cut_items(export_items(system, numbers), per, load_framework(), partial)
    data = known[name].export(items)
    write_output(data, output, f"{len(items)} {'items' if per == 'weakness' else 'entries'}")
