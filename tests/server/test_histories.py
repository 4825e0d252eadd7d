"""Generated histories of scans, approvals and crashes through the real store; the items have to follow from what was seen."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from checks.load import Content
from collector.errors import CollectorError
from collector.transports import Collected
from poam_generator.model import LIVE, Policy
from server import doctor, scan, store
from server.assess import make_assessor, update_all_items
from server.models import Asset, Closure, Item, ItemHost, Result, System, User
from tests.server.conftest import START
from tests.support.bundles import change_frame, set_machine_id, small_bundle, small_sources

NAMES = ("ws-0", "ws-1", "ws-2")
SHOWS = {
    "pass": (r"^\|:PASS_MAX_DAYS.*$", "|:PASS_MAX_DAYS 60"),
    "fail": (r"^\|:PASS_MAX_DAYS.*$", "|:PASS_MAX_DAYS 99999"),
    "error": (r"^end login_defs 0$", "end login_defs 13"),
}
Outcomes = tuple[str | None, ...]  # of each host, None for one that is silent


class CrashError(BaseException):
    """The process is gone: nothing that catches errors may catch this."""


@contextmanager
def crash_at(write: int) -> Iterator[None]:
    """End in the middle of the writes to the database, before the one of this number."""
    left = write

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401, FBT001 - Django's wrapper
        nonlocal left
        writes = sql.startswith(("INSERT", "UPDATE", "DELETE"))
        left -= writes
        if writes and left <= 0:  # what is no write lets the database forget the transaction, as it does when a process is gone
            raise CrashError
        return execute(sql, params, many, context)

    with suppress(CrashError), connection.execute_wrapper(count):
        yield


@dataclass
class Model:
    """What is known of the items from the steps before: who stood in each live one, whether it was approved, and who ended."""

    live: dict[int, set[str]] = field(default_factory=dict)
    approved: set[int] = field(default_factory=set)
    ended: dict[int, tuple[str, set[str]]] = field(default_factory=dict)

    def follow(self, items: dict[int, tuple[str, set[str]]], newest: dict[str, str]) -> None:
        """items: number -> state and hosts, newest: what was last seen of each host; asserts that the one follows from the other."""
        for number, (state, hosts) in items.items():
            passes = all(newest.get(name) == "pass" for name in hosts)
            assert self.live.get(number, set()) <= hosts
            if number in self.ended:
                assert (state, hosts) == self.ended[number]
            elif state in LIVE:
                assert not passes
                assert state == ("open" if number in self.approved else "draft")
            else:
                assert passes
                assert state == ("closed" if number in self.approved else "withdrawn")
        self.live = {number: hosts for number, (state, hosts) in items.items() if state in LIVE}
        self.ended = {number: one for number, one in items.items() if one[0] not in LIVE}
        standing = sorted(name for hosts in self.live.values() for name in hosts)
        assert len(set(standing)) == len(standing)
        assert {name for name, status in newest.items() if status == "fail"} <= set(standing)


@dataclass
class Site:
    system: System
    content: Content
    reviewer: User
    hosts: list[Asset]
    now: datetime = START
    model: Model = field(default_factory=Model)

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def sweep(self, outcomes: Outcomes, *, alone: bool = False) -> None:
        """Scan the hosts with these outcomes. alone: none but those that answer, so that only what they bear on is looked at."""
        self.now += timedelta(hours=1)
        answers = dict(zip(NAMES, outcomes, strict=True))

        def collect(asset: Asset, _: str) -> Collected:
            status = answers[asset.name]
            if status is None:
                raise CollectorError(f"{asset.name}: no answer")
            raw = change_frame(small_bundle(), "login_defs", *SHOWS[status])
            return Collected(set_machine_id(raw, asset.pk.hex), "scan")

        hosts = [one for one in self.hosts if answers[one.name] or not alone]
        scan.scan(self.system, hosts, self.content, collect, self.clock, scan.Order(workers=1))

    def approve(self) -> None:
        for row in Item.objects.filter(state="draft"):
            store.approve(row, self.reviewer, store.review_digest(row), self.clock())
            self.model.approved.add(row.number)

    def reconcile(self) -> store.Applied:
        return update_all_items(make_assessor(self.system, self.content), self.clock())

    def agree(self) -> None:
        """The items follow from what was seen, and looking again at the whole fleet changes nothing."""
        held: dict[int, tuple[str, set[str]]] = {}
        for number, state, name in ItemHost.objects.values_list("item__number", "item__state", "asset__name"):
            held.setdefault(number, (state, set()))[1].add(name)
        self.model.follow(held, dict(Result.objects.filter(check_id="password-age").values_list("asset__name", "status")))
        assert self.reconcile() == store.Applied()


@pytest.fixture
def site(system: System, content: Content, reviewer: User, administrator: User, monkeypatch: pytest.MonkeyPatch) -> Site:
    return make_site(system, content, reviewer, administrator, monkeypatch)


def make_site(system: System, content: Content, reviewer: User, administrator: User, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Three hosts and one check; a host that goes to and fro needs no more passes than others, to keep the model small."""
    monkeypatch.setattr("server.scan.sources_for", lambda *_: small_sources())
    one = replace(content, checks={"password-age": content.checks["password-age"]})
    asked = store.propose_policy(system, Policy(flapping_changes=366), "Keeps the model small.", administrator, START)
    store.approve_policy(asked, reviewer, asked.digest, START)
    return Site(system, one, reviewer, [store.add_host(system, store.NewAsset(name, way_in="ssh"), START) for name in NAMES])


OUTCOMES = st.tuples(*[st.sampled_from(["pass", "pass", "pass", "fail", "error", None])] * 3)
ALONE = st.tuples(st.sampled_from(["pass", "pass", "fail", "error"]), st.sampled_from(NAMES))
STEPS = st.lists(st.one_of(OUTCOMES, ALONE, st.just("approve"), st.tuples(OUTCOMES, st.integers(1, 40))), min_size=4, max_size=10)


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_items_follow_from_what_was_seen_wherever_a_scan_is_cut_off(site: Site, steps: list[Any]) -> None:
    fresh = replace(site, model=Model(), hosts=list(Asset.objects.order_by("name")))
    with transaction.atomic():
        for step in [("fail", "fail", None), *steps]:
            match step:
                case "approve":
                    fresh.approve()
                case (tuple() as outcomes, int(write)):
                    with crash_at(write):
                        fresh.sweep(outcomes)
                    fresh.reconcile()
                case (str() as outcome, str() as name):
                    fresh.sweep(tuple(outcome if one == name else None for one in NAMES), alone=True)
                case outcomes:
                    fresh.sweep(outcomes)
            fresh.agree()
        assert [finding.text for finding in doctor.examine(whole=True) if not finding.good] == []
        transaction.set_rollback(True)


@pytest.mark.usefixtures("committed")
def test_two_workers_at_once_make_one_item_and_one_closure(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    system = store.default_system()
    adam = store.add_person(system, "adam", ("administrator",), START)[0]
    rita = store.add_person(system, "rita", ("reviewer",), START)[0]
    site = make_site(system, content, rita, adam, monkeypatch)
    both_sweep(site, ("fail", "fail", "fail"))
    site.approve()
    both_sweep(site, ("pass", "fail", "pass"))
    site.agree()
    both_sweep(site, ("pass", "pass", "pass"))
    site.agree()
    assert list(Item.objects.values_list("state", flat=True)) == ["closed"]
    assert Closure.objects.count() == 1


def both_sweep(site: Site, outcomes: Outcomes) -> None:
    """Two scans of the same hosts by two threads, each with its own connection and its own clock."""
    troubles: list[BaseException] = []

    def work(seconds: int) -> None:
        try:
            replace(site, now=site.now + timedelta(seconds=seconds)).sweep(outcomes)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test has to fail by it
            troubles.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number * 100,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert troubles == []
    site.now += timedelta(hours=2)
