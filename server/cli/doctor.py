"""doctor: whether database and evidence are whole."""

from collections.abc import Iterable

import click

from poam_generator.chain import Head
from server import guards
from server.chain import head_fault
from server.cli import COULD_NOT
from server.cli.context import JSON, with_system
from server.cli.output import print_json, print_table, say
from server.doctor import Finding, examine
from server.models import System
from server.start import open_database


@click.command("doctor")
@click.option("--whole", is_flag=True, help="Look at every row of evidence, and not at the newest ones only.")
@click.option("--mend", is_flag=True, help="Put missing guards of the append-only tables back.")
@JSON
@with_system
def doctor_command(system: System, *, whole: bool, mend: bool, as_json: bool) -> int:
    """Check data directory, migrations, guards, and that the evidence is what its digests say. Exit 3 when it is not.

    Example: closeout doctor --whole
    """
    del system
    if mend:
        guards.install()
        say("the guards are in place")
    findings = examine(whole=whole)
    if as_json:
        print_json([{"name": f.name, "good": f.good, "text": f.text} for f in findings])
        return _status(findings)
    return _show(findings)


def verify_store(heads: Iterable[Head]) -> int:
    """Print how everything that is kept here looks, and whether it still has the links that were written down; the exit code."""
    open_database()
    return _show([*examine(whole=True), *(_look_for(head) for head in heads)])


def _look_for(head: Head) -> Finding:
    fault = head_fault(head)
    return Finding(
        "head", not fault, fault or f"{head.short} is a link of its chain: where that holds, all that was recorded up to then is here"
    )


def _show(findings: list[Finding]) -> int:
    print_table(("", "what", "seen"), [("ok" if f.good else "BAD", f.name, f.text) for f in findings])
    return _status(findings)


def _status(findings: list[Finding]) -> int:
    return 0 if all(f.good for f in findings) else COULD_NOT
