"""tailoring: the organization's own values, and the file that holds them with the exceptions from checks."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.db import transaction

from checks.operators import show as shown
from poam_generator.tailoring import Source
from server import store
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.days import DAY
from server.cli.exceptions import (
    agree_command,
    end_command,
    except_command,
    exception_json,
    print_exceptions,
    refuse_command,
    tell_asked,
)
from server.cli.files import read_text
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say, write_output
from server.content import present_content
from server.models import ParameterValue, System
from server.tailoring import ParameterRow, new_judgements, parameter_rows, read_values
from server.tailoring_file import read_tailoring, write_tailoring


@click.group("tailoring", cls=Group)
def tailoring_command() -> None:
    """Make the checks the organization's own: values that it confirms, and exceptions with a reason, an approver and an end.

    Example: closeout tailoring show --unconfirmed
    """


tailoring_command.add_command(except_command)
tailoring_command.add_command(agree_command)
tailoring_command.add_command(refuse_command)
tailoring_command.add_command(end_command)


@tailoring_command.command("show")
@click.option("--unconfirmed", is_flag=True, help="Only the values that nobody has confirmed: their checks prove nothing yet.")
@JSON
@with_system
def show_command(system: System, *, unconfirmed: bool, as_json: bool) -> None:
    """Show every value in force with the policy that sets it, and every exception with how it stands.

    What nobody has confirmed is a default.

    Example: closeout tailoring show --unconfirmed
    """
    every, asked = parameter_rows(system, present_content()), () if unconfirmed else store.exceptions(system, now().date())
    rows = [row for row in every if not (unconfirmed and row.cited)]
    if as_json:
        print_json({"parameters": [row.to_json() for row in rows], "exceptions": [exception_json(one) for one in asked]})
        return
    print_table(("parameter", "value", "bounds", "set by"), [(row.key, shown(row.value), row.bounds, _set_by(row)) for row in rows])
    print_exceptions(asked)
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
    content, source = present_content(), Source(**cited, approved_on=approved_on.date())
    given = {name: (value, source) for name, value in read_values(system, content, parameters).items()}
    fresh = store.confirm_parameters(system, given, person(system, acting), now())
    say(f"{len(fresh)} confirmed, {len(given) - len(fresh)} as they were")
    _say_new(system, fresh)


def _say_new(system: System, fresh: Iterable[ParameterValue]) -> None:
    for check in new_judgements(system, present_content(), [row.check_id for row in fresh]):
        say(f"{check} will be judged in a new way: scan, then `closeout judgements confirm {check}`")


@tailoring_command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@AS
@with_system
def import_command(system: System, *, file: Path, acting: str | None) -> None:
    """Confirm the values of a tailoring FILE and ask for its exceptions, all or nothing; what is not in it stays as it was.

    Example: closeout tailoring import tailoring.yml
    """
    content, user, moment = present_content(), person(system, acting), now()
    given = read_tailoring(read_text(file), str(file), content)
    with transaction.atomic():
        fresh = store.confirm_parameters(system, given.parameters, user, moment)
        asked = store.ask_exceptions(system, given.exceptions, user, moment)
    say(f"{len(fresh)} values confirmed, {len(given.parameters) - len(fresh)} as they were")
    _say_new(system, fresh)
    tell_asked(asked)


@tailoring_command.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file [default: standard output].")
@click.option("--unconfirmed", is_flag=True, help="The values that wait to be confirmed too, with an empty source to fill in.")
@with_system
def export_command(system: System, *, output: Path | None, unconfirmed: bool) -> None:
    """Write the tailoring as a file that `closeout tailoring import` reads.

    Example: closeout tailoring export --unconfirmed -o tailoring.yml
    """
    rows = [row for row in parameter_rows(system, present_content()) if row.cited or unconfirmed]
    asked = [one.said for one in store.exceptions(system, now().date()) if one.state in {"asked", "approved"}]
    write_output(write_tailoring(rows, asked).encode(), output, "the tailoring")
