"""The first page of a system: what waits, what failed, what changed; and the search over everything in it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.models import Ask, Asset, Conflict, Item, ItemEvent, Membership, Result, ScanRun, System
from server.store.results import pending_judgements
from server.store.seam import item_id, item_number
from server.views.access import enter, signed_in
from server.views.content import content
from server.views.page import show
from server.views.rows import holding_words, silent_hosts, with_progress

LATELY_DAYS = 30
EVENTS = 12
FOUND = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Go to the only system of a person, or let them choose."""
    user = signed_in(request)
    ids = list(Membership.objects.filter(user=user).values_list("system_id", flat=True).distinct()[:2])
    if len(ids) == 1:
        return redirect("overview", ids[0])
    return show(request, "home.html", choices=list(System.objects.filter(memberships__user=user).distinct().order_by("name")))


@require_safe
def overview(request: HttpRequest, system_id: int) -> HttpResponse:
    """Counts that lead to lists, the last scan, and what happened lately."""
    access = enter(request, system_id)
    now = timezone.now()
    return show(
        request,
        "overview.html",
        access,
        waiting=_waiting(access.system, now),
        statuses=dict(Result.objects.filter(system=access.system).values_list("status").annotate(Count("id")).order_by("status")),
        scan=with_progress(ScanRun.objects.filter(system=access.system)).order_by("-started_at").first(),
        events=list(_events(access.system)),
        pending=pending_judgements(access.system),
        conflicts=Conflict.objects.filter(system=access.system, resolved_at=None).select_related("asset", "other"),
        lately=LATELY_DAYS,
    )


def _events(system: System) -> QuerySet[ItemEvent]:
    """What happened to items lately; that one host after another passes stands on the item's own page."""
    told = ItemEvent.objects.filter(system=system).exclude(kind__in=("verified", "assigned"))
    return told.select_related("item__system", "by").order_by("-id")[:EVENTS]


def _waiting(system: System, now: datetime) -> dict[str, int]:
    """What waits for somebody, by the name of the list that shows it."""
    since = now.date() - timedelta(days=LATELY_DAYS)
    counts: dict[str, int] = Item.objects.filter(system=system).aggregate(
        drafts=Count("id", filter=Q(state="draft")),
        open=Count("id", filter=Q(state="open")),
        overdue=Count("id", filter=Q(state="open", scheduled_completion__lt=now.date())),
        closed=Count("id", filter=Q(state="closed", source="check", ended_on__gte=since)),
        awaiting=Count("id", filter=Q(state__in=("draft", "open")) & ~Q(awaiting="")),
    )
    asked = Ask.objects.filter(system=system, state="asked").values("item").distinct().count()
    return {**counts, "asked": asked, "silent": silent_hosts(system, now).count()}


@require_safe
def search(request: HttpRequest, system_id: int) -> HttpResponse:
    """Hosts, items and checks that hold the words; an item's own id leads straight to it."""
    access = enter(request, system_id)
    words = request.GET.get("text", "").strip()[:200]
    number = item_number(words)
    identifier = item_id(access.system, number)
    if words.upper() == identifier and Item.objects.filter(system=access.system, number=number).exists():
        return redirect("item", access.system.pk, identifier)
    return show(request, "search.html", access, words=words, **_find(access.system, words))


def _find(system: System, words: str) -> dict[str, Any]:
    if not words:
        return {"items": [], "hosts": [], "checks": []}
    hosts = Asset.objects.filter(
        Q(name__icontains=words) | Q(address__icontains=words) | Q(aliases__value__icontains=words), system=system
    ).distinct()
    items = holding_words(Item.objects.filter(system=system), words)
    low = words.casefold()
    checks = [one for one in content().checks.values() if low in f"{one.id} {one.title} {' '.join(one.assesses)}".casefold()]
    return {"items": list(items.select_related("system")[:FOUND]), "hosts": list(hosts[:FOUND]), "checks": checks[:FOUND]}
