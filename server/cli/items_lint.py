"""items lint: what nobody should sign of a system's own items."""

import click

from server import store
from server.cli.context import JSON, now, with_system
from server.cli.lint import FAIL_ON, FOUND, show_problems
from server.cli.output import say
from server.content import present_content
from server.lint import item_problems, plan_problems
from server.models import System


@click.command("lint")
@click.argument("identifiers", metavar="[ITEM]...", nargs=-1)
@FAIL_ON
@JSON
@with_system
def items_lint_command(system: System, *, identifiers: tuple[str, ...], fail_on: str | None, as_json: bool) -> int:
    """Read drafts and open items, and say what nobody should sign as it stands; without ITEM also of the POA&M as a whole.

    Example: closeout items lint --fail-on problem
    """
    content = present_content()
    if identifiers:
        rows = [store.find_item(system, one) for one in identifiers]
        problems = [problem for row in rows for problem in item_problems(row, content, now().date())]
    else:
        problems = plan_problems(system, content, now())
    show_problems(problems, as_json=as_json)
    say(f"{len(problems)} problems")
    return FOUND if fail_on and problems else 0
