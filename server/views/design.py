"""All components on one page, for whoever changes one."""

from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from poam_generator.model import Seen, Status
from poam_generator.score import CONDITIONAL
from server.views.access import signed_in
from server.views.charts import draw_lines
from server.views.item_data import Difference
from server.views.listing import paged_list
from server.views.page import show
from server.views.shown import GLYPHS
from server.views.strips import Cell

_GROUPS = 10  # so many words a line
_EXAMPLE = "0" * 64
_RECEIPT = "00000000-0000-4000-8000-000000000000"


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """The components with made-up values."""
    signed_in(request)
    now = timezone.now()
    words = list(GLYPHS)
    history = ("fail", "fail", "error", "not_applicable", "manual", "fail", "pass", "pass")
    return show(
        request,
        "design.html",
        words=[words[at : at + _GROUPS] for at in range(0, len(words), _GROUPS)],
        cells=[Cell(now - timedelta(days=len(history) - place), status) for place, status in enumerate(history)],
        moment=now - timedelta(hours=3),
        failing=_seen("fail", 0, now - timedelta(days=len(history))),
        passing=_seen("pass", 3, now),
        listing=paged_list(request, range(4), 2),
        edits=[Difference("point_of_contact", "", "J. Doe")],
        digest=_EXAMPLE,
        lines=draw_lines("Score", {"verified": ("first", _climb(now, 40)), "projected": ("second", _climb(now, 70))}, CONDITIONAL),
    )


def _climb(now: datetime, start: int) -> dict[date, int | None]:
    return {now.date() - timedelta(days=7 * (6 - week)): start + 5 * week for week in range(7)}


def _seen(status: Status, value: int, at: datetime) -> Seen:
    shown = {"path": "security_policy.lockout_bad_count", "expected": "at least 1, at most 5", "observed": value, "reason": ""}
    return Seen(status, at, _RECEIPT, _EXAMPLE, _EXAMPLE, _EXAMPLE, "ssh", (shown,), "svc-scan", "0.1.0")
