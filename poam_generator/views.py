"""How the requirements of another framework stand by what was found of those that are judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from checks.views import View, ViewRequirement
from poam_generator.score import Finding

# carried over: all that is judged behind it is MET, and it asks for more; new: nothing that is judged stands behind it.
Standing = Literal["MET", "NOT MET", "contested", "not assessed", "carried over", "new"]
_WORST_FIRST: tuple[Finding, ...] = ("NOT MET", "contested", "not assessed")


@dataclass(frozen=True, slots=True)
class Stands:
    """A requirement of a view, how it stands, and the judged requirements that keep it from standing better."""

    requirement: ViewRequirement
    standing: Standing
    because: tuple[str, ...]


def stand(requirement: ViewRequirement, findings: Mapping[str, Finding]) -> Stands:
    """How a requirement stands: as the worst of the judged ones behind it, and never MET while it asks for more than they do."""
    if not requirement.r2:
        return Stands(requirement, "new", ())
    for word in _WORST_FIRST:
        if because := tuple(source for source in requirement.r2 if findings[source] == word):
            return Stands(requirement, word, because)
    return Stands(requirement, "carried over" if requirement.adds else "MET", ())


def stand_all(view: View, findings: Mapping[str, Finding]) -> tuple[Stands, ...]:
    """Every requirement of a view with how it stands, in the view's order."""
    return tuple(stand(one, findings) for one in view.requirements)
