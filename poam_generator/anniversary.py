"""What holds for a year holds until the same day of the next one."""

from datetime import date


def years_after(day: date, years: int = 1) -> date:
    """The same day so many years later; the day before for a 29 February that there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
