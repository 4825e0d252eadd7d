"""checks: list, show, test, lint, new, coverage; those that look at stored observations are in server.cli.content."""

from pathlib import Path
from typing import Any

import click

from checks.cases import TestOutcome, run_tests
from checks.coverage import coverage
from checks.errors import ContentError
from checks.framework import load_framework
from checks.lint import Problem, lint, problems_of
from checks.listing import check_to_json
from checks.load import Content
from checks.markdown import write_pages
from checks.model import Check
from checks.remediation import remediation_text
from checks.scaffold import new_check
from checks.search import matches
from server.cli import packs
from server.cli.groups import CONTENT, PartlyPure
from server.cli.output import console, print_json, print_table, say, status_text
from server.content import present_content
from server.errors import ServerError

JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group("checks", cls=PartlyPure, later={"diff": "content", "activate": "content"})
def checks_command() -> None:
    """Read, try and write checks.

    Example: closeout checks show ssh-root-login
    """


for command in packs.COMMANDS:
    checks_command.add_command(command)


@checks_command.command("list")
@click.option("--text", default="", help="Only those with all these words: text, a requirement, a fact, an id elsewhere.")
@JSON
@CONTENT
def list_command(*, text: str, as_json: bool, directory: Path | None) -> None:
    """List every check with the objectives it assesses.

    Example: closeout checks list --json
    """
    checks = [one for one in present_content(directory).checks.values() if matches(one, text)]
    if as_json:
        print_json([check_to_json(c) for c in checks])
    else:
        print_table(("check", "severity", "assesses", "title"), [(c.id, c.severity, " ".join(c.assesses), c.title) for c in checks])
    if not checks:
        say(f"no check has all the words {text!r}; `closeout checks list` without --text shows all")


@checks_command.command("show")
@click.argument("check_id", metavar="ID")
@JSON
@CONTENT
def show_command(check_id: str, *, as_json: bool, directory: Path | None) -> None:
    """Show one check: what it expects, why, and how to mend what fails.

    Example: closeout checks show ssh-root-login
    """
    check = find_check(present_content(directory), check_id)
    if as_json:
        print_json(check_to_json(check))
    else:
        _print_check(check)


@checks_command.command("test")
@click.argument("check_ids", metavar="[ID...]", nargs=-1)
@JSON
@CONTENT
def test_command(check_ids: tuple[str, ...], *, as_json: bool, directory: Path | None) -> int:
    """Judge the embedded cases of checks (all without ID), and exit with 1 when a verdict is not as stated.

    Example: closeout checks test ssh-root-login
    """
    content = present_content(directory)
    chosen = [find_check(content, i) for i in check_ids] or list(content.checks.values())
    outcomes = [outcome for check in chosen for outcome in run_tests(check)]
    wrong = [o for o in outcomes if not o.passed]
    if as_json:
        print_json([_outcome_json(o) for o in outcomes])
    else:
        print_table(("check", "case", "wanted", "got"), [_outcome_row(o) for o in (outcomes if check_ids else wrong)])
    say(f"{len(outcomes) - len(wrong)} of {len(outcomes)} cases of {len(chosen)} checks are judged as stated")
    return int(bool(wrong))


def _outcome_json(outcome: TestOutcome) -> dict[str, Any]:
    result = outcome.result.to_json()
    return {
        "check": outcome.check,
        "platform": outcome.platform,
        "case": outcome.case.name,
        "wanted": outcome.case.status,
        "got": result["status"],
        "passed": outcome.passed,
        "missing": list(outcome.missing),
        "observations": result["observations"],
    }


def _outcome_row(outcome: TestOutcome) -> tuple[Any, ...]:
    return outcome.check, outcome.case.name, status_text(outcome.case.status), status_text(outcome.result.status)


@checks_command.command("lint")
@JSON
@CONTENT
def lint_command(*, as_json: bool, directory: Path | None) -> int:
    """Look for every mistake that a check file can have, and exit with 1 when there is one.

    Example: closeout checks lint --content my-checks
    """
    count, problems = _find_problems(directory)
    if as_json:
        print_json([{"file": p.file, "line": p.line, "path": p.path, "message": p.message} for p in problems])
    for problem in () if as_json else problems:
        click.echo(str(problem))
    say(f"{len(problems)} problems in {count} checks")
    return int(bool(problems))


def _find_problems(directory: Path | None) -> tuple[int, list[Problem]]:
    try:
        content = present_content(directory)
    except ContentError as error:
        problems = problems_of(error)
        return len({p.file for p in problems}), problems
    return len(content.checks), lint(content, load_framework())


@checks_command.command("new")
@click.argument("name")
@click.option("--objective", required=True, metavar="ID", help='The assessment objective that it bears on, as in "3.1.8[b]".')
@click.option(
    "--content", "directory", type=click.Path(path_type=Path), default=Path("checks"), show_default=True, help="The directory it goes to."
)
def new_command(name: str, objective: str, directory: Path) -> None:
    """Write the file of a new check to fill in.

    Example: closeout checks new ssh-banner --objective "3.1.9[b]" --content my-checks
    """
    try:
        path = new_check(name, objective, directory, load_framework())
    except ContentError as error:
        raise click.UsageError(str(error)) from error
    click.echo(path)
    say(f"fill it in, then: closeout checks lint --content {directory} && closeout checks test {name} --content {directory}")


@checks_command.command("coverage")
@JSON
@CONTENT
def coverage_command(*, as_json: bool, directory: Path | None) -> None:
    """Show for every objective and platform what proves it, what supports it, or that a person attests it.

    Example: closeout checks coverage --json
    """
    rows = [row.to_json() for row in coverage(present_content(directory), load_framework())]
    if as_json:
        print_json(rows)
    else:
        headings = ("objective", "platform", "state", "proof_set", "missing", "supports")
        print_table(headings, [[" ".join(r[h]) if isinstance(r[h], list) else (r[h] or "") for h in headings] for r in rows])


@checks_command.command("docs")
@click.option("-o", "output", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where to; made where it is missing.")
@CONTENT
def docs_command(*, output: Path, directory: Path | None) -> None:
    """Write a page for each check as Markdown: what, why, how it judges, how to fix it, how it is verified, references.

    Beside them stand index.md, by family, and references.md, by the ids that equal rules have elsewhere.

    Example: closeout checks docs -o check-pages
    """
    pages = list(write_pages(present_content(directory), load_framework()))
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, text in pages:
            (output / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ServerError(f"{error.filename}: {error.strerror}; name a directory that can be written") from error
    say(f"wrote {len(pages)} pages to {output}; begin with {output / 'index.md'}")


def find_check(content: Content, check_id: str) -> Check:
    """The check of that id; raises a usage error when there is none."""
    if check_id not in content.checks:
        raise click.UsageError(f"no check is named {check_id}; `closeout checks list` shows them")
    return content.checks[check_id]


def _print_check(check: Check) -> None:
    out = console()
    out.print(f"{check.id}: {check.title}", style="bold", markup=False)
    out.print(f"assesses {', '.join(f'{o} ({how})' for o, how in check.assesses.items())}; severity {check.severity}", markup=False)
    out.print(f"\n{check.weakness}\n{check.rationale}", markup=False)
    for name, parameter in check.parameters.items():
        out.print(f"\nparameter {name}: {parameter.label}; default {parameter.default}", markup=False)
    for platform, part in check.platforms.items():
        out.print(f"\nOn {platform} it reads {', '.join(part.paths())}", markup=False)
        out.print(f"To mend it (about {part.effort} minutes a host):\n{remediation_text(check, platform)}", markup=False)
