"""What a reviewer does to items: approve, return, edit, assign, delegate, comment, and accept a pass that needs a word."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from poam_generator.model import LIVE
from server import store
from server.assess import make_assessor, update_items
from server.cli.context import AS, ITEM, now, person, with_system
from server.cli.output import say
from server.cli.scan import applied_lines
from server.content import present_content
from server.delegation import delegate
from server.errors import ServerError
from server.models import Item, ItemHost, Result, System, User
from server.store import Applied
from server.words import update_words


@click.command("approve")
@ITEM
@click.option("--digest", metavar="SHA256", help="The review_digest that you saw [default: as it is now].")
@AS
@with_system
def approve_command(system: System, *, identifier: str, digest: str | None, acting: str | None) -> None:
    """Approve an item as it stands; a draft opens. The approval binds to the digest of text and evidence.

    Example: closeout items approve PA-0043
    """
    row = store.find_item(system, identifier)
    store.approve(row, person(system, acting), digest or store.review_digest(row), now())
    say(f"approved {row.identifier}")


@click.command("return")
@ITEM
@click.option("--because", required=True, help="What is wrong with the draft.")
@AS
@with_system
def return_command(system: System, *, identifier: str, because: str, acting: str | None) -> None:
    """Give a draft back with a reason; it stays a draft.

    Example: closeout items return PA-0043 --because "the plan names no owner"
    """
    store.return_draft(store.find_item(system, identifier), person(system, acting), because, now())
    say(f"returned {identifier}")


@click.command("comment")
@ITEM
@click.argument("text")
@AS
@with_system
def comment_command(system: System, *, identifier: str, text: str, acting: str | None) -> None:
    """Say something about an item; it stays in its record.

    Example: closeout items comment PA-0043 "waits for the maintenance window"
    """
    store.comment(store.find_item(system, identifier), person(system, acting), text, now())
    say(f"noted on {identifier}")


@click.command("assign")
@ITEM
@click.argument("owner", metavar="PERSON")
@AS
@with_system
def assign_command(system: System, *, identifier: str, owner: str, acting: str | None) -> None:
    """Name the PERSON who sees to an item; `nobody` takes the name away.

    Example: closeout items assign PA-0043 j.doe
    """
    chosen = None if owner == "nobody" else store.find_person(owner)
    store.assign_owner(store.find_item(system, identifier), person(system, acting), chosen, now())
    say(f"{identifier} is assigned to {owner}")


@click.command("delegate")
@click.argument("identifiers", metavar="[ITEM]...", nargs=-1)
@AS
@with_system
def delegate_command(system: System, *, identifiers: tuple[str, ...], acting: str | None) -> None:
    """Give items that there are to whom the assignment rules name now; none named means all that belong to nobody.

    The rules by themselves reach new items only (closeout drafting set assignments=...). Text and approval stay as they are.

    Example: closeout items delegate
    """
    done = delegate(system, identifiers, person(system, acting), now())
    for one in done:
        say(f"{one.item} is assigned to {one.owner.username}" if one.owner else one.why)
    if not done:
        say("every live item belongs to somebody; name those that the rules are to give anew")


@click.command("edit")
@ITEM
@click.option("--set", "settings", metavar="FIELD=VALUE", multiple=True, required=True, help="May be given several times.")
@click.option("--because", default="", help="Why; a later completion date needs it.")
@AS
@with_system
def edit_command(system: System, *, identifier: str, settings: tuple[str, ...], because: str, acting: str | None) -> None:
    """Change fields of an item's text; what stood there before stays in its record, and an open item asks for a new approval.

    Fields: title, weakness, severity, impact, risk_before, risk_residual, point_of_contact, resources, effort_minutes,
    cost_cents, funding, scheduled_completion, vendor_dependency, blocked_by, change_reference, changed_by, remediation.linux;
    examine and interview hold one link for each time they are given.

    Example: closeout items edit PA-0043 --set point_of_contact="Jane Doe" --set scheduled_completion=2027-02-01
    """
    row = store.find_item(system, identifier)
    changes = read_settings(row, settings)
    store.edit(row, person(system, acting), changes, now(), because)
    say(f"{identifier}: {', '.join(changes)} as you said")


def read_settings(row: Item, settings: Sequence[str]) -> dict[str, Any]:
    """The changes that FIELD=VALUE words ask for, each of its column's type; raises a usage error on what is none."""
    changes: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise click.UsageError(f"{setting!r} sets nothing; write FIELD=VALUE, as in severity=high")
        field, _, platform = name.partition(".")
        if field == "remediation":
            known = sorted({*row.remediation, *store.platforms_of(row.system, [row.number])[row.number]})
            if platform not in known:
                there, one = ", ".join(known) or "no platform", min(known, default="linux")
                raise click.UsageError(f"{row} has a remediation for {there}; name it, as in remediation.{one}=...")
            changes[field] = {**changes.get(field, row.remediation), platform: text}
        elif name in {"examine", "interview"}:
            changes[name] = [*changes.get(name, []), *([text] if text else [])]
        else:
            changes[name] = _value(name, text)
    return changes


def _value(name: str, text: str) -> str | int | date | None:
    try:
        if name == "scheduled_completion":
            return date.fromisoformat(text)
        if name in {"effort_minutes", "cost_cents"}:
            return int(text) if text else None
    except ValueError as error:
        wanted = "a date, as in 2027-02-01" if name == "scheduled_completion" else "a whole number"
        raise click.UsageError(f"{name}: {text!r} is not {wanted}") from error
    return text


@click.command("accept-pass")
@ITEM
@click.option("--because", required=True, help="Why these passes are good; the sentence stays in the record.")
@click.option("--host", "names", multiple=True, help="Only of this host [default: every host of the item that passes now].")
@AS
@with_system
def accept_pass_command(system: System, *, identifier: str, because: str, names: tuple[str, ...], acting: str | None) -> None:
    """Accept the newest pass of hosts that needs a reviewer's word: carried by hand, or where the policy closes nothing by itself.

    Example: closeout items accept-pass PA-0043 --because "bundle taken on site, CM-118"
    """
    row = store.find_item(system, identifier)
    user = person(system, acting)
    receipts = _passes(row, [str(store.find_host(system, name).pk) for name in names])
    store.accept_passes(row, user, receipts, because, now())
    say(f"accepted {len(receipts)} {'pass' if len(receipts) == 1 else 'passes'} of {identifier}")
    follow(system, [row.source_key], user)


def _passes(row: Item, wanted: Sequence[str]) -> dict[str, str]:
    """Host id -> receipt of its newest result, for the hosts of an item whose check passes now."""
    if row.state not in LIVE:
        raise ServerError(f"{row} is {row.state.replace('_', ' ')}; there is no pass to accept")
    held = {str(one.asset_id): one.asset.name for one in ItemHost.objects.filter(item=row, disposition="").select_related("asset")}
    passing = Result.objects.filter(asset__in=list(held), check_id=row.source_key, status="pass")
    found = {str(one.asset_id): str(one.receipt_id) for one in passing if not wanted or str(one.asset_id) in wanted}
    if missing := [held.get(host, "a host that is not in it") for host in wanted if host not in found]:
        raise ServerError(f"{row}: no pass of {', '.join(missing)} stands to be accepted; scan, or import a bundle")
    if not found:
        raise ServerError(f"{row}: no host of it passes now; scan, or import a bundle")
    return found


def follow(system: System, checks: Sequence[str], user: User) -> None:
    """Bring the items of checks, and those without one, up to date after a person's word, and say what more came of it."""
    applied = update_items(make_assessor(system, present_content()), checks, now(), user) + update_words(system, now(), user)
    for line in applied_lines(applied) if applied != Applied() else ():
        say(line)


COMMANDS = (approve_command, return_command, edit_command, assign_command, delegate_command, comment_command, accept_pass_command)
