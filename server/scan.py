"""A scan: threads wait for the hosts, one writer saves what comes back, and the items are brought up to date at the end.

A scan that is killed loses nothing: what was saved is whole, hosts without a receipt are as they were, and its run is
found to be interrupted by the next one, because the lock file that it held is free.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from uuid import UUID

from checks.load import Content
from collector.bundle import Bundle, read_bundle
from collector.errors import CollectorError
from collector.script import script_digest
from collector.transports import Collected
from poam_generator.model import Origin
from server import runs, store
from server.assess import Assessor, make_assessor, sources_for, update_items
from server.database_trouble import meaning_of
from server.errors import ServerError
from server.intake import save_judged
from server.models import Asset, Receipt, ScanRun, ScanTask, System, User
from server.score import record
from server.store import Applied, Delivery
from server.ways import Collect, platform_of

Clock = Callable[[], datetime]
WORKERS = 16
LINKS = 5  # that are made at the end of a scan at most; the rest of a store that was never sealed is the hourly job's
FEW = 20  # hosts that are looked up one by one when the items are brought up to date; of more, the whole fleet is read
LATE = "within the {seconds} s that the whole scan may take; scan it again by `closeout scan {name}`, or give the scan more time"
ORIGINS: dict[str, Origin] = {"local": "local", "ssh": "ssh", "winrm": "winrm"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One host of a scan has come to an end: with a receipt, or with a sentence that says why not."""

    asset: Asset
    done: int
    total: int
    receipt: Receipt | None
    error: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scan came to."""

    run: ScanRun
    steps: tuple[Step, ...]
    applied: Applied


@dataclass(frozen=True, slots=True)
class Order:
    """What to scan for. checks: none named means all. workers: how many hosts are waited for at a time.

    seconds: after so many the scan waits no longer, and each host that has not come to its end is told with a sentence.
    """

    checks: tuple[str, ...] = ()
    requested_by: User | None = None
    workers: int = WORKERS
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class _Script:
    platform: str
    digest: str
    text: str


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What a worker has to say: that it begins with a host (nothing came yet), or how that ended."""

    asset: Asset
    started_at: datetime
    received_at: datetime | None = None
    collected: Collected | None = None
    error: str = ""


def scan(  # noqa: PLR0913, PLR0917 - who, what, how and when
    system: System,
    hosts: Sequence[Asset],
    content: Content,
    collect: Collect,
    now: Clock,
    order: Order = Order(),
    progress: Callable[[Step], None] | None = None,
) -> Outcome:
    """Collect from hosts, judge, and bring the items of every check that was covered up to date.

    A host that cannot be reached is a step with its sentence; its items stay as they are. Raises ServerError when there is
    no host or no check at all.
    """
    if not hosts:
        raise ServerError("there is no host to scan; add one by `closeout hosts add NAME`")
    assessor = make_assessor(system, content)
    if not content.checks:
        raise ServerError("there is no check to judge by; a scan without checks would look like one without findings")
    scripts = _issue(assessor, hosts, order, now())
    store.load_jumps(hosts)
    with runs.running(system, hosts, now, order.requested_by) as run:
        steps, touched = _Scan(assessor, run, collect, scripts, now, progress).go(hosts, order)
        applied = update_items(assessor, touched, now(), hosts=hosts if len(hosts) <= FEW else ())
        record(system, content, now())
        store.seal(system, now(), most=LINKS)
        runs.finish(run, applied, now())
    return Outcome(run, tuple(steps), applied)


def _issue(assessor: Assessor, hosts: Iterable[Asset], order: Order, now: datetime) -> dict[str, _Script]:
    """Platform -> the script that its hosts get."""
    scripts = {}
    for platform in {platform_of(host) for host in hosts}:
        chosen = sources_for(assessor, platform, order.checks)
        scripts[platform] = _Script(
            platform, script_digest(chosen, platform=platform), store.issue_script(assessor.system, platform, chosen, now)
        )
    return scripts


class _Scan:
    """The writer of one scan; the workers only wait and hand over."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of one scan
        self,
        assessor: Assessor,
        run: ScanRun,
        collect: Collect,
        scripts: dict[str, _Script],
        now: Clock,
        progress: Callable[[Step], None] | None,
    ) -> None:
        self.assessor = assessor
        self.run = run
        self.collect = collect
        self.scripts = scripts
        self.now = now
        self.progress = progress
        self.waiting: SimpleQueue[Asset] = SimpleQueue()
        self.stopped = threading.Event()
        self.arrivals: SimpleQueue[_Arrival] = SimpleQueue()
        self.touched: set[str] = set()
        self.started: set[UUID] = set()

    def go(self, hosts: Sequence[Asset], order: Order) -> tuple[list[Step], set[str]]:
        """Every host once, in the order of their ends."""
        deadline = time.monotonic() + order.seconds if order.seconds else None
        open_hosts = {host.pk: host for host in hosts}
        steps: list[Step] = []
        for host in hosts:
            self.waiting.put(host)
        for _ in range(min(order.workers, len(hosts))):
            # Daemons, so that a person who stops a scan does not wait for hosts that do not answer.
            threading.Thread(target=self._work, name="collect", daemon=True).start()
        try:
            while open_hosts:
                for arrival in self._arrived(open_hosts, deadline, order.seconds):
                    del open_hosts[arrival.asset.pk]
                    steps.append(self._end(arrival, len(steps) + 1, len(hosts)))
                    if self.progress:
                        self.progress(steps[-1])
        finally:
            self.stopped.set()
        return steps, self.touched

    def _arrived(self, open_hosts: Mapping[UUID, Asset], deadline: float | None, seconds: int | None) -> Iterator[_Arrival]:
        """The next host that came to its end; all that are open once the time is up."""
        try:
            arrival = self.arrivals.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
        except Empty:
            self.stopped.set()
            for host in list(open_hosts.values()):
                why = "gave no whole answer" if host.pk in self.started else "its turn did not come"
                yield _Arrival(host, self.now(), self.now(), error=f"{host.name}: {why} {LATE.format(seconds=seconds, name=host.name)}")
            return
        if arrival.received_at is None:
            self.started.add(arrival.asset.pk)
            runs.start_task(self.run, arrival.asset, arrival.started_at)
        else:
            yield arrival

    def _work(self) -> None:
        with suppress(Empty):
            while not self.stopped.is_set():
                self._fetch(self.waiting.get_nowait())

    def _fetch(self, host: Asset) -> None:
        """What a worker does: wait for one host. It touches no database, and always hands something over."""
        started = self.now()
        self.arrivals.put(_Arrival(host, started))
        try:
            collected = self.collect(host, self.scripts[platform_of(host)].text)
            self.arrivals.put(_Arrival(host, started, self.now(), collected))
        except CollectorError as error:
            self.arrivals.put(_Arrival(host, started, self.now(), error=str(error)))
        except Exception as error:
            logger.exception("collecting from %s", host.name)
            self.arrivals.put(_Arrival(host, started, self.now(), error=_unforeseen(host, error)))

    def _end(self, arrival: _Arrival, done: int, total: int) -> Step:
        receipt, error = self._save(arrival)
        runs.end_task(self.run, arrival.asset, receipt, error, self.now())
        notes = arrival.collected.notes if arrival.collected else ()
        return Step(arrival.asset, done, total, receipt, error, notes)

    def _save(self, arrival: _Arrival) -> tuple[Receipt | None, str]:
        if arrival.collected is None or arrival.received_at is None:
            return None, arrival.error
        try:
            bundle = self._read(arrival.asset, arrival.collected)
            delivery = Delivery(
                ORIGINS[arrival.asset.way_in], arrival.received_at, arrival.started_at, arrival.collected.account, arrival.collected.aliases
            )
            saved, checks = save_judged(self.assessor, arrival.asset, bundle, delivery, self.now())
        except (CollectorError, ServerError) as error:
            return None, f"{arrival.asset.name}: {error}"
        except Exception as error:
            if means := meaning_of(error):
                return None, f"{arrival.asset.name}: what it sent was not saved; the database: {means}"
            logger.exception("saving what %s sent", arrival.asset.name)
            return None, _unforeseen(arrival.asset, error)
        self.touched |= checks
        return saved.receipt, ""

    def _read(self, host: Asset, collected: Collected) -> Bundle:
        bundle = read_bundle(collected.raw)
        sent = self.scripts[platform_of(host)]
        if (bundle.script, bundle.platform) != (sent.digest, sent.platform):
            raise ServerError(
                f"it answered with a bundle of script {bundle.script[:12]} for {bundle.platform}, and {sent.digest[:12]} was sent; "
                "look at what runs there in the place of sh"
            )
        return bundle


def _unforeseen(host: Asset, error: Exception) -> str:
    return f"{host.name}: something unforeseen went wrong ({type(error).__name__}: {error}); the server's log has the details"


def tasks_of(run: ScanRun) -> list[ScanTask]:
    """The hosts of a run, by name."""
    return list(run.tasks.select_related("asset", "receipt").order_by("asset__name"))
