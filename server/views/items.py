"""The list of items."""

from datetime import date, timedelta
from typing import cast

from django.db.models import Case, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from poam_generator.metrics import MEASURES, By, Period, was_live
from poam_generator.model import SEVERITIES
from server.metrics import TABLES, item_facts
from server.models import Item, System, User
from server.store.dispositions import asks_for
from server.store.seam import item_number
from server.views.access import Access, enter
from server.views.listing import chosen, paged, text
from server.views.page import show
from server.views.rows import holding_words, of_requirement

COLUMNS = {
    "number": ("number",), "severity": ("severity_rank", "number"), "state": ("state", "number"), "due": ("scheduled_completion", "number"),
    "title": ("title",), "detected": ("detected_on", "number"), "points": ("points", "number"), "owner": ("owner__username", "number"),
}  # fmt: skip
STATES = ("draft", "open", "closed", "withdrawn", "accepted", "enduring_exception", "temporary_deficiency", "dismissed")
REPORT_DAYS = 90
WAITING = {"overdue": "overdue", "reviewer": "a reviewer's word", "answer": "your answer", "lately": "closed by scan in 30 days"}


@require_safe
def items(request: HttpRequest, system_id: int) -> HttpResponse:
    """The items of a system, filtered and sorted by the address."""
    access = enter(request, system_id)
    rows = Item.objects.filter(system=access.system).select_related("system", "owner")
    rows = _narrow(request, access, rows, timezone.now().date())
    return show(
        request,
        "items.html",
        access,
        listing=paged(request, rows.annotate(severity_rank=_rank()), COLUMNS, "-number"),
        people=User.objects.filter(memberships__system=access.system).distinct().order_by("username"),
        states=STATES,
        severities=SEVERITIES,
        waiting=WAITING,
        measure_choices=[(name, one.label) for name, one in MEASURES.items()],
    )


def _rank() -> Case:
    """High before medium before low, which their letters do not say."""
    return Case(*(When(severity=word, then=place) for place, word in enumerate(SEVERITIES)), default=len(SEVERITIES))


def _narrow(request: HttpRequest, access: Access, rows: QuerySet[Item], today: date) -> QuerySet[Item]:
    """Only the items that the address asks for; a word that there is not asks for nothing."""
    if state := chosen(request, "state", STATES):
        rows = rows.filter(state=state)
    if severity := chosen(request, "severity", SEVERITIES):
        rows = rows.filter(severity=severity)
    if owner := text(request, "owner"):
        rows = rows.filter(owner=None) if owner == "nobody" else rows.filter(owner__username=owner)
    if requirement := text(request, "requirement"):
        rows = of_requirement(rows, requirement)
    if host := text(request, "host"):
        rows = rows.filter(hosts__asset__name__icontains=host).distinct()
    if words := text(request, "text"):
        rows = holding_words(rows, words)
    if measure := chosen(request, "count", MEASURES):
        rows = rows.filter(number__in=_counted(request, access.system, measure, today))
    if on := text(request, "live_on"):
        rows = rows.filter(number__in=[item_number(one.id) for one in item_facts(access.system) if was_live(one, _day(on, today))])
    return _waiting_for(chosen(request, "waiting", WAITING), rows, access, today)


def _counted(request: HttpRequest, system: System, measure: str, today: date) -> list[int]:
    """The numbers of the items that a count of the reports stands for: of a period, and of a family, owner, group or severity."""
    by = chosen(request, "by", TABLES)
    counted = MEASURES[measure].counts
    period = Period(_day(text(request, "since"), today), today)
    facts = (one for one in item_facts(system) if counted(one, period))
    return [item_number(one.id) for one in facts if not by or text(request, "of") in one.of(cast("By", by))]


def _day(words: str, today: date) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return today - timedelta(days=REPORT_DAYS)


def _waiting_for(what: str, rows: QuerySet[Item], access: Access, today: date) -> QuerySet[Item]:
    match what:
        case "overdue":
            return rows.filter(state="open", scheduled_completion__lt=today)
        case "reviewer":
            return rows.filter(~Q(awaiting=""), state__in=("draft", "open"))
        case "answer":
            return rows.filter(asks__in=asks_for(access.system, access.user, access.roles)).distinct()
        case "lately":
            return rows.filter(state="closed", source="check", ended_on__gte=today - timedelta(days=30))
        case _:
            return rows
