"""Rows that several pages ask for in the same way."""

from datetime import datetime, timedelta

from django.db.models import Case, Count, Q, QuerySet, TextField, When
from django.db.models.functions import Cast

from server.models import Asset, Item, Result, ScanRun, System

SILENT_DAYS = 3
STATUSES = ("fail", "error", "manual", "pass", "not_applicable")  # in the order in which people look at them


def silent_hosts(system: System, now: datetime) -> QuerySet[Asset]:
    """The hosts in scope of which nothing was seen for days, or never."""
    seen_before = Q(last_seen_at__lt=now - timedelta(days=SILENT_DAYS)) | Q(last_seen_at=None)
    return Asset.objects.filter(seen_before, system=system, kind="host", retired_at=None)


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
