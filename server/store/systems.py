"""Systems, their policy and how their teams work."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from checks.framework import load_framework
from poam_generator import model as poam
from poam_generator.assessment import CLOSEOUT_DAYS
from poam_generator.json_form import from_json, to_json
from poam_generator.working_days import LONGEST
from server.errors import ServerError
from server.models import DraftingRecord, SettingRecord, System, User
from server.store.people import DECIDING, require

DEFAULT_NAME = "Default system"
MOST_OVERHEAD = 10_000  # minutes: a month's work beside the hosts of one item
MOST_CENTS = 100_000  # of an hour


def default_system() -> System:
    """The only system there is, made at first use; raises ServerError when there are several and one must be named."""
    found = list(System.objects.order_by("id")[:2])
    if len(found) > 1:
        raise ServerError("there are several systems; name one with --system NAME")
    return found[0] if found else System.objects.get_or_create(name=DEFAULT_NAME, defaults={"created_at": timezone.now()})[0]


def find_system(name: str) -> System:
    """The system of a name; raises ServerError with the names there are."""
    found = System.objects.filter(name=name).first()
    if found is None:
        names = ", ".join(System.objects.values_list("name", flat=True)) or "none yet"
        raise ServerError(f"there is no system {name!r}; there are: {names}")
    return found


@contextmanager
def locked(system: System) -> Iterator[System]:
    """One transaction in which nobody else changes this system's items; keep it short."""
    with transaction.atomic():
        yield System.objects.select_for_update().get(pk=system.pk)


def draft_settings(system: System) -> poam.DraftSettings:
    """What the system says about its work, or the defaults; without the parameters of any check."""
    newest = DraftingRecord.objects.filter(system=system).order_by("-since").first()
    return from_json(poam.DraftSettings, newest.settings) if newest else poam.DraftSettings()


def set_draft_settings(system: System, settings: poam.DraftSettings, user: User, now: datetime) -> DraftingRecord:
    """A person says how the team works; drafts from now on go by it."""
    require(system, user, DECIDING, "say how the team works")
    if settings.hours_per_week < 1:
        raise ServerError("hours per week must be at least 1: with no capacity no date can be kept")
    _refuse_wrong_settings(settings)
    form = to_json(replace(settings, parameters={}))
    return DraftingRecord.objects.create(system=system, settings=form, set_by=user, since=now)


def _refuse_wrong_settings(settings: poam.DraftSettings) -> None:
    if any(one.hours_per_week < 1 for one in settings.capacities):
        raise ServerError("hours of a family or group must be at least 1: with no capacity no date can be kept")
    families = {requirement.family for requirement in load_framework().requirements}
    named = {one.family for one in settings.capacities} | {one.family for one in settings.assignments}
    if strange := sorted(named - families - {""}):
        raise ServerError(f"there is no family {strange[0]!r}; there are {', '.join(sorted(families))}")
    if not all(1 <= days <= LONGEST for days in (*settings.target_days.values(), settings.stale_days)):
        raise ServerError(f"target days and stale days must be at least 1, and at most {LONGEST}")
    if not 0 <= settings.overhead_minutes <= MOST_OVERHEAD or not 0 <= (settings.hourly_cents or 0) <= MOST_CENTS:
        raise ServerError(f"minutes beside the hosts are 0 to {MOST_OVERHEAD}, and cents of an hour 0 to {MOST_CENTS}")
    if not 0 <= settings.closeout_lead_days <= CLOSEOUT_DAYS:
        raise ServerError(f"a closeout has {CLOSEOUT_DAYS} days (32 CFR 170.21(b)); its lead time is a part of them")


def setting(system: System, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """What the system says of itself under a name; None when nothing, or when it was taken back."""
    newest = SettingRecord.objects.filter(system=system, name=name).last()
    return newest.value if newest else None


def settings_below(system: System, prefix: str) -> dict[str, Any]:
    """Name without the prefix -> value, of every setting that holds, in the order in which they were first made."""
    newest = {row.name: row.value for row in SettingRecord.objects.filter(system=system, name__startswith=prefix)}
    return {name.removeprefix(prefix): value for name, value in newest.items() if value is not None}


def settings_told(system: System, prefix: str) -> list[tuple[str, SettingRecord]]:
    """Name without the prefix and the record, of everything that was ever said under it, newest first."""
    rows = SettingRecord.objects.filter(system=system, name__startswith=prefix).select_related("set_by").order_by("-id")
    return [(row.name.removeprefix(prefix), row) for row in rows]


def put_setting(system: System, name: str, value: Any, user: User, now: datetime) -> SettingRecord:  # noqa: ANN401 - any JSON value
    """Say something of the system; who may is asked by the caller, since it differs from name to name."""
    return SettingRecord.objects.create(system=system, name=name, value=value, set_by=user, since=now)
