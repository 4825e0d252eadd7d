"""Working days: Monday to Friday, less the holidays that a system names."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

from poam_generator.errors import PoamError

SATURDAY = 5
LONGEST = 3660


def is_working_day(day: date, holidays: AbstractSet[date]) -> bool:
    """True from Monday to Friday when the day is no holiday."""
    return day.weekday() < SATURDAY and day not in holidays


def add_working_days(start: date, count: int, holidays: AbstractSet[date]) -> date:
    """The working day that comes so many after start, start itself not counted; raises PoamError when ten years hold too few."""
    day = start
    for _ in range(count):
        day = _next(day, holidays, 1)
    return day


def working_days_after(start: date, holidays: AbstractSet[date]) -> Iterator[date]:
    """The working days that come after start, without end; raises PoamError when ten years hold none."""
    day = start
    while True:
        day = _next(day, holidays, 1)
        yield day


def last_working_day(day: date, holidays: AbstractSet[date]) -> date:
    """The day itself, or the working day before it."""
    return day if is_working_day(day, holidays) else _next(day, holidays, -1)


def count_working_days(start: date, end: date, holidays: AbstractSet[date]) -> int:
    """How many working days lie after start up to and including end."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day, holidays) for day in days)


def _next(day: date, holidays: AbstractSet[date], step: int) -> date:
    for n in range(1, LONGEST):
        found = day + timedelta(days=n * step)
        if is_working_day(found, holidays):
            return found
    raise PoamError(f"there is no working day within {LONGEST} days of {day}; look at the holidays of the system")
