"""Charts as SVG: where the points of a line stand, worked out on the server, with the same data as a table beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 200
LEFT: Final = 40
RIGHT: Final = 8
TOP: Final = 8
BOTTOM: Final = 24
_TICKS: Final = 4
_STEPS: Final = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10000)

Values = Mapping[date, int | None]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart: its unbroken parts as points of SVG, and the last place as a dot."""

    name: str
    kind: str
    parts: tuple[str, ...]
    dot: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart ready to be drawn. rows: a day with the value of each line, "" where it has none."""

    title: str
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    days: tuple[Tick, ...]
    mark: Tick | None
    rows: tuple[tuple[date, tuple[str, ...]], ...]
    width: int = WIDTH
    height: int = HEIGHT


def draw_lines(title: str, series: Mapping[str, tuple[str, Values]], mark: int | None = None) -> Chart | None:
    """Lines over days. series: name -> kind of line and its values; None where there is nothing to draw. mark: a level across."""
    days = sorted({day for _, values in series.values() for day in values})
    known = [value for _, values in series.values() for value in values.values() if value is not None]
    if not days or not known:
        return None
    plot = _Plot(days, [*known, *([] if mark is None else [mark])])
    return Chart(
        title=title,
        lines=tuple(plot.line(name, kind, values) for name, (kind, values) in series.items()),
        across=plot.across(),
        days=plot.days_below(),
        mark=None if mark is None else Tick(plot.y(mark), str(mark)),
        rows=tuple((day, tuple(_cell(values.get(day)) for _, values in series.values())) for day in reversed(days)),
    )


def _cell(value: int | None) -> str:
    return "" if value is None else str(value)


class _Plot:
    """The scales of a chart."""

    def __init__(self, days: Sequence[date], values: Sequence[int]) -> None:
        self.first, self.last = days[0], days[-1]
        low, high = min(0, *values), max(1, *values)
        self.step = next((one for one in _STEPS if (high - low) / one <= _TICKS), _STEPS[-1])
        self.low = low // self.step * self.step
        self.high = -(-high // self.step) * self.step

    def x(self, day: date) -> float:
        span = max((self.last - self.first).days, 1)
        return round(LEFT + (day - self.first).days / span * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: int) -> float:
        return round(TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM), 1)

    def line(self, name: str, kind: str, values: Values) -> Line:
        placed = sorted(values.items())
        parts = tuple(
            " ".join(f"{self.x(day)},{self.y(value)}" for day, value in part if value is not None)
            for there, part in groupby(placed, key=lambda one: one[1] is not None)
            if there
        )
        seen = [(self.x(day), self.y(value)) for day, value in placed if value is not None]
        return Line(name, kind, parts, seen[-1] if seen else None)

    def across(self) -> tuple[Tick, ...]:
        return tuple(Tick(self.y(value), str(value)) for value in range(self.low, self.high + 1, self.step))

    def days_below(self) -> tuple[Tick, ...]:
        return tuple(Tick(self.x(day), day.isoformat()) for day in dict.fromkeys((self.first, self.last)))
