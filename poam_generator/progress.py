"""How far a milestone is by what scans have verified, where it says which hosts it covers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from poam_generator.model import Item, ItemHost, Milestone


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the hosts that a milestone covers are verified; those under a person's disposition are not counted."""

    verified: int
    total: int

    @property
    def done(self) -> bool:
        """True when every host is verified, and there is one."""
        return 0 < self.total == self.verified

    def __str__(self) -> str:
        return f"{self.verified} of {self.total} {'host' if self.total == 1 else 'hosts'} verified"


def measure_progress(milestone: Milestone, hosts: Iterable[ItemHost]) -> Progress:
    """The progress of a milestone by the hosts of its item; nothing of nothing for a step that names none."""
    covered = frozenset(milestone.hosts)
    counted = [host for host in hosts if host.host in covered and host.disposition is None]
    return Progress(sum(host.passing is not None for host in counted), len(counted))


def follow_scan(milestones: Sequence[Milestone], item: Item, by_person: Sequence[bool], today: date) -> tuple[Milestone, ...]:
    """The milestones after what scans have shown: done where every host is verified, not done again where one is no longer.

    by_person: for each, whether it was a person who said that it is done; that word stands.
    """
    return tuple(_follow(one, item, today, by_person=word) for one, word in zip(milestones, by_person, strict=True))


def cover_host(milestones: Sequence[Milestone], host: ItemHost) -> tuple[Milestone, ...]:
    """The milestones after a host has joined the item: the last that names its hosts, the verification, covers it too."""
    last = max((place for place, one in enumerate(milestones) if one.hosts), default=None)
    return tuple(replace(one, hosts=(*one.hosts, host.host)) if place == last else one for place, one in enumerate(milestones))


def _follow(milestone: Milestone, item: Item, today: date, *, by_person: bool) -> Milestone:
    progress = measure_progress(milestone, item.hosts)
    if milestone.done_on is None:
        return replace(milestone, done_on=today) if progress.done else milestone
    undone = progress.total > progress.verified and not by_person
    return replace(milestone, done_on=None) if undone else milestone
