"""The ledger of dispositions, as pages and command line show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import F, QuerySet

from server.models import Ask, ItemHost, System

Standing = Literal["in force", "lapsed", "ended", "left", "asked"]


@dataclass(frozen=True, slots=True)
class Line:
    """One disposition. ends: the last day on which it counts; one that a person ended before its day is "ended".

    One is "left" whose hosts all stand under it no longer: they were retired, left the group that it was for, or got another.
    """

    ask: Ask
    standing: Standing
    ends: date


def disposition_lines(system: System, today: date) -> Iterator[Line]:
    """The dispositions of a system, newest first; those that were refused or withdrawn stand on their item alone."""
    rows = Ask.objects.filter(system=system, state__in=("asked", "approved"))
    people = rows.select_related("item__system", "asked_by", "answered_by", "ended_by")
    covering = set(_covering(system, today))
    for ask in people.prefetch_related("hosts__asset").order_by("-id"):
        yield Line(ask, _stands(ask, today, covers=ask.pk in covering or not ask.hosts.all()), ask.last_day)


def _covering(system: System, today: date) -> QuerySet[ItemHost, int | None]:
    """The requests under which a host stands."""
    held = ItemHost.objects.filter(system=system, disposition=F("ask__kind"), disposition_until__gte=today)
    return held.values_list("ask", flat=True).distinct()


def _stands(ask: Ask, today: date, *, covers: bool) -> Standing:
    if ask.state == "asked":
        return "asked"
    if ask.last_day >= today:
        return "in force" if covers else "left"
    return "ended" if ask.ended_on else "lapsed"
