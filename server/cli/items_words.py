"""Items that no check has found: written, imported, and closed on final evidence and a reviewer's word."""

from pathlib import Path
from typing import Any

import click

from checks.framework import load_framework
from poam_generator.imported import read_imported
from poam_generator.lint.table import read_table
from poam_generator.model import LIVE
from poam_generator.weakness import Weakness
from server import store
from server.cli.context import AS, ITEM, day, now, person, with_system
from server.cli.days import DAY
from server.cli.files import read_text
from server.cli.items_review import follow
from server.cli.output import printable, say
from server.content import present_content
from server.models import Item, System
from server.words import informing_checks, new_item, update_words


@click.command("new")
@click.option("--title", required=True, help="The weakness in a line.")
@click.option("--weakness", required=True, help="What is wrong.")
@click.option("--objective", "objectives", multiple=True, required=True, metavar="OBJECTIVE", help='As "3.6.1[a]"; several times.')
@click.option("--source", type=click.Choice(["person", "assessor"]), default="person", show_default=True, help="Who found it.")
@click.option("--identified-by", required=True, help="How it was found, and by whom.")
@click.option("--severity", type=click.Choice(["low", "medium", "high"]), default="medium", show_default=True, help="How bad it is.")
@click.option("--impact", default="", help="What could happen to whom.")
@click.option("--plan", default="", help="What is to be done.")
@click.option("--asset", "assets", multiple=True, help="What it concerns; several times.")
@click.option("--contact", "point_of_contact", default="", help="The point of contact.")
@click.option("--resources", default="", help="What it takes.")
@click.option("--reference", default="", help="What tells it from others, such as the number of an assessor's finding.")
@click.option("--due", type=DAY, help="The day by which it is mended [default: the target of its severity].")
@AS
@with_system
def new_command(system: System, *, acting: str | None, **given: Any) -> None:  # noqa: ANN401 - an option each
    """Write a draft of what a person or an assessor found. Scans only inform it; it closes on final evidence and a reviewer's word.

    Example: closeout items new --title "No IR test" --weakness "It was not tested." --objective "3.6.3[a]" --identified-by "Walk-through"
    """
    row = new_item(system, Weakness(**{**given, "due": day(given["due"])}), person(system, acting), now())
    say(f"drafted {row.identifier}")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@AS
@with_system
def import_command(system: System, *, file: Path, acting: str | None) -> None:
    """Draft an item for each open row of a POA&M in a FILE (CSV); one that was imported before is left as it is.

    The columns are found by their heads: those of NIST's template, of FedRAMP's, of eMASS's, and of `closeout export csv-plan`.

    Example: closeout items import poam.csv
    """
    read = read_imported(read_table(read_text(file), now().date()), file.name, load_framework())
    user = person(system, acting)
    with store.locked(system) as locked:
        newest = {
            row.source_key: row for row in Item.objects.filter(system=locked, source="import").select_related("system").order_by("number")
        }
        new = [one for one in read.weaknesses if one.reference not in newest]
        for one in new:
            say(f"drafted {new_item(locked, one, user, now()).identifier}: {printable(one.title)}")
    ended = [newest[one.reference] for one in read.weaknesses if one.reference in newest and newest[one.reference].state not in LIVE]
    notes = (*read.notes, *(_tell_ended(row) for row in ended))
    for note in notes:
        say(printable(f"note: {note}"))
    say(f"{len(new)} drafted, {len(read.weaknesses) - len(new)} were there")


def _tell_ended(row: Item) -> str:
    return (
        f"{row.source_key} is open in the file, and {row.identifier} of it is {row.state.replace('_', ' ')} here; "
        "if it is still there, write it anew: closeout items new"
    )


@click.command("close")
@ITEM
@click.option("--because", required=True, help="What you examined, and why it is mended.")
@click.option("--document", "documents", multiple=True, type=int, metavar="NUMBER", help="Attach this document first; several times.")
@AS
@with_system
def close_command(system: System, *, identifier: str, because: str, documents: tuple[int, ...], acting: str | None) -> None:
    """Close an item that no check decides on: a reviewer who is not its owner says so, on final evidence that is attached to it.

    Example: closeout items close PA-0043 --document 3 --because "the test record of 2026-11-20 shows the plan tested" --as j.doe
    """
    row, user = store.find_item(system, identifier), person(system, acting)
    with store.locked(system):  # a document is attached only where the item closes on it
        for number in documents:
            store.attach(store.find_document(system, number), "item", row.identifier, user, now())
        closure = store.close_on_word(row, user, because, informing_checks(row, present_content()), now())
    say(f"{row.identifier} is {closure.state}")


@click.command("progress")
@ITEM
@click.argument("number", type=int)
@click.argument("text")
@AS
@with_system
def progress_command(system: System, *, identifier: str, number: int, text: str, acting: str | None) -> None:
    """Note progress of the temporary deficiency of that NUMBER; without any in time it lapses and the hosts stand as failing.

    Example: closeout items progress PA-0043 7 "the vendor's patch is in test"
    """
    asked = store.find_ask(store.find_item(system, identifier), number)
    store.note_progress(asked, person(system, acting), text, now())
    update_words(system, now())
    say(f"noted; the next progress is due by {store.find_ask(asked.item, number).progress_by}")


@click.command("end")
@ITEM
@click.argument("number", type=int)
@click.option("--because", required=True, help="Why; the sentence stays in the record.")
@AS
@with_system
def end_command(system: System, *, identifier: str, number: int, because: str, acting: str | None) -> None:
    """End the disposition of that NUMBER before its day; what it covered stands as failing again.

    Example: closeout items end PA-0043 7 --because "the replacement came early"
    """
    asked, user = store.find_ask(store.find_item(system, identifier), number), person(system, acting)
    store.end_early(asked, user, because, now())
    say(f"the disposition {number} of {identifier} is ended")
    follow(system, [asked.item.source_key], user)


@click.command("split")
@ITEM
@click.option("--host", "hosts", multiple=True, help="Only this verified host; several times [default: every verified host].")
@click.option("--because", required=True, help="Why; the sentence stays in the record.")
@AS
@with_system
def split_command(system: System, *, identifier: str, hosts: tuple[str, ...], because: str, acting: str | None) -> None:
    """Split the verified hosts off an open item; what is shown closes by itself, and the rest goes on.

    Example: closeout items split PA-0043 --because "the pilot is done, wave 2 waits for the vendor"
    """
    row, user = store.find_item(system, identifier), person(system, acting)
    made = store.split_off(row, [str(store.find_host(system, host).pk) for host in hosts], user, because, now())
    say(f"{made.identifier} holds what left {row.identifier}")
    follow(system, [row.source_key], user)


COMMANDS = (split_command, new_command, import_command, close_command, progress_command, end_command)
