"""items: the POA&M, from draft to closed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import click

from checks.evaluate import explain
from checks.model import Observation
from collector.canonical import time_text
from poam_generator.json_form import to_json
from poam_generator.model import Milestone, State
from poam_generator.progress import measure_progress, standing
from server import store
from server.cli import items_asks, items_review, items_words
from server.cli.context import ITEM, JSON, now, with_system
from server.cli.groups import Group
from server.cli.items_lint import items_lint_command
from server.cli.output import console, print_json, print_table, printable
from server.content import present_content
from server.exports import export_items
from server.models import Ask, Closure, Item, System
from server.standing import whys


@click.group("items", cls=Group)
def items_command() -> None:
    """Read and review POA&M items.

    Example: closeout items show PA-0043
    """


for _command in (*items_review.COMMANDS, *items_asks.COMMANDS, *items_words.COMMANDS, items_lint_command):
    items_command.add_command(_command)


@items_command.command("list")
@click.option("--state", multiple=True, type=click.Choice(get_args(State)), help="Only items in this state; may be given several times.")
@JSON
@with_system
def list_command(system: System, *, state: tuple[str, ...], as_json: bool) -> None:
    """List the items with state, points, hosts and scheduled completion date.

    Example: closeout items list --state draft
    """
    rows = [_row_json(one) for one in store.whole_items(system).order_by("number") if not state or one.state in state]
    if as_json:
        print_json(rows)
        return
    headings = ("id", "state", "requirements", "points", "severity", "hosts", "due", "weakness")
    print_table(headings, [[" ".join(r[h]) if isinstance(r[h], list) else r[h] for h in headings] for r in rows])


def _row_json(row: Item) -> dict[str, Any]:
    return {
        "id": row.identifier,
        "state": row.state,
        "source": row.source,
        "source_key": row.source_key,
        "requirements": row.requirements,
        "points": row.points,
        "severity": row.severity,
        "hosts": f"{row.hosts_verified}/{row.hosts_total}",
        "due": row.scheduled_completion.isoformat(),
        "weakness": row.weakness,
        "predecessor": row.predecessor.identifier if row.predecessor else None,
    }


@items_command.command("show")
@ITEM
@JSON
@with_system
def show_command(system: System, *, identifier: str, as_json: bool) -> None:
    """Show one item: hosts with expected and observed, plan, milestones, and what would close it.

    Example: closeout items show PA-0043
    """
    row = store.find_item(system, identifier)
    why, wanted = whys(row, present_content(), now())
    data = to_json(export_items(system, [row.number])[0]) | {"why_open": why, "what_would_close": wanted}
    data["owner"] = row.owner.username if row.owner else None
    data["asks"] = [_ask_json(one) for one in store.open_asks(row)]
    data["review_digest"] = store.review_digest(row)
    data["documents"] = [f"{one} ({one.status}, document {one.pk})" for one in store.attached(system, "item", row.identifier)]
    closure = Closure.objects.filter(item=row).first()
    data["closure"] = {"sha256": closure.sha256, "canonical": bytes(closure.canonical).decode()} if closure else None
    if as_json:
        print_json(data)
    else:
        _print_item(row, data)


@items_command.command("history")
@ITEM
@JSON
@with_system
def history_command(system: System, *, identifier: str, as_json: bool) -> None:
    """Tell what happened to an item from its first day on, who did it, and what people said of it.

    Example: closeout items history PA-0043
    """
    rows = _history(store.find_item(system, identifier))
    if as_json:
        print_json(rows)
        return
    print_table(("at", "by", "what"), [(row["at"][:16], row["by"] or "", row["text"]) for row in rows])


def _history(row: Item) -> list[dict[str, Any]]:
    events = [(one.at, one.by, one.kind, one.text) for one in row.events.select_related("by").order_by("id")]
    comments = [(one.at, one.by, "comment", one.text) for one in row.comments.select_related("by").order_by("id")]
    told = sorted((*events, *comments), key=lambda one: one[0])
    return [{"at": time_text(at), "by": by.username if by else None, "kind": kind, "text": text} for at, by, kind, text in told]


def _ask_json(asked: Ask) -> dict[str, Any]:
    return {
        "number": asked.pk,
        "kind": asked.kind,
        "hosts": [one.asset.name for one in asked.hosts.all()],
        "until": asked.until.isoformat(),
        "reason": asked.reason,
        "reference": asked.reference,
        "mitigation": asked.mitigation,
        "basis": asked.basis,
        "shown": asked.shown,
        "progress_days": asked.progress_days,
        "asked_by": asked.asked_by.username,
        "asked_at": time_text(asked.asked_at),
    }


def _work(row: Item, draft: dict[str, Any]) -> dict[str, list[str]]:
    """What is to be done, by when, and all else that is signed with it."""
    remediation = {
        f"Remediation{'' if platform == 'all' else f' on {platform}'}": [text or "not stated"]
        for platform, text in draft["remediation"].items()
    }
    verified = standing(store.read_item(row, row.system).hosts)
    stones = [f"  {stone.due}  {stone.title}{_how_far(stone, verified)}" for stone in store.read_draft(row).milestones]
    return {**remediation, "Milestones": stones, "Plan": [f"  {sentence}" for sentence in _plan_lines(row)]}


def _how_far(stone: Milestone, verified: Mapping[str, bool]) -> str:
    progress = measure_progress(stone, verified)
    far = f"done {stone.done_on}" if stone.done_on else f"{progress}" if progress.total else ""
    return f", {far}" if far else ""


def _plan_lines(row: Item) -> list[str]:
    """What is to be signed beside hosts and remediation; what nobody has stated is said."""
    cost = "" if row.cost_cents is None else f"{row.cost_cents / 100:.2f}"
    stated = {
        "Business impact": row.impact,
        "Risk now": row.risk_before,
        "Residual risk": row.risk_residual,
        "Owner": row.owner.username if row.owner else "nobody",
        "Point of contact": row.point_of_contact,
        "Resources": row.resources,
        "Cost": "; ".join(part for part in (cost, row.funding) if part),
        "Identified": f"{row.identified_by} ({row.detected_on})",
        "Scheduled completion": _completion(row),
        "Vendor dependency": row.vendor_dependency,
        "Blocked by": row.blocked_by,
        "Change ticket": row.change_reference,
    }
    return [f"{name}: {' '.join(text.split()) or 'not stated'}" for name, text in stated.items()]


def _completion(row: Item) -> str:
    if row.original_completion == row.scheduled_completion:
        return str(row.scheduled_completion)
    because = f": {row.late_because}" if row.late_because else ""
    return f"{row.scheduled_completion}, originally {row.original_completion}{because}"


def _tell_course(row: Item) -> Iterator[str]:
    """What came before it, what came of it, and what it waits for."""
    if row.returned_because:
        yield f"Returned: {row.returned_because}"
    if row.predecessor:
        yield f"It came back from {row.predecessor}, which had ended on {row.predecessor.ended_on}."
    if row.split_from:
        yield f"Its hosts came verified from {row.split_from}."
    for part in row.split_off.select_related("system"):
        yield f"Verified hosts left it for {part}."
    for successor in row.successors.select_related("system"):
        yield f"It came back as {successor}."
    if row.state == "open" and store.needs_approval(row):
        yield f"What it says was changed after its approval, and waits for a new one: closeout items approve {row}"


def _tell_hosts(hosts: list[dict[str, Any]]) -> Iterator[str]:
    """Each host with its disposition, and what was observed of it."""
    for host in sorted(hosts, key=lambda one: str(one["host_name"])):
        until = f" until {host['disposition_until']}" if host["disposition_until"] else ""
        yield f"  {host['host_name']}{': ' + host['disposition'] + until if host['disposition'] else ''}"
        for word in ("failing", "passing"):
            for seen in (host[word] or {}).get("observations", ()):
                yield f"    {word} {host[word]['observed_at'][:16]}  {explain(Observation(**seen))}"


def _print_item(row: Item, data: dict[str, Any]) -> None:
    out, draft = console(), data["draft"]
    points = "1 point" if row.points == 1 else f"{row.points} points"

    def line(text: str = "", style: str = "") -> None:
        out.print(printable(text), style=style, markup=False)

    line(
        f"{row.identifier} {row.state} · {' '.join(row.requirements)} · {points} · {row.severity}",
        "bold",
    )
    line(row.weakness)
    line(row.eligibility)
    for sentence in _tell_course(row):
        line(sentence)
    line(f"\nHosts ({row.hosts_verified} of {row.hosts_total} verified)" if row.hosts_total else "\nHosts (none stands in it)", "bold")
    for sentence in _tell_hosts(data["item"]["hosts"]):
        line(sentence)
    for heading, sentences in _work(row, draft).items():
        line(f"\n{heading}", "bold")
        for sentence in sentences:
            line(sentence)
    asked = [
        f"number {a['number']}, {a['asked_by']}: {a['kind']} of {', '.join(a['hosts'])} until {a['until']}: {a['reason']}"
        for a in data["asks"]
    ]
    closure = data["closure"]
    told = {
        "Why still open": data["why_open"],
        "What would close it": data["what_would_close"],
        "Asked, waits for another person": asked,
        "Evidence attached": data["documents"],
        "Closing record": [json.loads(closure["canonical"])["statement"], f"SHA-256 {closure['sha256']}"] if closure else [],
        "Comments": data["comments"],
    }
    for heading, sentences in told.items():
        if sentences:
            line(f"\n{heading}", "bold")
        for sentence in sentences:
            line(f"  {sentence}")
