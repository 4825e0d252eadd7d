"""Receipts in a database of their own, and what it takes to seal them and to look at the chain."""

import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

DAY = 10_000  # receipts of one more day
BATCH = 5_000


def measure_chain(receipts: int) -> None:
    """Make the receipts, and print what their first sealing, one more day, the page's count and both looks take."""
    from server.start import open_database, set_up  # noqa: PLC0415 - the settings read the environment

    set_up()
    open_database()
    from server import store  # noqa: PLC0415 - after the database
    from server.chain import examine_chain  # noqa: PLC0415

    system, now = store.default_system(), datetime.now(UTC)
    make_receipts(receipts, now - timedelta(days=2))
    first = _seconds(lambda: store.seal(system, now - timedelta(days=1)))
    make_receipts(DAY, now)
    since = _seconds(lambda: store.unsealed(system))
    times = [
        first,
        _seconds(lambda: store.seal(system, now)),
        since,
        _seconds(lambda: examine_chain(system, now, whole=False)),
        _seconds(lambda: examine_chain(system, now, whole=True)),
    ]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{receipts:>9} {' '.join(f'{one:>6.2f} s' for one in times)} {memory:>5} MB", flush=True)  # noqa: T201


def make_receipts(count: int, begin: datetime) -> None:
    """Receipts of one host, a millisecond apart, as its scans would have stored them."""
    from collector.canonical import canonical_bytes, sha256  # noqa: PLC0415 - after the database
    from server import store  # noqa: PLC0415
    from server.models import Asset, Blob, Reading, Receipt, Scope  # noqa: PLC0415
    from server.store.receipts import receipt_json  # noqa: PLC0415

    system = store.default_system()
    host, _ = Asset.objects.get_or_create(system=system, name="ws-1", defaults={"created_at": begin})
    sources = [f"source-{number}" for number in range(100)]
    scope, _ = Scope.objects.get_or_create(
        system=system, digest="0" * 64, defaults={"platform": "linux", "sources": sources, "whole": True}
    )
    blob, _ = Blob.objects.get_or_create(digest="0" * 64, defaults={"size": 0, "data": b""})
    for start in range(0, count, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, count)):
            at = begin + timedelta(milliseconds=number)
            row = Receipt(
                id=uuid4(), system=system, asset=host, origin="ssh", scope=scope, script="0" * 64, collector="0.1", platform="linux",
                content_digest="0" * 64, bundle_digest="0" * 64, bundle_size=100_000, layout=b"\0" * 32, observed_at=at, started_at=at,
                received_at=at, stored_at=at, ordered_at=at,
            )  # fmt: skip
            row.canonical = canonical_bytes(receipt_json(row))
            row.sha256 = sha256(row.canonical)
            rows.append(row)
        Receipt.objects.bulk_create(rows)
        Reading.objects.bulk_create(
            Reading(system=system, receipt=row, facts_digest="0" * 64, index=blob, read_by="0.1", read_at=row.stored_at) for row in rows
        )


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
