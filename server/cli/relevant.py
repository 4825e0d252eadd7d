"""answers relevant: the objectives that security protection assets answer for, chosen and shown."""

import click

from poam_generator.answers import Answers
from poam_generator.json_form import to_json
from server import store
from server.cli.answers_pass import objectives_of
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.output import print_json, print_table, say
from server.errors import ServerError
from server.models import System
from server.words import record_answers


@click.command("relevant")
@click.option("--add", "added", multiple=True, metavar="OBJECTIVE", help="An objective, or all of a requirement; may be given again.")
@click.option("--remove", "removed", multiple=True, metavar="OBJECTIVE", help="One that is not relevant after all; may be given again.")
@AS
@JSON
@with_system
def relevant_command(system: System, *, added: tuple[str, ...], removed: tuple[str, ...], acting: str | None, as_json: bool) -> None:
    """Choose the objectives that security protection assets answer for (32 CFR 170.19(c)(1)), or show who chose what.

    Until somebody has chosen, they answer for every objective; so they do again after `closeout answers withdraw relevant`.

    Example: closeout answers relevant --add 3.3.8 --add "3.14.2[b]"
    """
    if added or removed:
        wanted = _changed(store.answers_of(system).relevant, _named(added), _named(removed))
        record_answers(system, Answers(relevant=tuple(sorted(wanted))), person(system, acting), now())
    choices = store.relevant_choices(system)
    if as_json:
        print_json([to_json(one) for one in choices])
        return
    print_table(("at", "by", "objectives", "added", "left out"), [_row(one) for one in choices])
    chosen = store.answers_of(system).relevant
    counted = "every objective: nobody has chosen" if chosen is None else f"{len(chosen)} objectives: {', '.join(chosen)}"
    say(f"security protection assets answer for {counted}")


def _named(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(one for name in names for one in objectives_of(name))


def _changed(chosen: tuple[str, ...] | None, added: frozenset[str], removed: frozenset[str]) -> frozenset[str]:
    if chosen is None and not added:
        raise ServerError("nobody has chosen yet, so there is nothing to remove; name with --add those that are relevant")
    return (frozenset(chosen or ()) | added) - removed


def _row(one: store.RelevantChoice) -> tuple[str, ...]:
    count = "taken back" if one.objectives is None else str(len(one.objectives))
    return f"{one.at:%Y-%m-%dT%H:%M}", one.by, count, ", ".join(one.added), ", ".join(one.removed)
