"""Recurring duties of a system and what was done of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from checks.framework import load_framework
from poam_generator.duties import AFFIRMATION, Duty, DutyStanding, Performance, duty_faults, stand_duty, stand_status, standard_duties
from poam_generator.json_form import from_json, to_json
from server.errors import ServerError
from server.models import Attachment, Document, DutyPerformance, System, User
from server.store.assessments import assessments
from server.store.documents import evidence_of
from server.store.people import DECIDING, require
from server.store.systems import put_setting, settings_below, settings_told

_BELOW: Final = "duty/"


def duties(system: System) -> tuple[Duty, ...]:
    """The duties that a person has set, in the order in which they were first set."""
    return tuple(from_json(Duty, form) for form in settings_below(system, _BELOW).values())


def set_duty(system: System, duty: Duty, user: User, now: datetime) -> None:
    """Set a duty, or change it; what was done of it stays. Raises ServerError, or ContentError on a requirement that there is not."""
    require(system, user, DECIDING, "set a duty")
    if faults := duty_faults(duty):
        raise ServerError(" ".join(faults))
    for requirement in duty.requirements:
        load_framework().requirement(requirement)
    put_setting(system, f"{_BELOW}{duty.key}", to_json(duty), user, now)


def start_duties(system: System, user: User, now: datetime) -> tuple[Duty, ...]:
    """Set the duties that every system has and that this one lacks; those that were set before stay as they are."""
    held = {one.key for one in duties(system)}
    new = tuple(one for one in standard_duties(now.date()) if one.key not in held)
    with transaction.atomic():
        for one in new:
            set_duty(system, one, user, now)
    return new


def find_duty(system: System, key: str) -> Duty:
    """The duty of a key; raises ServerError with those there are."""
    held = {one.key: one for one in duties(system)}
    if key not in held:
        raise ServerError(f"there is no duty {key!r} in {system.name}; there are: {', '.join(held) or 'none, see closeout duties start'}")
    return held[key]


def drop_duty(system: System, key: str, user: User, now: datetime) -> None:
    """Take a duty back; what was done of it stays in the records."""
    require(system, user, DECIDING, "drop a duty")
    put_setting(system, f"{_BELOW}{find_duty(system, key).key}", None, user, now)


def perform_duty(  # noqa: PLR0913, PLR0917 - one row's columns and its documents
    system: System, key: str, on: date, statement: str, documents: Sequence[Document], user: User, now: datetime
) -> DutyPerformance:
    """Note that a duty was done on a day, with the documents that show it; without a final one it does not count."""
    require(system, user, DECIDING, "note that a duty was done")
    if key != AFFIRMATION:
        find_duty(system, key)
    if on > now.date():
        raise ServerError(f"{on} has not come yet; note what was done")
    if not statement.strip():
        raise ServerError("say what was done, and what came of it")
    with transaction.atomic():
        made = DutyPerformance.objects.create(system=system, key=key, on=on, statement=statement.strip(), by=user, at=now)
        Attachment.objects.bulk_create(
            Attachment(system=system, document=one, subject="duty", key=str(made.pk), attached=True, by=user, at=now) for one in documents
        )
    return made


def performances(system: System) -> tuple[Performance, ...]:
    """What was done of every duty, in the order of the days."""
    held: dict[str, list[Document]] = {}
    for row in Attachment.objects.filter(system=system, subject="duty", attached=True).select_related("document"):
        held.setdefault(row.key, []).append(row.document)
    rows = DutyPerformance.objects.filter(system=system).select_related("by").order_by("on", "id")
    return tuple(
        Performance(row.key, row.on, str(row.by), row.statement, tuple(map(evidence_of, held.get(str(row.pk), ())))) for row in rows
    )


def duty_standings(system: System, today: date) -> tuple[DutyStanding, ...]:
    """Where every duty stands, those of the CMMC status among them, the soonest due first."""
    done = performances(system)
    own = [stand_duty(one, done, today) for one in duties(system)]
    return tuple(sorted([*own, *stand_status(assessments(system), done, today)], key=lambda one: (one.due, one.duty.key)))


@dataclass(frozen=True, slots=True)
class DutyEvent:
    """Something that happened to a duty, in a sentence."""

    key: str
    at: datetime
    by: str
    text: str


def duty_history(system: System) -> list[DutyEvent]:
    """What people set, took back and did, newest first."""
    said = [DutyEvent(key, row.since, str(row.set_by), _tell(row.value)) for key, row in settings_told(system, _BELOW)]
    done = [
        DutyEvent(row.key, row.at, str(row.by), f"done on {row.on}: {row.statement}")
        for row in DutyPerformance.objects.filter(system=system).select_related("by")
    ]
    return sorted((*said, *done), key=lambda one: one.at, reverse=True)


def _tell(form: Any) -> str:  # noqa: ANN401 - the value of a setting
    if form is None:
        return "taken back"
    duty = from_json(Duty, form)
    bears = f", of {', '.join(duty.requirements)}" if duty.requirements else ""
    return f"set: {duty.title}, every {duty.every_days} days from {duty.first_due}{bears}; owner {duty.owner or 'nobody'}"
