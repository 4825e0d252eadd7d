"""Weaknesses grouped into changes, each with its hosts, items, work and points."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from checks.framework import Framework
from checks.model import Check
from checks.remediation import remediation_text
from checks.settings import Setting, list_settings
from collector.canonical import digest
from collector.facts import Value
from poam_generator.changes.places import Place, place_of
from poam_generator.score import points_at_stake

KEY_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Winner:
    """A Group Policy object that wins a setting."""

    gpo: str
    guid: str = ""


@dataclass(frozen=True, slots=True)
class HostToMend:
    """A host that is not yet verified. winners: setting in lower case -> who wins it there, as far as the host said."""

    host: str
    host_name: str
    platform: str
    winners: Mapping[str, Winner]


@dataclass(frozen=True, slots=True)
class Weakness:
    """A live item of a check on the hosts that are left. parameters: the organization's values of the check."""

    item: str
    title: str
    severity: str
    requirements: tuple[str, ...]
    check: Check
    hosts: tuple[HostToMend, ...]
    parameters: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Part:
    """What one item asks for in one place. elsewhere: other places that it has to be mended in as well, on the same hosts."""

    item: str
    title: str
    severity: str
    requirements: tuple[str, ...]
    check: str
    settings: tuple[Setting, ...]
    hosts: tuple[HostToMend, ...]
    minutes: int
    remediation: str
    elsewhere: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One change: a place and what is to be mended in it. points: what its requirements are worth; each may need other changes too."""

    place: Place
    parts: tuple[Part, ...]
    points: int

    @property
    def key(self) -> str:
        """A short name that stays the same while the place is the same."""
        return digest([self.place.platform, self.place.kind, self.place.name, self.place.guid])[:KEY_LENGTH]

    @property
    def hosts(self) -> tuple[HostToMend, ...]:
        """Every host once, by name."""
        found = {host.host: host for part in self.parts for host in part.hosts}
        return tuple(sorted(found.values(), key=lambda host: (host.host_name, host.host)))

    @property
    def minutes(self) -> int:
        """The work: on every host, or once where a central policy carries it to them."""
        return sum(part.minutes for part in self.parts)

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirements that it bears on, each once."""
        return tuple(dict.fromkeys(one for part in self.parts for one in part.requirements))

    def to_json(self) -> dict[str, Any]:
        """The change as JSON data."""
        return {
            "key": self.key,
            "platform": self.place.platform,
            "kind": self.place.kind,
            "place": self.place.name,
            "guid": self.place.guid or None,
            "hosts": [host.host_name for host in self.hosts],
            "items": [part.item for part in self.parts],
            "requirements": list(self.requirements),
            "points": self.points,
            "minutes": self.minutes,
            "settings": [setting.to_json() for part in self.parts for setting in part.settings],
        }


def plan_changes(weaknesses: Iterable[Weakness], framework: Framework) -> tuple[PlannedChange, ...]:
    """The changes that mend these weaknesses, those worth most for the least work first; the order of the arguments is no matter."""
    by_place: dict[Place, list[Part]] = {}
    for weakness in weaknesses:
        for place, part in _cut(weakness):
            by_place.setdefault(place, []).append(part)
    changes = [
        PlannedChange(place, tuple(sorted(parts, key=lambda part: (len(part.item), part.item))), _points(parts, framework))
        for place, parts in by_place.items()
    ]
    return tuple(sorted(changes, key=lambda one: (-one.points, one.minutes, one.place)))


def winner_of(setting: Setting, winners: Mapping[str, Winner]) -> Winner | None:
    """Who wins a setting on a host; None where nobody does, and where Windows does not tell, as for the audit policy."""
    return winners.get(setting.key.casefold()) if setting.kind in {"registry", "secedit", "user_right"} else None


def _cut(weakness: Weakness) -> Iterator[tuple[Place, Part]]:
    """The parts of an item, one a place; hosts where different objects win the same setting stand in different ones."""
    found: dict[Place, tuple[list[Setting], dict[str, HostToMend]]] = {}
    elsewhere: dict[Place, set[Place]] = {}
    for settings, hosts in _alike(weakness):
        there = {host.host: host for host in hosts}
        places = [_place_on(hosts[0], setting) for setting in settings]
        for place, setting in zip(places, settings, strict=True):
            held, everyone = found.setdefault(place, ([], {}))
            if setting not in held:
                held.append(setting)
            everyone |= there
            elsewhere.setdefault(place, set()).update(places)
    for place, (held, everyone) in found.items():
        named = tuple(sorted(everyone.values(), key=attrgetter("host_name")))
        yield place, _make_part(weakness, place, held, named, tuple(sorted(elsewhere[place] - {place})))


def _alike(weakness: Weakness) -> Iterator[tuple[list[Setting], list[HostToMend]]]:
    """The hosts of an item that are mended alike, with what is to be set there: where nobody wins a setting that is a whole platform."""
    settings = _settings_by_platform(weakness)
    found: dict[str | tuple[Winner | None, ...], list[HostToMend]] = {}
    for host in weakness.hosts:
        here = settings.get(host.platform, [])
        won = tuple(winner_of(setting, host.winners) for setting in here) if host.winners else ()
        found.setdefault(won if any(won) else host.platform, []).append(host)
    return ((settings[hosts[0].platform], hosts) for hosts in found.values() if hosts[0].platform in settings)


def _settings_by_platform(weakness: Weakness) -> dict[str, list[Setting]]:
    found: dict[str, list[Setting]] = {}
    for setting in list_settings(weakness.check, weakness.parameters):
        found.setdefault(setting.platform, []).append(setting)
    return found


def _place_on(host: HostToMend, setting: Setting) -> Place:
    winner = winner_of(setting, host.winners) if host.platform == "windows" else None
    return Place("windows", "gpo", winner.gpo, winner.guid) if winner else place_of(setting)


def _make_part(
    weakness: Weakness, place: Place, settings: Sequence[Setting], hosts: tuple[HostToMend, ...], elsewhere: tuple[Place, ...]
) -> Part:
    effort = weakness.check.platforms[place.platform].effort
    return Part(
        item=weakness.item,
        title=weakness.title,
        severity=weakness.severity,
        requirements=weakness.requirements,
        check=weakness.check.id,
        settings=tuple(settings),
        hosts=hosts,
        minutes=effort if place.kind == "gpo" else effort * len(hosts),
        remediation=remediation_text(weakness.check, place.platform, weakness.parameters),
        elsewhere=elsewhere,
    )


def _points(parts: Iterable[Part], framework: Framework) -> int:
    ids = dict.fromkeys(one for part in parts for one in part.requirements)
    return points_at_stake(framework.requirement(one) for one in ids)
