"""The ledger of dispositions, as pages and command line show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.models import Ask, System

Standing = Literal["in force", "lapsed", "asked"]


@dataclass(frozen=True, slots=True)
class Line:
    """One disposition. ends: the last day on which it counts, by its end date or for want of progress."""

    ask: Ask
    standing: Standing
    ends: date


def disposition_lines(system: System, today: date) -> Iterator[Line]:
    """The dispositions of a system, newest first; those that were refused or withdrawn stand on their item alone."""
    rows = Ask.objects.filter(system=system, state__in=("asked", "approved")).select_related("item__system", "asked_by", "answered_by")
    for ask in rows.prefetch_related("hosts__asset").order_by("-id"):
        ends = min(ask.until, ask.progress_by or ask.until)
        yield Line(ask, "asked" if ask.state == "asked" else "in force" if ends >= today else "lapsed", ends)
