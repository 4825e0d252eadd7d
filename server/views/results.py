"""What checks found: the list of results, the checks there are, and one check on all hosts."""

from collections.abc import Sequence

from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.coverage import PLATFORMS
from checks.framework import load_framework
from checks.model import Check
from checks.page import make_page
from checks.search import matches
from poam_generator.model import SEVERITIES
from server.assess import make_assessor, update_items
from server.backtest import list_waiting
from server.errors import ServerError
from server.judgements import confirm_judgement, confirmable
from server.models import Item, JudgementRecord, Result, System
from server.store.parameters import parameter_settings
from server.views.access import Access, enter
from server.views.content import content, find_check
from server.views.listing import chosen, paged, paged_list, text
from server.views.page import back, show
from server.views.rows import STATUSES, arrange_results, count_by, disposed
from server.views.strips import strips

COLUMNS = {
    "host": ("asset__name", "check_id"), "check": ("check_id", "asset__name"), "status": ("urgency", "check_id", "asset__name"),
    "since": ("status_since", "check_id"),
}  # fmt: skip

COUNTED = ("fail", "error", "pass")


@require_safe
def results(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every current result, filtered by the address."""
    access = enter(request, system_id)
    rows = Result.objects.filter(system=access.system).select_related("asset")
    if status := chosen(request, "status", STATUSES):
        rows = rows.filter(status=status)
    if check := text(request, "check"):
        rows = rows.filter(check_id=check)
    if words := text(request, "text"):
        rows = rows.filter(Q(asset__name__icontains=words) | Q(check_id__icontains=words))
    listing = paged(request, rows, COLUMNS, "status", arrange=arrange_results)
    held = disposed(listing.rows, timezone.now().date())
    return show(request, "results.html", access, listing=listing, statuses=STATUSES, checks=content().checks, excepted=held)


@require_safe
def checks(request: HttpRequest, system_id: int) -> HttpResponse:
    """The checks there are, each with its results counted, filtered by the address."""
    access = enter(request, system_id)
    status = chosen(request, "status", COUNTED)
    found = _with_results(access.system, status) if status else frozenset()
    listing = paged_list(request, [one for one in _wanted(request) if not status or one.id in found])
    return show(
        request,
        "checks.html",
        access,
        listing=listing,
        gone=sorted(_with_results(access.system) - set(content().checks)),
        counts=_counts(access.system, [one.id for one in listing.rows]),
        counted=COUNTED,
        severities=SEVERITIES,
        platforms=PLATFORMS,
        waiting=len(list_waiting(make_assessor(access.system, content()))),
    )


def _with_results(system: System, status: str = "") -> frozenset[str]:
    """The checks that have results, or results of one status; of a fleet's many results none is read, only whether there is one."""
    results = Result.objects.filter(system=system, check_id=OuterRef("check_id"), **({"status": status} if status else {}))
    judged = JudgementRecord.objects.filter(Exists(results), system=system)
    return frozenset(judged.values_list("check_id", flat=True))


def _counts(system: System, checks: Sequence[str]) -> dict[str, dict[str, int]]:
    """Check -> status -> how many results it has."""
    found: dict[str, dict[str, int]] = {}
    rows = Result.objects.filter(system=system, check_id__in=checks).values_list("check_id", "status")
    for check_id, status, count in rows.annotate(Count("id")).order_by():
        found.setdefault(check_id, {})[status] = count
    return found


def _wanted(request: HttpRequest) -> list[Check]:
    """The checks whose words, platform and severity the address asks for."""
    words, platform, severity = text(request, "text"), chosen(request, "platform", PLATFORMS), chosen(request, "severity", SEVERITIES)
    return [
        one
        for one in content().checks.values()
        if matches(one, words) and (not platform or platform in one.platforms) and (not severity or one.severity == severity)
    ]


@require_safe
def check(request: HttpRequest, system_id: int, check_id: str) -> HttpResponse:
    """One check: what it wants and why, how it judges, how to fix what it finds, and how it stands on every host."""
    access = enter(request, system_id)
    found = find_check(check_id)
    rows = Result.objects.filter(system=access.system, check_id=check_id).select_related("asset")
    if found is None and not rows.exists():
        raise Http404(f"There is no check {check_id}.")
    counts = count_by(rows, "status")
    if status := chosen(request, "status", STATUSES):
        rows = rows.filter(status=status)
    listing = paged(request, rows, COLUMNS, "status", arrange=arrange_results)
    judgements = list(
        JudgementRecord.objects.filter(system=access.system, check_id=check_id)
        .prefetch_related("confirmations__by")
        .order_by("-first_used_at")
    )
    return show(
        request,
        "check.html",
        access,
        check=found,
        check_id=check_id,
        listing=listing,
        statuses=STATUSES,
        counts=counts,
        excepted=disposed(listing.rows, timezone.now().date()),
        cells=strips(access.system, check_id, [row.asset_id for row in listing.rows]),
        items=list(
            Item.objects.filter(system=access.system, source="check", source_key=check_id).select_related("system").order_by("-number")
        ),
        judgements=judgements,
        confirmable=_confirmable(access, judgements),
        page=make_page(found, load_framework(), parameter_settings(access.system).get(found.id)) if found else None,
    )


def _confirmable(access: Access, judgements: Sequence[JudgementRecord]) -> list[JudgementRecord]:
    """Those that this person may confirm here; the content is compared only where something waits."""
    waiting = [one for one in judgements if not one.confirmations.all()] if access.may("confirm") else []
    return confirmable(make_assessor(access.system, content()), waiting, timezone.now()) if waiting else []


@require_POST
def confirm(request: HttpRequest, system_id: int, check_id: str) -> HttpResponse:
    """A reviewer's word that a new way of judging may open and close items."""
    access = enter(request, system_id, "confirm")
    assessor, form, now = make_assessor(access.system, content()), request.POST, timezone.now()
    try:
        confirm_judgement(assessor, check_id, form.get("judgement", ""), access.user, form.get("reason", ""), now)
        update_items(assessor, [check_id], now, access.user)
    except ServerError as error:
        return back(request, str(error), "check", access.system.pk, check_id, trouble=True)
    return back(request, "Confirmed: what it says counts from now on.", "check", access.system.pk, check_id)
