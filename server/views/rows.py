"""Rows that several pages ask for in the same way."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar, overload
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


class StatusByStatus(Sequence[Result]):
    """Results with those of one status behind those of another: a fleet has too many to sort them all for a page.

    fields: those to order by, of which the first is `urgency`, with a minus for the least urgent first.
    """

    def __init__(self, rows: QuerySet[Result], fields: Sequence[str]) -> None:
        self._rows = rows
        self._order = tuple(fields[1:])
        self._statuses = STATUSES[::-1] if fields[0].startswith("-") else STATUSES

    def __len__(self) -> int:
        return self._rows.count()

    @overload
    def __getitem__(self, place: int) -> Result: ...
    @overload
    def __getitem__(self, place: slice) -> list[Result]: ...
    def __getitem__(self, place: int | slice) -> Result | list[Result]:
        if isinstance(place, int):
            return self[place : place + 1][0]
        found: list[Result] = []
        skip, wanted = place.start, place.stop - place.start
        for status in self._statuses:
            rows = self._rows.filter(status=status)
            if skip and (before := rows.count()) <= skip:
                skip -= before
                continue
            keys = rows.order_by(*self._order).values_list("pk", flat=True)[skip : skip + wanted - len(found)]
            found += rows.filter(pk__in=list(keys)).order_by(*self._order)
            if len(found) == wanted:
                break
            skip = 0
        return found


def arrange_results(rows: QuerySet[Result], fields: Sequence[str]) -> Sequence[Result] | QuerySet[Result]:
    """The results in an order, for pages of them."""
    return StatusByStatus(rows, fields) if fields[0].removeprefix("-") == "urgency" else rows.order_by(*fields)


def disposed(rows: Iterable[Result], today: date) -> dict[tuple[UUID, str], ItemHost]:
    """(asset, check) -> the disposition that holds there, of the results of a page that fail: what is excepted is shown as such."""
    wanted = {(one.asset_id, one.check_id) for one in rows if one.status == "fail"}
    held = ItemHost.objects.filter(asset__in={asset for asset, _ in wanted}, item__source_key__in={check for _, check in wanted})
    holding = held.filter(item__source="check", disposition_until__gte=today).exclude(disposition="").select_related("item__system")
    found = {(one.asset_id, one.item.source_key): one for one in holding.order_by("item__number")}
    return {place: one for place, one in found.items() if place in wanted}
