"""run: the first ten minutes in one command."""

from collections import Counter
from collections.abc import Iterator

import click
from rich.text import Text

from checks.evaluate import explain
from checks.model import Observation
from server.cli.context import now, person, with_system
from server.cli.output import console, print_table, printable, say, status_text
from server.cli.scan import applied_lines, progress
from server.cli.serve import PORT, serve_pages
from server.content import present_content
from server.data import data_directory
from server.errors import ServerError
from server.local_host import local_host
from server.models import Asset, Item, Result, System
from server.scan import Order, Outcome, scan
from server.serve import require_port
from server.ways import Secrets, collector_with

WORST = 8
_URGENCY = {"high": 0, "medium": 1, "low": 2}


@click.command("run")
@PORT
@click.option("--no-serve", is_flag=True, help="Scan and print the summary only.")
@with_system
def run_command(system: System, *, port: int, no_serve: bool) -> None:
    """Scan this host, judge it, draft POA&M items, print what was found, and serve the pages until Ctrl-C.

    Run again, it scans again and changes nothing that did not change.

    Example: closeout run --port 8080
    """
    if not no_serve:
        require_port(port=port)
    say(f"data: {data_directory()}")
    host = local_host(system, now())
    operator = person(system, None)
    say(f"scanning {host.name}, this machine")
    with progress(1) as step:
        outcome = scan(system, [host], present_content(), collector_with(Secrets()), now, Order(requested_by=operator), step)
    if outcome.steps[0].error:
        raise ServerError(outcome.steps[0].error)
    _print_summary(system, host, outcome)
    if not no_serve:
        serve_pages(system, port)


def _print_summary(system: System, host: Asset, outcome: Outcome) -> None:
    out = console()
    counts = Counter(Result.objects.filter(asset=host).values_list("status", flat=True))
    line = Text(f"\n{sum(counts.values())} checks on {host.name}: ")
    for status in ("pass", "fail", "error", "not_applicable"):
        line.append_text(Text(f"{counts[status]} ").append_text(status_text(status))).append("   ")
    out.print(line)
    failing = list(Item.objects.filter(system=system, state__in=("draft", "open"), hosts__asset=host))
    failing.sort(key=lambda item: (_URGENCY[item.severity], -item.points, item.number))
    if failing:
        out.print(f"\nThe worst of {len(failing)} weaknesses", style="bold")
        print_table(("item", "requirement", "points", "state", "expected and observed"), _worst_rows(failing[:WORST], host))
    unclear = Result.objects.filter(asset=host, status="error").order_by("check_id")
    if unclear:
        out.print(f"\nCould not tell ({len(unclear)} checks)", style="bold")
        for reason, count in _reasons(list(unclear)):
            out.print(printable(f"  {count} {'check' if count == 1 else 'checks'}: {reason}"), markup=False)
    out.print()
    for sentence in applied_lines(outcome.applied):
        out.print(printable(sentence), markup=False)
    receipt = outcome.steps[0].receipt
    out.print(f"evidence: receipt {receipt.pk if receipt else ''} in {data_directory()}", markup=False)


def _worst_rows(items: list[Item], host: Asset) -> Iterator[tuple[str, str, int, str, str]]:
    results = {r.check_id: r for r in Result.objects.filter(asset=host, check_id__in=[i.source_key for i in items])}
    for item in items:
        result = results.get(item.source_key)
        seen = [Observation(**o) for o in result.observations] if result else []
        told = [explain(o) for o in seen if o.status == "fail"] or ["passes now" if result and result.status == "pass" else ""]
        yield item.identifier, " ".join(item.requirements), item.points, item.state, f"{item.title}\n{told[0]}"


def _reasons(results: list[Result]) -> list[tuple[str, int]]:
    """The reasons for which checks could not be judged, the most frequent first."""
    told: Counter[str] = Counter()
    for result in results:
        reasons = [o.get("reason", "") for o in result.observations if o["status"] == "error"]
        told[next((r for r in reasons if r), "no reason given")] += 1
    return told.most_common()
