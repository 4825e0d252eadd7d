"""What each asset shows for the score: written with its results, read by pages in one query of a row an asset.

A row holds only observations that were fresh when it was written. It is worth nothing any longer once the oldest of them has
aged, or where the policy lets older ones count; then the results themselves are read, and the daily job writes the row anew.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from poam_generator.model import Status
from poam_generator.scope import Category
from server.models import Asset, AssetStanding, Confirmation, JudgementRecord, Result, System

BATCH = 200  # assets in one transaction
Judged = tuple[str, str]  # check id, judgement digest


@dataclass(frozen=True, slots=True)
class Shown:
    """One asset with what counts of its results, as text that is the same for assets that show the same."""

    asset: UUID
    name: str
    platform: str
    category: Category
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    asset: UUID
    check: str
    status: str
    judgement: str
    ordered_at: datetime


def write_standing(asset: Asset, fresh_days: int, now: datetime) -> None:
    """Note what counts of an asset's results at this moment; call it in the transaction that changes them.

    What a host dates after this moment is noted too: the row is then worth nothing until that moment has come.
    """
    since = now - timedelta(days=fresh_days)
    rows = list(_rows(Result.objects.filter(asset=asset), since))
    _save(asset.system_id, asset.pk, rows, _records(asset.system_id), since)


def refresh_standings(system: System, fresh_days: int, now: datetime) -> int:
    """Write the rows anew that are worth nothing any longer, some assets at a time; how many there were."""
    since = now - timedelta(days=fresh_days)
    stale = Asset.objects.filter(system=system, retired_at=None).exclude(_valid(since, now)).order_by("pk").values_list("pk", flat=True)
    ids = iter(list(stale))
    count = 0
    while batch := list(islice(ids, BATCH)):
        with transaction.atomic():
            by_asset = _by_asset(_rows(Result.objects.filter(asset__in=batch), since))
            records = _records(system.pk)
            for asset in batch:
                _save(system.pk, asset, by_asset.get(asset, []), records, since)
        count += len(batch)
    return count


def recount_standings(system: System) -> Iterator[str]:
    """Set every row right that does not say what its asset's results do; the names of those assets."""
    records = _records(system.pk)
    for row in AssetStanding.objects.filter(system=system).select_related("asset"):
        rows = list(_rows(Result.objects.filter(asset=row.asset), row.since))
        if row.shown != _text(rows, records):
            _save(system.pk, row.asset_id, rows, records, row.since)
            yield row.asset.name


def standings(system: System, fresh_days: int, now: datetime) -> Iterator[Shown]:
    """Every asset in scope with what counts of its results, of observations of the last fresh_days."""
    since = now - timedelta(days=fresh_days)
    assets = Asset.objects.filter(system=system, retired_at=None)
    columns = ("pk", "name", "platform", "category")
    for pk, name, platform, category, text in assets.filter(_valid(since, now)).values_list(*columns, "standing__shown").iterator():
        yield Shown(pk, name, platform, cast("Category", category), text)
    others = iter(list(assets.exclude(_valid(since, now)).values_list(*columns)))
    records = _records(system.pk)
    while batch := list(islice(others, BATCH)):
        results = Result.objects.filter(asset__in=[one[0] for one in batch], ordered_at__lte=now)
        by_asset = _by_asset(_rows(results, since))
        for pk, name, platform, category in batch:
            yield Shown(pk, name, platform, cast("Category", category), _text(by_asset.get(pk, []), records))


def judged_as(system: System) -> dict[int, Judged]:
    """Number in a standing's text -> the check and judgement that it stands for, of the judgements that somebody has confirmed."""
    confirmed = set(Confirmation.objects.filter(system=system).values_list("judgement__check_id", "judgement__digest"))
    rows = JudgementRecord.objects.filter(system=system).values_list("pk", "check_id", "digest")
    return {number: (check, judgement) for number, check, judgement in rows if (check, judgement) in confirmed}


def read_standing(text: str, failing: Mapping[int, str], proving: Mapping[int, str]) -> dict[str, Status]:
    """Check id -> status. failing and proving: the numbers that count of failures, and of all else, with their checks."""
    found: dict[str, Status] = {}
    for status, numbers in json.loads(text).items():
        counted = failing if status == "fail" else proving
        found.update((counted[number], status) for number in counted.keys() & numbers)
    return found


def _valid(since: datetime, now: datetime) -> Q:
    """The assets whose row says just what their results would."""
    aged = Q(standing__oldest=None) | Q(standing__oldest__gte=since, standing__newest__lte=now)
    return Q(standing__since__lte=since) & aged


def _rows(results: QuerySet[Result], since: datetime) -> Iterator[_Row]:
    """What counts of results: fresh, from an observation, and no pass that was carried by hand: what that shows, a person attests."""
    counted = results.filter(reread=False, ordered_at__gte=since).exclude(status="pass", receipt__origin="hand-carried")
    columns = counted.order_by("asset_id").values_list("asset_id", "check_id", "status", "judgement", "ordered_at")
    return (_Row(*row) for row in columns.iterator())


def _by_asset(rows: Iterable[_Row]) -> dict[UUID, list[_Row]]:
    return {asset: list(mine) for asset, mine in groupby(rows, key=lambda row: row.asset)}


def _records(system: int) -> dict[Judged, int]:
    """Check and judgement -> the number that stands for them; where two platforms judge alike, that of the first."""
    rows = JudgementRecord.objects.filter(system=system).order_by("-pk")
    return {(check, judgement): number for check, judgement, number in rows.values_list("check_id", "digest", "pk")}


def _text(rows: Iterable[_Row], records: Mapping[Judged, int]) -> str:
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.status, []).append(records[row.check, row.judgement])
    return json.dumps({status: sorted(numbers) for status, numbers in sorted(found.items())}, separators=(",", ":"))


def _save(system: int, asset: UUID, rows: Sequence[_Row], records: Mapping[Judged, int], since: datetime) -> None:
    moments = [row.ordered_at for row in rows]
    values = {
        "shown": _text(rows, records),
        "since": since,
        "oldest": min(moments, default=None),
        "newest": max(moments, default=None),
    }
    AssetStanding.objects.update_or_create(asset_id=asset, defaults=values, create_defaults={"system_id": system, **values})
