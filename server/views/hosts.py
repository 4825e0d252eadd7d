"""Hosts: the list, one host, and its facts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from collector.facts import Facts, Value, join_path
from poam_generator.scope import Category
from server.assess import Assessor, make_assessor, update_items
from server.errors import ServerError
from server.merging import merge_hosts
from server.models import Agent, Asset, Conflict, ItemHost, Receipt, Result
from server.models.inventory import Kind, WayIn
from server.store.host_changes import move_host, rename_host
from server.store.inventory import checks_that_hold, find_host, resolve_conflict
from server.store.receipts import facts_of
from server.views.access import Access, asset_in, enter
from server.views.content import content
from server.views.listing import chosen, paged, text
from server.views.page import back, show
from server.views.rows import STATUSES, by_urgency, count_by, disposed, silent_hosts

COLUMNS = {
    "name": ("name",), "platform": ("platform", "name"), "seen": ("last_seen_at", "name"), "failing": ("failing", "name"),
    "unclear": ("unclear", "name"), "passing": ("passing", "name"), "category": ("category", "name"),
}  # fmt: skip
CATEGORIES = get_args(Category)
WAYS = get_args(WayIn)
KINDS = {"silent": "silent for days", "failing": "failing", "unclear": "could not tell", "retired": "retired", "conflict": "in conflict"}
UNCLEAR = "unclear"  # error and manual together, as the list of hosts counts them
RECEIPTS = 10
FACTS = 200


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact as the page shows it; reason: why it could not be read."""

    path: str
    value: Value
    reason: str = ""


@require_safe
def hosts(request: HttpRequest, system_id: int) -> HttpResponse:
    """The assets of a system with their results counted."""
    access = enter(request, system_id)
    rows = _narrow(request, Asset.objects.filter(system=access.system))
    kind = chosen(request, "only", KINDS)
    if kind == "silent":
        rows = rows.filter(pk__in=silent_hosts(access.system, timezone.now()))
    return show(
        request,
        "hosts.html",
        access,
        listing=paged(request, rows, COLUMNS, "name"),
        categories=CATEGORIES,
        ways=WAYS,
        kinds=KINDS,
        asset_kinds=get_args(Kind),
        agents=Agent.objects.filter(system=access.system, state="approved").count(),
        waiting=Agent.objects.filter(system=access.system, state="pending").count(),
    )


def _narrow(request: HttpRequest, rows: QuerySet[Asset]) -> QuerySet[Asset]:
    only = chosen(request, "only", KINDS)
    rows = rows.exclude(retired_at=None) if only == "retired" else rows.filter(retired_at=None)
    if only == "conflict":
        rows = rows.filter(conflicts__resolved_at=None, conflicts__isnull=False).distinct()
    if only in {"failing", "unclear"}:
        rows = rows.filter(**{f"{only}__gt": 0})
    if category := chosen(request, "category", CATEGORIES):
        rows = rows.filter(category=category)
    if way := chosen(request, "way", WAYS):
        rows = rows.filter(way_in=way)
    if words := text(request, "text"):
        rows = rows.filter(
            Q(name__icontains=words) | Q(address__icontains=words) | Q(group__icontains=words) | Q(aliases__value__icontains=words)
        )
        rows = rows.distinct()
    return rows


@require_safe
def host(request: HttpRequest, system_id: int, asset_id: UUID) -> HttpResponse:
    """One host: how it is reached, what it is known by, its results and the items that it stands in."""
    access = enter(request, system_id)
    asset = asset_in(access, asset_id)
    results = by_urgency(Result.objects.filter(asset=asset))
    counts = count_by(results, "status")
    if status := chosen(request, "status", (*STATUSES, UNCLEAR)):
        results = results.filter(status__in=("error", "manual") if status == UNCLEAR else (status,))
    if words := text(request, "text"):
        results = results.filter(Q(check_id__icontains=words) | Q(check_id__in=_titled(words)))
    held = ItemHost.objects.filter(asset=asset).select_related("item__system", "item__owner").order_by("item__ended_on", "-item__number")
    listing = paged(
        request, results, {"check": ("check_id",), "status": ("urgency", "check_id"), "since": ("status_since", "check_id")}, "status"
    )
    return show(
        request,
        "host.html",
        access,
        host=asset,
        agent=asset.agents.exclude(state="revoked").first(),
        aliases=list(asset.aliases.order_by("kind", "value")),
        conflicts=list(_conflicts(asset)),
        receipts=list(Receipt.objects.filter(asset=asset).select_related("scope").order_by("-ordered_at")[:RECEIPTS]),
        listing=listing,
        counts=counts,
        excepted=disposed(listing.rows, timezone.now().date()),
        statuses=(*STATUSES, UNCLEAR),
        held=list(held),
        checks=content().checks,
        categories=CATEGORIES,
        events=list(asset.events.select_related("by").order_by("-id")),
        category_history=list(asset.categories.select_related("by").order_by("-id")),
    )


def _conflicts(asset: Asset) -> QuerySet[Conflict]:
    """What waits for a person's word, told from whichever side."""
    either = Conflict.objects.filter(Q(asset=asset) | Q(other=asset), system=asset.system_id, resolved_at=None)
    return either.select_related("asset", "other")


@require_POST
def change(request: HttpRequest, system_id: int, asset_id: UUID) -> HttpResponse:
    """Another name or group, or the word that two entries are one machine."""
    access = enter(request, system_id, "edit")
    asset, now = asset_in(access, asset_id), timezone.now()
    checks, assessor = checks_that_hold(asset), make_assessor(access.system, content())
    try:
        with transaction.atomic():
            asset = _change(request, access, asset, assessor, now)
    except ServerError as error:
        return back(request, str(error), "host", access.system.pk, asset_id, trouble=True)
    update_items(assessor, checks, now, access.user)
    return back(request, f"{asset} is as you said; its items tell of it.", "host", access.system.pk, asset.pk)


def _change(request: HttpRequest, access: Access, asset: Asset, assessor: Assessor, now: datetime) -> Asset:
    """The entry that is left, changed as the form says."""
    name, group, into = (request.POST.get(word, "").strip() for word in ("name", "group", "into"))
    because = request.POST.get("because", "")
    if into:
        return merge_hosts(assessor, asset, find_host(access.system, into), access.user, because, now)
    if group != asset.group:
        asset = move_host(asset, group, access.user, because, now)
    return rename_host(asset, name, access.user, because, now) if name != asset.name else asset


@require_POST
def resolve(request: HttpRequest, system_id: int, asset_id: UUID, conflict_id: int) -> HttpResponse:
    """A person's word on which of two assets is which."""
    access = enter(request, system_id, "edit")
    asset = asset_in(access, asset_id)
    conflict = _conflicts(asset).filter(pk=conflict_id).select_related("system").first()
    if conflict is None:
        raise Http404(f"{asset} has no such conflict that waits for a word.")
    try:
        resolve_conflict(conflict, access.user, request.POST.get("resolution", ""), timezone.now())
    except ServerError as error:
        return back(request, str(error), "host", access.system.pk, asset.pk, trouble=True)
    return back(request, "Resolved, in your words.", "host", access.system.pk, asset.pk)


def _titled(words: str) -> list[str]:
    low = words.casefold()
    return [one.id for one in content().checks.values() if low in f"{one.title} {' '.join(one.assesses)}".casefold()]


@require_safe
def facts(request: HttpRequest, system_id: int, asset_id: UUID) -> HttpResponse:
    """What the newest receipt of a host says, searchable, with what could not be read."""
    access = enter(request, system_id)
    asset = asset_in(access, asset_id)
    newest = Receipt.objects.filter(asset=asset).order_by("-ordered_at").first()
    if newest is None:
        raise Http404(f"{asset} has not been observed yet, so there are no facts of it. Scan it first.")
    document = facts_of(newest)
    unread = request.GET.get("unread") == "yes"
    words = text(request, "text")
    rows = [row for row in fact_rows(document) if _matches(row, words) and (row.reason or not unread)]
    page = Paginator(rows, FACTS).get_page(request.GET.get("page"))
    return show(
        request, "facts.html", access, host=asset, receipt=newest, page=page, words=words, unread=unread, errors=len(document.errors)
    )


def _matches(row: FactRow, words: str) -> bool:
    low = words.casefold()
    return all(word in f"{row.path} {row.value} {row.reason}".casefold() for word in low.split())


def fact_rows(document: Facts) -> Iterator[FactRow]:
    """Every fact of a document in the order of its paths, then every path that could not be read with the reason."""
    yield from (FactRow(path, None, reason) for path, reason in sorted(document.errors.items()))
    yield from _leaves(document.values, ())


def _leaves(value: Value, path: tuple[str, ...]) -> Iterator[FactRow]:
    if isinstance(value, Mapping) and value:
        for name in sorted(value):
            yield from _leaves(value[name], (*path, name))
    else:
        yield FactRow(join_path(path), value)
