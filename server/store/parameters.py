"""The organization's values of parameters, each with the document that says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from collector.facts import Value
from poam_generator.tailoring import Source, source_faults
from server.errors import ServerError
from server.models import ParameterValue, System, User
from server.store.people import DECIDING, require


def parameter_values(system: System) -> tuple[ParameterValue, ...]:
    """The organization's values in force, one for each check and parameter, with the documents that say so."""
    newest: dict[tuple[str, str], ParameterValue] = {}
    for row in ParameterValue.objects.filter(system=system).select_related("set_by").order_by("since"):
        newest[row.check_id, row.parameter] = row
    return tuple(newest.values())


def parameter_settings(system: System) -> dict[str, dict[str, Any]]:
    """Check id -> parameter -> value, as checks.parameters has Settings."""
    settings: dict[str, dict[str, Any]] = {}
    for row in parameter_values(system):
        settings.setdefault(row.check_id, {})[row.parameter] = row.value
    return settings


def confirm_parameters(system: System, given: Mapping[str, tuple[Value, Source]], user: User, now: datetime) -> tuple[ParameterValue, ...]:
    """Put values of the organization in force, all or none; gives the rows that say something new.

    given: CHECK.NAME -> a value that checks.parameters has found good, and what sets it. Raises ServerError when a source is not
    whole, since an unsourced value is not "as defined".
    """
    require(system, user, DECIDING, "confirm a value")
    for parameter, (_, source) in given.items():
        for fault in source_faults(source, now.date()):
            raise ServerError(f"{parameter}: {fault}")
    rows = [_row(system, parameter, value, source, user, now) for parameter, (value, source) in given.items()]
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)
        held = {_said(row) for row in parameter_values(system)}
        fresh = [row for row in rows if _said(row) not in held]
        ParameterValue.objects.bulk_create(fresh)
    return tuple(fresh)


def _row(system: System, parameter: str, value: Value, source: Source, user: User, now: datetime) -> ParameterValue:  # noqa: PLR0913, PLR0917 - one row's columns
    check_id, _, name = parameter.partition(".")
    return ParameterValue(
        system=system,
        check_id=check_id,
        parameter=name,
        value=value,
        document=source.document.strip(),
        section=source.section.strip(),
        approver=source.approver.strip(),
        approved_on=source.approved_on,
        set_by=user,
        since=now,
    )


def _said(row: ParameterValue) -> tuple[object, ...]:
    """What a row says, without who recorded it and when."""
    return (row.check_id, row.parameter, repr(row.value), row.document, row.section, row.approver, row.approved_on)
