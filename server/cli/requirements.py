"""requirements: what the framework asks, with points and POA&M eligibility."""

import click

from checks.framework import load_framework
from server.cli.output import print_json, print_table


@click.command("requirements")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the objectives' letters.")
@click.option("--framework", type=click.Choice(["r2"]), default="r2", show_default=True, help="NIST SP 800-171 revision.")
def requirements_command(*, as_json: bool, framework: str) -> None:
    """List the requirements with their points and whether they may stand on a CMMC POA&M (32 CFR 170.21, 170.24).

    Example: closeout requirements --json
    """
    del framework  # one so far; the option is there so that scripts can name it
    rows = [r.to_json() for r in load_framework().requirements]
    if as_json:
        print_json(rows)
    else:
        headings = ("id", "cmmc_id", "points", "l2_poam", "title")
        print_table(headings, [[("-" if r[h] is None else r[h]) for h in headings] for r in rows])
