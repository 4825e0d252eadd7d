"""drafting: what a system says about its work, so that drafts have its own dates, contacts and texts."""

from collections.abc import Sequence
from datetime import timedelta

import click

from checks.framework import load_framework
from checks.load import load_content
from poam_generator.draft import write_draft
from poam_generator.json_form import to_json
from poam_generator.model import DraftHost, DraftSettings, ItemHost, Seen
from poam_generator.texts import NAMES, UNUSED, Texts
from server import store
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say
from server.drafting_form import FIELDS, read_fields, write_fields
from server.models import System
from server.own_texts import copy_texts, own_templates, read_texts, strange_files, texts_directory

FOUND = 1


@click.group("drafting", cls=Group)
def drafting_command() -> None:
    """Say how the team works: hours, holidays, targets, points of contact, and the texts of drafts.

    Example: closeout drafting show
    """


@drafting_command.command("show")
@JSON
@with_system
def show_command(system: System, *, as_json: bool) -> None:
    """Show the drafting settings of the system, and what each is for.

    Example: closeout drafting show
    """
    settings = store.draft_settings(system)
    if as_json:
        print_json(to_json(settings))
        return
    texts = write_fields(settings)
    print_table(("setting", "value", "for"), [(one.name, texts[one.name].replace("\n", " | "), one.label) for one in FIELDS])


@drafting_command.command("set")
@click.argument("given", metavar="SETTING=VALUE...", nargs=-1, required=True)
@AS
@with_system
def set_command(system: System, *, given: tuple[str, ...], acting: str | None) -> None:
    """Change drafting settings; drafts from now on go by them, those that there are stay as they are.

    A setting of several lines (capacities, holidays, assignments) is given once for each line; an empty value empties it.

    Example: closeout drafting set hours_per_week=12 "capacities=10; AC; plant-2" holidays=2026-12-25 holidays=2027-01-01
    """
    settings = read_fields(_join(given), store.draft_settings(system))
    store.set_draft_settings(system, settings, person(system, acting), now())
    say("drafts from now on go by that")


def _join(given: Sequence[str]) -> dict[str, str]:
    """Setting -> its text, the lines of one that was given several times below each other."""
    texts: dict[str, str] = {}
    for word in given:
        name, equals, text = word.partition("=")
        if not equals:
            raise click.UsageError(f"{word!r} sets nothing; write SETTING=VALUE, as in hours_per_week=12")
        texts[name] = f"{texts[name]}\n{text}" if name in texts else text
    return texts


@drafting_command.command("texts")
@click.option("--copy", is_flag=True, help="Write the shipped templates that are not there yet, to be changed.")
@with_system
def texts_command(system: System, *, copy: bool) -> int:
    """List the templates of drafts, where each comes from, and whether it can be used; exit with 1 when one cannot.

    Example: closeout drafting texts --copy
    """
    for file in copy_texts() if copy else ():
        say(f"wrote {file}")
    own = own_templates()
    said = _try(read_texts(), store.draft_settings(system))
    rows = [(name, "cannot be used" if name in said else "good", own[name].file if name in own else "shipped") for name in NAMES]
    print_table(("template", "state", "from"), rows)
    for sentence in said.values():
        say(sentence)
    for name in strange_files():
        say(f"{texts_directory() / name} takes no template's place; there are {', '.join(NAMES)}")
    return FOUND if said else 0


def _try(texts: Texts, settings: DraftSettings) -> dict[str, str]:
    """Template -> why it cannot be used, by a draft of the first check on a host that is made up."""
    check = next(iter(load_content().checks.values()))
    platform, moment = next(iter(check.platforms)), now()
    observation = {"path": "example.value", "expected": "at least 1", "observed": 0, "status": "fail", "reason": ""}
    failing = Seen("fail", moment - timedelta(days=1), "r-1", "", "", "", "local", (observation,))
    hosts = [DraftHost(ItemHost(f"h-{n}", f"example-{n}", failing), platform, "example") for n in (1, 2)]
    draft = write_draft(check, load_framework(), hosts, settings, moment.date(), "PA-0000", texts=texts)
    made = {name: str(getattr(draft, name.removesuffix(".txt"))) for name in NAMES}
    return {name: text.partition("; this is the text")[0].removeprefix("(") for name, text in made.items() if text.startswith(UNUSED)}
