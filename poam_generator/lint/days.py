"""Dates as people and spreadsheets write them."""

import re
from datetime import date, datetime
from typing import Final

_FORMS: Final = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
)
_TIME: Final = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?$")
DAY: Final = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}|[A-Z][a-z]{2,8} \d{1,2}, \d{4}"
)
_YEARS: Final = range(2000, 2100)  # no POA&M has others: a slip, or what stands for "never"
_SERIAL: Final = re.compile(r"[1-9]\d{4}(\.\d+)?")
_DAY_FIRST: Final = re.compile(r"\b(1[3-9]|2\d|3[01])/\d{1,2}/(\d{4}|\d{2})\b")


def read_day(text: str) -> date | None:
    """The day that a cell names, months first where it is numbers with slashes; None when it names none of this century."""
    plain = _TIME.sub("", text.strip())
    for form in _FORMS:
        try:
            day = datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
        return day if day.year in _YEARS else None
    return None


def why_no_day(text: str) -> str:
    """Why a cell names no day, and what mends it."""
    if _SERIAL.fullmatch(text.strip()):
        return f"{text!r} is the number by which a spreadsheet keeps a day; give its column the format of a date, and save it anew"
    return f"{text[:40]!r} is no date; write it as in 2027-03-14"


def has_day_first(text: str) -> bool:
    """True for a date with slashes that only makes sense with the day first."""
    return _DAY_FIRST.search(text) is not None
