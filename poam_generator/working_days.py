"""Working days: Monday to Friday, less the holidays that a system names."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from itertools import islice

from poam_generator.errors import PoamError

SATURDAY = 5
LONGEST = 3660
_DAY = timedelta(days=1)


def is_working_day(day: date, holidays: AbstractSet[date]) -> bool:
    """True from Monday to Friday when the day is no holiday."""
    return day.weekday() < SATURDAY and day not in holidays


def add_working_days(start: date, count: int, holidays: AbstractSet[date]) -> date:
    """The working day that comes so many after start, start itself not counted; raises PoamError when ten years hold none."""
    return next(islice(working_days_after(start, holidays), count - 1, None)) if count else start


def working_days_after(start: date, holidays: AbstractSet[date]) -> Iterator[date]:
    """The working days that come after start, without end; raises PoamError when ten years hold none."""
    day = newest = start
    while (day - newest).days < LONGEST and day < date.max:
        day += _DAY
        if is_working_day(day, holidays):
            newest = day
            yield day
    raise _none_near(newest)


def last_working_day(day: date, holidays: AbstractSet[date]) -> date:
    """The day itself, or the working day before it."""
    for n in range(LONGEST):
        if is_working_day(found := day - n * _DAY, holidays):
            return found
    raise _none_near(day)


def count_working_days(start: date, end: date, holidays: AbstractSet[date]) -> int:
    """How many working days lie after start up to and including end."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day, holidays) for day in days)


def _none_near(day: date) -> PoamError:
    if day.year == date.max.year:
        return PoamError(f"more work is promised than can be done until {date.max}; give the teams of the system more hours a week")
    return PoamError(f"there is no working day within {LONGEST} days of {day}; look at the holidays of the system")
