import platform
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from collector.catalog import PLATFORMS
from server import guards, jobs, runs, store
from server.errors import ServerError
from server.models import AnswerRecord, Job, ScanRun, Script, System
from server.store import NewAsset


@pytest.fixture
def executor(committed: None) -> Iterator[jobs.Executor]:
    del committed
    made = jobs.Executor()
    yield made
    made.stop(60)


def test_a_rescan_runs_in_the_background_and_leaves_its_run(executor: jobs.Executor) -> None:
    system = store.default_system()
    host = store.add_host(system, NewAsset("here", way_in="ssh", address="127.0.0.1", port=1), timezone.now())
    job = executor.submit(system, "scan_hosts", {"hosts": [str(host.pk)]}, timezone.now())
    executor.stop(60)
    job.refresh_from_db()
    run = ScanRun.objects.get()
    assert (job.state, job.error) == ("done", "")
    assert run.state == "done"
    assert "here: 127.0.0.1:1 is not reachable" in run.tasks.get().error


def test_jobs_are_done_one_after_another(executor: jobs.Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[object] = []
    monkeypatch.setitem(jobs.TASKS, "note", lambda _system, _user, arguments: order.append(arguments["n"]))
    system = store.default_system()
    for n in range(5):
        executor.submit(system, "note", {"n": n}, timezone.now())
    executor.stop(60)
    assert order == [0, 1, 2, 3, 4]
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_a_job_that_fails_says_why_and_the_next_one_runs(executor: jobs.Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    def trip(system: System, *_: object) -> None:
        raise (ServerError("no host") if system.name.startswith("Default") else AssertionError)

    monkeypatch.setitem(jobs.TASKS, "trip", trip)
    other = System.objects.create(name="Plant 2", created_at=timezone.now())
    for system in (System.objects.create(name="Default", created_at=timezone.now()), other):
        executor.submit(system, "trip", {}, timezone.now())
    executor.stop(60)
    assert list(Job.objects.order_by("created_at").values_list("state", "error")) == [
        ("failed", "no host"),
        ("failed", "something unforeseen went wrong (AssertionError); the server's log has the details"),
    ]


def _running(system: System, machine: str) -> Job:
    return Job.objects.create(
        id=uuid4(), system=system, task="wait", arguments={}, state="running", machine=machine, created_at=timezone.now()
    )


def test_a_job_of_a_process_that_is_gone_is_interrupted_and_one_that_waits_is_not(
    executor: jobs.Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = threading.Event()
    monkeypatch.setitem(jobs.TASKS, "wait", lambda *_: hold.wait(60))
    system = store.default_system()
    waiting = [executor.submit(system, "wait", {}, timezone.now()) for _ in range(2)]
    lost, elsewhere = (_running(system, machine) for machine in (platform.node(), "other"))
    assert runs.mark_interrupted(timezone.now()) == 1
    hold.set()
    executor.stop(60)
    states = {job.pk: job.state for job in Job.objects.all()}
    assert [states[job.pk] for job in (*waiting, lost, elsewhere)] == ["done", "done", "interrupted", "running"]


def _due(executor: jobs.Executor, now: datetime) -> list[tuple[str, str]]:
    return [(job.system.name, job.task) for job in jobs.submit_due(executor, now)]


def test_what_dates_change_is_looked_at_once_a_day_and_the_evidence_of_all_systems_once(executor: jobs.Executor) -> None:
    name, now = store.default_system().name, timezone.now()
    all_of_it = [(name, "update_items"), (name, "verify_evidence")]
    assert _due(executor, now) == all_of_it
    assert _due(executor, now + timedelta(hours=23)) == []
    System.objects.create(name="Plant 2", created_at=now)
    assert _due(executor, now + timedelta(hours=25)) == [all_of_it[0], ("Plant 2", "update_items"), all_of_it[1]]
    executor.stop(60)
    assert Script.objects.exclude(text=None).count() == 2 * len(PLATFORMS), "a bundle of them is known after an upgrade"
    assert set(Job.objects.values_list("state", "error")) == {("done", "")}


def _cut_off(now: datetime) -> None:
    ScanRun.objects.create(system=store.default_system(), state="interrupted", machine="x", started_at=now, finished_at=now)


@pytest.mark.parametrize(
    "happen",
    [lambda _: Job.objects.update(state="interrupted"), lambda now: Job.objects.update(created_at=now + timedelta(days=366)), _cut_off],
    ids=["interrupted", "noted by a wrong clock", "a scan was interrupted since"],
)
def test_what_cannot_count_as_done_is_due_again(executor: jobs.Executor, happen: Callable[[datetime], object]) -> None:
    store.default_system()
    now = timezone.now()
    jobs.submit_due(executor, now)
    executor.stop(60)
    assert _due(executor, now) == []
    happen(now)
    assert len(_due(executor, now)) == len(jobs.DAILY + jobs.DAILY_OF_ALL)


def test_what_was_recorded_is_sealed_once_an_hour_and_only_where_there_is_something(executor: jobs.Executor) -> None:
    system, now = store.default_system(), timezone.now()
    assert jobs.submit_sealing(executor, now) == []
    person = store.add_person(system, "rita", ("reviewer",), now)[0]
    AnswerRecord.objects.create(system=system, kind="put_off", canonical=b"{}", sha256="ab" * 32, recorded_by=person, since=now)
    assert [job.task for job in jobs.submit_sealing(executor, now)] == ["seal_evidence"]
    assert jobs.submit_sealing(executor, now) == []
    executor.stop(60)
    assert (store.unsealed(system), jobs.submit_sealing(executor, now + timedelta(hours=2))) == (0, [])


def test_evidence_whose_guards_are_gone_is_told_of(executor: jobs.Executor) -> None:
    guards.remove()
    try:
        job = executor.submit(store.default_system(), "verify_evidence", {}, timezone.now())
        executor.stop(60)
    finally:
        guards.install()
    job.refresh_from_db()
    assert (job.state, job.error.partition(";")[0]) == ("failed", "not what it was when it was stored: guards")


def test_there_is_no_such_task(executor: jobs.Executor) -> None:
    with pytest.raises(ServerError, match="no task 'rm'"):
        executor.submit(store.default_system(), "rm", {}, timezone.now())
