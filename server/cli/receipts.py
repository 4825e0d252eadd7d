"""receipts: what hosts delivered, byte for byte."""

from pathlib import Path
from typing import Any

import click

from collector.canonical import time_text
from server import store
from server.cli.context import JSON, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table, write_output
from server.errors import ServerError
from server.models import Receipt, System


@click.group("receipts", cls=Group)
def receipts_command() -> None:
    """Read what hosts delivered: the evidence under every result.

    Example: closeout receipts list ws-014
    """


@receipts_command.command("list")
@click.argument("host", metavar="[HOST]", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many of the newest.")
@JSON
@with_system
def list_command(system: System, *, host: str | None, limit: int, as_json: bool) -> None:
    """List the newest receipts, of one HOST or of all.

    Example: closeout receipts list ws-014 --limit 5
    """
    rows = Receipt.objects.filter(system=system).select_related("asset", "scope").order_by("-ordered_at")
    if host:
        rows = rows.filter(asset=store.find_host(system, host))
    found = [_receipt_json(row) for row in rows[:limit]]
    if as_json:
        print_json(found)
        return
    headings = ("id", "host", "origin", "account", "observed_at", "whole", "bundle")
    print_table(headings, [[r[h] if h != "bundle" else r[h][:12] for h in headings] for r in found])


def _receipt_json(row: Receipt) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "host": row.asset.name,
        "origin": row.origin,
        "account": row.account,
        "observed_at": time_text(row.observed_at),
        "received_at": time_text(row.received_at),
        "whole": row.scope.whole,
        "size": row.bundle_size,
        "bundle": row.bundle_digest,
        "content": row.content_digest,
        "sha256": row.sha256,
    }


@receipts_command.command("raw")
@click.argument("receipt")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), help="The file to write [default: standard output]."
)
@with_system
def raw_command(system: System, *, receipt: str, output: Path | None) -> None:
    """Write the raw bundle of a RECEIPT (its id or the beginning of it) as it arrived, byte for byte.

    The SHA-256 of the file is the receipt's `bundle`.

    Example: closeout receipts raw 62d588d6 -o ws-014.bundle
    """
    row = _find_receipt(system, receipt)
    write_output(store.raw_bundle(row), output, f"{row.bundle_size} bytes of {row.asset.name}, SHA-256 {row.bundle_digest},")


def _find_receipt(system: System, text: str) -> Receipt:
    known = [pk for pk in Receipt.objects.filter(system=system).values_list("pk", flat=True) if str(pk).startswith(text.lower())]
    if len(known) != 1:
        raise ServerError(f"{len(known) or 'no'} receipts have an id that begins with {text!r}; `closeout receipts list` shows them")
    return store.find_receipt(system, str(known[0]))
