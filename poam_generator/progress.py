"""How far a milestone is by what scans have verified, where it says which hosts it covers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from poam_generator.model import ItemHost, Milestone


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


def standing(hosts: Iterable[ItemHost]) -> dict[str, bool]:
    """Host -> whether it is verified, of those that no person disposed of."""
    return {host.host: host.passing is not None for host in hosts if host.disposition is None}


def measure_progress(milestone: Milestone, verified: Mapping[str, bool]) -> Progress:
    """The progress of a milestone by the standing of its item's hosts; nothing of nothing for a step that names none."""
    counted = [verified[host] for host in dict.fromkeys(milestone.hosts) if host in verified]
    return Progress(sum(counted), len(counted))


def follow_scan(
    milestones: Sequence[Milestone], verified: Mapping[str, bool], by_person: Sequence[bool], today: date
) -> tuple[Milestone, ...]:
    """The milestones after what scans have shown: done where every host is verified, not done again where one is no longer.

    by_person: for each, whether it was a person who said that it is done; that word stands.
    """
    return tuple(_follow(one, verified, today, by_person=word) for one, word in zip(milestones, by_person, strict=True))


def cover_host(milestones: Sequence[Milestone], host: ItemHost) -> tuple[Milestone, ...]:
    """The milestones after a host has joined the item: the last that names its hosts, the verification, covers it too."""
    last = max((place for place, one in enumerate(milestones) if one.hosts), default=None)
    return tuple(replace(one, hosts=(*one.hosts, host.host)) if place == last else one for place, one in enumerate(milestones))


def _follow(milestone: Milestone, verified: Mapping[str, bool], today: date, *, by_person: bool) -> Milestone:
    progress = measure_progress(milestone, verified)
    if milestone.done_on is None:
        return replace(milestone, done_on=today) if progress.done else milestone
    undone = progress.total > progress.verified and not by_person
    return replace(milestone, done_on=None) if undone else milestone
