"""The ledger of dispositions, as pages and command line show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.models import Ask, System

Standing = Literal["in force", "lapsed", "ended", "asked"]


@dataclass(frozen=True, slots=True)
class Line:
    """One disposition. ends: the last day on which it counts; one that a person ended before its day is "ended"."""

    ask: Ask
    standing: Standing
    ends: date


def disposition_lines(system: System, today: date) -> Iterator[Line]:
    """The dispositions of a system, newest first; those that were refused or withdrawn stand on their item alone."""
    rows = Ask.objects.filter(system=system, state__in=("asked", "approved"))
    people = rows.select_related("item__system", "asked_by", "answered_by", "ended_by")
    for ask in people.prefetch_related("hosts__asset").order_by("-id"):
        yield Line(ask, _stands(ask, today), ask.last_day)


def _stands(ask: Ask, today: date) -> Standing:
    if ask.state == "asked":
        return "asked"
    if ask.last_day >= today:
        return "in force"
    return "ended" if ask.ended_on else "lapsed"
