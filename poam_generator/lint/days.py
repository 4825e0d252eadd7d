"""Dates as people and spreadsheets write them."""

import re
from datetime import date, datetime
from typing import Final

_FORMS: Final = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
_TIME: Final = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?$")
DAY: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}|[A-Z][a-z]{2,8} \d{1,2}, \d{4}"
)


def read_day(text: str) -> date | None:
    """The day that a cell names, months first where it is numbers with slashes; None when it names none."""
    plain = _TIME.sub("", text.strip())
    for form in _FORMS:
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
    return None
