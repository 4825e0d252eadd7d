"""Work in the background of one process: named tasks that take ids only, their state in the tables.

A thread takes one job after another, because there is one writer anyway. Another executor can take its place: what it
needs is the name of a task and its arguments.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from platform import node
from queue import SimpleQueue
from uuid import UUID, uuid4

from django.db import DatabaseError, connections, transaction
from django.db.models import Max
from django.utils import timezone

from checks.errors import ContentError
from collector.catalog import PLATFORMS
from collector.errors import CollectorError
from poam_generator.errors import PoamError
from server import runs, store
from server.assess import make_assessor, sources_for, update_all_items
from server.backtest import report_in_use
from server.content import present_content
from server.database_trouble import meaning_of
from server.doctor import examine_evidence
from server.errors import ServerError
from server.models import Asset, Job, ScanRun, System, User
from server.scan import Order, scan
from server.score import record
from server.ways import Secrets, collector_with
from server.words import update_words

Arguments = Mapping[str, object]
A_DAY = timedelta(hours=24)
DAILY = ("update_items",)  # of each system
DAILY_OF_ALL = ("verify_evidence",)  # of the whole database, in the name of its first system
LOOK_EVERY = timedelta(minutes=10)
SEAL_EVERY = timedelta(hours=1)
FORESEEN = (CollectorError, ContentError, PoamError, ServerError)
logger = logging.getLogger(__name__)


def scan_hosts(system: System, user: User | None, arguments: Arguments) -> None:
    """Scan the hosts of these ids, without secrets: keys of the server's account, or sudo without password."""
    ids = arguments["hosts"]
    named = Asset.objects.filter(system=system, pk__in=ids if isinstance(ids, list) else [])
    hosts = [one for one in named if not store.why_not_looked_at(one)]
    scan(system, hosts, present_content(), collector_with(Secrets()), timezone.now, Order(requested_by=user))


def update_items(system: System, user: User | None, arguments: Arguments) -> None:
    """Bring every item and the score up to date with what dates change, and note the day's score; once a day.

    The scripts that this version prints are kept too, so that a bundle which is carried here after an upgrade is known.
    """
    del user, arguments
    now = timezone.now()
    store.refresh_standings(system, store.score_policy(system).fresh_days, now)
    content = present_content()
    assessor = make_assessor(system, content)
    for platform in PLATFORMS:
        store.issue_script(system, platform, sources_for(assessor, platform), now)
    update_all_items(assessor, now)
    update_words(system, now)
    record(system, content, now)


def report_content(system: System, user: User | None, arguments: Arguments) -> None:
    """Say what the content that there is would open and close, so that a reviewer can look at it."""
    del arguments
    assessor, now = make_assessor(system, present_content()), timezone.now()
    store.save_report(system, report_in_use(assessor, now), assessor.manifest, now, user)


def seal_evidence(system: System, user: User | None, arguments: Arguments) -> None:
    """Put what was recorded since the last link into the evidence chain."""
    del user, arguments
    store.seal(system, timezone.now())


def verify_evidence(system: System, user: User | None, arguments: Arguments) -> None:
    """Look whether the newest evidence is what its digests say; once a day. The job fails where it is not, and Home tells of it."""
    del system, user, arguments
    if wrong := [one.name for one in examine_evidence() if not one.good]:
        raise ServerError(f"not what it was when it was stored: {', '.join(wrong)}; `closeout doctor` says which, and how to mend it")


TASKS: dict[str, Callable[[System, User | None, Arguments], None]] = {
    "scan_hosts": scan_hosts,
    "update_items": update_items,
    "seal_evidence": seal_evidence,
    "verify_evidence": verify_evidence,
    "report_content": report_content,
}


@dataclass(frozen=True, slots=True)
class _Taken:
    """A job that this process has taken on; the lock that says so is freed at its end."""

    job: UUID
    lock: ExitStack


class Executor:
    """One thread and a queue. stop lets the job that runs come to its end for a while, and leaves the rest interrupted."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Taken | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, system: System, task: str, arguments: Arguments, now: datetime, user: User | None = None) -> Job:
        """Note the job and run it after those before it; raises ServerError on a task that there is not."""
        if task not in TASKS:
            raise ServerError(f"there is no task {task!r}; there are {', '.join(TASKS)}")
        identifier = uuid4()
        lock = ExitStack()
        lock.enter_context(runs.hold(identifier))
        job = Job.objects.create(
            id=identifier, system=system, task=task, arguments=dict(arguments), machine=node(), requested_by=user, created_at=now
        )
        transaction.on_commit(lambda: self._put(_Taken(identifier, lock)))
        return job

    def stop(self, seconds: float = 5) -> None:
        """End the thread after the job that it is at, or leave it behind when that takes longer."""
        if self._thread:
            self._queue.put(None)
            self._thread.join(seconds)

    def _put(self, taken: _Taken) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
                self._thread.start()
        self._queue.put(taken)

    def _work(self) -> None:
        while taken := self._queue.get():
            try:
                with taken.lock:
                    run_job(taken.job)
            except DatabaseError:  # not even its end could be noted; the jobs behind it are tried all the same
                logger.exception("job %s", taken.job)
            connections.close_all()


executor = Executor()


class Daily:
    """Submits what is due once a day or once an hour for every system, as long as the pages are served."""

    def __init__(self, taker: Executor) -> None:
        self._executor = taker
        self._stopped = threading.Event()

    def start(self) -> None:
        """Look now, and then from time to time."""
        threading.Thread(target=self._watch, name="daily", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _watch(self) -> None:
        while True:
            try:
                submit_due(self._executor, timezone.now())
                submit_sealing(self._executor, timezone.now())
            except DatabaseError:
                logger.exception("looking for what is due")
            connections.close_all()
            if self._stopped.wait(LOOK_EVERY.total_seconds()):
                return


def submit_due(taker: Executor, now: datetime) -> list[Job]:
    """The daily tasks that began a day ago or more: each system's own, and once those that look at the whole database.

    One that was interrupted does not count, nor one that was noted later than now, while the clock was wrong, nor one from before a
    scan that was interrupted: what it had seen may not have reached the items.
    """
    scans = ScanRun.objects.filter(state="interrupted", finished_at__lte=now)
    cut_off = dict(scans.values_list("system").annotate(Max("finished_at")).order_by())
    begun = Job.objects.filter(created_at__gt=now - A_DAY, created_at__lte=now).exclude(state="interrupted")
    jobs = begun.values_list("system", "task", "created_at")
    recent = {(system, task) for system, task, noted in jobs if system not in cut_off or cut_off[system] < noted}
    systems = list(System.objects.order_by("pk"))
    due = [(system, task) for system in systems for task in DAILY if (system.pk, task) not in recent]
    due += [(system, task) for system in systems[:1] for task in DAILY_OF_ALL if task not in {task for _, task in recent}]
    return [taker.submit(system, task, {}, now) for system, task in due]


def submit_sealing(taker: Executor, now: datetime) -> list[Job]:
    """The sealing of each system that has records which stand in no link, where the last one began an hour ago or more."""
    begun = Job.objects.filter(task="seal_evidence", created_at__gt=now - SEAL_EVERY, created_at__lte=now).exclude(state="interrupted")
    waiting = [system for system in System.objects.exclude(pk__in=begun.values("system")) if store.unsealed(system)]
    return [taker.submit(system, "seal_evidence", {}, now) for system in waiting]


def run_job(identifier: UUID) -> None:
    """Run a job that waits, and note how it ended; one that has been taken already is left alone."""
    if not Job.objects.filter(pk=identifier, state="waiting").update(state="running", started_at=timezone.now()):
        return
    job = Job.objects.select_related("system", "requested_by").get(pk=identifier)
    error = _try(job)
    Job.objects.filter(pk=identifier).update(state="failed" if error else "done", error=error, finished_at=timezone.now())


def _try(job: Job) -> str:
    try:
        TASKS[job.task](job.system, job.requested_by, job.arguments)
    except FORESEEN as error:
        return str(error)
    except Exception as error:
        if means := meaning_of(error):
            return f"the database: {means}"
        logger.exception("job %s (%s)", job.pk, job.task)
        return f"something unforeseen went wrong ({type(error).__name__}); the server's log has the details"
    return ""
