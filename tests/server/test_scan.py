import json
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from checks.load import Content
from collector.bundle import BundleError, read_bundle
from collector.script import build_script
from collector.transports import Collected, TransportError
from collector.transports.local import collect_local
from poam_generator.evidence import verify_record
from poam_generator.tailoring import Source
from server import intake, runs, scan, store
from server.assess import make_assessor, sources_for, update_all_items
from server.backtest import report_in_use
from server.errors import ServerError
from server.models import Asset, Closure, Item, Receipt, Result, ScanRun, System, Transition, User
from server.scan import Order, Outcome
from tests.server.conftest import START, at
from tests.support.bundles import set_clock, set_machine_id, set_password_age, small_bundle, small_sources


@dataclass
class Fleet:
    """Hosts that answer with real bundles of this machine, changed as the test says; a sentence in the place of days is an error."""

    days: dict[str, int | str] = field(default_factory=dict)

    def __call__(self, asset: Asset, script: str) -> Collected:
        assert script.startswith("#!/bin/sh\n# closeout ")
        days = self.days.get(asset.name, 99999)
        if isinstance(days, str):
            raise TransportError("unreachable", f"{asset.name}: {days}")
        raw = set_machine_id(set_password_age(small_bundle(), days), asset.pk.hex)
        return Collected(raw, "scan through sudo", {"ssh-host-key": f"SHA256:{asset.name}"})


class Clock:
    """Every look at it is a second later."""

    def __init__(self, hours: float = 0) -> None:
        self.now = at(hours)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Plant:
    """A system of three hosts, which a test lets pass time and changes."""

    system: System
    content: Content
    hosts: list[Asset]
    fleet: Fleet

    def sweep(self, hours: float, only: list[Asset] | None = None, content: Content | None = None) -> Outcome:
        return scan.scan(self.system, only or self.hosts, content or self.content, self.fleet, Clock(hours))

    def mend(self, *hosts: str) -> None:
        self.fleet.days.update(dict.fromkeys(hosts or ("ws-000", "ws-001", "ws-002"), 60))

    def approve(self, user: User) -> None:
        row = store.find_item(self.system, "PA-0001")
        store.approve(row, user, store.review_digest(row), at(1))


@pytest.fixture(autouse=True)
def small_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans ask for the few probes of the small bundle only, because its script is what the hosts answer with."""
    monkeypatch.setattr("server.scan.sources_for", lambda *_: small_sources())


@pytest.fixture
def plant(system: System, content: Content) -> Plant:
    hosts = [store.add_host(system, store.NewAsset(f"ws-{n:03}", way_in="ssh"), START) for n in range(3)]
    return Plant(system, content, hosts, Fleet())


def status(host: Asset, check: str = "password-age") -> str:
    return Result.objects.get(asset=host, check_id=check).status


def test_a_failing_check_becomes_a_draft_with_its_hosts(plant: Plant) -> None:
    outcome = plant.sweep(0)
    item = Item.objects.get()
    assert outcome.applied.drafted == ("PA-0001",)
    assert (item.state, item.source_key, item.hosts_total) == ("draft", "password-age", 3)
    assert item.title == "Not met: Passwords expire"
    assert "PASS_MAX_DAYS 60" in item.remediation["linux"]
    assert item.milestones.count() >= 2
    assert item.original_completion == item.scheduled_completion
    assert [status(host, "password-hash") for host in plant.hosts] == ["pass"] * 3


def test_the_same_scan_again_changes_no_item_and_adds_no_transition(plant: Plant) -> None:
    plant.sweep(0)
    before = (Item.objects.values().get(), Transition.objects.count())
    outcome = plant.sweep(1)
    assert outcome.applied == store.Applied()
    assert (Item.objects.values().get(), Transition.objects.count()) == before
    assert Receipt.objects.count() == 6


def test_an_approved_item_closes_when_every_host_passes(plant: Plant, reviewer: User) -> None:
    plant.sweep(0)
    plant.approve(reviewer)
    plant.mend()
    assert plant.sweep(2).applied.closed == ("PA-0001",)
    record = bytes(Closure.objects.get().canonical)
    assert verify_record(record) == []
    assert Item.objects.get().state == "closed"
    assert b'"not_shown":["3.5.8[b]"]' in record


def test_a_draft_that_was_fixed_before_review_is_withdrawn(plant: Plant) -> None:
    plant.sweep(0)
    plant.mend()
    assert plant.sweep(1).applied.withdrawn == ("PA-0001",)
    assert Item.objects.get().state == "withdrawn"


def test_a_regression_makes_a_new_draft_that_names_its_predecessor(plant: Plant) -> None:
    plant.sweep(0)
    plant.mend()
    plant.sweep(1)
    plant.fleet.days["ws-001"] = 99999
    assert plant.sweep(2).applied.drafted == ("PA-0002",)
    again = Item.objects.get(number=2)
    assert again.predecessor == Item.objects.get(number=1)
    assert again.hosts_total == 1


def test_an_unreachable_host_is_a_sentence_and_keeps_its_items_open(plant: Plant, reviewer: User) -> None:
    plant.sweep(0)
    plant.approve(reviewer)
    plant.fleet.days = {"ws-000": 60, "ws-001": 60, "ws-002": "192.0.2.2:22 is not reachable; check network, firewall and sshd"}
    outcome = plant.sweep(2)
    item = Item.objects.get()
    assert (item.state, item.hosts_verified) == ("open", 2)
    task = outcome.run.tasks.get(asset=plant.hosts[2])
    assert (task.state, task.error, task.receipt) == (
        "failed",
        "ws-002: 192.0.2.2:22 is not reachable; check network, firewall and sshd",
        None,
    )
    assert [(step.error == "", step.receipt is None) for step in sorted(outcome.steps, key=lambda step: step.asset.name)] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_a_host_that_answers_with_another_script_is_refused(system: System, content: Content, host: Asset) -> None:
    def collect(*_: object) -> Collected:
        return Collected(small_bundle().replace(read_bundle(small_bundle()).script.encode(), b"f" * 64), "scan")

    outcome = scan.scan(system, [host], content, collect, Clock())
    assert "ws-014: it answered with a bundle of script ffffffffffff" in outcome.steps[0].error
    assert Receipt.objects.count() == 0


def test_a_cut_answer_is_told_and_saves_nothing(system: System, content: Content, host: Asset) -> None:
    outcome = scan.scan(system, [host], content, lambda *_: Collected(small_bundle()[:400], "scan"), Clock())
    assert "the bundle is cut" in outcome.steps[0].error
    assert (Receipt.objects.count(), Result.objects.count()) == (0, 0)


def test_what_nobody_foresaw_is_a_sentence_and_no_traceback(system: System, content: Content, host: Asset) -> None:
    def collect(*_: object) -> Collected:
        raise ZeroDivisionError("by nought")

    outcome = scan.scan(system, [host], content, collect, Clock())
    assert "something unforeseen went wrong (ZeroDivisionError: by nought)" in outcome.steps[0].error
    assert outcome.run.state == "done"


def test_a_partial_scan_confirms_only_what_it_covered(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.sweep(0)
    seen = {result.check_id: result.ordered_at for result in Result.objects.filter(asset=plant.hosts[0])}
    identity = tuple(source for source in small_sources() if source.name.startswith("host."))
    monkeypatch.setattr("server.scan.sources_for", lambda *_: identity)
    outcome = scan.scan(plant.system, plant.hosts[:1], plant.content, lambda *_: collect_local(build_script(identity)), Clock(1))
    assert "no check could be judged" in outcome.steps[0].error
    assert {result.check_id: result.ordered_at for result in Result.objects.filter(asset=plant.hosts[0])} == seen
    assert Item.objects.get().state == "draft"


def test_a_script_for_some_checks_holds_their_sources_and_says_which_host_it_is(plant: Plant) -> None:
    assessor = make_assessor(plant.system, plant.content)
    some = {source.name for source in sources_for(assessor, "linux", ("password-age",))}
    assert some == {"host.clock", "host.identity", "login_defs"}
    assert some < {source.name for source in sources_for(assessor, "linux")}


def test_a_scan_without_hosts_or_without_checks_is_an_error(plant: Plant) -> None:
    with pytest.raises(ServerError, match="no host"):
        scan.scan(plant.system, [], plant.content, plant.fleet, Clock())
    with pytest.raises(ServerError, match="no check"):
        scan.scan(plant.system, plant.hosts, Content({}), plant.fleet, Clock())


def test_every_host_is_told_to_the_command_line(plant: Plant) -> None:
    told: list[scan.Step] = []
    scan.scan(plant.system, plant.hosts, plant.content, plant.fleet, Clock(), progress=told.append)
    assert [(step.done, step.total) for step in told] == [(1, 3), (2, 3), (3, 3)]
    assert {step.asset.name for step in told} == {"ws-000", "ws-001", "ws-002"}


def test_a_stopped_scan_is_interrupted_and_what_was_saved_stays(plant: Plant) -> None:
    def stop(_: scan.Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan.scan(plant.system, plant.hosts, plant.content, plant.fleet, Clock(), Order(workers=1), progress=stop)
    run = ScanRun.objects.get()
    assert run.state == "interrupted"
    assert min(run.tasks.values_list("state", flat=True)) == "done"
    assert Receipt.objects.count() == Result.objects.filter(check_id="password-age").count() == 1
    assert Item.objects.count() == 0
    assert scan.scan(plant.system, plant.hosts, plant.content, plant.fleet, Clock(1)).applied.drafted == ("PA-0001",)


def test_a_run_whose_process_is_gone_is_found_by_the_next_scan(plant: Plant) -> None:
    lost = runs._create(uuid4(), plant.system, plant.hosts, START, None)
    plant.sweep(1)
    lost.refresh_from_db()
    assert lost.state == "interrupted"
    assert set(lost.tasks.values_list("state", flat=True)) == {"interrupted"}


def test_a_run_that_is_worked_on_is_left_alone(plant: Plant) -> None:
    with runs.running(plant.system, plant.hosts, Clock(), None) as run:
        assert runs.mark_interrupted(at(1)) == 0
        assert ScanRun.objects.get(pk=run.pk).state == "running"
        runs.finish(run, store.Applied(), at(1))


def test_a_hand_carried_pass_closes_only_on_a_reviewers_word(plant: Plant, reviewer: User) -> None:
    plant.sweep(0, plant.hosts[:1])
    plant.approve(reviewer)
    raw = set_clock(set_machine_id(set_password_age(small_bundle(), 60), plant.hosts[0].pk.hex), int(at(2).timestamp()))
    imported = intake.import_bundle(plant.system, raw, plant.content, at(3), carrier="adam")
    assert (imported.asset, imported.known, imported.receipt.account) == (plant.hosts[0], False, "adam")
    item = store.find_item(plant.system, "PA-0001")
    assert (item.state, item.awaiting != "") == ("open", True)
    store.accept_passes(item, reviewer, {str(plant.hosts[0].pk): str(imported.receipt.pk)}, "seen on site", at(4))
    assert update_all_items(make_assessor(plant.system, plant.content), at(5)).closed == ("PA-0001",)
    (word,) = json.loads(bytes(Closure.objects.get().canonical))["words"].values()
    assert (word["by"], word["told"]) == ("rita", "rita accepted 1 pass: seen on site")
    assert intake.import_bundle(plant.system, raw, plant.content, at(6)).known


def test_an_old_hand_carried_bundle_supersedes_nothing(plant: Plant) -> None:
    plant.fleet.days = {"ws-000": 60}
    plant.sweep(5, plant.hosts[:1])
    raw = set_clock(set_machine_id(set_password_age(small_bundle(), 99999), plant.hosts[0].pk.hex), int(at(-24).timestamp()))
    intake.import_bundle(plant.system, raw, plant.content, at(6))
    assert status(plant.hosts[0]) == "pass"
    assert Item.objects.count() == 0
    sources = make_assessor(plant.system, plant.content).sources("password-age")
    assert [seen.status for seen in store.history(plant.hosts[0], "password-age", sources)] == ["fail", "pass"]


def test_a_bundle_that_was_cut_off_before_it_reached_the_items_reaches_them_when_it_comes_again(plant: Plant) -> None:
    raw = set_clock(set_machine_id(set_password_age(small_bundle(), 99999), plant.hosts[0].pk.hex), int(at(2).timestamp()))
    assessor, delivery = make_assessor(plant.system, plant.content), store.Delivery("hand-carried", at(3))
    intake.save_judged(assessor, plant.hosts[0], read_bundle(raw), delivery, at(3))
    again = intake.import_bundle(plant.system, raw, plant.content, at(6), plant.hosts[0])
    assert (again.known, again.applied.drafted) == (True, ("PA-0001",))


def test_a_bundle_of_nobody_asks_whose_it_is(system: System, content: Content, host: Asset) -> None:
    with pytest.raises(ServerError, match="whose bundle is this\\? Its machine-id was never seen here"):
        intake.import_bundle(system, small_bundle(), content, at(0))
    assert intake.import_bundle(system, small_bundle(), content, at(0), host).asset == host
    other = store.add_host(system, store.NewAsset("ws-015"), START)
    intake.import_bundle(system, set_password_age(small_bundle(), 1), content, at(0), other)
    with pytest.raises(ServerError, match="belongs to ws-014, ws-015"):
        intake.import_bundle(system, small_bundle(), content, at(0))


def test_a_bundle_of_an_unknown_script_is_refused(system: System, content: Content, host: Asset) -> None:
    raw = small_bundle().replace(read_bundle(small_bundle()).script.encode(), b"f" * 64)
    with pytest.raises(ServerError, match="which this version does not make"):
        intake.import_bundle(system, raw, content, at(0), host)
    with pytest.raises(BundleError):
        intake.import_bundle(system, b"hello", content, at(0), host)


def stricter(content: Content) -> Content:
    """The same checks, of which one judges more strictly."""
    check = content.checks["password-age"]
    parameter = replace(check.parameters["max_days"], default=30)
    return Content({**content.checks, "password-age": replace(check, parameters={"max_days": parameter})})


def test_a_new_judgement_opens_nothing_before_a_reviewer_has_accepted_the_report_on_it(plant: Plant, reviewer: User) -> None:
    plant.mend()
    plant.sweep(0)
    outcome = plant.sweep(1, content=stricter(plant.content))
    assert [status(host) for host in plant.hosts] == ["fail"] * 3
    assert outcome.applied == store.Applied()
    pending = store.pending_judgements(plant.system)
    assert [one.check_id for one in pending] == ["password-age"]
    assert Transition.objects.filter(cause="judgement", check_id="password-age").count() == 3
    assessor = make_assessor(plant.system, stricter(plant.content))
    report, judgements = report_in_use(assessor, at(2)), {"password-age": assessor.judgements(assessor.content.checks["password-age"])}
    store.save_report(plant.system, report, assessor.manifest, at(2), reviewer)
    store.accept_content(plant.system, report.digest, assessor.digest, judgements, reviewer, "the baseline now says 30 days", at(2))
    assert update_all_items(assessor, at(3)).drafted == ("PA-0001",)


def test_reading_a_bundle_again_opens_nothing(plant: Plant) -> None:
    plant.sweep(0)
    receipt = Receipt.objects.get(asset=plant.hosts[0])
    assessor = make_assessor(plant.system, plant.content)
    assert intake.reread(assessor, receipt, at(1)) == 0
    fixed = make_assessor(plant.system, stricter(stricter(plant.content)))
    assert intake.reread(fixed, receipt, at(2)) == 1
    assert Result.objects.get(asset=plant.hosts[0], check_id="password-age").reread
    plant.sweep(3)
    assert not Result.objects.get(asset=plant.hosts[0], check_id="password-age").reread


def test_the_organizations_own_value_is_judged_by(plant: Plant, reviewer: User) -> None:
    source = Source("Access Control Policy", "4.2", "J. Doe", START.date())
    store.confirm_parameters(plant.system, {"password-age.max_days": (300, source)}, reviewer, START)
    plant.fleet.days = dict.fromkeys(("ws-000", "ws-001", "ws-002"), 300)
    plant.sweep(1)
    assert [status(host) for host in plant.hosts] == ["pass"] * 3


def test_a_retired_host_leaves_by_a_persons_decision(plant: Plant, reviewer: User) -> None:
    plant.sweep(0)
    plant.approve(reviewer)
    plant.fleet.days = {"ws-000": 60, "ws-001": 60, "ws-002": "gone"}
    plant.sweep(2)
    store.retire_host(plant.hosts[2], reviewer, "scrapped", at(3))
    assert plant.sweep(4, plant.hosts[:2]).applied.closed == ("PA-0001",)
    assert store.hosts_to_scan(plant.system) == plant.hosts[:2]


def test_two_scans_at_once_draft_once(committed: None, content: Content) -> None:
    del committed
    system = store.default_system()
    hosts = [store.add_host(system, store.NewAsset(f"ws-{n:03}", way_in="ssh"), START) for n in range(4)]
    outcomes: list[Outcome] = []

    def run(clock: Clock) -> None:
        outcomes.append(scan.scan(system, hosts, content, Fleet(), clock))
        connection.close()

    threads = [threading.Thread(target=run, args=(Clock(n),)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 3
    assert Item.objects.count() == 1
    assert [len(outcome.applied.drafted) for outcome in outcomes].count(1) == 1
    assert Receipt.objects.count() == 12
