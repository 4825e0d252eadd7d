"""Whether a NOT MET requirement may stand on a CMMC Level 2 POA&M, and by which paragraph (32 CFR 170.21(a)(2))."""

from collections.abc import Iterable

from checks.framework import Requirement

SCORE_TOO = "the score has to be at least 88 of 110 as well (32 CFR 170.21(a)(2)(i))"


def state_eligibility(requirements: Iterable[Requirement]) -> str:
    """One sentence a requirement, each with its paragraph; "" without requirements."""
    return " ".join(_state_one(requirement) for requirement in requirements)


def _state_one(requirement: Requirement) -> str:
    where = "on a CMMC Level 2 POA&M"
    paragraph = requirement.l2_poam_paragraph
    if requirement.l2_poam == "yes":
        return f"{requirement.id} may stand {where}: {_value(requirement)} ({paragraph}); {SCORE_TOO}."
    if requirement.l2_poam == "only_if_partial":
        return (
            f"{requirement.id} may stand {where} only at its value of {requirement.points_partial}, which holds where: "
            f"{requirement.partial_when}; at {requirement.points} it may not ({paragraph}); {SCORE_TOO}."
        )
    if paragraph.endswith("(iii)"):
        return f"{requirement.id} may not stand {where}: it is excluded by name ({paragraph})."
    return f"{requirement.id} may not stand {where}: {_value(requirement)}, more than 1 ({paragraph})."


def _value(requirement: Requirement) -> str:
    return f"its value is {requirement.points} {'point' if requirement.points == 1 else 'points'}"
