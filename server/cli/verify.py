"""verify: whether evidence that was handed over, or all that is kept here, is what it says."""

import importlib
import io
import zipfile
from pathlib import Path

import click

from poam_generator.chain import Head
from poam_generator.errors import PoamError
from poam_generator.inclusion import PROOFS, heads_in, not_yet
from poam_generator.package import hash_of_list, package_faults
from poam_generator.proof import proof_faults
from server.cli import COULD_NOT
from server.cli.output import say


@click.command("verify")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--store", "kept", is_flag=True, help="All that is kept here, as closeout doctor --whole looks at it.")
@click.option("--head", "heads", multiple=True, metavar="HEAD", help="With --store: an end of the evidence chain that was kept elsewhere.")
def verify_command(*, file: Path | None, kept: bool, heads: tuple[str, ...]) -> int:
    """Verify the evidence FILE of an item, without a database, or all that is kept here; exit 3 when something is wrong.

    Every file is what the list of hashes says, the closing record holds by itself, each observation in it is that of a receipt and
    of raw output in the package, and all of them stand in the evidence chain. Compare the hash of the list with the one that was
    handed over apart from it.

    HEAD is as in 12:3f9a0c11d2e4b7a6, or a file that holds such: an old package, or a log of them. Nothing that was recorded up
    to then was taken away or replaced since.

    Example: closeout verify PA-0043.zip
    """
    if (file is None) != kept or (heads and not kept):
        raise click.UsageError("name either the FILE of the evidence, or --store, and --head with --store alone")
    if file is None:
        return _verify_store(heads)
    raw = file.read_bytes()
    faults = proof_faults(raw)
    for fault in faults:
        click.echo(fault)
    if faults:
        return COULD_NOT
    say(_of_chain(raw))
    say("the record holds, and all that it rests on is there; the hash of the list is")
    click.echo(hash_of_list(raw))
    return 0


def _of_chain(raw: bytes) -> str:
    """What the package shows of the evidence chain; its proofs hold."""
    try:
        (head,) = heads_in(raw)
    except PoamError as error:
        return f"nothing of the evidence chain is shown: {error}"
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        new = ", ".join(not_yet(package.read(PROOFS)))
    return f"it stands in the evidence chain, whose end was {head}" + (f", but for what was too new: {new}" if new else "")


def _verify_store(given: tuple[str, ...]) -> int:
    """All that is kept here, and whether each link that somebody wrote down is still in its chain."""
    heads = [head for one in given for head in _heads_of(one)]
    importlib.import_module("server.start").set_up()
    status: int = importlib.import_module("server.cli.doctor").verify_store(heads)
    return status


def _heads_of(given: str) -> tuple[Head, ...]:
    """The heads that a text or a file names; a package is looked at first as any other that somebody brings."""
    if not Path(given).is_file():
        return heads_in(given.encode())
    raw = Path(given).read_bytes()
    if zipfile.is_zipfile(io.BytesIO(raw)) and (faults := package_faults(raw)):
        raise PoamError(f"{given} is not whole, so no head is taken from it: {faults[0]}")
    return heads_in(raw)
