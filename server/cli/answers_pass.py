"""The guided first pass by command: the next objective, a word on it, and what is due to be looked at again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast, get_args

import click

from checks.framework import load_framework
from poam_generator.anniversary import years_after
from poam_generator.answers import Answers, due
from poam_generator.attestation import Attestation, AttestedFinding, Method, attestation_faults, not_applicable_rule
from poam_generator.first_pass import Progress
from poam_generator.json_form import to_json
from poam_generator.objectives import describe
from server import store
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.days import DAY
from server.cli.output import print_json, print_table, say
from server.content import present_content
from server.errors import ServerError
from server.first_pass import Step, first_pass
from server.models import System
from server.words import record_answers


@click.command("next")
@JSON
@with_system
def next_command(system: System, *, as_json: bool) -> None:
    """Show the objective to answer next, with what hosts showed and what would answer it; never eligible requirements come first.

    Example: closeout answers next
    """
    found = first_pass(system, present_content(), now())
    if as_json:
        print_json({"progress": to_json(found.progress), "next": _step_json(found.step) if found.step else None})
        return
    if found.step:
        _show(found.step)
    else:
        say("every objective has an answer")
    _say_progress(found.progress)


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "requirement": step.requirement.id,
        "objective": step.objective.id,
        "summary": step.objective.summary,
        "state": step.status.state,
        "known": describe(step.status),
        "advice": list(step.advice),
    }


def _show(step: Step) -> None:
    click.echo(f"{step.objective.id}  {step.requirement.title}")
    click.echo(f"  {step.objective.summary}")
    click.echo(f"  known: {describe(step.status)}")
    for sentence in step.advice:
        click.echo(f"  {sentence}")
    say(f'closeout answers attest "{step.objective.id}" --finding met --method examine --statement "..." --document NUMBER')
    say(f'closeout answers put-off "{step.objective.id}"')


def _say_progress(progress: Progress) -> None:
    never = f"{progress.never_answered} of {progress.never} of requirements that may never stand on a POA&M"
    say(f"{progress.answered} of {progress.total} objectives answered, {never}; {progress.put_off} put off")


@click.command("put-off")
@click.argument("objective")
@AS
@with_system
def put_off_command(system: System, *, objective: str, acting: str | None) -> None:
    """Leave an OBJECTIVE for later; it comes back when the others are answered.

    Example: closeout answers put-off "3.1.3[a]"
    """
    store.put_off(system, objective, person(system, acting), now())
    say(f"{objective}: put off; the next one: closeout answers next")


@click.command("attest")
@click.argument("objective")
@click.option("--finding", required=True, type=click.Choice(get_args(AttestedFinding)), help="What you found.")
@click.option("--method", "methods", multiple=True, type=click.Choice(get_args(Method)), help="How you found it; may be given again.")
@click.option("--statement", required=True, help="What you looked at, whom you asked, what you saw.")
@click.option("--document", "documents", multiple=True, type=int, metavar="NUMBER", help="What it rests on (closeout documents list).")
@click.option("--host", "hosts", multiple=True, help="Only for this asset [default: the whole system].")
@click.option("--weighed", multiple=True, metavar="CHECK", help="A failing check that supports it, and that you have looked at.")
@click.option("--review-by", type=DAY, metavar="DATE", help="When it is looked at again [default: a year from now].")
@click.option("--justification", default="", help="Why it does not apply, for not_applicable.")
@click.option("--ssp-section", "ssp_reference", default="", help="Where the SSP says so, for not_applicable.")
@AS
@with_system
def attest_command(  # noqa: PLR0913 - one argument an option
    system: System,
    *,
    objective: str,
    documents: tuple[int, ...],
    hosts: tuple[str, ...],
    weighed: tuple[str, ...],
    review_by: datetime | None,
    acting: str | None,
    **told: Any,  # noqa: ANN401 - finding, methods and the texts
) -> None:
    """Record your word on an OBJECTIVE, or on all of a requirement; what it lacks to count is said at once.

    Example: closeout answers attest "3.6.1[a]" --finding met --method examine --statement "The plan names the team." --document 3
    """
    user, moment = person(system, acting), now()
    word = Attestation(
        objective=objective,
        by=user.full_name or user.username,
        on=moment.date(),
        review_by=review_by.date() if review_by else years_after(moment.date()),
        evidence=tuple(store.evidence_of(store.find_document(system, number)) for number in documents),
        assets=frozenset(str(store.find_host(system, name).pk) for name in hosts),
        weighed=frozenset(weighed),
        **told,
    )
    named = objectives_of(objective)
    _, applied = record_answers(system, Answers(attestations=tuple(replace(word, objective=one) for one in named)), user, moment)
    say(f"{', '.join(named)}: {cast('str', word.finding).replace('_', ' ')}, recorded")
    for fault in attestation_faults(word, moment.date()):
        say(f"it counts for nothing yet: {fault}")
    if word.finding == "not_applicable":
        framework = load_framework()
        say(not_applicable_rule(framework.requirement_of(named[0]).not_applicable_note))
    if applied.drafted:
        say(f"{', '.join(applied.drafted)} drafted for it: every NOT MET requirement needs an item")


def objectives_of(text: str) -> tuple[str, ...]:
    """The objective of an id, or those of a requirement; raises ContentError when there is neither."""
    framework = load_framework()
    if "[" in text:
        return (framework.objective(text).id,)
    return tuple(one.id for one in framework.requirement(text).objectives)


@click.command("due")
@click.option("--days", default=30, show_default=True, help="Within so many days.")
@JSON
@with_system
def due_command(system: System, *, days: int, as_json: bool) -> None:
    """List the answers that are overdue or soon due to be looked at again, the oldest first.

    Example: closeout answers due --days 60
    """
    if days < 0:
        raise ServerError("--days counts forward; what is overdue is listed always")
    rows = due(store.answers_of(system), now().date() + timedelta(days=days))
    if as_json:
        print_json([to_json(one) for one in rows])
        return
    today = now().date()
    print_table(("kind", "of", "due on", ""), [(one.kind, one.key, one.on, "overdue" if one.on < today else "") for one in rows])
    say(f"{len(rows)} due within {days} days, {sum(one.on < today for one in rows)} of them overdue")


COMMANDS = (next_command, put_off_command, attest_command, due_command)
