"""assessments: the CMMC POA&M of an assessment, its clock, and the closeout that alone closes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import click

from poam_generator.assessment import AssessmentKind, Closeout, CmmcAssessment, CmmcStatus, Entry, clock, entry_standings, open_requirements
from poam_generator.json_form import to_json
from poam_generator.package import hash_of_list
from poam_generator.proof import closeout_faults
from poam_generator.slack import Slack
from server import store
from server.assessments import record_new
from server.cli.context import AS, JSON, day, now, person, with_system
from server.cli.days import DAY
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say, write_output
from server.closeout_package import closeout_package, slack_of
from server.content import present_content
from server.models import System
from server.models.people import Role
from server.score import assess

NUMBER = click.argument("number", type=int)
KIND = click.option("--kind", type=click.Choice(["self", "c3pao"]), required=True, help="Who assessed: the organization, or a C3PAO.")
ASSESSOR = click.option("--assessor", required=True, help="The person who led it.")
C3PAO = click.option("--organization", default="", help="The C3PAO by name.")


@click.group("assessments", cls=Group)
def assessments_command() -> None:
    """Record CMMC assessments with their POA&M (32 CFR 170.21): entries are requirements, and only a closeout closes them.

    Example: closeout assessments show 1
    """


@assessments_command.command("new")
@KIND
@ASSESSOR
@C3PAO
@click.option("--on", "assessed_on", type=DAY, required=True, help="The day on which the assessment ended.")
@click.option("--status", type=click.Choice(["none", "conditional", "final"]), required=True, help="The CMMC status that it gave.")
@click.option("--status-on", type=DAY, help="The CMMC Status Date; the 180 days run from a conditional one.")
@click.option("--score", type=int, help="The score that it came to [default: 110 less the points of the entries].")
@click.option("--entry", "entries", multiple=True, metavar="REQUIREMENT", help="An entry; several times [default: all not MET today].")
@AS
@with_system
def new_command(system: System, *, entries: tuple[str, ...], acting: str | None, **given: Any) -> None:  # noqa: ANN401 - an option each
    """Record an assessment and freeze its POA&M.

    Without --entry the POA&M is every requirement that is not MET today, with the objectives that are not established and the
    points that it takes.

    Example: closeout assessments new --kind self --assessor "J. Doe" --on 2026-11-20 --status conditional --status-on 2026-11-23
    """
    said = CmmcAssessment(
        number=0,
        kind=cast("AssessmentKind", given["kind"]),
        assessor=given["assessor"],
        assessed_on=given["assessed_on"].date(),
        status=cast("CmmcStatus", given["status"]),
        score=0,
        status_on=day(given["status_on"]),
        organization=given["organization"],
    )
    row = record_new(system, said, entries, given["score"], present_content(), person(system, acting), now())
    held = store.read_assessment(row)
    say(f"recorded as assessment {row.number} with {len(held.entries)} entries" + (f", to be closed out by {held.due}" if held.due else ""))


@assessments_command.command("list")
@JSON
@with_system
def list_command(system: System, *, as_json: bool) -> None:
    """List the assessments with their status, score, clock and open entries.

    Example: closeout assessments list
    """
    rows = [_json(one) for one in store.assessments(system)]
    if as_json:
        print_json(rows)
        return
    headings = ("number", "kind", "assessor", "status", "status_on", "score", "clock", "due", "open")
    print_table(headings, [[r[h] if r[h] is not None else "" for h in headings[:-1]] + [len(r["open_entries"])] for r in rows])


def _json(one: CmmcAssessment) -> dict[str, Any]:
    form: dict[str, Any] = to_json(one)
    return form | {
        "due": one.due.isoformat() if one.due else None,
        "clock": clock(one, now().date()),
        "open_entries": list(open_requirements(one)),
    }


@assessments_command.command("show")
@NUMBER
@JSON
@with_system
def show_command(system: System, *, number: int, as_json: bool) -> None:
    """Show the CMMC POA&M of an assessment by its NUMBER: every entry, whether it is ready for closeout, and what is lacking.

    Example: closeout assessments show 1
    """
    held = store.read_assessment(store.find_assessment(system, number))
    standings = entry_standings(held, assess(system, present_content(), now()).requirements)
    slack = slack_of(system, held)
    if as_json:
        shown = [
            {
                "requirement": one.entry.requirement,
                "ready": one.ready,
                "lacking": one.lacking,
                "closed_on": to_json(one.closed_on),
                "slack_days": {item: slack[item].days for item in one.entry.items if item in slack},
            }
            for one in standings
        ]
        print_json(_json(held) | {"standings": shown})
        return
    say(f"CMMC POA&M of assessment {held.number} ({held.kind}, {held.assessor}), status {held.status}; the operational plan is kept apart")
    say(_clock_sentence(held))
    rows = []
    for one in standings:
        state = f"closed on {one.closed_on}" if one.closed_on else "ready for closeout" if one.ready else "not ready"
        rows.append((one.entry.requirement, one.entry.points, state, _with_slack(one.entry, slack), " ".join(one.lacking)))
    print_table(("requirement", "points", "state", "items", "lacking"), rows)


def _with_slack(entry: Entry, slack: Mapping[str, Slack]) -> str:
    """The items of an entry, the live ones with the days between their completion and the last one that leaves the closeout its time."""
    return ", ".join(f"{item} ({slack[item].days} days of slack)" if item in slack else item for item in entry.items)


def _clock_sentence(held: CmmcAssessment) -> str:
    match clock(held, now().date()):
        case "none":
            return "no Conditional status, so no clock runs"
        case "closed":
            return f"closed out on {held.closed_on}"
        case "expired":
            return f"expired on {held.due}: the Conditional status is lost"
        case _:
            return f"the closeout assessment is due by {held.due} (180 days, 32 CFR 170.21(b))"


@assessments_command.command("link")
@NUMBER
@click.argument("requirement")
@click.argument("identifier", metavar="ITEM")
@AS
@with_system
def link_command(system: System, *, number: int, requirement: str, identifier: str, acting: str | None) -> None:
    """Link a further operational ITEM to the entry of a REQUIREMENT; the entries themselves are frozen.

    Example: closeout assessments link 1 3.1.8 PA-0043
    """
    store.link_item(store.find_assessment(system, number), requirement, identifier, person(system, acting), now())
    say(f"{identifier.upper()} is linked to {requirement}")


@assessments_command.command("closeout")
@NUMBER
@KIND
@ASSESSOR
@C3PAO
@click.option("--on", type=DAY, required=True, help="The day on which the closeout assessment ended.")
@click.option("--met", multiple=True, metavar="REQUIREMENT", help="An entry that it found MET [default: every entry].")
@click.option("--score", type=int, required=True, help="The new score.")
@click.option("--affirmed-by", required=True, help="The affirming official (32 CFR 170.22).")
@click.option("--affirmed-on", type=DAY, help="The day of the affirmation [default: the day of the closeout].")
@AS
@with_system
def closeout_command(system: System, *, number: int, met: tuple[str, ...], acting: str | None, **given: Any) -> None:  # noqa: ANN401 - an option each
    """Record the closeout assessment of a POA&M by its NUMBER; the role that the system names enters it.

    Example: closeout assessments closeout 1 --kind self --assessor "J. Doe" --on 2027-02-01 --score 110 --affirmed-by "A. Official"
    """
    row = store.find_assessment(system, number)
    held = store.read_assessment(row)
    closeout = Closeout(
        kind=cast("AssessmentKind", given["kind"]),
        assessor=given["assessor"],
        on=given["on"].date(),
        met=met or tuple(entry.requirement for entry in held.entries),
        score=given["score"],
        affirmed_by=given["affirmed_by"],
        affirmed_on=(given["affirmed_on"] or given["on"]).date(),
        organization=given["organization"],
    )
    store.record_closeout(row, closeout, assess(system, present_content(), now()).requirements, person(system, acting), now())
    after = store.read_assessment(row)
    say(f"assessment {number} is closed out" if after.closed_on else f"recorded; still open: {', '.join(_json(after)['open_entries'])}")


@assessments_command.command("role")
@click.argument("role", type=click.Choice(["administrator", "reviewer", "affirming_official"]))
@AS
@with_system
def role_command(system: System, *, role: Role, acting: str | None) -> None:
    """Name the ROLE that enters closeouts; the affirming official does until another is named.

    Example: closeout assessments role reviewer --as a.official
    """
    store.set_closeout_role(system, role, person(system, acting), now())
    say(f"closeouts are entered by the role {role}")


@assessments_command.command("package")
@NUMBER
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Into this file.")
@with_system
def package_command(system: System, *, number: int, output: Path) -> None:
    """Write the closeout package of an assessment by its NUMBER: entries, items, closure records, documents, each with its SHA-256.

    With it goes the proof that assessment, closeouts and closure records stand in the evidence chain, to which it adds what was
    recorded since the last link. The hash that is shown is over the list of all hashes: hand it over apart from the package.

    Example: closeout assessments package 1 -o closeout.zip
    """
    row = store.find_assessment(system, number)
    store.seal(system, now())
    raw = closeout_package(row, present_content(), now())
    write_output(raw, output, "the package")
    click.echo(hash_of_list(raw))


@assessments_command.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--fail-on", type=click.Choice(["fail"]), help="Exit with 1 when something is wrong.")
def check_command(*, file: Path, fail_on: str | None) -> int:
    """Check a closeout package FILE: every file is as its list of hashes says, and nothing else is there. No database is needed.

    Assessment, closeouts and closure records stand in the evidence chain where the package says so.

    Example: closeout assessments check closeout.zip
    """
    raw = file.read_bytes()
    faults = closeout_faults(raw)
    for fault in faults:
        click.echo(fault)
    if not faults:
        say("every file is as the list says; the hash of the list is")
        click.echo(hash_of_list(raw))
    return 1 if faults and fail_on else 0
