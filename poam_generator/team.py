"""Who works on a draft: the first rule of a system that fits all its hosts, for its contact and for the hours that there are."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from math import ceil

from poam_generator.model import Capacity, DraftHost, DraftSettings

MINUTES_AN_HOUR = 60
DAYS_A_WEEK = 5


def find_contact(settings: DraftSettings, families: AbstractSet[str], hosts: Sequence[DraftHost]) -> str:
    """The contact of the first assignment rule that fits every host; empty when none does, for a person to fill."""
    for rule in settings.assignments:
        on_platform = all(rule.platform in {"", one.platform} for one in hosts)
        if on_platform and _fits(rule.family, rule.group, families, (one.group for one in hosts)):
            return rule.point_of_contact
    return ""


def find_capacity(settings: DraftSettings, families: AbstractSet[str], groups: Iterable[str]) -> Capacity:
    """The hours of the first capacity that fits the families of the requirements and every host's group, else of the whole team."""
    held = list(groups)
    fitting = (one for one in settings.capacities if _fits(one.family, one.group, families, held))
    return next(fitting, Capacity(settings.hours_per_week))


def name_capacity(capacity: Capacity) -> str:
    """Whose hours these are, as in "the team for AC in plant-2"."""
    family = f" for {capacity.family}" if capacity.family else ""
    group = f" in {capacity.group}" if capacity.group else ""
    return f"the team{family}{group}"


def count_hours(minutes: int) -> str:
    """Hours to the tenth, rounded up: 95 minutes are 1.6."""
    tenths = ceil(minutes * 10 / MINUTES_AN_HOUR)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


def minutes_a_day(capacity: Capacity) -> int:
    """Minutes of work that a working day has, at least one."""
    return max(1, capacity.hours_per_week * MINUTES_AN_HOUR // DAYS_A_WEEK)


def _fits(family: str, group: str, families: AbstractSet[str], groups: Iterable[str]) -> bool:
    return (not family or family in families) and all(group in {"", one} for one in groups)
