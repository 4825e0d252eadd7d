"""The CMMC POA&M of assessments: recorded once, frozen, closed by a recorded closeout alone."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django.db import transaction

from checks.framework import load_framework
from collector.canonical import canonical_bytes, sha256, time_text
from poam_generator.assessment import (
    Closeout,
    CmmcAssessment,
    Entry,
    assessment_faults,
    closeout_faults,
    entry_standings,
    lacking_at,
)
from poam_generator.json_form import from_json, to_json
from poam_generator.score import RequirementStatus
from server.errors import ServerError
from server.models import AssessmentRecord, CloseoutRecord, EntryItem, Item, System, User
from server.models.people import Role
from server.store.items import find_item
from server.store.people import ROLES, require
from server.store.seam import item_id
from server.store.systems import put_setting, setting

ASSESSMENT = "closeout.assessment/1"
CLOSEOUT = "closeout.assessment-closeout/1"
_ROLE = "closeout-role"
_RECORDING: tuple[Role, ...] = ("administrator", "reviewer", "affirming_official")
_FROZEN = ("kind", "assessor", "assessed_on", "status", "score", "status_on", "organization")


def closeout_role(system: System) -> Role:
    """The role that the system names for entering closeouts; the affirming official until it names another."""
    return cast("Role", setting(system, _ROLE) or "affirming_official")


def set_closeout_role(system: System, role: str, user: User, now: datetime) -> None:
    """Name the role that enters closeouts; the affirming official alone gives it away."""
    require(system, user, ("affirming_official",), "name who enters closeouts")
    if role not in ROLES or role == "viewer":
        raise ServerError(f"{role!r} cannot enter closeouts; name one of {', '.join(one for one in ROLES if one != 'viewer')}")
    put_setting(system, _ROLE, role, user, now)


def record_assessment(system: System, given: CmmcAssessment, user: User, now: datetime) -> AssessmentRecord:
    """Freeze an assessment with its entries; its number is given here. Raises ServerError with everything that is wrong.

    Each entry is linked to the items that it names, and to every live item that bears on one of its unmet objectives.
    """
    require(system, user, _RECORDING, "record an assessment")
    if faults := assessment_faults(given, load_framework(), now.date()):
        raise ServerError(" ".join(faults))
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)
        last = AssessmentRecord.objects.filter(system=system).last()
        number = last.number + 1 if last else 1
        raw = canonical_bytes(_frozen(system, replace(given, number=number), user, now))
        row = AssessmentRecord.objects.create(
            system=system,
            number=number,
            kind=given.kind,
            status=given.status,
            status_on=given.status_on,
            canonical=raw,
            sha256=sha256(raw),
            recorded_by=user,
            recorded_at=now,
        )
        for entry in given.entries:
            named = [find_item(system, one) for one in entry.items]
            _link(row, entry.requirement, [*named, *_bearing_on(system, entry)], user, now)
    return row


def _frozen(system: System, given: CmmcAssessment, user: User, now: datetime) -> dict[str, Any]:
    """What is frozen: all but the links to items, which go on, and the closeouts, which come later."""
    form = to_json(given)
    entries = [{key: value for key, value in entry.items() if key != "items"} for entry in form["entries"]]
    said = {key: form[key] for key in (*_FROZEN, "number")}
    return {"schema": ASSESSMENT, "system": system.pk, **said, "entries": entries, "by": user.username, "at": time_text(now)}


def _bearing_on(system: System, entry: Entry) -> list[Item]:
    live = Item.objects.filter(system=system, state__in=("draft", "open")).select_related("system")
    return [row for row in live if set(row.objectives) & set(entry.objectives)]


def _link(row: AssessmentRecord, requirement: str, items: Iterable[Item], user: User, now: datetime) -> None:
    EntryItem.objects.bulk_create(
        (
            EntryItem(system=row.system, assessment=row, requirement=requirement, item=item, by=user, at=now)
            for item in {one.pk: one for one in items}.values()
        ),
        ignore_conflicts=True,
    )


def link_item(row: AssessmentRecord, requirement: str, identifier: str, user: User, now: datetime) -> None:
    """Link a further operational item to an entry, as when a weakness came back; what is frozen stays as it is."""
    require(row.system, user, _RECORDING, "link an item to an assessment")
    if requirement not in [entry.requirement for entry in read_assessment(row).entries]:
        raise ServerError(f"{requirement} is no entry of {row}; an assessment's entries are frozen")
    item = find_item(row.system, identifier)
    if EntryItem.objects.filter(assessment=row, requirement=requirement, item=item).exists():
        raise ServerError(f"{item} is linked to {requirement} of {row} already")
    _link(row, requirement, [item], user, now)


def record_closeout(
    row: AssessmentRecord, given: Closeout, statuses: Mapping[str, RequirementStatus], user: User, now: datetime
) -> CloseoutRecord:
    """Record a closeout assessment; statuses: how each requirement stands now. Raises ServerError with everything that is wrong.

    Only the role that the system names may enter one.
    """
    require(row.system, user, (closeout_role(row.system),), "enter a closeout")
    with transaction.atomic():
        System.objects.select_for_update().get(pk=row.system_id)
        held = read_assessment(row)
        standings = entry_standings(held, statuses)
        if faults := closeout_faults(held, given, standings, now.date()):
            raise ServerError(" ".join(faults))
        form = to_json(replace(given, not_ready=lacking_at(given, standings)))
        raw = canonical_bytes(
            {"schema": CLOSEOUT, "system": row.system_id, "assessment": row.number, **form, "by": user.username, "at": time_text(now)}
        )
        return CloseoutRecord.objects.create(
            system=row.system, assessment=row, canonical=raw, sha256=sha256(raw), recorded_by=user, recorded_at=now
        )


def find_assessment(system: System, number: int) -> AssessmentRecord:
    """The row of an assessment; raises ServerError when the system has none of that number."""
    found = AssessmentRecord.objects.filter(system=system, number=number).select_related("system", "recorded_by").first()
    if found is None:
        raise ServerError(f"there is no assessment {number} in {system.name}; `closeout assessments list` shows all")
    return found


def read_assessment(row: AssessmentRecord) -> CmmcAssessment:
    """The assessment with its entries, the items linked to them, and its closeouts."""
    form = json.loads(bytes(row.canonical))
    links: dict[str, list[str]] = {}
    for link in row.links.select_related("item"):
        links.setdefault(link.requirement, []).append(item_id(row.system, link.item.number))
    entries = [{**entry, "items": links.get(entry["requirement"], [])} for entry in form["entries"]]
    said = {key: form[key] for key in (*_FROZEN, "number")}
    return from_json(CmmcAssessment, {**said, "entries": entries, "closeouts": [_closeout_form(one) for one in row.closeouts.all()]})


def _closeout_form(row: CloseoutRecord) -> dict[str, Any]:
    form = json.loads(bytes(row.canonical))
    return {key: value for key, value in form.items() if key not in {"schema", "system", "assessment", "by", "at"}}


def assessments(system: System) -> Sequence[CmmcAssessment]:
    """Every assessment of a system, in the order in which they were recorded."""
    rows = AssessmentRecord.objects.filter(system=system).select_related("system").prefetch_related("closeouts")
    return [read_assessment(row) for row in rows]
