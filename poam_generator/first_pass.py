"""The first pass through all objectives: in which order they come, which one is next, and what to do about it.

Requirements that may never stand on a CMMC POA&M (32 CFR 170.21(a)(2)) come first, because no Conditional status waits for them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from checks.framework import Framework, Objective, Platform, Requirement
from poam_generator.attestation import not_applicable_rule
from poam_generator.objectives import ObjectiveStatus, name_few

_OPEN = frozenset({"missing", "contested"})  # what waits for a person; a failure waits for its fix


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the pass has come: objectives, those of the requirements that are never eligible, and those that were put off."""

    total: int
    answered: int
    never: int
    never_answered: int
    put_off: int


def in_order(framework: Framework) -> tuple[tuple[Requirement, Objective], ...]:
    """Every objective with its requirement, those of the requirements that are never eligible first."""
    first = [one for one in framework.requirements if one.l2_poam == "no"]
    then = [one for one in framework.requirements if one.l2_poam != "no"]
    return tuple((requirement, objective) for requirement in (*first, *then) for objective in requirement.objectives)


def waits(status: ObjectiveStatus) -> bool:
    """True while the objective waits for a person's answer; one that fails waits for its fix."""
    return status.state in _OPEN


def find_next(framework: Framework, statuses: Mapping[str, ObjectiveStatus], put_off: Collection[str]) -> str | None:
    """The objective to answer next: the first that waits, then those that were put off; None when all are answered."""
    waiting = [objective.id for _, objective in in_order(framework) if waits(statuses[objective.id])]
    return next((one for one in waiting if one not in put_off), waiting[0] if waiting else None)


def measure(framework: Framework, statuses: Mapping[str, ObjectiveStatus], put_off: Collection[str]) -> Progress:
    """How far the pass has come."""
    every = [(requirement.l2_poam == "no", waits(statuses[objective.id]), objective.id) for requirement, objective in in_order(framework)]
    return Progress(
        total=len(every),
        answered=sum(not waiting for _, waiting, _ in every),
        never=sum(never for never, _, _ in every),
        never_answered=sum(never and not waiting for never, waiting, _ in every),
        put_off=sum(waiting and objective in put_off for _, waiting, objective in every),
    )


def advise(requirement: Requirement, objective: Objective, status: ObjectiveStatus, unconfirmed: Collection[str]) -> tuple[str, ...]:
    """What would answer an objective, one sentence each. unconfirmed: checks of its proof sets whose values nobody has confirmed."""
    return tuple(_advise(requirement, objective, status, unconfirmed))


def _advise(requirement: Requirement, objective: Objective, status: ObjectiveStatus, unconfirmed: Collection[str]) -> Iterator[str]:
    if status.failing:
        yield "Hosts fail it: what closes its items mends it, and no word outweighs a failure."
    if status.contested_by:
        yield f"{name_few(status.contested_by)} speaks against it: fix that, or look at it and say in your word that you have weighed it."
    if unconfirmed:
        yield f"Confirm the values of {name_few(sorted(unconfirmed))}: until then no host can prove it."
    if status.missing:
        yield f"Not shown for {name_few(status.missing)}: scan them, or attest for them."
    if all(objective.basis(platform) == "attested" for platform in get_args(Platform)):
        yield "No host can show it: examine the document that says so, interview who does it, or test it, and attest what you found."
    if requirement.not_applicable_note:
        yield not_applicable_rule(requirement.not_applicable_note)
