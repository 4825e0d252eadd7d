"""duties: what recurs, by when it is due, and the evidence that it was done."""

from datetime import datetime
from typing import Any

import click

from poam_generator.duties import Duty, DutyStanding
from poam_generator.json_form import to_json
from server import store
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.days import DAY
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say
from server.models import System

KEY = click.argument("key", metavar="DUTY")


@click.group("duties", cls=Group)
def duties_command() -> None:
    """Keep the duties that recur: log and account reviews, tests, training, the review of the plan, the affirmation.

    Example: closeout duties list
    """


@duties_command.command("list")
@click.option("--overdue", is_flag=True, help="Only what is overdue.")
@JSON
@with_system
def list_command(system: System, *, overdue: bool, as_json: bool) -> None:
    """List the duties, the soonest due first, with the last time that each was done with final evidence.

    Example: closeout duties list --overdue
    """
    rows = [_json(one) for one in store.duty_standings(system, now().date()) if not overdue or one.state == "overdue"]
    if as_json:
        print_json(rows)
        return
    headings = ("duty", "title", "requirements", "owner", "due", "state", "last_done")
    print_table(headings, [[" ".join(r[h]) if isinstance(r[h], list) else r[h] or "" for h in headings] for r in rows])
    for row in rows:
        for day in row["uncounted"]:
            say(f"note: {row['duty']} of {day} does not count: no final document shows it")
    if not rows and not overdue:
        say("no duty is set; the usual ones are by: closeout duties start")


def _json(one: DutyStanding) -> dict[str, Any]:
    return {
        "duty": one.duty.key,
        "title": one.duty.title,
        "requirements": list(one.duty.requirements),
        "owner": one.duty.owner,
        "every_days": one.duty.every_days,
        "due": one.due.isoformat(),
        "state": one.state,
        "last_done": one.last.on.isoformat() if one.last else None,
        "last": to_json(one.last) if one.last else None,
        "uncounted": [done.on.isoformat() for done in one.uncounted],
    }


@duties_command.command("start")
@AS
@with_system
def start_command(system: System, *, acting: str | None) -> None:
    """Set the duties that SP 800-171 asks of every system; those that were set before stay as they are.

    Example: closeout duties start
    """
    new = store.start_duties(system, person(system, acting), now())
    say(f"set {', '.join(one.key for one in new)}" if new else "all of them were set")


@duties_command.command("set")
@KEY
@click.option("--title", required=True, help="What is to be done.")
@click.option("--every", "every_days", type=int, required=True, metavar="DAYS", help="Again after so many days, at most 366.")
@click.option("--first-due", type=DAY, required=True, help="By when for the first time.")
@click.option("--requirement", "requirements", multiple=True, help="A requirement that it serves; several times.")
@click.option("--owner", default="", help="Who sees to it.")
@AS
@with_system
def set_command(  # noqa: PLR0913 - one argument an option
    system: System,
    *,
    key: str,
    title: str,
    every_days: int,
    first_due: datetime,
    requirements: tuple[str, ...],
    owner: str,
    acting: str | None,
) -> None:
    """Set a DUTY, or change it; what was done of it stays.

    Example: closeout duties set log-review --title "Review the audit logs" --every 7 --first-due 2026-12-01 --requirement 3.3.5
    """
    store.set_duty(system, Duty(key, title, requirements, every_days, first_due.date(), owner), person(system, acting), now())
    say(f"set {key}, every {every_days} days")


@duties_command.command("done")
@KEY
@click.argument("statement")
@click.option("--on", type=DAY, required=True, help="The day on which it was done.")
@click.option("--document", "documents", multiple=True, type=int, metavar="NUMBER", help="A document that shows it; several times.")
@AS
@with_system
def done_command(  # noqa: PLR0913 - one argument an option
    system: System, *, key: str, statement: str, on: datetime, documents: tuple[int, ...], acting: str | None
) -> None:
    """Note that a DUTY was done, and what came of it; it counts once a final document shows it.

    Example: closeout duties done log-review "nothing unusual" --on 2026-11-20 --document 3
    """
    shown = [store.find_document(system, number) for number in documents]
    store.perform_duty(system, key, on.date(), statement, shown, person(system, acting), now())
    standing = next((one for one in store.duty_standings(system, now().date()) if one.duty.key == key), None)
    if standing and standing.last and standing.last.on >= on.date():
        say(f"noted; {key} is due again by {standing.due}")
    else:
        say("noted, and it does not count: no final document shows it")


@duties_command.command("drop")
@KEY
@AS
@with_system
def drop_command(system: System, *, key: str, acting: str | None) -> None:
    """Take a DUTY back; what was done of it stays in the records.

    Example: closeout duties drop log-review
    """
    store.drop_duty(system, key, person(system, acting), now())
    say(f"{key} is no duty any more")
