"""policies: when a passing scan is believed enough to close; one person proposes, another one approves."""

from typing import Any

import click

from poam_generator.json_form import from_json, to_json
from poam_generator.model import Policy
from poam_generator.policies import describe_policy, describe_scope
from server import store
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say
from server.models import PolicyProposal, System

NUMBER = click.argument("number", type=int)
GROUP = click.option("--group", default="", help="For hosts of this group alone.")
SEVERITY = click.option(
    "--severity",
    type=click.Choice(["low", "medium", "high"]),
    callback=lambda _context, _option, chosen: chosen or "",
    help="For checks of this severity alone.",
)
REASON = click.option("--reason", required=True, help="Why; the sentence stays in the records.")


@click.group("policies", cls=Group)
def policies_command() -> None:
    """Say when a passing scan is believed enough to close an item. The most specific one holds.

    Example: closeout policies list
    """


@policies_command.command("list")
@JSON
@with_system
def list_command(system: System, *, as_json: bool) -> None:
    """List the closing policies in force, and those that wait for an answer.

    Example: closeout policies list
    """
    held, asked = store.policies_of(system), store.open_proposals(system)
    if as_json:
        print_json({"in_force": to_json(held), "proposed": [_json(one) for one in asked]})
        return
    rows = [(describe_scope(one), describe_policy(one), one.approved_by) for one in held or (Policy(),)]
    print_table(("for", "closing policy", "approved by"), rows)
    if not held:
        say("this is the default; nobody has approved a closing policy")
    for one in asked:
        policy = from_json(Policy, one.policy)
        what = "to withdraw it" if one.withdraw else describe_policy(policy)
        say(f"number {one.pk} waits for an answer: {one.asked_by} asks for {describe_scope(policy)}: {what} ({one.reason})")


def _json(one: PolicyProposal) -> dict[str, Any]:
    return {
        "number": one.pk,
        "policy": one.policy,
        "withdraw": one.withdraw,
        "reason": one.reason,
        "digest": one.digest,
        "asked_by": one.asked_by.username,
    }


@policies_command.command("propose")
@GROUP
@SEVERITY
@click.option("--passes", type=int, help="So many passes in a row.")
@click.option("--fresh-days", type=int, help="The newest pass is at most so old.")
@click.option("--soak-days", type=int, help="The first of them is at least so old.")
@click.option("--flapping-changes", type=int, help="A host that changed so often …")
@click.option("--flapping-days", type=int, help="… in so many days …")
@click.option("--flapping-passes", type=int, help="… needs so many passes in a row.")
@click.option("--same-judgement/--any-judgement", default=None, help="Whether a pass under another judgement needs a reviewer's word.")
@click.option("--automatic/--reviewer", default=None, help="Whether it closes by itself, or on a reviewer's word.")
@REASON
@AS
@with_system
def propose_command(system: System, *, group: str, severity: str, reason: str, acting: str | None, **given: Any) -> None:  # noqa: ANN401 - an option each
    """Propose a closing policy; what is not said is as the policy that holds there now says it. Another person has to approve it.

    Example: closeout policies propose --group servers --passes 2 --soak-days 3 --reason "servers are changed at night"
    """
    present = to_json(store.policy_of(system, group, severity))
    said = {name: value for name, value in given.items() if value is not None}
    policy = from_json(Policy, {**present, **said, "group": group, "severity": severity, "approved_by": ""})
    asked = store.propose_policy(system, policy, reason, person(system, acting), now())
    say(f"proposed as number {asked.pk} for {describe_scope(policy)}: {describe_policy(policy)}")
    say(f"another person approves it by: closeout policies approve {asked.pk} --as PERSON")


@policies_command.command("withdraw")
@GROUP
@SEVERITY
@REASON
@AS
@with_system
def withdraw_command(system: System, *, group: str, severity: str, reason: str, acting: str | None) -> None:
    """Propose that a group or severity has no closing policy of its own any more; another person has to approve that.

    Example: closeout policies withdraw --group servers --reason "they are changed by day now"
    """
    asked = store.propose_withdrawal(system, Policy(group=group, severity=severity), reason, person(system, acting), now())
    say(f"proposed as number {asked.pk}; another person approves it by: closeout policies approve {asked.pk} --as PERSON")


@policies_command.command("approve")
@NUMBER
@AS
@with_system
def approve_command(system: System, *, number: int, acting: str | None) -> None:
    """Approve the closing policy that another person proposed under that NUMBER.

    Example: closeout policies approve 3 --as j.doe
    """
    asked = store.find_proposal(system, number)
    store.approve_policy(asked, person(system, acting), asked.digest, now())
    say(f"the closing policy {number} is in force")


@policies_command.command("refuse")
@NUMBER
@click.option("--because", required=True, help="Why it is refused.")
@AS
@with_system
def refuse_command(system: System, *, number: int, because: str, acting: str | None) -> None:
    """Refuse the closing policy that another person proposed under that NUMBER; what held before goes on.

    Example: closeout policies refuse 3 --because "one pass proves too little here" --as j.doe
    """
    asked = store.find_proposal(system, number)
    store.refuse_policy(asked, person(system, acting), because, now())
    say(f"the closing policy {number} is refused")
