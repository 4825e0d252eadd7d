"""A fleet in a database of its own, and what pages ask of it."""

import json
import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

CHECKS = 300
FAILING = 0.1  # of the results


def measure_fleet(hosts: int, ways: int, repeat: int) -> None:
    """Make the fleet, and print the median times of a page's score, of the cheapest way, and of noting what one host shows."""
    from server.start import open_database, set_up  # noqa: PLC0415 - the settings read the environment

    set_up()
    open_database()
    from checks.load import load_content  # noqa: PLC0415 - after the database
    from poam_generator.cheapest import find_way  # noqa: PLC0415
    from server import store  # noqa: PLC0415
    from server.models import Asset  # noqa: PLC0415
    from server.score import assess  # noqa: PLC0415

    now = datetime.now(UTC)
    content, system = load_content(), store.default_system()
    make_fleet(hosts, ways, now)
    found = assess(system, content, now)
    one = Asset.objects.filter(system=system)[0]
    times = [
        _median(lambda: assess(system, content, now), repeat),
        _median(lambda: find_way(found.inputs, 88), repeat),
        _median(lambda: store.write_standing(one, 30, now), repeat),
    ]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{hosts:>7} {ways:>7} {times[0]:>7.2f} s {times[1]:>7.2f} s {times[2] * 1000:>6.1f} ms {memory:>5} MB", flush=True)  # noqa: T201


def make_fleet(hosts: int, ways: int, now: datetime) -> None:
    """Hosts that show so many different things, as their scans would have noted it."""
    from checks.judgement import judgement_digest  # noqa: PLC0415 - after the database
    from checks.load import load_content  # noqa: PLC0415
    from server import store  # noqa: PLC0415
    from server.models import Asset, AssetStanding, Confirmation, JudgementRecord  # noqa: PLC0415

    system, content = store.default_system(), load_content()
    checks = [one for one in content.checks.values() if "linux" in one.platforms][:CHECKS]
    judgements = JudgementRecord.objects.bulk_create(
        JudgementRecord(system=system, check_id=one.id, platform="linux", digest=judgement_digest(one, "linux", None), first_used_at=now)
        for one in checks
    )
    Confirmation.objects.bulk_create(Confirmation(system=system, judgement=one, by=None, at=now, reason="first") for one in judgements)
    assets = Asset.objects.bulk_create(Asset(system=system, name=f"ws-{n:05}", platform="linux", created_at=now) for n in range(hosts))
    shown = [_show([one.pk for one in judgements], random.Random(way)) for way in range(ways)]  # noqa: S311 - no secret
    seen = now - timedelta(hours=1)
    AssetStanding.objects.bulk_create(
        AssetStanding(system=system, asset=asset, shown=shown[n % ways], since=now - timedelta(days=31), oldest=seen, newest=seen)
        for n, asset in enumerate(assets)
    )


def _show(numbers: Sequence[int], chance: random.Random) -> str:
    found: dict[str, list[int]] = {"fail": [], "pass": []}
    for number in numbers:
        found["fail" if chance.random() < FAILING else "pass"].append(number)
    return json.dumps(found, separators=(",", ":"))


def _median(run: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
