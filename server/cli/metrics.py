"""metrics: the numbers that leadership asks for."""

import csv
import io
from collections.abc import Iterable
from datetime import timedelta

import click

from poam_generator.exporters.csv_plan import defuse
from poam_generator.metrics import MEASURES, Period, Row
from server.cli.context import JSON, now, with_system
from server.cli.output import print_json, print_table, say
from server.metrics import TABLES, Metrics, measure
from server.models import System


@click.command("metrics")
@click.option("--days", type=click.IntRange(1), default=90, show_default=True, help="The period: so many days back.")
@JSON
@click.option("--csv", "as_csv", is_flag=True, help="As CSV: a row each for the whole, and by family, owner, group and severity.")
@with_system
def metrics_command(system: System, *, days: int, as_json: bool, as_csv: bool) -> None:
    """Count items, mending, risk, roadblocks, money and the score over a period, by family, owner, group and severity.

    Each count in --json has the items that it counts.

    Example: closeout metrics --days 30 --json
    """
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")
    today = now().date()
    found = measure(system, Period(today - timedelta(days=days), today))
    if as_json:
        print_json(found.to_json())
    elif as_csv:
        click.echo(_csv(found), nl=False)
    else:
        _show(found)


def _rows(found: Metrics) -> Iterable[tuple[str, Row]]:
    yield "all", found.total
    for by in TABLES:
        yield from ((by, row) for row in found.tables[by])


def _csv(found: Metrics) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    money = ("mean_days_to_remediate", "items_found", "hosts_found", "items_left", "hosts_left", "cost_cents", "unfunded_cents")
    writer.writerow(("by", "key", *MEASURES, *money))
    for by, row in _rows(found):
        counts = [len(row.counts[name]) for name in MEASURES]
        mean = "" if row.mean_days is None else row.mean_days
        writer.writerow((by, defuse(row.key), *counts, mean, *row.found, *row.left, row.cents, row.unfunded_cents))
    return out.getvalue()


def _show(found: Metrics) -> None:
    names = ("open", "drafts", "overdue", "closed", "withdrawn", "came_back", "held", "blocked")
    rows = [(by, row.key, *(len(row.counts[name]) for name in names), _mean(row)) for by, row in _rows(found)]
    print_table(("by", "", *(name.replace("_", " ") for name in names), "mean days"), rows)
    say(f"from {found.period.since} to {found.period.today}")
    say(f"{len(found.moved)} requirements came to MET: {', '.join(found.moved) or 'none'}")
    if found.fell:
        say(f"{len(found.fell)} left it: {', '.join(found.fell)}")


def _mean(row: Row) -> str:
    return "" if row.mean_days is None else str(row.mean_days)
