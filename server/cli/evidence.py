"""evidence: what an ended item rests on, as a package for others."""

from pathlib import Path

import click

from poam_generator.package import hash_of_list
from server import store
from server.cli.context import ITEM, with_system
from server.cli.groups import Group
from server.cli.output import write_output
from server.item_evidence import item_evidence
from server.models import System


@click.group("evidence", cls=Group)
def evidence_command() -> None:
    """Hand over the evidence of items that have ended.

    Example: closeout evidence export PA-0043 -o PA-0043.zip
    """


@evidence_command.command("export")
@ITEM
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Into this file.")
@with_system
def export_command(system: System, *, identifier: str, output: Path) -> None:
    """Write the evidence of a closed or withdrawn item: its record, and the receipts, raw bundles and documents that it rests on.

    The hash that is shown is over the list of all hashes: hand it over apart from the package.

    Example: closeout evidence export PA-0043 -o PA-0043.zip
    """
    raw = item_evidence(store.find_item(system, identifier))
    write_output(raw, output, "the evidence")
    click.echo(hash_of_list(raw))
