"""requirements show and gap: a requirement as this system stands to it, and what a later revision would ask in addition."""

from pathlib import Path

import click

from checks.catalogs import read_catalog
from checks.operators import show
from checks.views import JUDGING, LEVEL_1, View, ViewRequirement, list_keys, load_view
from collector.canonical import sha256
from poam_generator.views import Stands
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.output import console, print_json, print_table, printable, say
from server.content import present_content, read_file
from server.gap import Values, gap_json, stand_of, values_of
from server.models import System
from server.store.wording import attach_wording, wording_of

MOST_TOLD = 10


@click.command("gap")
@click.option("--framework", type=click.Choice(list_keys()), default="r3", show_default=True, help="The framework that would ask.")
@JSON
@with_system
def gap_command(system: System, *, framework: str, as_json: bool) -> None:
    """Say what another framework would ask in addition to Revision 2, and how this system stands to it.

    Example: closeout requirements gap --json
    """
    view, content = load_view(framework), present_content()
    rows = [one for one in stand_of(system, view, content, now()) if one.requirement.adds]
    values = values_of(system, view, content)
    if as_json:
        print_json([gap_json(one, values) for one in rows])
        return
    print_table(("id", "stands", "title", "asks in addition"), [_gap_row(one, values) for one in rows])
    new = sum(one.standing == "new" for one in rows)
    say(f"{len(rows)} of {len(view.requirements)} requirements ask for more than Revision 2 does, {new} of them are new")
    if view.dropped:
        say(f"asked no longer: {', '.join(f'{name} ({why})' for name, why in view.dropped.items())}")


def _gap_row(stands: Stands, values: Values) -> tuple[str, str, str, str]:
    one = stands.requirement
    return one.id, stands.standing, one.title, "\n".join([*one.in_addition, *_value_lines(one, values)])


def _value_lines(one: ViewRequirement, values: Values) -> list[str]:
    lines = []
    for parameter in one.parameters:
        here = ", ".join(f"{show(v.value)} ({v.parameter}{'' if v.document else ', not confirmed'})" for v in values[parameter.id])
        lines.append(
            f"{parameter.id}: {parameter.asks}; DoD: {parameter.dod}{' (guidance)' * parameter.guidance}{here and f'; here: {here}'}"
        )
    return lines


@click.command("show")
@click.argument("requirement_id", metavar="ID")
@click.option("--framework", type=click.Choice(list_keys()), help="Where several have the ID [default: the first that has it].")
@JSON
@with_system
def show_command(system: System, *, requirement_id: str, framework: str | None, as_json: bool) -> None:
    """Show one requirement: what it asks, how this system stands to it, and its organization-defined values.

    Example: closeout requirements show 03.01.08
    """
    view, found = find_requirement(requirement_id, framework)
    content = present_content()
    stands = next(one for one in stand_of(system, view, content, now()) if one.requirement == found)
    values = values_of(system, view, content)
    wording = wording_of(system, JUDGING if view.key == LEVEL_1 else view.key)
    official = wording.get(found.id)
    if as_json:
        print_json(found.to_json() | gap_json(stands, values) | {"framework": view.key, "official": official and official.text})
        return
    out = console()
    out.print(f"{found.id} {found.title}, {view.title}", style="bold", markup=False)
    said = (
        f"official ({official.file}): {official.text}"
        if official
        else "official wording: none yet; closeout requirements attach FILE, a catalog that you have"
    )
    lines = [
        found.summary,
        said,
        _standing_line(stands),
        *(f"in addition: {text}" for text in found.in_addition),
        *_value_lines(found, values),
    ]
    for line in lines:
        out.print(printable(line), markup=False)


@click.command("attach")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@AS
@with_system
def attach_command(system: System, *, file: Path, acting: str | None) -> None:
    """Attach the official wording of a framework from a FILE that you have: OSCAL catalog (JSON), NIST CPRT (JSON), or CSV.

    It is shown beside our own short wording. Of which framework it is its ids say; ids that are known here in none are told.

    Example: closeout requirements attach NIST_SP800-171_rev3_catalog.json
    """
    raw = read_file(file)
    catalog = read_catalog(raw, str(file))
    attach_wording(system, catalog, raw, file.name, person(system, acting), now())
    held, every = wording_of(system, catalog.framework), load_view(catalog.framework).requirements
    count = f"{sum(one.id in held for one in every)} of {len(every)} requirements of {catalog.framework} have theirs"
    say(f"attached {len(catalog.entries)} texts, SHA-256 {sha256(raw)}; {count}")
    if catalog.unmatched:
        say(printable(f"{len(catalog.unmatched)} ids are not known here: {', '.join(catalog.unmatched[:MOST_TOLD])}"))


def find_requirement(requirement_id: str, framework: str | None) -> tuple[View, ViewRequirement]:
    """The requirement of an id, in the framework that is named or the first that has it; raises a usage error when none has."""
    views = [load_view(key) for key in ((framework,) if framework else list_keys())]
    found = next(((view, one) for view in views for one in view.requirements if one.id == requirement_id), None)
    if found is None:
        raise click.UsageError(
            f"there is no requirement {requirement_id}; `closeout requirements` lists them, and with --framework r3 those of Revision 3"
        )
    return found


def _standing_line(stands: Stands) -> str:
    if stands.requirement.r2 == (stands.requirement.id,):
        return f"stands: {stands.standing}; why, and what is counted: closeout score requirement {stands.requirement.id}"
    because = f" because of {', '.join(stands.because)}" if stands.because else ""
    return f"stands: {stands.standing}{because}; judged by {', '.join(stands.requirement.r2) or 'nothing so far'}"
