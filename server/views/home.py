"""The first page of a system: what waits, what failed, what changed; and the search over everything in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from checks.search import matches
from poam_generator.metrics import Facts, Period, measure_items
from server import store
from server.assess import make_assessor
from server.backtest import list_waiting
from server.judgements import confirmable
from server.metrics import item_facts
from server.models import Asset, Conflict, Item, ItemEvent, Job, Membership, ScanRun, System
from server.store.dispositions import asks_for
from server.store.duties import duty_standings
from server.store.seam import item_id, item_number
from server.views.access import Access, enter, signed_in
from server.views.content import content
from server.views.page import show
from server.views.rows import holding_words, silent_hosts, with_progress
from server.views.stand import stand
from server.views.visits import last_visit, note_visit

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
    """Where the system stands, what waits for this person, what changed since they looked last, and the cheapest way on."""
    access = enter(request, system_id)
    now = timezone.now()
    since = last_visit(request, access.system, now)
    items = tuple(item_facts(access.system))
    answer = show(
        request,
        "overview.html",
        access,
        waiting=_waiting(access, now),
        scan=with_progress(ScanRun.objects.filter(system=access.system)).order_by("-started_at").first(),
        events=list(_events(access.system)),
        **_judgements(access.system, now),
        evidence=Job.objects.filter(task="verify_evidence", state__in=("done", "failed"), finished_at__lte=now)
        .order_by("finished_at")
        .last(),
        chain_head=store.chain_head(access.system),
        unsealed=store.unsealed(access.system),
        conflicts=Conflict.objects.filter(system=access.system, resolved_at=None).select_related("asset", "other"),
        since=since,
        changed=_changed(access.system, items, since or now - timedelta(days=LATELY_DAYS), now),
        **stand(access.system, content(), now, items),
    )
    note_visit(request, answer, access.system, now)
    return answer


def _events(system: System) -> QuerySet[ItemEvent]:
    """What happened to items lately; that one host after another passes stands on the item's own page."""
    told = ItemEvent.objects.filter(system=system).exclude(kind__in=("verified", "assigned"))
    return told.select_related("item__system", "by").order_by("-id")[:EVENTS]


def _judgements(system: System, now: datetime) -> dict[str, Any]:
    """What opens and closes nothing yet: the changed values that wait for a word, and how many checks wait with new content."""
    pending = store.pending_judgements(system)
    if not pending:
        return {"pending": [], "new_checks": 0}
    assessor = make_assessor(system, content())
    return {"pending": confirmable(assessor, pending, now), "new_checks": len(list_waiting(assessor))}


def _waiting(access: Access, now: datetime) -> dict[str, int]:
    """What waits for somebody, by the name of the list that shows it; asked: what others asked that this person may answer."""
    system = access.system
    counts: dict[str, int] = Item.objects.filter(system=system).aggregate(
        drafts=Count("id", filter=Q(state="draft")),
        open=Count("id", filter=Q(state="open")),
        overdue=Count("id", filter=Q(state="open", scheduled_completion__lt=now.date())),
        awaiting=Count("id", filter=Q(state__in=("draft", "open")) & ~Q(awaiting="")),
    )
    asked = asks_for(system, access.user, access.roles).values("item").distinct().count()
    overdue = sum(one.state == "overdue" for one in duty_standings(system, now.date()))
    return {**counts, "asked": asked, "silent": silent_hosts(system, now).count(), "duties": overdue}


def _changed(system: System, items: Sequence[Facts], since: datetime, now: datetime) -> dict[str, Any]:
    """What happened since a moment: items by the day, as the list of items counts them; hosts that were seen."""
    period = Period(since.date(), now.date())
    row = measure_items(items, period)
    seen = Asset.objects.filter(system=system, retired_at=None, last_seen_at__gte=since).count()
    return {"day": period.since, "hosts": seen, **{name: len(row.counts[name]) for name in ("closed", "withdrawn", "came_back", "found")}}


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
    checks = [one for one in content().checks.values() if matches(one, words)]
    return {"items": list(items.select_related("system")[:FOUND]), "hosts": list(hosts[:FOUND]), "checks": checks[:FOUND]}
