"""Where the points of a chart stand."""

from datetime import date, timedelta

from server.views.charts import HEIGHT, LEFT, RIGHT, WIDTH, draw_lines

DAY = date(2026, 11, 1)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def test_a_line_goes_from_the_first_day_to_the_last() -> None:
    chart = draw_lines("Score", {"verified": ("first", {day(0): 0, day(10): 100})}, 88)
    assert chart is not None
    (line,) = chart.lines
    assert line.parts == (f"{LEFT}.0,176.0 {WIDTH - RIGHT}.0,8.0",)
    assert line.dot == (float(WIDTH - RIGHT), 8.0)
    assert [tick.label for tick in chart.across] == ["0", "25", "50", "75", "100"]
    assert chart.mark is not None
    assert 8 < chart.mark.at < 50


def test_a_day_without_a_value_breaks_the_line_and_leaves_its_cell_empty() -> None:
    chart = draw_lines("Score", {"verified": ("first", {day(0): 1, day(1): None, day(2): 2}), "projected": ("second", {day(2): 3})})
    assert chart is not None
    assert len(chart.lines[0].parts) == 2
    assert chart.rows == ((day(2), ("2", "3")), (day(1), ("", "")), (day(0), ("1", "")))


def test_everything_stays_within_the_picture_however_low_a_score_is() -> None:
    chart = draw_lines("Score", {"verified": ("first", {day(n): -203 + n * 30 for n in range(10)})}, 88)
    assert chart is not None
    places = [float(part.split(",")[1]) for part in chart.lines[0].parts[0].split()]
    assert all(0 <= place <= HEIGHT for place in places)
    assert all(0 <= tick.at <= HEIGHT for tick in (*chart.across, chart.mark) if tick)


def test_one_day_is_a_dot_and_nothing_is_no_chart() -> None:
    chart = draw_lines("Score", {"verified": ("first", {DAY: 71})})
    assert chart is not None
    assert chart.lines[0].dot
    assert draw_lines("Score", {"verified": ("first", {DAY: None})}) is None
    assert draw_lines("Score", {"verified": ("first", {})}) is None
