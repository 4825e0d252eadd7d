"""Who stands in for whom while somebody is away: what the rules would give to the one goes to the other."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from server.errors import ServerError
from server.models import System, User
from server.store.people import DECIDING, find_person, person_of, require, roles_of
from server.store.systems import put_setting, settings_below

_BELOW: Final = "absence/"
MOST_STEPS: Final = 5  # from one who is away to the next


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away through a day, and another one stands in. Both are user names."""

    away: str
    stands_in: str
    until: date


def absences(system: System, today: date) -> tuple[Absence, ...]:
    """Who is away today, in the order of names."""
    said = settings_below(system, _BELOW)
    found = [Absence(name, form["stands_in"], date.fromisoformat(form["until"])) for name, form in said.items()]
    return tuple(sorted((one for one in found if one.until >= today), key=lambda one: one.away))


def go_away(system: System, said: Absence, user: User, now: datetime) -> None:
    """From now through a day, another one gets what the rules give to somebody; what they own already stays theirs.

    People say it of themselves; of others those who decide do. Raises ServerError for one who has no role in the system.
    """
    away, stands_in = find_person(said.away), find_person(said.stands_in)
    _may_say(system, away, user)
    if stands_in == away or not roles_of(system, stands_in):
        raise ServerError(f"{stands_in} cannot stand in for {away}; name another person who has a role in {system.name}")
    if said.until < now.date():
        raise ServerError(f"{said.until} is past; name the last day of the absence")
    put_setting(system, f"{_BELOW}{said.away}", {"stands_in": said.stands_in, "until": said.until.isoformat()}, user, now)


def come_back(system: System, away: User, user: User, now: datetime) -> None:
    """They are there again; raises ServerError when they were not away."""
    _may_say(system, away, user)
    if away.username not in {one.away for one in absences(system, now.date())}:
        raise ServerError(f"{away} is not away")
    put_setting(system, f"{_BELOW}{away.username}", None, user, now)


def _may_say(system: System, away: User, user: User) -> None:
    if user != away:
        require(system, user, DECIDING, f"say that {away} is away")


def owner_by_rule(system: System, name: str, today: date) -> tuple[User | None, str]:
    """Who gets an item of which a rule names the point of contact, and the sentence that says why; nobody where the name is nobody's."""
    meant = person_of(system, name)
    if meant is None:
        return None, ""
    away = {one.away: one for one in absences(system, today)}
    owner: User | None = meant
    for _ in range(MOST_STEPS):
        if owner is None or owner.username not in away:
            break
        owner = person_of(system, away[owner.username].stands_in)
    if owner is None or owner.username in away:
        return meant, f"It is {meant}'s by the rule that names the point of contact, who is away; nobody who is there stands in."
    if owner == meant:
        return meant, f"It is {meant}'s by the rule that names the point of contact."
    return owner, f"It is {owner}'s, who stands in for {meant} through {away[meant.username].until}; the rule names {meant}."
