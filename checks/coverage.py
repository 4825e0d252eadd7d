"""What the checks there are can say on each assessment objective, platform by platform."""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from checks.framework import Basis, Framework, Objective, Platform
from checks.model import CheckSet

# provable: a proof set is declared and all of its checks are there; supported: some check bears on it;
# uncovered: facts could bear on it and no check does; attested: a person's word, no fact of a host bears on it.
State = Literal["provable", "supported", "uncovered", "attested"]
PLATFORMS: Final[tuple[Platform, ...]] = get_args(Platform)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One objective on one platform.

    proof_set, reason: the declared checks and why it suffices, or empty; missing: members of it that are not there, do not
    judge this platform or do not call themselves members; supports: every other check that bears on the objective.
    """

    requirement: str
    objective: str
    platform: Platform
    basis: Basis
    state: State
    proof_set: tuple[str, ...]
    reason: str
    missing: tuple[str, ...]
    supports: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The line as JSON data."""
        return {
            "requirement": self.requirement,
            "objective": self.objective,
            "platform": self.platform,
            "basis": self.basis,
            "state": self.state,
            "proof_set": list(self.proof_set),
            "reason": self.reason,
            "missing": list(self.missing),
            "supports": list(self.supports),
        }


def coverage(content: CheckSet, framework: Framework) -> list[Coverage]:
    """One line for each objective and platform, in the order of the framework."""
    return [_cover(content, framework, objective, platform) for objective in framework.objectives for platform in PLATFORMS]


def _cover(content: CheckSet, framework: Framework, objective: Objective, platform: Platform) -> Coverage:
    bearing = _bearing(content, objective.id, platform)
    declared = framework.proof_set(objective.id, platform)
    proof = declared.checks if declared else ()
    missing = tuple(name for name in proof if bearing.get(name) != "member")
    basis = objective.basis(platform)
    state: State = "attested" if basis == "attested" else "uncovered"
    if bearing:
        state = "provable" if proof and not missing else "supported"
    return Coverage(
        requirement=framework.requirement_of(objective.id).id,
        objective=objective.id,
        platform=platform,
        basis=basis,
        state=state,
        proof_set=proof,
        reason=declared.reason if declared else "",
        missing=missing,
        supports=tuple(name for name in bearing if name not in proof),
    )


def _bearing(content: CheckSet, objective_id: str, platform: Platform) -> dict[str, str]:
    """Check id -> member or supports, of the checks that bear on an objective and judge the platform."""
    return {
        check.id: check.assesses[objective_id]
        for check in content.checks.values()
        if objective_id in check.assesses and platform in check.platforms
    }
