"""Rows that several pages ask for in the same way."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Case, Count, Model, Q, QuerySet, TextField, When
from django.db.models.functions import Cast

from server.models import Asset, Item, ItemHost, Result, ScanRun, System

M = TypeVar("M", bound=Model)
SILENT_DAYS = 3
STATUSES = ("fail", "error", "manual", "pass", "not_applicable")  # in the order in which people look at them


def count_by(rows: QuerySet[M], column: str) -> Counter[str]:
    """How many rows have each value of a column, counted where they lie."""
    return Counter(dict(rows.order_by().values_list(column).annotate(Count("pk"))))


def silent_hosts(system: System, now: datetime) -> QuerySet[Asset]:
    """The hosts in scope of which nothing was seen for days, or never."""
    seen_before = Q(last_seen_at__lt=now - timedelta(days=SILENT_DAYS)) | Q(last_seen_at=None)
    return Asset.objects.filter(seen_before, system=system, kind="host", retired_at=None).exclude(category="out_of_scope")


def holding_words(rows: QuerySet[Item], words: str) -> QuerySet[Item]:
    """The items whose title, weakness, check or requirement holds the words."""
    texts = rows.annotate(requirement_text=Cast("requirements", TextField()))
    return texts.filter(
        Q(title__icontains=words)
        | Q(weakness__icontains=words)
        | Q(source_key__icontains=words)
        | Q(requirement_text__contains=f'"{words}')
    )


def of_requirement(rows: QuerySet[Item], requirement: str) -> QuerySet[Item]:
    """The items of a requirement, as in 3.1.8; databases differ in how they look into JSON, so its text is looked at."""
    return rows.annotate(requirement_text=Cast("requirements", TextField())).filter(requirement_text__contains=f'"{requirement}"')


def with_progress(rows: QuerySet[ScanRun]) -> QuerySet[ScanRun]:
    """Scans with the numbers of their hosts: all, done, failed."""
    return rows.select_related("requested_by").annotate(
        hosts=Count("tasks"),
        hosts_done=Count("tasks", filter=Q(tasks__state="done")),
        hosts_failed=Count("tasks", filter=Q(tasks__state__in=("failed", "interrupted"))),
    )


def by_urgency(rows: QuerySet[Result]) -> QuerySet[Result]:
    """Results with the place of their status as `urgency`: failures first."""
    return rows.annotate(urgency=Case(*(When(status=word, then=place) for place, word in enumerate(STATUSES)), default=len(STATUSES)))


def disposed(rows: Iterable[Result], today: date) -> dict[tuple[UUID, str], ItemHost]:
    """(asset, check) -> the disposition that holds there, of the results of a page that fail: what is excepted is shown as such."""
    wanted = {(one.asset_id, one.check_id) for one in rows if one.status == "fail"}
    held = ItemHost.objects.filter(asset__in={asset for asset, _ in wanted}, item__source_key__in={check for _, check in wanted})
    holding = held.filter(item__source="check", disposition_until__gte=today).exclude(disposition="").select_related("item__system")
    found = {(one.asset_id, one.item.source_key): one for one in holding.order_by("item__number")}
    return {place: one for place, one in found.items() if place in wanted}
