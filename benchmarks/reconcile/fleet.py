"""A made-up fleet in a real store: its hosts, two receipts of each, their results with history, and the items that stand on them.

Which host fails which check is a rule of numbers, so that every size is the same mixture: of all results 8 % fail, 2 % are errors,
5 % do not apply, and the rest pass; of those 1 in 40 failed before and stands verified in its item. Results and transitions are written
by SQL as the database can copy them, everything else by the tables' own classes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction

from checks.load import Content, load_content
from collector.canonical import canonical_bytes, sha256
from poam_generator.json_form import to_json
from server import store
from server.assess import Assessor, make_assessor
from server.models import Asset, Blob, Item, ItemHost, Reading, Receipt, Scope, System
from server.store.results import note_judgements
from server.store.seam import seen_of

FIRST = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
LAST = FIRST + timedelta(days=7)
NOW = LAST + timedelta(hours=1)
CHECKS, ITEMS, FULL = 300, 2000, 10_000
ENDED_HOSTS = 20
# The same rule as _RULE below, of a host's and a check's number.
_RULE = "((h.number * 7919 + c.number * 104729) %% 1000)"
_WAS_FAILING = "(h.number + c.number) %% 40 = 0"


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the fleet with its two receipts."""

    number: int
    asset: Asset
    receipts: tuple[Receipt, Receipt]


def status_of(host: int, check: int) -> str:
    """What a check of this number says of a host of this number."""
    number = (host * 7919 + check * 104729) % 1000
    return "fail" if number < 80 else "error" if number < 100 else "not_applicable" if number < 150 else "pass"  # noqa: PLR2004 - parts of a thousand


def verified(host: int, check: int) -> bool:
    """True for a host that failed at its first receipt and passes at its last."""
    return status_of(host, check) == "pass" and (host + check) % 40 == 0


def linux_content() -> Content:
    """The first checks that judge Linux, so many as the fleet is judged by."""
    content = load_content()
    chosen = dict(islice(((name, check) for name, check in content.checks.items() if "linux" in check.platforms), CHECKS))
    return Content(chosen)


def observations_of(status: str) -> list[dict[str, Any]]:
    """One observation, of the size that a check's usually has."""
    wrong = "not read: permission denied" if status == "error" else None
    shown = {"path": "sysctl.running[kernel.dmesg_restrict]", "expected": "one of 1, 2", "observed": "0" if status == "fail" else "1"}
    return [{**shown, "status": "pass" if status == "not_applicable" else status, **({"reason": wrong} if wrong else {})}]


def fill(hosts: int) -> None:
    """Fill the empty store with a fleet of so many hosts."""
    system, content = store.default_system(), linux_content()
    assessor = make_assessor(system, content)
    judgements = {check.id: assessor.judgements(check)["linux"] for check in content.checks.values()}
    with transaction.atomic():
        note_judgements(system, "linux", judgements, FIRST)
        fleet = _hosts(system, assessor, hosts)
        _write_results(system, fleet, judgements)
        _write_items(system, fleet, judgements)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _hosts(system: System, assessor: Assessor, count: int) -> list[Host]:
    sources = sorted(frozenset[str]().union(*assessor.needs["linux"].values()))
    digest = sha256(canonical_bytes(sources))
    scope = Scope.objects.create(system=system, digest=digest, platform="linux", sources=sources, whole=True)
    assets = [
        Asset(system=system, name=f"ws-{n:05}", platform="linux", way_in="ssh", created_at=FIRST, last_seen_at=LAST) for n in range(count)
    ]
    Asset.objects.bulk_create(assets, batch_size=500)
    fleet = [Host(n, asset, (_receipt(asset, scope, FIRST), _receipt(asset, scope, LAST))) for n, asset in enumerate(assets)]
    Receipt.objects.bulk_create((receipt for host in fleet for receipt in host.receipts), batch_size=500)
    index = Blob.objects.create(digest=sha256(b"{}"), size=2, data=b"{}")
    Reading.objects.bulk_create(
        (
            Reading(system=system, receipt=receipt, facts_digest=index.digest, index=index, read_by="1", read_at=receipt.stored_at)
            for host in fleet
            for receipt in host.receipts
        ),
        batch_size=500,
    )
    return fleet


def _receipt(asset: Asset, scope: Scope, when: datetime) -> Receipt:
    digest = sha256(f"{asset.pk} {when}".encode())
    return Receipt(
        system=asset.system,
        asset=asset,
        origin="ssh",
        scope=scope,
        script=digest,
        collector="1",
        platform="linux",
        account="scan",
        content_digest=digest,
        bundle_digest=digest,
        bundle_size=100_000,
        layout=bytes(32 * 80),
        observed_at=when,
        started_at=when,
        received_at=when,
        stored_at=when,
        ordered_at=when,
        canonical=b"{}",
        sha256=digest,
    )


def add_receipt(asset: Asset, scope: Scope, when: datetime) -> Receipt:
    """One more receipt of a host, with its reading."""
    receipt = _receipt(asset, scope, when)
    receipt.save(force_insert=True)
    empty = Blob.objects.get(digest=sha256(b"{}"))
    Reading.objects.create(system=asset.system, receipt=receipt, facts_digest=empty.digest, index=empty, read_by="1", read_at=when)
    return receipt


def _write_results(system: System, fleet: Sequence[Host], judgements: Mapping[str, str]) -> None:
    """Every result and its transitions, by one statement each over made-up tables of hosts and checks."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE h (number INTEGER, asset TEXT, first TEXT, last TEXT)")
        cursor.executemany(
            "INSERT INTO h VALUES (%s, %s, %s, %s)",
            [(host.number, host.asset.pk.hex, host.receipts[0].pk.hex, host.receipts[1].pk.hex) for host in fleet],
        )
        cursor.execute("CREATE TEMP TABLE c (number INTEGER, id TEXT, judgement TEXT)")
        cursor.executemany("INSERT INTO c VALUES (%s, %s, %s)", [(n, name, digest) for n, (name, digest) in enumerate(judgements.items())])
        cursor.execute("CREATE TEMP TABLE s (status TEXT, observations TEXT, canonical BLOB)")
        cursor.executemany("INSERT INTO s VALUES (%s, %s, %s)", [_kind(name) for name in ("pass", "fail", "error", "not_applicable")])
        status = (
            f"CASE WHEN {_RULE} < 80 THEN 'fail' WHEN {_RULE} < 100 THEN 'error' WHEN {_RULE} < 150 THEN 'not_applicable' ELSE 'pass' END"
        )
        before = f"CASE WHEN {status} = 'pass' AND {_WAS_FAILING} THEN 'fail' ELSE {status} END"
        first, last = (str(connection.ops.adapt_datetimefield_value(when)) for when in (FIRST, LAST))
        moments: dict[str, Any] = {"system": system.pk, "first": first, "last": last}
        cursor.execute(_RESULTS.format(status=status), moments)
        cursor.execute(_TRANSITIONS.format(receipt="h.first", status=before, previous="''", where="1"), {**moments, "at": first})
        moved = f"{status} = 'pass' AND {_WAS_FAILING}"
        cursor.execute(_TRANSITIONS.format(receipt="h.last", status=status, previous="'fail'", where=moved), {**moments, "at": last})


_RESULTS = """
INSERT INTO server_result (system_id, asset_id, check_id, status, observations, judgement, reread, receipt_id, ordered_at, observed_at,
                           changed_by_id, changed_at, status_since)
SELECT %(system)s, h.asset, c.id, s.status, s.observations, c.judgement, 0, h.last, %(last)s, %(last)s, h.first, %(first)s, %(first)s
FROM h CROSS JOIN c JOIN s ON s.status = {status} ORDER BY h.number
"""
_TRANSITIONS = """
INSERT INTO server_transition (system_id, asset_id, check_id, receipt_id, ordered_at, before, status, judgement, observations_digest,
                               cause, recorded_at, canonical, sha256)
SELECT %(system)s, h.asset, c.id, {receipt}, %(at)s, {previous}, s.status, c.judgement, '', 'observation', %(at)s, s.canonical, ''
FROM h CROSS JOIN c JOIN s ON s.status = {status} WHERE {where} ORDER BY h.number
"""


def _kind(status: str) -> tuple[str, str, bytes]:
    shown = observations_of(status)
    return status, json.dumps(shown), canonical_bytes({"observations": shown})


def _write_items(system: System, fleet: Sequence[Host], judgements: Mapping[str, str]) -> None:
    """For every check one open item with all hosts that fail it and those that are verified, and items that ended before."""
    ended = round((ITEMS - CHECKS) * len(fleet) / FULL)
    names = list(judgements)
    rows = [
        _item(system, n + 1, names[n % CHECKS], judgements[names[n % CHECKS]], "open" if n < CHECKS else "closed")
        for n in range(CHECKS + ended)
    ]
    Item.objects.bulk_create(rows, batch_size=200)
    System.objects.filter(pk=system.pk).update(last_item=len(rows))
    numbers = {name: n for n, name in enumerate(names)}
    ItemHost.objects.bulk_create((host for row in rows for host in _item_hosts(row, numbers[row.source_key], fleet)), batch_size=500)
    for row in rows:
        store.count_hosts(row)


def _item(system: System, number: int, check: str, judgement: str, state: str) -> Item:
    return Item(
        system=system,
        number=number,
        source="check",
        source_key=check,
        state=state,
        judgement=judgement,
        detected_on=FIRST.date(),
        ended_on=None if state == "open" else FIRST.date(),
        created_at=FIRST,
        changed_at=FIRST,
        title=check,
        points=1,
        severity="medium",
        scheduled_completion=LAST.date(),
        original_completion=LAST.date(),
    )


def _item_hosts(row: Item, check: int, fleet: Sequence[Host]) -> Iterator[ItemHost]:
    if row.state == "closed":
        passing = [host for host in fleet if status_of(host.number, check) == "pass" and not verified(host.number, check)]
        for host in passing[row.number % 7 :: max(1, len(passing) // ENDED_HOSTS)]:
            yield _item_host(row, host, verified_now=True)
        return
    for host in fleet:
        if status_of(host.number, check) == "fail" or verified(host.number, check):
            yield _item_host(row, host, verified_now=verified(host.number, check))


def _item_host(row: Item, host: Host, *, verified_now: bool) -> ItemHost:
    failing, passing = _seen("fail", row, host.receipts[0]), _seen("pass", row, host.receipts[1])
    return ItemHost(
        system=row.system, item=row, asset=host.asset, failing=failing, passing=passing if verified_now else None, added_at=FIRST
    )


def _seen(status: str, row: Item, receipt: Receipt) -> Any:  # noqa: ANN401 - JSON data
    return to_json(seen_of(receipt, sha256(b"{}"), status, row.judgement, tuple(observations_of(status)), reread=False))
