"""A framework: its requirements and assessment objectives, what each is worth, and what may stand on a POA&M."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from checks.conformity import Conformity
from checks.errors import UnknownIdError
from checks.framework_consistency import list_contradictions
from checks.schema import list_shape_errors
from checks.yaml_file import read_yaml

# What the facts of a host can do for an objective: prove it (by a proof set), support a person's word for it, or nothing.
Basis = Literal["facts", "supports", "attested"]
Platform = Literal["linux", "windows"]
Eligibility = Literal["yes", "no", "only_if_partial"]

SHIPPED: Final = "nist_800_171_r2.yml"


@dataclass(frozen=True, slots=True)
class Objective:
    """An assessment objective of SP 800-171A; id as in 3.1.8[b]."""

    id: str
    letter: str
    summary: str
    linux: Basis
    windows: Basis

    def basis(self, platform: Platform) -> Basis:
        """Return what the facts of a host of this platform can do for the objective."""
        return self.linux if platform == "linux" else self.windows


@dataclass(frozen=True, slots=True)
class Requirement:
    """A security requirement with its value and its place on a CMMC Level 2 POA&M.

    points: taken where it is NOT MET (32 CFR 170.24(c)(2)(i)(B)), None where it carries no value; points_partial: taken instead
    where partial_when holds; l2_poam: by l2_poam_paragraph; level_1: its CMMC Level 1 id, or None.
    """

    id: str
    cmmc_id: str
    family: str
    title: str
    summary: str
    type: Literal["basic", "derived"]
    points: int | None
    points_partial: int | None
    partial_when: str | None
    level_1: str | None
    l2_poam: Eligibility
    l2_poam_paragraph: str
    not_scored_paragraph: str | None
    not_scored_note: str | None
    not_applicable_note: str | None
    objectives: tuple[Objective, ...]


@dataclass(frozen=True, slots=True)
class ProofSet:
    """The ids of the checks that together prove an objective on one platform, and why they suffice.

    must_apply: those of them that have to apply to a host; where one does not, the rest is no proof there.
    """

    objective: str
    platform: Platform
    checks: tuple[str, ...]
    reason: str
    must_apply: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework as its file declares it; families: code -> name; maximum: the score when every requirement is met."""

    id: str
    title: str
    source: str
    maximum: int
    families: Mapping[str, str]
    requirements: tuple[Requirement, ...]
    proof_sets: tuple[ProofSet, ...]
    file: str
    _requirements: Mapping[str, Requirement] = field(init=False, repr=False, compare=False)
    _objectives: Mapping[str, tuple[Requirement, Objective]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pairs = ((requirement, objective) for requirement in self.requirements for objective in requirement.objectives)
        object.__setattr__(self, "_requirements", {requirement.id: requirement for requirement in self.requirements})
        object.__setattr__(self, "_objectives", {pair[1].id: pair for pair in pairs})

    @property
    def minimum(self) -> int:
        """The score when no requirement is met: 110 less 313 is -203 (32 CFR 170.24(c)(2): it may be negative)."""
        return self.maximum - sum(requirement.points or 0 for requirement in self.requirements)

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """Every objective, in the order of the requirements."""
        return tuple(objective for _, objective in self._objectives.values())

    def requirement(self, requirement_id: str) -> Requirement:
        """Return the requirement with this id, as in 3.1.8; ContentError where there is none."""
        found = self._requirements.get(requirement_id)
        if found is None:
            self._refuse_id("requirement", requirement_id, tuple(self._requirements))
        return found

    def objective(self, objective_id: str) -> Objective:
        """Return the objective with this id, as in 3.1.8[b]; ContentError where there is none."""
        return self._find_pair(objective_id)[1]

    def requirement_of(self, objective_id: str) -> Requirement:
        """Return the requirement that an objective belongs to; ContentError where there is no such objective."""
        return self._find_pair(objective_id)[0]

    def proof_set(self, objective_id: str, platform: Platform) -> ProofSet | None:
        """Return the checks that prove an objective on a platform; None where none are declared, so that checks only support it."""
        wanted = (self.objective(objective_id).id, platform)
        return next((proof for proof in self.proof_sets if (proof.objective, proof.platform) == wanted), None)

    def _find_pair(self, objective_id: str) -> tuple[Requirement, Objective]:
        found = self._objectives.get(objective_id)
        if found is None:
            self._refuse_id("objective", objective_id, tuple(self._objectives))
        return found

    def _refuse_id(self, kind: str, wrong: str, known: tuple[str, ...]) -> NoReturn:
        own = [one.id for one in self._requirements[wrong].objectives] if wrong in self._requirements else []
        near = f"its objectives are {', '.join(own)}" if own else f"write one from {known[0]} to {known[-1]}"
        raise UnknownIdError(self.file, 1, (), f"{self.id} has no {kind} {wrong}; {near}")


def load_framework(path: Path | None = None) -> Framework:
    """Return the framework in a file, by default the NIST SP 800-171 Rev. 2 that is shipped.

    Raises ContentError, with file and line, for the first thing in the file that is wrong or does not agree with the rest of it.
    """
    return _load_shipped() if path is None else _load(path, str(path))


@cache
def _load_shipped() -> Framework:
    return _load(_frameworks() / SHIPPED, f"checks/frameworks/{SHIPPED}")


def _frameworks() -> Traversable:
    return files("checks") / "frameworks"


def _load(file: Traversable, name: str) -> Framework:
    document = read_yaml(file, name)
    schema = json.loads((_frameworks() / "framework.schema.json").read_text(encoding="utf-8"))
    shape = [] if Conformity(schema).holds(document.data) else list_shape_errors(document, schema)
    for error in shape or list_contradictions(document):
        raise error
    data = document.data
    return Framework(
        id=data["id"],
        title=data["title"],
        source=data["source"],
        maximum=data["maximum"],
        families=data["families"],
        requirements=tuple(_build_requirement(requirement) for requirement in data["requirements"]),
        proof_sets=tuple(_build_proof_sets(data["proof_sets"])),
        file=name,
    )


def _build_requirement(data: Mapping[str, Any]) -> Requirement:
    objectives = tuple(Objective(f"{data['id']}[{letter}]", letter, **objective) for letter, objective in data["objectives"].items())
    return Requirement(**{"not_scored_note": None, **data, "objectives": objectives})


def _build_proof_sets(data: Mapping[str, Any]) -> Iterator[ProofSet]:
    for objective, platforms in data.items():
        for platform, proof in platforms.items():
            yield ProofSet(objective, platform, tuple(proof["checks"]), proof["reason"], tuple(proof.get("must_apply", ())))
