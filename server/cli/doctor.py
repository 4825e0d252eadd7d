"""doctor: whether database and evidence are whole."""

import click

from server import guards
from server.cli import COULD_NOT
from server.cli.context import JSON, with_system
from server.cli.output import print_json, print_table, say
from server.doctor import examine
from server.models import System


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
    else:
        print_table(("", "what", "seen"), [("ok" if f.good else "BAD", f.name, f.text) for f in findings])
    return 0 if all(f.good for f in findings) else COULD_NOT
