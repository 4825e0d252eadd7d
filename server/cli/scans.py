"""scans: what was scanned when, and what came of it on each host."""

from typing import Any

import click

from collector.canonical import time_text
from server import runs
from server.cli.context import JSON, now, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say
from server.errors import ServerError
from server.models import ScanRun, ScanTask, System


@click.group("scans", cls=Group)
def scans_command() -> None:
    """Read the records of scans.

    Example: closeout scans list
    """


@scans_command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many of the newest.")
@JSON
@with_system
def list_command(system: System, *, limit: int, as_json: bool) -> None:
    """List the newest scans with the number of hosts and what they did to the POA&M.

    Example: closeout scans list --limit 5
    """
    runs.mark_interrupted(now())
    rows = [_run_json(run) for run in ScanRun.objects.filter(system=system).prefetch_related("tasks")[:limit]]
    if as_json:
        print_json(rows)
        return
    headings = ("id", "started_at", "state", "hosts", "failed", "drafted", "closed", "withdrawn")
    print_table(headings, [[r[h] for h in headings] for r in rows])


def _run_json(run: ScanRun) -> dict[str, Any]:
    tasks = list(run.tasks.all())
    return {
        "id": str(run.pk),
        "state": run.state,
        "started_at": time_text(run.started_at),
        "finished_at": time_text(run.finished_at) if run.finished_at else None,
        "requested_by": run.requested_by.username if run.requested_by else None,
        "hosts": len(tasks),
        "failed": sum(task.state in {"failed", "interrupted"} for task in tasks),
        "drafted": run.drafted,
        "closed": run.closed,
        "withdrawn": run.withdrawn,
    }


@scans_command.command("show")
@click.argument("scan", metavar="[SCAN]", required=False)
@JSON
@with_system
def show_command(system: System, *, scan: str | None, as_json: bool) -> None:
    """Show what came of a SCAN (its id or the beginning of it; the newest without one) on each host, with the reason where it failed.

    Example: closeout scans show
    """
    runs.mark_interrupted(now())
    run = _find_run(system, scan)
    hosts = [_task_json(task) for task in run.tasks.select_related("asset").order_by("asset__name")]
    if as_json:
        print_json(_run_json(run) | {"hosts": hosts})
        return
    say(f"scan {run.pk}, {run.state}, started at {time_text(run.started_at)[:16]}: {run.drafted} drafted, {run.closed} closed")
    print_table(("host", "state", "receipt", "said"), [(h["host"], h["state"], h["receipt"] or "", h["error"]) for h in hosts])


def _task_json(task: ScanTask) -> dict[str, Any]:
    return {
        "host": task.asset.name,
        "state": task.state,
        "receipt": str(task.receipt_id) if task.receipt_id else None,
        "error": task.error,
        "started_at": time_text(task.started_at) if task.started_at else None,
        "finished_at": time_text(task.finished_at) if task.finished_at else None,
    }


def _find_run(system: System, text: str | None) -> ScanRun:
    known = ScanRun.objects.filter(system=system)
    if text is None:
        if newest := known.first():
            return newest
        raise ServerError("nothing was scanned yet; begin with: closeout scan --local")
    found = [pk for pk in known.values_list("pk", flat=True) if str(pk).startswith(text.lower())]
    if len(found) != 1:
        raise ServerError(f"{len(found) or 'no'} scans have an id that begins with {text!r}; `closeout scans list` shows them")
    return known.get(pk=found[0])
