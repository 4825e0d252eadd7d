"""Whether a NOT MET requirement may stand on a CMMC Level 2 POA&M, and by which paragraph (32 CFR 170.21(a)(2))."""

from collections.abc import Iterable

from checks.framework import Requirement

SCORE_TOO = "the score has to be at least 88 of 110 as well (32 CFR 170.21(a)(2)(i))"


def state_eligibility(requirements: Iterable[Requirement]) -> str:
    """One sentence a requirement, each with its paragraph, and once what the score has to be; "" without requirements."""
    held = list(requirements)
    sentences = [_state_one(requirement) for requirement in held]
    may = [requirement for requirement in held if requirement.l2_poam != "no"]
    if may and len(held) == 1:
        return f"{sentences[0]}; {SCORE_TOO}."
    return " ".join(f"{one}." for one in [*sentences, *([f"Where one may, {SCORE_TOO}"] if may else [])])


def _state_one(requirement: Requirement) -> str:
    where = "on a CMMC Level 2 POA&M"
    paragraph = requirement.l2_poam_paragraph
    if requirement.l2_poam == "yes":
        return f"{requirement.id} may stand {where}: {_value(requirement)} ({paragraph})"
    if requirement.l2_poam == "only_if_partial":
        return (
            f"{requirement.id} may stand {where} only at its value of {requirement.points_partial}, which holds where: "
            f"{requirement.partial_when}; at {requirement.points} it may not ({paragraph})"
        )
    if paragraph.endswith("(iii)"):
        return f"{requirement.id} may not stand {where}: it is excluded by name ({paragraph})"
    return f"{requirement.id} may not stand {where}: {_value(requirement)}, more than 1 ({paragraph})"


def _value(requirement: Requirement) -> str:
    return f"its value is {requirement.points} {'point' if requirement.points == 1 else 'points'}"
