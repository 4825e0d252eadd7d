"""documents: the policies, screenshots and records that words rest on, kept with their SHA-256."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from server import store
from server.cli.context import AS, JSON, day, now, person, with_system
from server.cli.days import DAY
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say, write_output
from server.errors import ServerError
from server.models import Document, System
from server.models.documents import Subject
from server.store.documents import LARGEST

NUMBER = click.argument("number", type=int)
ITEM_OPTION = click.option("--item", metavar="ITEM", help="An item, as PA-0043.")
OBJECTIVE = click.option("--objective", metavar="OBJECTIVE", help='An assessment objective, as "3.6.1[a]".')
ASSESSMENT = click.option("--assessment", metavar="NUMBER", help="An assessment, by its number.")


@click.group("documents", cls=Group)
def documents_command() -> None:
    """Keep the documents that items, attestations and duties rest on; only final ones are evidence (32 CFR 170.24(b)).

    Example: closeout documents add ir-plan.pdf --status final --owner "J. Doe" --approved-on 2026-03-01
    """


@documents_command.command("add")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--status", type=click.Choice(["draft", "final"]), default="draft", show_default=True, help="Final takes owner and approval.")
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--approved-on", type=DAY, help="The day on which it was approved.")
@click.option("--version", default="", help="Its version, as it names it.")
@click.option("--next-review", type=DAY, help="The day by which it is looked at again.")
@click.option("--replaces", type=int, metavar="NUMBER", help="The document that this is a newer version of.")
@ITEM_OPTION
@OBJECTIVE
@AS
@with_system
def add_command(system: System, *, file: Path, acting: str | None, replaces: int | None, **given: Any) -> None:  # noqa: ANN401 - an option each
    """Keep a FILE as a document, and attach it where it is said.

    Example: closeout documents add ir-plan.pdf --status final --owner "J. Doe" --approved-on 2026-03-01 --objective "3.6.1[a]"
    """
    user = person(system, acting)
    new = store.NewDocument(
        file.name, _read(file), given["status"], given["owner"], day(given["approved_on"]), given["version"], day(given["next_review"])
    )
    row = store.add_document(system, new, user, now(), store.find_document(system, replaces) if replaces else None)
    say(f"document {row.pk}: {row}, {row.status}, SHA-256 {row.blob_id}")
    for warning in row.warnings:
        say(f"note: {warning}")
    for subject, key in places(given["item"], given["objective"], None):
        store.attach(row, subject, key, user, now())
        say(f"attached to {key}")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise ServerError(f"{file}: {error.strerror}; name a file that can be read") from error


def places(item: str | None, objective: str | None, assessment: str | None) -> Iterator[tuple[Subject, str]]:
    """What the options name, as subject and key."""
    if item:
        yield "item", item.upper()
    if objective:
        yield "objective", objective
    if assessment:
        yield "assessment", assessment


@documents_command.command("list")
@ITEM_OPTION
@OBJECTIVE
@ASSESSMENT
@JSON
@with_system
def list_command(system: System, *, item: str | None, objective: str | None, assessment: str | None, as_json: bool) -> None:
    """List the newest version of every document, or those that are attached to something, and whether they count as evidence.

    Example: closeout documents list --item PA-0043
    """
    wanted = list(places(item, objective, assessment))
    rows = [one for place in wanted for one in store.attached(system, *place)] if wanted else store.current_documents(system)
    data = [_json(one) for one in rows]
    if as_json:
        print_json(data)
        return
    headings = ("number", "name", "version", "status", "owner", "approved_on", "next_review", "counts", "sha256")
    print_table(headings, [[one[h] if one[h] is not None else "" for h in headings] for one in data])
    for one in data:
        for warning in one["warnings"]:
            say(f"note: document {one['number']}: {warning}")


def _json(row: Document) -> dict[str, Any]:
    return {
        "number": row.pk,
        "name": row.name,
        "version": row.version,
        "status": row.status,
        "owner": row.owner,
        "approved_on": row.approved_on.isoformat() if row.approved_on else None,
        "next_review": row.next_review.isoformat() if row.next_review else None,
        "counts": "yes" if store.is_final_document(row, now().date()) else "no",
        "sha256": row.blob_id,
        "warnings": row.warnings,
        "replaces": row.replaces_id,
        "attached_to": [key for _, key in store.uses_of(row)],
        "added_by": row.added_by.username,
    }


@documents_command.command("get")
@NUMBER
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file [default: standard output].")
@with_system
def get_command(system: System, *, number: int, output: Path | None) -> None:
    """Write the very bytes of the document of that NUMBER.

    Example: closeout documents get 3 -o ir-plan.pdf
    """
    row = store.find_document(system, number)
    write_output(store.document_bytes(row), output, f"{row} (SHA-256 {row.blob_id})")


@documents_command.command("attach")
@NUMBER
@ITEM_OPTION
@OBJECTIVE
@ASSESSMENT
@AS
@with_system
def attach_command(  # noqa: PLR0913 - one argument an option
    system: System, *, number: int, item: str | None, objective: str | None, assessment: str | None, acting: str | None
) -> None:
    """Attach the document of that NUMBER to an item, an objective or an assessment.

    Example: closeout documents attach 3 --item PA-0043
    """
    for subject, key in _named(item, objective, assessment):
        store.attach(store.find_document(system, number), subject, key, person(system, acting), now())
        say(f"document {number} is attached to {key}")


@documents_command.command("detach")
@NUMBER
@ITEM_OPTION
@OBJECTIVE
@ASSESSMENT
@AS
@with_system
def detach_command(  # noqa: PLR0913 - one argument an option
    system: System, *, number: int, item: str | None, objective: str | None, assessment: str | None, acting: str | None
) -> None:
    """Take the document of that NUMBER off again; that it was attached stays in the records.

    Example: closeout documents detach 3 --item PA-0043
    """
    for subject, key in _named(item, objective, assessment):
        store.detach(store.find_document(system, number), subject, key, person(system, acting), now())
        say(f"document {number} is taken off {key}")


def _named(item: str | None, objective: str | None, assessment: str | None) -> list[tuple[Subject, str]]:
    wanted = list(places(item, objective, assessment))
    if not wanted:
        raise click.UsageError("name what the document belongs to: --item, --objective or --assessment")
    return wanted
