"""evidence: what an ended item rests on, as a package for others, and the chain that all records stand in."""

from pathlib import Path

import click

from poam_generator.package import hash_of_list
from server import store
from server.cli.context import ITEM, now, with_system
from server.cli.groups import Group
from server.cli.output import say, write_output
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

    With it goes the proof that these stand in the evidence chain, to which it adds what was recorded since the last link. The hash
    that is shown is over the list of all hashes: hand it over apart from the package.

    Example: closeout evidence export PA-0043 -o PA-0043.zip
    """
    row = store.find_item(system, identifier)
    store.seal(system, now())
    raw = item_evidence(row)
    write_output(raw, output, "the evidence")
    click.echo(hash_of_list(raw))


@evidence_command.command("seal")
@with_system
def seal_command(system: System) -> None:
    """Add what was recorded since the last link to the evidence chain, and print where it ends now.

    Scans and `closeout serve` add to it by themselves. Write the end down where nobody who may write the database can reach it:
    `closeout verify --store --head` then tells whether anything was taken away since.

    Example: closeout evidence seal >> /mnt/elsewhere/heads.txt
    """
    made = store.seal(system, now())
    say(f"links added: {made}" if made else "nothing was recorded since the last link")
    if head := store.chain_head(system):
        click.echo(str(head))
