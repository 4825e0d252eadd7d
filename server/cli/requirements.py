"""requirements: what a framework asks, with points and POA&M eligibility; show one, and what a later revision would ask in addition."""

import click

from checks.views import JUDGING, View, list_keys, load_view
from server.cli.groups import PartlyPure
from server.cli.output import print_json, print_table

FRAMEWORK = click.option(
    "--framework", type=click.Choice(list_keys()), default=JUDGING, show_default=True, help="Revision 2, which judges, or another view."
)


@click.group("requirements", cls=PartlyPure, later=dict.fromkeys(("show", "gap", "attach"), "frameworks"), invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the objectives' letters.")
@FRAMEWORK
@click.pass_context
def requirements_command(context: click.Context, *, as_json: bool, framework: str) -> None:
    """List the requirements with their points and whether they may stand on a CMMC POA&M (32 CFR 170.21, 170.24).

    Revision 3 and CMMC Level 1 are views of what Revision 2 judges: they have no points.

    Example: closeout requirements --json
    """
    if context.invoked_subcommand:
        return
    view = load_view(framework)
    if as_json:
        print_json([one.to_json() for one in view.requirements])
    else:
        _print(view)


def _print(view: View) -> None:
    if any(one.cmmc_id for one in view.requirements):
        rows = [(one.id, one.cmmc_id, "-" if one.points is None else one.points, one.l2_poam, one.title) for one in view.requirements]
        print_table(("id", "cmmc_id", "points", "l2_poam", "title"), rows)
        return
    print_table(
        ("id", "r2", "in addition", "values", "title"),
        [(one.id, " ".join(one.r2) or "new", len(one.in_addition), len(one.parameters), one.title) for one in view.requirements],
    )
