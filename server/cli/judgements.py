"""judgements: changed ways of judging a check, which open and close nothing before a reviewer has confirmed them."""

from collections import Counter
from typing import Any

import click

from collector.canonical import time_text
from server import store
from server.assess import Assessor, make_assessor
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.groups import Group
from server.cli.items_review import follow
from server.cli.output import print_json, print_table, say
from server.content import present_content
from server.errors import ServerError
from server.judgements import confirm_judgement, waits_for
from server.models import JudgementRecord, Result, System

WAYS: dict[str, str] = {"word": "closeout judgements confirm", "report": "closeout checks activate", "nothing": "nothing, it is past"}


@click.group("judgements", cls=Group)
def judgements_command() -> None:
    """Confirm that a changed check, value or parser may open and close items.

    Example: closeout judgements list
    """


@judgements_command.command("list")
@JSON
@with_system
def list_command(system: System, *, as_json: bool) -> None:
    """List the judgements that wait for a reviewer, with how hosts stand under each; one without hosts is in use no more.

    Example: closeout judgements list
    """
    assessor = make_assessor(system, present_content())
    rows = [_judgement_json(one, assessor) for one in store.pending_judgements(system)]
    if as_json:
        print_json(rows)
        return
    headings = ("check", "platform", "digest", "first_used_at", "hosts", "waits for")
    print_table(headings, [_row(one) for one in rows])
    say(f"{len(rows)} wait for a reviewer" if rows else "none waits for a reviewer")


def _row(one: dict[str, Any]) -> list[str]:
    return [one["check"], one["platform"], one["digest"][:12], one["first_used_at"][:16], _stand(one["hosts"]), WAYS[one["waits_for"]]]


def _judgement_json(row: JudgementRecord, assessor: Assessor) -> dict[str, Any]:
    here = Result.objects.filter(system=row.system_id, check_id=row.check_id, judgement=row.digest)
    return {
        "check": row.check_id,
        "platform": row.platform,
        "digest": row.digest,
        "first_used_at": time_text(row.first_used_at),
        "waits_for": waits_for(assessor, row.check_id, row.digest, now()),
        "hosts": dict(sorted(Counter(here.values_list("status", flat=True)).items())),
    }


def _stand(hosts: dict[str, int]) -> str:
    return ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in hosts.items()) or "none"


@judgements_command.command("confirm")
@click.argument("check")
@click.option("--because", required=True, help="What changed and why it may count; the sentence stands in closure records.")
@click.option("--digest", metavar="SHA256", help="Only this one, or the beginning of it [default: those that hosts are judged by now].")
@AS
@with_system
def confirm_command(system: System, *, check: str, because: str, digest: str | None, acting: str | None) -> None:
    """Confirm the changed judgement of a CHECK; its items follow at once.

    This is for a value that was changed. What came with new content is accepted as a whole, by the report of what it would open
    and close: `closeout checks activate`.

    Example: closeout judgements confirm ssh-root-login --because "reads drop-in files too, reviewed in CM-131"
    """
    user, assessor = person(system, acting), make_assessor(system, present_content())
    for row in _waiting(system, check, digest):
        confirm_judgement(assessor, check, row.digest, user, because, now())
        say(f"confirmed {check} on {row.platform}, {row.digest[:12]}")
    follow(system, [check], user)


def _waiting(system: System, check: str, digest: str | None) -> list[JudgementRecord]:
    pending = [one for one in store.pending_judgements(system) if one.check_id == check]
    in_use = set(Result.objects.filter(system=system, check_id=check).values_list("judgement", flat=True))
    chosen = [one for one in pending if (one.digest.startswith(digest.lower()) if digest else one.digest in in_use)]
    if not chosen:
        raise ServerError(f"no judgement of {check!r} waits for a word; `closeout judgements list` shows those that do")
    return chosen
