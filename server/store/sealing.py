"""Putting what was recorded into the evidence chain, in batches: after a scan, and from time to time while the pages are served."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import OperationalError, connection, transaction
from django.db.models import Max, Model

from collector.canonical import sha256
from poam_generator.chain import Head, Link, batch_of, link_bytes
from server.models import ChainBatch, ChainLink, System
from server.store.sealed import KINDS, Kind, Record, pack, read_records
from server.store.systems import locked

LARGEST: Final = 10_000  # records of a kind in one link
WAIT: Final = "2s"  # for those that write; nobody can begin to write in that time


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What a link can hold of a kind. left: there is more of it, or nobody could tell."""

    kind: Kind
    after: int
    records: list[Record]
    left: bool


def seal(system: System, now: datetime, most: int | None = None) -> int:
    """Make links until every record stands in one, or so many; gives the number of links that were made here.

    Records are read before the short transaction that writes; where somebody else sealed meanwhile, they are gathered again.
    """
    made = 0
    while most is None or made < most:
        before = newest_link(system)
        gathered = [_gather(kind, system) for kind in KINDS]
        if not any(one.records for one in gathered):
            break
        made += _append(system, before, gathered, now)
    return made


def newest_link(system: System) -> ChainLink | None:
    """The link at which a system's chain ends."""
    return ChainLink.objects.filter(system=system).last()


def chain_head(system: System) -> Head | None:
    """The newest link by its place and digest: what to write down elsewhere; None where there is no link yet."""
    newest = newest_link(system)
    return Head(newest.sequence, newest.sha256) if newest else None


def _gather(kind: Kind, system: System) -> _Gathered:
    """What was stored of a kind since it last came into a link."""
    after = ChainBatch.objects.filter(system=system, kind=kind.name).aggregate(last=Max("upto"))["last"] or 0
    settled = _settled(kind.ordered)
    rows = kind.rows(system).filter(pk__gt=after, pk__lte=settled or 0)
    records = list(read_records(kind, rows[:LARGEST]))
    return _Gathered(kind, after, records, left=settled is None or len(records) == LARGEST)


def _settled(table: type[Model]) -> int | None:
    """A number such that no row up to it can still come; None where that cannot be told now.

    SQLite has one writer at a time, so numbers are given in the order of the commits. On PostgreSQL a transaction may commit
    after others that got higher numbers; for a moment that waits for those that write, nobody is half-way.
    """
    manager = table._default_manager  # noqa: SLF001 - Django's documented way
    if connection.vendor != "postgresql":
        return int(manager.aggregate(last=Max("pk"))["last"] or 0)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            cursor.execute(f'LOCK TABLE "{table._meta.db_table}" IN SHARE MODE')  # noqa: SLF001 - Django's documented way
            return int(manager.aggregate(last=Max("pk"))["last"] or 0)
    except OperationalError:  # somebody writes for long; the next time is soon enough
        return None


def _append(system: System, before: ChainLink | None, gathered: list[_Gathered], now: datetime) -> bool:
    """Write one link behind the one that was the newest; False where that is no longer the newest."""
    full = [one for one in gathered if one.records]
    records = {one.kind.name: batch_of([record.entry for record in one.records]) for one in full}
    left = tuple(one.kind.name for one in gathered if one.left)
    previous = sha256(bytes(before.canonical)) if before else ""
    raw = link_bytes(Link(system.pk, before.sequence + 1 if before else 1, previous, now, records, left))
    with locked(system):
        if newest_link(system) != before:
            return False
        link = ChainLink.objects.create(
            system=system, sequence=before.sequence + 1 if before else 1, at=now, canonical=raw, sha256=sha256(raw)
        )
        ChainBatch.objects.bulk_create(_row(link, one) for one in full)
    return True


def _row(link: ChainLink, one: _Gathered) -> ChainBatch:
    return ChainBatch(
        system=link.system,
        link=link,
        kind=one.kind.name,
        after=one.after,
        upto=one.records[-1].place,
        count=len(one.records),
        entries=pack(one.records),
    )
