"""What forms hold: dates that may be wrong, and the source that a value cites."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from server.errors import ServerError


def text_of(form: Mapping[str, Any], field: str) -> str:
    """What a field holds, trimmed; empty where the form has none."""
    return str(form.get(field, "")).strip()


def day_of(form: Mapping[str, Any], field: str, label: str) -> date | None:
    """The day of a field, None where it is empty; raises ServerError with the label where it is none."""
    text = text_of(form, field)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ServerError(f"{text!r} is no date: write {label} as 2027-03-14.") from error


def needed_day(form: Mapping[str, Any], field: str, label: str) -> date:
    """The day of a field that may not be empty."""
    found = day_of(form, field, label)
    if found is None:
        raise ServerError(f"Say {label}.")
    return found
