"""Where a system stands: objectives, requirements and score out of all that bears on them, now and with steps taken for done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from checks.framework import Framework
from checks.model import CheckSet
from poam_generator.model import LIVE, SourceKind, State
from poam_generator.objectives import NOTHING, AssetResults, ObjectiveStatus, Supposed, Words, assess_objectives
from poam_generator.score import Registers, RequirementStatus, Score, Ssp, compute_score, requirement_status, with_register

# An item without a check speaks against its objectives until it is closed: neither a risk that is accepted nor a dismissal raises a score.
SPEAKING: Final[frozenset[State]] = frozenset({"draft", "open", "accepted", "dismissed"})


@dataclass(frozen=True, slots=True)
class Work:
    """A POA&M item as far as the score and a plan need it. hosts: on how many it is still to be done; minutes: 0 is "not stated"."""

    id: str
    source: SourceKind
    source_key: str
    state: State
    title: str
    requirements: tuple[str, ...]
    objectives: tuple[str, ...]
    minutes: int = 0
    hosts: int = 0

    @property
    def live(self) -> bool:
        """True while work is to be done on it."""
        return self.state in LIVE

    def speaks_against(self, framework: Framework) -> Iterator[str]:
        """The objectives that are not met until this item, which no check has made, is closed; all of its requirements if it names none."""
        if self.source == "check" or self.state not in SPEAKING:
            return
        if self.objectives:
            yield from self.objectives
            return
        for requirement in self.requirements:
            yield from (one.id for one in framework.requirement(requirement).objectives)


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the score of a system rests on. words.weaknesses is left empty: it comes of the items."""

    framework: Framework
    content: CheckSet
    assets: tuple[AssetResults, ...]
    words: Words
    ssp: Ssp | None
    registers: Registers
    items: tuple[Work, ...]
    today: date


@dataclass(frozen=True, slots=True)
class Position:
    """What comes of the inputs."""

    objectives: dict[str, ObjectiveStatus]
    requirements: dict[str, RequirementStatus]
    score: Score


def find_position(inputs: Inputs, supposed: Supposed = NOTHING) -> Position:
    """Where the system stands by these inputs, with what is supposed taken for done."""
    framework = inputs.framework
    words = with_weaknesses(inputs)
    objectives = assess_objectives(framework, inputs.content, inputs.assets, words, inputs.today, supposed)
    by_register = inputs.registers.deductions(inputs.today)
    requirements = {one.id: with_register(requirement_status(one, objectives), by_register.get(one.id)) for one in framework.requirements}
    return Position(objectives, requirements, compute_score(framework, requirements, inputs.ssp, inputs.registers, inputs.today))


def with_weaknesses(inputs: Inputs) -> Words:
    """The words of people with the items beside them that no check has made."""
    found: dict[str, list[str]] = {}
    for item in inputs.items:
        for objective in item.speaks_against(inputs.framework):
            found.setdefault(objective, []).append(item.id)
    words = inputs.words
    weaknesses = {objective: tuple(items) for objective, items in found.items()}
    return Words(words.attestations, words.inheritances, words.relevant, words.unconfirmed, weaknesses)
