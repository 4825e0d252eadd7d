"""score, whatif, plan: where the system stands, what would come of some steps, and the cheapest ones."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, cast

import click

from poam_generator.cheapest import TARGETS, Target, Way, find_way
from poam_generator.json_form import to_json
from poam_generator.objectives import describe
from poam_generator.position import Position
from poam_generator.score import Conditional
from poam_generator.steps import Efforts, Step, find_steps, take_steps
from server import store
from server.cli.context import AS, JSON, SYSTEM, named_system, now, person, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say
from server.cli.requirement_status import requirement_command
from server.content import present_content
from server.models import Asset, System
from server.score import Assessment, assess, gather, record
from server.views.shown import effort

SHOWN = 10  # reasons that are listed before the rest is counted
ANSWERS: Mapping[bool | None, str] = {True: "yes", False: "no", None: "cannot be said yet"}


@click.group("score", cls=Group, invoke_without_command=True)
@JSON
@click.option("--objectives", is_flag=True, help="How each of the 320 objectives stands, in place of the score.")
@SYSTEM
@click.pass_context
def score_command(ctx: click.Context, *, system: str | None, as_json: bool, objectives: bool) -> None:
    """Compute the score of 32 CFR 170.24 from what scans show and what people answer for, every number with its reasons.

    What is not assessed counts as NOT MET. Without a system security plan there is no score.

    Example: closeout score --json
    """
    if ctx.invoked_subcommand:
        return
    found = assess(named_system(system), present_content(), now())
    if objectives:
        _show_objectives(found, as_json=as_json)
    elif as_json:
        print_json(found.to_json())
    else:
        _show_score(found)
        _flag_uncategorised(named_system(system))


def _flag_uncategorised(system: System) -> None:
    if count := Asset.objects.filter(system=system, retired_at=None, category="uncategorised").count():
        say(f"{count} assets are uncategorised and count as CUI assets: closeout hosts categorise")


def _show_objectives(found: Assessment, *, as_json: bool) -> None:
    if as_json:
        print_json([to_json(one) for one in found.objectives.values()])
        return
    rows = [(one.objective, one.state.replace("_", " "), describe(one), " ".join(one.reasons)) for one in found.objectives.values()]
    print_table(("objective", "state", "what is known", "notes"), rows)


def _show_score(found: Assessment) -> None:
    score = found.score
    if score.verified is None:
        say(f"no score: {score.because}")
    else:
        click.echo(f"verified score {score.verified} of 110; {found.projected} if every open item closes (lowest possible {score.minimum})")
    rows = [(one.requirement, found.requirements[one.requirement].finding, one.points, one.because) for one in score.not_met]
    print_table(("requirement", "finding", "points", "because"), rows)
    say(f"{len(score.not_assessed)} requirements are not assessed and count as NOT MET")
    say(f"{len(found.unattested)} objectives wait for an answer: closeout score --objectives")
    _say_conditional(score.conditional)


def _say_conditional(conditional: Conditional) -> None:
    say(f"Conditional status: {ANSWERS[conditional.eligible]}")
    for reason in conditional.because[:SHOWN]:
        say(f"  {reason}")
    if len(conditional.because) > SHOWN:
        say(f"  and {len(conditional.because) - SHOWN} more; see closeout score --json")


score_command.add_command(requirement_command)


@score_command.command("record")
@with_system
def record_command(system: System) -> None:
    """Note today's score for the history; scans and the daily job do so too.

    Nothing is written where the day's newest record rests on the same.

    Example: closeout score record
    """
    row = record(system, present_content(), now())
    if row is None:
        say("today's record says the same already")
    else:
        say(f"recorded: verified {_number(row.verified)}, projected {_number(row.projected)}")


def _number(score: int | None) -> str:
    return "none" if score is None else str(score)


@score_command.command("history")
@click.option("--days", type=click.IntRange(1), default=365, show_default=True, help="So many days back.")
@JSON
@with_system
def history_command(system: System, *, days: int, as_json: bool) -> None:
    """List the score of each day as it was recorded, with the digest of all that it rested on.

    Example: closeout score history --days 30
    """
    rows = store.score_days(system, now().date() - timedelta(days=days))
    if as_json:
        names = ("verified", "projected", "inputs", "sha256")
        print_json([{"day": row.day.isoformat()} | {name: getattr(row, name) for name in names} for row in rows])
        return
    cells = [(row.day, _number(row.verified), _number(row.projected), row.inputs[:12]) for row in rows]
    print_table(("day", "verified", "projected", "inputs"), cells)


@score_command.command("policy")
@click.option("--fresh-days", type=click.IntRange(1), help="An observation counts for so many days.")
@click.option("--minutes", multiple=True, metavar="STEP=MINUTES", help="Work of a step, where nothing says how much; several times.")
@JSON
@AS
@with_system
def policy_command(system: System, *, fresh_days: int | None, minutes: tuple[str, ...], as_json: bool, acting: str | None) -> None:
    """Show or decide how old an observation may be for the score, and what work the cheapest way reckons with.

    It is apart from the closing policy. STEP is item, attestation, mfa, encryption, module or plan.

    Example: closeout score policy --fresh-days 14 --minutes attestation=30
    """
    policy = store.score_policy(system)
    if fresh_days or minutes:
        efforts = replace(policy.efforts, **dict(_minutes(word) for word in minutes))
        policy = replace(policy, fresh_days=fresh_days or policy.fresh_days, efforts=efforts)
        store.set_score_policy(system, policy, person(system, acting), now())
        store.refresh_standings(system, policy.fresh_days, now())
    if as_json:
        print_json(to_json(policy))
        return
    say(f"an observation counts for {policy.fresh_days} days")
    print_table(("step", "minutes"), [(one.name, getattr(policy.efforts, one.name)) for one in fields(policy.efforts)])


def _minutes(word: str) -> tuple[str, int]:
    name, _, number = word.partition("=")
    if name not in {one.name for one in fields(Efforts)} or not (number.isascii() and number.isdecimal()):
        raise click.UsageError(f"{word!r}: write {'|'.join(one.name for one in fields(Efforts))}=MINUTES, as in attestation=30")
    return name, int(number)


@click.command("whatif")
@click.argument("words", metavar="STEP...", nargs=-1, required=True)
@JSON
@with_system
def whatif_command(system: System, *, words: tuple[str, ...], as_json: bool) -> None:
    """Show what the score would be with some steps done; nothing is changed.

    STEP is an open item (PA-0043), an objective that somebody attests ("3.6.1[a]"), a requirement with all that it lacks (3.5.3),
    mfa:PLACE, encryption:PLACE or module:PLACE of the registers, or ssp.

    Example: closeout whatif PA-0001 "3.6.1[a]" 3.5.3
    """
    inputs = gather(system, present_content(), now())
    found = find_steps(inputs, store.score_policy(system).efforts)
    steps = found.read(words)
    after = take_steps(inputs, steps)
    if as_json:
        print_json(_whatif_json(found.now, after, sorted(steps)))
        return
    print_table(("step", "of", "what", "work"), [_step_row(step) for step in sorted(steps)])
    print_table(("requirement", "now", "then", "points back"), [tuple(one.values()) for one in _changes(found.now, after)])
    click.echo(f"verified score {_number(found.now.score.verified)} now, {_number(after.score.verified)} then")
    _say_conditional(after.score.conditional)


def _step_row(step: Step) -> tuple[str, ...]:
    where = f"{step.title} ({step.hosts} {'host' if step.hosts == 1 else 'hosts'})" if step.hosts else step.title
    return step.kind, step.key, where, effort(step.minutes)


def _whatif_json(before: Position, after: Position, steps: Sequence[Step]) -> dict[str, Any]:
    conditional = after.score.conditional
    return {
        "steps": [step.to_json() for step in steps],
        "minutes": sum(step.minutes for step in steps),
        "before": before.score.verified,
        "after": after.score.verified,
        "changed": _changes(before, after),
        "not_met": [one.to_json() for one in after.score.not_met],
        "conditional": {"eligible": conditional.eligible, "because": list(conditional.because)},
    }


def _changes(before: Position, after: Position) -> list[dict[str, Any]]:
    """The requirements whose finding or points change."""
    lost, then = ({one.requirement: one.points for one in position.score.not_met} for position in (before, after))
    return [
        {
            "requirement": name,
            "before": was.finding,
            "after": after.requirements[name].finding,
            "points": lost.get(name, 0) - then.get(name, 0),
        }
        for name, was in before.requirements.items()
        if (was.finding, lost.get(name)) != (after.requirements[name].finding, then.get(name))
    ]


@click.command("plan")
@click.option("--to", "target", type=click.Choice([str(one) for one in TARGETS]), required=True, help="88 is Conditional status.")
@JSON
@with_system
def plan_command(system: System, *, target: str, as_json: bool) -> None:
    """Find the cheapest way to Conditional status (88, nothing open that bars it) or to 110: the steps with the least work.

    Points come back only when a requirement is met whole, and a step that several need is counted once. The answer is proven to be the
    cheapest by the work that items and the score policy state.

    Example: closeout plan --to 88
    """
    way = find_way(gather(system, present_content(), now()), cast("Target", int(target)), store.score_policy(system).efforts)
    if as_json:
        print_json(way.to_json())
    else:
        _show_way(way)


def _show_way(way: Way) -> None:
    click.echo(f"from {way.before} to {way.after}: {len(way.steps)} steps, {effort(way.minutes)}")
    rows = [("", "", *_step_row(step)) for step in way.first]
    for one in way.closings:
        rows += [(one.requirement, f"+{one.points}", *_step_row(step)) for step in one.steps]
    print_table(("requirement", "points", "step", "of", "what", "work"), rows)
    if way.left:
        say(f"{len(way.left)} requirements stay open: {', '.join(one.requirement for one in way.left)}")
    if way.unassessed:
        say(f"{len(way.unassessed)} of them are not assessed: Conditional status asks for a finding on each")
