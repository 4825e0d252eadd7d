"""Standing exceptions from checks: one person asks, the person who is named agrees or refuses, and each ends on its day."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, get_args

import click

from poam_generator.json_form import to_json
from poam_generator.tailoring import ExceptionKind, StandingException
from server import store
from server.cli.context import AS, now, person, with_system
from server.cli.days import DAY
from server.cli.items_review import follow
from server.cli.output import print_table, say
from server.content import present_content
from server.models import ExceptionRecord, System
from server.store import Excepted

NUMBER = click.argument("number", type=int)


def exception_json(one: Excepted) -> dict[str, Any]:
    """What `closeout tailoring show --json` prints of an exception."""
    answer = one.answer
    answered = {"answered_by": answer.by.username, "answered_because": answer.because} if answer else {}
    return {"number": one.row.number, "state": one.state, **to_json(one.said), "asked_by": one.row.asked_by.username, **answered}


def print_exceptions(asked: Sequence[Excepted]) -> None:
    """The table of exceptions; nothing where there is none."""
    if not asked:
        return
    headings = ("exception", "state", "check", "for", "kind", "until", "approver", "reason")
    print_table(headings, [_line(one) for one in asked])


def _line(one: Excepted) -> tuple[str, ...]:
    said = one.said
    kind = said.kind.replace("_", " ")
    return (str(one.row), one.state, said.check, f"{said.scope} {said.target}", kind, str(said.until), said.approver, said.reason)


def tell_asked(asked: Iterable[ExceptionRecord]) -> None:
    """Say of each exception who has to agree to it."""
    for row in asked:
        say(f"asked for {row}; {row.approver} agrees by: closeout tailoring agree {row.number} --as {row.approver}")


@click.command("except")
@click.argument("check")
@click.option("--host", help="For this host.")
@click.option("--group", help="For every host of this group, those that join it later too.")
@click.option("--platform", help="For every host of this platform.")
@click.option("--kind", type=click.Choice(get_args(ExceptionKind)), default="accepted", show_default=True, help="What it is.")
@click.option("--because", "reason", required=True, help="Why.")
@click.option("--approver", required=True, metavar="PERSON", help="Who is asked to agree.")
@click.option("--until", required=True, type=DAY, metavar="DATE", help="The last day on which it counts, at most a year away.")
@click.option("--reference", default="", help="The SSP section or register entry.")
@click.option("--mitigation", default="", help="What is done instead.")
@AS
@with_system
def except_command(system: System, *, check: str, until: datetime, acting: str | None, **told: Any) -> None:  # noqa: ANN401 - the texts of the options
    """Ask that failures of a CHECK on a host, group or platform stand under an exception, today and later.

    Results stay what they are, and every report shows the exception. Only an enduring exception counts as met (32 CFR 170.24(b)(1)).
    After its last day the hosts stand as failing again.

    Example: closeout tailoring except ssh-root-login --group lab --because "no console there" --approver a.official --until 2027-03-01
    """
    if check not in present_content().checks:
        raise click.UsageError(f"there is no check {check!r}; `closeout checks list` shows them")
    scopes = {scope: told.pop(scope) for scope in ("host", "group", "platform")}
    named = {scope: target for scope, target in scopes.items() if target}
    if len(named) != 1:
        raise click.UsageError("an exception is for one of --host, --group, --platform")
    ((scope, target),) = named.items()
    wanted = StandingException(check, scope, target, until=until.date(), **told)  # type: ignore[arg-type] # one of the three options
    tell_asked(store.ask_exceptions(system, [wanted], person(system, acting), now()))


@click.command("agree")
@NUMBER
@AS
@with_system
def agree_command(system: System, *, number: int, acting: str | None) -> None:
    """Agree to the exception of a NUMBER; only the person whom it names can. Its hosts stand under it at once.

    Example: closeout tailoring agree 3 --as a.official
    """
    _answer(system, number, acting, agree=True, because="")


@click.command("refuse")
@NUMBER
@click.option("--because", required=True, help="Why it is refused.")
@AS
@with_system
def refuse_command(system: System, *, number: int, because: str, acting: str | None) -> None:
    """Refuse the exception of a NUMBER; only the person whom it names can.

    Example: closeout tailoring refuse 3 --because "the lab has a console" --as a.official
    """
    _answer(system, number, acting, agree=False, because=because)


def _answer(system: System, number: int, acting: str | None, *, agree: bool, because: str) -> None:
    one, user = store.find_exception(system, number, now().date()), person(system, acting)
    store.answer_exception(one, user, agree=agree, because=because, now=now())
    say(f"{one.row}: {'agreed' if agree else 'refused'}")
    follow(system, [one.row.check_id], user)


@click.command("end")
@NUMBER
@click.option("--because", required=True, help="Why it ends before its day.")
@AS
@with_system
def end_command(system: System, *, number: int, because: str, acting: str | None) -> None:
    """End the exception of a NUMBER before its day: its hosts stand as failing again.

    Example: closeout tailoring end 3 --because "the lab got a console, CM-140"
    """
    one, user = store.find_exception(system, number, now().date()), person(system, acting)
    store.end_exception(one, user, because, now())
    say(f"{one.row}: ended")
    follow(system, [one.row.check_id], user)
