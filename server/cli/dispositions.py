"""dispositions: the ledger of what was accepted, excepted, deferred or dismissed."""

from typing import Any

import click

from server.cli.context import JSON, now, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table
from server.dispositions import Line, disposition_lines
from server.models import System
from server.store.dispositions import WORDS


@click.group("dispositions", cls=Group)
def dispositions_command() -> None:
    """Show the ledger of dispositions, apart from the operational plan and from assessments. They are asked for by closeout items.

    Example: closeout dispositions list
    """


@dispositions_command.command("list")
@click.option("--kind", type=click.Choice(list(WORDS)), help="Only these.")
@JSON
@with_system
def list_command(system: System, *, kind: str | None, as_json: bool) -> None:
    """List what was accepted, excepted, deferred or dismissed: in force, lapsed, ended early, left by its hosts, or asked for.

    Example: closeout dispositions list --kind temporary_deficiency
    """
    rows = [_json(one) for one in disposition_lines(system, now().date()) if kind in {None, one.ask.kind}]
    if as_json:
        print_json(rows)
        return
    headings = ("item", "number", "kind", "stands", "ends", "hosts", "reason", "asked_by", "answered_by")
    print_table(headings, [[" ".join(r[h]) if isinstance(r[h], list) else r[h] or "" for h in headings] for r in rows])


def _json(one: Line) -> dict[str, Any]:
    ask = one.ask
    return {
        "item": ask.item.identifier,
        "number": ask.pk,
        "kind": ask.kind,
        "stands": one.standing,
        "ends": one.ends.isoformat(),
        "until": ask.until.isoformat(),
        "progress_by": ask.progress_by.isoformat() if ask.progress_by else None,
        "ended_by": ask.ended_by.username if ask.ended_by else None,
        "ended_because": ask.ended_because,
        "hosts": [host.asset.name for host in ask.hosts.all()],
        "reason": ask.reason,
        "reference": ask.reference,
        "mitigation": ask.mitigation,
        "basis": ask.basis,
        "asked_by": ask.asked_by.username,
        "answered_by": ask.answered_by.username if ask.answered_by else None,
    }
