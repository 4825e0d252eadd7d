"""What leadership asks of the POA&M: counts with the items that they count, how long mending takes, risk then and now, and money.

A period runs from `since` to `today`, both in it. Every count is a list of ids, so that each number leads to what it counts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from poam_generator.model import ENDED, LIVE, SEVERITIES, State

By = Literal["family", "owner", "group", "severity"]
NOBODY: Final = "nobody"
NO_GROUP: Final = "no group"


@dataclass(frozen=True, slots=True)
class Facts:
    """An item as far as it is counted. hosts: on how many it was found; hosts_left: on how many it is not verified; cents: or None."""

    id: str
    state: State
    severity: str
    points: int
    families: tuple[str, ...]
    owner: str
    groups: tuple[str, ...]
    detected_on: date
    due: date
    ended_on: date | None = None
    hosts: int = 0
    hosts_left: int = 0
    blocked: bool = False
    cents: int | None = None
    funded: bool = False
    came_back: bool = False

    @property
    def live(self) -> bool:
        """True for a draft and an open item."""
        return self.state in LIVE

    def of(self, by: By) -> tuple[str, ...]:
        """The rows of a table in which the item is counted: one for each of its families or groups."""
        return {
            "family": self.families,
            "owner": (self.owner or NOBODY,),
            "group": tuple(one or NO_GROUP for one in self.groups),
            "severity": (self.severity,),
        }[by]


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are looked at."""

    since: date
    today: date

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.since <= day <= self.today


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is counted. label: as people say it; counts: whether an item is one of them."""

    label: str
    counts: Callable[[Facts, Period], bool]


def _aged(least: int, most: int | None = None) -> Callable[[Facts, Period], bool]:
    def counts(item: Facts, period: Period) -> bool:
        days = (period.today - item.detected_on).days
        return item.live and least <= days and (most is None or days <= most)

    return counts


MEASURES: Final[Mapping[str, Measure]] = {
    "open": Measure("open", lambda item, _: item.state == "open"),
    "drafts": Measure("drafts", lambda item, _: item.state == "draft"),
    "overdue": Measure("overdue", lambda item, period: item.state == "open" and item.due < period.today),
    "found": Measure("found in the period", lambda item, period: item.detected_on in period),
    "closed": Measure("closed in the period", lambda item, period: item.state == "closed" and item.ended_on in period),
    "withdrawn": Measure("fixed before review", lambda item, period: item.state == "withdrawn" and item.ended_on in period),
    "remediated": Measure("remediated in the period", lambda item, period: item.state in ENDED and item.ended_on in period),
    "came_back": Measure("came back in the period", lambda item, period: item.came_back and item.detected_on in period),
    "held": Measure("accepted, excepted or dismissed", lambda item, _: not item.live and item.state not in ENDED),
    "blocked": Measure("blocked or waiting for a vendor", lambda item, _: item.live and item.blocked),
    "live": Measure("open or draft", lambda item, _: item.live),
    "priced": Measure("cost stated", lambda item, _: item.live and bool(item.cents)),
    "unfunded": Measure("cost without funding", lambda item, _: item.live and bool(item.cents) and not item.funded),
    "unpriced": Measure("cost not stated", lambda item, _: item.live and item.cents is None),
    "young": Measure("up to 30 days old", _aged(0, 30)),
    "middling": Measure("31 to 90 days old", _aged(31, 90)),
    "old": Measure("more than 90 days old", _aged(91)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What is counted of some items. counts: measure -> ids; days: from detection to the end, of each that ended in the period.

    found and left: (items, hosts) of all that were ever found and of those that are still to be mended: the risk before and after.
    cents: the stated cost of live items; unfunded_cents: the part of it that nobody has funded.
    """

    key: str
    counts: Mapping[str, tuple[str, ...]]
    days: tuple[int, ...]
    found: tuple[int, int]
    left: tuple[int, int]
    cents: int
    unfunded_cents: int

    @property
    def mean_days(self) -> int | None:
        """Mean time to remediate in days, rounded half up; None where nothing ended in the period."""
        return None if not self.days else (2 * sum(self.days) + len(self.days)) // (2 * len(self.days))

    def to_json(self) -> dict[str, Any]:
        """The row as JSON data."""
        return {
            "key": self.key,
            "counts": {name: {"count": len(ids), "items": list(ids)} for name, ids in self.counts.items()},
            "mean_days_to_remediate": self.mean_days,
            "remediated": len(self.days),
            "found": {"items": self.found[0], "hosts": self.found[1]},
            "left": {"items": self.left[0], "hosts": self.left[1]},
            "cost_cents": self.cents,
            "unfunded_cents": self.unfunded_cents,
        }


def measure_items(items: Iterable[Facts], period: Period, key: str = "all") -> Row:
    """Everything that is counted of these items."""
    known = sorted(items, key=lambda item: (len(item.id), item.id))
    live = [item for item in known if item.live]
    return Row(
        key=key,
        counts={name: tuple(item.id for item in known if one.counts(item, period)) for name, one in MEASURES.items()},
        days=tuple(_days(item) for item in known if MEASURES["remediated"].counts(item, period)),
        found=(len(known), sum(item.hosts for item in known)),
        left=(len(live), sum(item.hosts_left for item in live)),
        cents=sum(item.cents or 0 for item in live),
        unfunded_cents=sum(item.cents or 0 for item in live if not item.funded),
    )


def _days(item: Facts) -> int:
    return (item.ended_on - item.detected_on).days if item.ended_on else 0


def measure_by(items: Iterable[Facts], by: By, period: Period) -> tuple[Row, ...]:
    """A row for each family, owner or group by name, or for each severity from the highest down; an item of two families is in both."""
    parts: dict[str, list[Facts]] = {}
    for item in items:
        for key in item.of(by):
            parts.setdefault(key, []).append(item)
    keys = [one for one in SEVERITIES if one in parts] if by == "severity" else sorted(parts)
    return tuple(measure_items(parts[key], period, key) for key in keys)


def open_on(items: Sequence[Facts], days: Iterable[date]) -> Iterator[tuple[date, int]]:
    """How many items were open or drafts on each day."""
    for day in days:
        yield day, sum(was_live(item, day) for item in items)


def was_live(item: Facts, day: date) -> bool:
    """True when the item was open or a draft at the end of a day."""
    return item.detected_on <= day and (item.live if item.ended_on is None else item.ended_on > day)


def promised_on(items: Sequence[Facts], days: Iterable[date]) -> Iterator[tuple[date, int]]:
    """How many would be open on each day to come, if each were closed on its scheduled completion date."""
    live = [item for item in items if item.live]
    for day in days:
        yield day, sum(item.due >= day for item in live)


def weeks(since: date, until: date) -> tuple[date, ...]:
    """One day a week, counted back from the last one, which is among them."""
    count = (until - since).days // 7
    return tuple(until - timedelta(weeks=number) for number in range(count, -1, -1))


def moved_to_met(before: Iterable[str], now: Iterable[str]) -> tuple[str, ...]:
    """The requirements that took points before and take none now."""
    still = frozenset(now)
    return tuple(one for one in before if one not in still)
