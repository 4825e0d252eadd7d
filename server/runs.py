"""Runs of scans and jobs in the tables, and whether the process that began one still works on it."""

import fcntl
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

from django.db import transaction

from server.data import prepare
from server.models import Asset, Job, Receipt, ScanRun, ScanTask, System, User
from server.store import Applied

OPEN_TASKS = ("waiting", "running")
INTERRUPTED = "the process that worked on it ended before it was done; start it again"


@contextmanager
def running(system: System, hosts: Sequence[Asset], now: Callable[[], datetime], by: User | None) -> Iterator[ScanRun]:
    """A run that counts as working as long as this context lasts; left by an exception, it is interrupted."""
    mark_interrupted(now())
    identifier = uuid4()
    with hold(identifier):  # before the row is there, so that nobody finds a run that nobody works on
        run = _create(identifier, system, hosts, now(), by)
        try:
            yield run
        except BaseException:
            _interrupt(run, now())
            raise


def _create(identifier: UUID, system: System, hosts: Sequence[Asset], now: datetime, by: User | None) -> ScanRun:
    with transaction.atomic():
        run = ScanRun(id=identifier, system=system, state="running", machine=platform.node(), requested_by=by, started_at=now)
        run.save(force_insert=True)
        ScanTask.objects.bulk_create(ScanTask(system=system, run=run, asset=host, state="waiting") for host in hosts)
    return run


def finish(run: ScanRun, applied: Applied, now: datetime) -> None:
    """The run came to its end."""
    run.state, run.finished_at = "done", now
    run.drafted, run.closed, run.withdrawn = len(applied.drafted), len(applied.closed), len(applied.withdrawn)
    run.save(update_fields=["state", "finished_at", "drafted", "closed", "withdrawn"])


def start_task(run: ScanRun, host: Asset, now: datetime) -> None:
    """A worker waits for this host."""
    ScanTask.objects.filter(run=run, asset=host).update(state="running", started_at=now)


def end_task(run: ScanRun, host: Asset, receipt: Receipt | None, error: str, now: datetime) -> None:
    """This host is done, with a receipt or with a sentence."""
    state = "done" if receipt else "failed"
    ScanTask.objects.filter(run=run, asset=host).update(state=state, receipt=receipt, error=error, finished_at=now)


def mark_interrupted(now: datetime) -> int:
    """Mark runs and jobs of this machine whose process is gone; the number of them.

    Another machine's are left alone: only it can tell.
    """
    runs = [run for run in ScanRun.objects.filter(state="running", machine=platform.node()) if not is_held(run.pk)]
    for run in runs:
        _interrupt(run, now)
    jobs = [job for job in Job.objects.filter(state__in=OPEN_TASKS, machine=platform.node()) if not is_held(job.pk)]
    Job.objects.filter(pk__in=[job.pk for job in jobs], state__in=OPEN_TASKS).update(
        state="interrupted", error=INTERRUPTED, finished_at=now
    )
    return len(runs) + len(jobs)


def _interrupt(run: ScanRun, now: datetime) -> None:
    with transaction.atomic():
        if ScanRun.objects.filter(pk=run.pk, state="running").update(state="interrupted", finished_at=now):
            ScanTask.objects.filter(run=run, state__in=OPEN_TASKS).update(state="interrupted", error=INTERRUPTED, finished_at=now)


@contextmanager
def hold(identifier: UUID) -> Iterator[None]:
    """Hold the lock of a run or job. The kernel lets go of it however this process ends."""
    path = _lock_path(identifier)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_held(identifier: UUID) -> bool:
    """True while some process works on a run or job."""
    try:
        with _lock_path(identifier).open("r+") as file:
            return not _try_lock(file)
    except FileNotFoundError:
        return False


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_path(identifier: UUID) -> Path:
    folder = prepare() / "running"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{identifier}.lock"
