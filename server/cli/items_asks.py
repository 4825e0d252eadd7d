"""Dispositions of items: one person asks to accept, except, defer or dismiss, another one agrees or refuses."""

from datetime import datetime
from typing import Literal, get_args

import click

from server import store
from server.cli.context import AS, ITEM, now, person, with_system
from server.cli.days import DAY
from server.cli.items_review import follow
from server.cli.output import say
from server.models import System
from server.models.items import AskKind, Basis
from server.store import Wish

NUMBER = click.argument("number", type=int)

# kind -> name of the command, what it asks for
_ASKS: dict[AskKind, tuple[str, str]] = {
    "accepted": ("accept", "Ask for a risk acceptance: still NOT MET, points stay deducted."),
    "enduring_exception": ("except", "Ask for an enduring exception (32 CFR 170.24(b)(1)): needs SSP section and mitigations."),
    "temporary_deficiency": ("defer", "Ask to hold it as a temporary deficiency (32 CFR 170.4)."),
    "dismissed": ("dismiss", "Ask to dismiss it as a false positive; that never raises the score."),
}


def _asking(kind: AskKind, name: str, words: str) -> click.Command:
    """The command that asks for one kind of disposition; each has the options that its rules ask for."""
    more = ' --basis rollout --mitigation "..."' if kind == "temporary_deficiency" else ""
    example = f'Example: closeout items {name} PA-0043 --host ws-014 --reason "..." --until 2027-03-01{more}'

    @click.command(name, help=f"{words}\n\nAnother person has to agree: closeout items agree.\n\n{example}")
    @ITEM
    @click.option("--reason", required=True, help="Why.")
    @click.option("--until", required=True, type=DAY, help="The last day on which it counts; the review date of an exception.")
    @click.option("--host", "hosts", multiple=True, help="Only for this host [default: every host of the item].")
    @click.option("--reference", default="", help="The SSP section or register entry.")
    @click.option("--mitigation", default="", help="What is done instead.")
    @AS
    @with_system
    def command(  # noqa: PLR0913 - one argument an option
        system: System,
        *,
        identifier: str,
        until: datetime,
        hosts: tuple[str, ...],
        acting: str | None,
        basis: Basis | Literal[""] = "",
        progress_days: int | None = None,
        **texts: str,
    ) -> None:
        row = store.find_item(system, identifier)
        chosen = tuple(str(store.find_host(system, host).pk) for host in hosts)
        wish = Wish(kind, texts["reason"], until.date(), chosen, texts["reference"], texts["mitigation"], basis, progress_days)
        asked = store.ask(row, person(system, acting), wish, now())
        say(f"asked as number {asked.pk}; another person agrees by: closeout items agree {row.identifier} {asked.pk} --as PERSON")

    return _with_basis(command) if kind == "temporary_deficiency" else command


def _with_basis(command: click.Command) -> click.Command:
    """The command with what makes a temporary deficiency one."""
    basis = click.option(
        "--basis",
        type=click.Choice(get_args(Basis)),
        required=True,
        help="was_implemented: a scan saw it pass before; rollout: a very limited subset of equipment (32 CFR 170.4).",
    )
    days = click.option("--progress-days", type=int, default=30, show_default=True, help="It lapses after so many days without progress.")
    return basis(days(command))


@click.command("agree")
@ITEM
@NUMBER
@AS
@with_system
def agree_command(system: System, *, identifier: str, number: int, acting: str | None) -> None:
    """Agree to what another person asked for an item.

    Example: closeout items agree PA-0043 7 --as j.doe
    """
    row = store.find_item(system, identifier)
    asked = store.find_ask(row, number)
    user = person(system, acting)
    store.approve_ask(asked, user, asked.digest, now())
    say(f"{row.identifier}: agreed")
    follow(system, [row.source_key] if row.source == "check" else [], user)


@click.command("refuse")
@ITEM
@NUMBER
@click.option("--because", required=True, help="Why it is refused.")
@AS
@with_system
def refuse_command(system: System, *, identifier: str, number: int, because: str, acting: str | None) -> None:
    """Refuse what another person asked for an item; the item stays as it is.

    Example: closeout items refuse PA-0043 7 --because "the vendor has a patch" --as j.doe
    """
    store.refuse_ask(store.find_ask(store.find_item(system, identifier), number), person(system, acting), because, now())
    say(f"{identifier}: refused")


COMMANDS = (*(_asking(kind, name, words) for kind, (name, words) in _ASKS.items()), agree_command, refuse_command)
