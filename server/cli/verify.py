"""verify: whether evidence that was handed over, or all that is kept here, is what it says."""

import importlib
from pathlib import Path

import click

from poam_generator.package import hash_of_list
from poam_generator.proof import proof_faults
from server.cli import COULD_NOT
from server.cli.output import say


@click.command("verify")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--store", "kept", is_flag=True, help="All that is kept here, as closeout doctor --whole looks at it.")
@click.pass_context
def verify_command(context: click.Context, *, file: Path | None, kept: bool) -> int:
    """Verify the evidence FILE of an item, without a database, or all that is kept here; exit 3 when something is wrong.

    Every file is what the list of hashes says, the closing record holds by itself, and each observation in it is that of a receipt and
    of raw output in the package. Compare the hash of the list with the one that was handed over apart from it.

    Example: closeout verify PA-0043.zip
    """
    if (file is None) != kept:
        raise click.UsageError("name either the FILE of the evidence, or --store")
    if file is None:
        importlib.import_module("server.start").set_up()
        doctor = importlib.import_module("server.cli.doctor").doctor_command
        status: int = context.invoke(doctor, system=None, whole=True, mend=False, as_json=False)
        return status
    raw = file.read_bytes()
    faults = proof_faults(raw)
    for fault in faults:
        click.echo(fault)
    if faults:
        return COULD_NOT
    say("the record holds, and all that it rests on is there; the hash of the list is")
    click.echo(hash_of_list(raw))
    return 0
