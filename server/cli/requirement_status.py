"""How one requirement stands, objective by objective and asset by asset."""

from collections.abc import Iterator

import click

from checks.framework import load_framework
from poam_generator.json_form import to_json
from poam_generator.objectives import ObjectiveStatus, describe
from server.cli.context import JSON, now, with_system
from server.cli.output import print_json, print_table, say
from server.content import present_content
from server.models import System
from server.score import assess


@click.command("requirement")
@click.argument("requirement")
@JSON
@with_system
def requirement_command(system: System, *, requirement: str, as_json: bool) -> None:
    """Show how a REQUIREMENT stands: MET, NOT MET, contested or not assessed, with the sentences why and every asset that is counted.

    Example: closeout score requirement 3.1.8
    """
    wanted = load_framework().requirement(requirement)
    found = assess(system, present_content(), now())
    standing = found.requirements[wanted.id]
    statuses = [found.objectives[one.id] for one in wanted.objectives]
    if as_json:
        objectives = [to_json(one) for one in statuses]
        print_json({"requirement": wanted.id, "finding": standing.finding, "because": list(standing.because), "objectives": objectives})
        return
    click.echo(f"{wanted.id} {wanted.title}: {standing.finding}")
    print_table(("objective", "state", "what is known"), [(one.objective, one.state.replace("_", " "), describe(one)) for one in statuses])
    print_table(("objective", "asset", "stands", "because"), [row for one in statuses for row in _assets(one)])
    for reason in (reason for one in statuses for reason in one.reasons):
        say(reason)


def _assets(status: ObjectiveStatus) -> Iterator[tuple[str, str, str, str]]:
    yield from ((status.objective, name, "failing", check) for name, check in sorted(status.failing))
    for word in ("missing", "attested", "proven"):
        yield from ((status.objective, name, word, "") for name in sorted(getattr(status, word)))
