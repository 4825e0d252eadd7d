"""What requirements are worth (32 CFR 170.24(c)(2))."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from checks.framework import Requirement


def points_at_stake(requirements: Iterable[Requirement], partial: AbstractSet[str] = frozenset()) -> int:
    """Points that are deducted while these requirements are NOT MET; partial names those of which the partial value holds.

    A requirement without value counts 0 here; without 3.12.4 there is no score at all (32 CFR 170.24(c)(2)(i)(B)(5)).
    """
    return sum(_value(requirement, partial) for requirement in requirements)


def _value(requirement: Requirement, partial: AbstractSet[str]) -> int:
    if requirement.id in partial and requirement.points_partial is not None:
        return requirement.points_partial
    return requirement.points or 0
