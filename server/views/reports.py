"""The numbers for leadership: each leads to the items that it counts."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from checks.framework import load_framework
from poam_generator.metrics import MEASURES, Period
from poam_generator.score import CONDITIONAL
from server.metrics import TABLES, Metrics, measure
from server.store.score_history import score_of
from server.views.access import enter
from server.views.charts import Chart, draw_lines
from server.views.listing import chosen, text
from server.views.page import show

PERIODS = (30, 90, 180, 365)
IN_TABLES = {  # measure -> the head of its column
    "open": "Open", "drafts": "Drafts", "overdue": "Overdue", "closed": "Closed", "withdrawn": "Withdrawn", "came_back": "Came back",
    "held": "Held", "blocked": "Blocked",
}  # fmt: skip


@require_safe
def reports(request: HttpRequest, system_id: int) -> HttpResponse:
    """Counts of a period as a whole and by family, owner, group and severity, with the score and the open items over time."""
    access = enter(request, system_id)
    days = int(chosen(request, "days", tuple(map(str, PERIODS))) or PERIODS[1])
    today = timezone.now().date()
    day = _day(text(request, "score_on"))
    found = measure(access.system, Period(today - timedelta(days=days), today))
    return show(
        request,
        "reports.html",
        access,
        found=found,
        days=days,
        periods=PERIODS,
        measures=MEASURES,
        in_tables=IN_TABLES,
        tables=TABLES,
        families=load_framework().families,
        score_chart=chart_score(found),
        items_chart=chart_items(found),
        score_day=day,
        score_then=score_of(access.system, day) if day else None,
    )


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def chart_score(found: Metrics) -> Chart | None:
    """The verified and the projected score day by day, with the level of Conditional status."""
    verified = {one.day: one.verified for one in found.trend}
    projected = {one.day: one.projected for one in found.trend}
    return draw_lines("Score", {"verified": ("first", verified), "if every open item closes": ("second", projected)}, CONDITIONAL)


def chart_items(found: Metrics) -> Chart | None:
    """Open items week by week, and as they would be if every promised date were kept."""
    return draw_lines("Drafts and open items", {"open": ("first", dict(found.burned)), "promised": ("second", dict(found.promised))})
