"""tailoring: the organization's own values, and what is excepted from a check."""

from datetime import datetime
from typing import Any

import click

from checks.load import load_content
from checks.operators import show as shown
from poam_generator.tailoring import Source
from server import store
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say
from server.models import System
from server.tailoring import ParameterRow, new_judgements, parameter_rows, read_values

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("tailoring", cls=Group)
def tailoring_command() -> None:
    """Make the checks the organization's own: values that it confirms.

    Example: closeout tailoring show --unconfirmed
    """


@tailoring_command.command("show")
@click.option("--unconfirmed", is_flag=True, help="Only the values that nobody has confirmed: their checks prove nothing yet.")
@JSON
@with_system
def show_command(system: System, *, unconfirmed: bool, as_json: bool) -> None:
    """Show every value in force with the policy that sets it; what nobody has confirmed is a default.

    Example: closeout tailoring show --unconfirmed
    """
    every = parameter_rows(system, load_content())
    rows = [row for row in every if not (unconfirmed and row.cited)]
    if as_json:
        print_json([row.to_json() for row in rows])
        return
    print_table(("parameter", "value", "bounds", "set by"), [(row.key, shown(row.value), row.bounds, _set_by(row)) for row in rows])
    say(f"{sum(row.cited is None for row in every)} of {len(every)} values wait to be confirmed: closeout tailoring confirm PARAMETER ...")


def _set_by(row: ParameterRow) -> str:
    if row.cited is None:
        return "default, not confirmed"
    words = f"{row.cited.document} {row.cited.section}, {row.cited.approver}"
    return f"{words}; {row.fault}" if row.fault else words


@tailoring_command.command("confirm")
@click.argument("parameters", nargs=-1, required=True, metavar="PARAMETER[=VALUE]...")
@click.option("--document", required=True, help="The policy document that sets the value.")
@click.option("--section", required=True, help="The section of it.")
@click.option("--approver", required=True, help="Who approved the value there.")
@click.option("--approved-on", required=True, type=DAY, metavar="DATE", help="The day on which they did.")
@AS
@with_system
def confirm_command(system: System, *, parameters: tuple[str, ...], acting: str | None, approved_on: datetime, **cited: Any) -> None:  # noqa: ANN401 - document, section, approver
    """Confirm values as the organization's: PARAMETER for the one in force, PARAMETER=VALUE for another.

    Until a value is confirmed, its check proves nothing. Another value is another way of judging: what it changes waits for a
    reviewer (closeout judgements list).

    Example: closeout tailoring confirm password-maximum-age.days --document "AC Policy" --section 4 --approver CSO --approved-on 2026-02-01
    """
    content, source = load_content(), Source(**cited, approved_on=approved_on.date())
    given = {name: (value, source) for name, value in read_values(system, content, parameters).items()}
    fresh = store.confirm_parameters(system, given, person(system, acting), now())
    say(f"{len(fresh)} confirmed, {len(given) - len(fresh)} as they were")
    for check in new_judgements(system, content, [row.check_id for row in fresh]):
        say(f"{check} will be judged in a new way: scan, then `closeout judgements confirm {check}`")
