"""The guided first pass over a system: the objective that is next, with everything that a person needs to answer it."""

from dataclasses import dataclass
from datetime import datetime

from checks.framework import Objective, Requirement, load_framework
from checks.load import Content
from poam_generator.first_pass import Progress, advise, find_next, measure
from poam_generator.objectives import ObjectiveStatus
from server import store
from server.models import System
from server.score import assess
from server.tailoring import unconfirmed_checks


@dataclass(frozen=True, slots=True)
class Step:
    """One objective of the pass. advice: what would answer it."""

    requirement: Requirement
    objective: Objective
    status: ObjectiveStatus
    advice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstPass:
    """How far the pass has come, and the step that is next; None when every objective is answered."""

    progress: Progress
    step: Step | None


def first_pass(system: System, content: Content, now: datetime, wanted: str = "") -> FirstPass:
    """Where the pass stands; wanted: an objective to look at in place of the next one."""
    framework, put_off = load_framework(), store.objectives_put_off(system)
    statuses = assess(system, content, now).objectives
    progress = measure(framework, statuses, put_off)
    chosen = wanted or find_next(framework, statuses, put_off)
    if chosen is None:
        return FirstPass(progress, None)
    requirement, objective = framework.requirement_of(chosen), framework.objective(chosen)
    members = {check for proof in framework.proof_sets if proof.objective == chosen for check in proof.checks}
    advice = advise(requirement, objective, statuses[chosen], members & unconfirmed_checks(system, content))
    return FirstPass(progress, Step(requirement, objective, statuses[chosen], advice))
