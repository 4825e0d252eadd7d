"""lint: read a POA&M table of others, and say what nobody should sign. No database is needed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from poam_generator.assessment import CLOSEOUT_DAYS
from poam_generator.lint import Problem, Standards, lint_plan
from poam_generator.lint.table import Table, read_table, with_earlier
from poam_generator.model import DraftSettings
from server.cli.days import DAY
from server.cli.output import console, print_json, printable, say
from server.errors import ServerError

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
LARGEST = 50 * 1024 * 1024
FOUND = 1
JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")
FAIL_ON = click.option("--fail-on", type=click.Choice(["problem"]), help="Exit with status 1 when there is one.")


@click.command("lint")
@click.argument("file", type=FILE)
@click.option("--before", type=FILE, help="An earlier state of the same table, to find completion dates that were moved.")
@click.option("--conditional-status", type=DAY, metavar="DAY", help="The Conditional CMMC Status Date, from which the 180 days run.")
@click.option("--lead-days", type=click.IntRange(0, CLOSEOUT_DAYS), default=30, show_default=True, help="Days that a closeout needs.")
@click.option("--stale-days", type=click.IntRange(1), default=30, show_default=True, help="An entry without a word for longer is stale.")
@FAIL_ON
@JSON
def lint_command(  # noqa: PLR0913 - an option each
    *,
    file: Path,
    before: Path | None,
    conditional_status: datetime | None,
    lead_days: int,
    stale_days: int,
    fail_on: str | None,
    as_json: bool,
) -> int:
    """Read the POA&M in a CSV FILE, and say what nobody should sign as it stands.

    FILE has the columns of closeout's csv-plan, of NIST's plan of action for CUI, of the FedRAMP template, or of eMASS.

    Example: closeout lint poam.csv --conditional-status 2026-11-01
    """
    today = datetime.now(UTC).date()
    table = _read(file, today)
    entries = with_earlier(table.entries, _read(before, today).entries) if before else table.entries
    due = (conditional_status + timedelta(days=CLOSEOUT_DAYS)).date() if conditional_status else None
    settings = DraftSettings(stale_days=stale_days, closeout_lead_days=lead_days)
    problems = lint_plan(entries, Standards(today, settings, due))
    show_problems(problems, as_json=as_json, unread=table.unread)
    say(f"{file}: {len(entries)} entries, {len(problems)} problems")
    return FOUND if fail_on and problems else 0


def _read(file: Path, today: date) -> Table:
    if file.stat().st_size > LARGEST:
        raise ServerError(f"{file} is larger than {LARGEST // 1024 // 1024} MB, which no POA&M is")
    try:
        return read_table(file.read_bytes().decode("utf-8-sig"), today)
    except UnicodeDecodeError as error:
        raise ServerError(f"{file} is no UTF-8 text; save the sheet of the POA&M as CSV (UTF-8)") from error


def show_problems(problems: Sequence[Problem], *, as_json: bool, unread: Iterable[str] | None = None) -> None:
    """The problems with the entry that each is of, and what could not be read as notes."""
    found = [problem.to_json() for problem in problems]
    if as_json:
        print_json({"problems": found} if unread is None else {"problems": found, "unread": list(unread)})
        return
    out = console()
    for problem in problems:
        out.print(printable(f"{problem.entry or 'the POA&M'}: {problem.sentence}"), markup=False)
    for sentence in unread or ():
        say(f"note: {printable(sentence)}")
