"""The drafting settings of a system as fields of text, for the page and for the command line alike."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

from poam_generator.model import Assignment, Capacity, DraftSettings
from server.errors import ServerError


@dataclass(frozen=True, slots=True)
class Field:
    """One field. lines: it holds a line each of several things."""

    name: str
    label: str
    hint: str = ""
    lines: bool = False


FIELDS: Final = (
    Field("hours_per_week", "Hours a week for remediation", "Of the team as a whole."),
    Field("capacities", "Hours of their own", "One a line: hours; family; group. As in 10; AC; plant-2, or 6; ; lab.", lines=True),
    Field("target_days.high", "Days to close a high weakness"),
    Field("target_days.medium", "Days to close a medium one"),
    Field("target_days.low", "Days to close a low one"),
    Field("overhead_minutes", "Minutes an item takes beside its hosts", "The change request, the trial and the evidence."),
    Field("hourly_cents", "Cost of an hour in cents", "Empty where it is not known: then no cost is stated."),
    Field("funding", "Funding", "As in funded, unfunded, or the line of a budget."),
    Field("holidays", "Holidays", "One day a line, as in 2026-12-25.", lines=True),
    Field("assignments", "Points of contact", "One a line: contact; platform; family; group. The first that fits wins.", lines=True),
    Field("stale_days", "Days after which an open item is stale"),
    Field("closeout_lead_days", "Days that a closeout assessment needs", "Before the 180 days of 32 CFR 170.21(b) are over."),
)
NAMES: Final = tuple(field.name for field in FIELDS)


def write_fields(settings: DraftSettings) -> dict[str, str]:
    """The settings as the text of each field."""
    return {field.name: _write(field.name, settings) for field in FIELDS}


def read_fields(texts: Mapping[str, str], settings: DraftSettings) -> DraftSettings:
    """The settings with what the texts say; raises ServerError with the field that says what it cannot."""
    for name, text in texts.items():
        if name not in NAMES:
            raise ServerError(f"there is no drafting setting {name!r}; there are {', '.join(NAMES)}")
        settings = _read(name, text.strip(), settings)
    return settings


def _write(name: str, settings: DraftSettings) -> str:
    head, _, severity = name.partition(".")
    value: Any = settings.target_days.get(severity, "") if severity else getattr(settings, head)
    match head:
        case "capacities":
            return "\n".join(f"{one.hours_per_week}; {one.family}; {one.group}" for one in value)
        case "assignments":
            return "\n".join(f"{one.point_of_contact}; {one.platform}; {one.family}; {one.group}" for one in value)
        case "holidays":
            return "\n".join(day.isoformat() for day in sorted(value))
        case _:
            return "" if value is None else str(value)


def _read(name: str, text: str, settings: DraftSettings) -> DraftSettings:
    head, _, severity = name.partition(".")
    if severity:
        return replace(settings, target_days={**settings.target_days, severity: _number(name, text)})
    changed: Any = _LINES[head](text) if head in _LINES else _single(head, text)
    return replace(settings, **{head: changed})


def _single(name: str, text: str) -> int | str | None:
    if name == "funding":
        return text
    if name == "hourly_cents" and not text:
        return None
    return _number(name, text)


def _number(name: str, text: str) -> int:
    label = next(field.label for field in FIELDS if field.name == name)
    try:
        return int(text)
    except ValueError as error:
        raise ServerError(f"{label}: {text!r} is no whole number") from error


def _holidays(text: str) -> frozenset[date]:
    days = []
    for line in _lines(text):
        try:
            days.append(date.fromisoformat(line))
        except ValueError as error:
            raise ServerError(f"Holidays: {line!r} is no day; write it as 2026-12-25") from error
    return frozenset(days)


def _capacities(text: str) -> tuple[Capacity, ...]:
    return tuple(Capacity(_number("capacities", hours), family.upper(), group) for hours, family, group in _parts(text, 3, "capacities"))


def _assignments(text: str) -> tuple[Assignment, ...]:
    rows = _parts(text, len(fields(Assignment)), "assignments")
    return tuple(Assignment(contact, platform.lower(), family.upper(), group) for contact, platform, family, group in rows)


def _parts(text: str, count: int, name: str) -> list[list[str]]:
    """Each line cut at its semicolons; parts at the end that nobody wrote are empty."""
    field = next(field for field in FIELDS if field.name == name)
    rows = [[part.strip() for part in line.split(";")] for line in _lines(text)]
    if wrong := next((row for row in rows if len(row) > count or not row[0]), None):
        raise ServerError(f"{field.label}: {'; '.join(wrong)!r} is not what belongs there. {field.hint}")
    return [row + [""] * (count - len(row)) for row in rows]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


_LINES: Final = {"holidays": _holidays, "capacities": _capacities, "assignments": _assignments}
