"""What must not close an item, tried through scans and imports: doubt, forged clocks, absence, other names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from checks.load import Content
from collector.transports import Collected
from poam_generator.evidence import verify_record
from server import doctor, intake, scan, store
from server.assess import make_assessor, update_all_items
from server.errors import ServerError
from server.models import Asset, Closure, Conflict, Item, System, User
from tests.server.conftest import START, at
from tests.support.bundles import set_clock, set_machine_id, set_password_age, small_bundle, small_sources

GOOD, BAD = 60, 99999


@dataclass
class Ways:
    """What answers at each asset's address: the days that passwords last, and the machine-id by which it goes."""

    days: dict[str, int] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)
    clock: int | None = None

    def __call__(self, asset: Asset, _: str) -> Collected:
        raw = bundle_of(self.days.get(asset.name, BAD), self.machine.get(asset.name, asset.pk.hex))
        return Collected(raw if self.clock is None else set_clock(raw, self.clock), "scan")


def bundle_of(days: int, machine_id: str) -> bytes:
    return set_machine_id(set_password_age(small_bundle(), days), machine_id)


@dataclass
class Site:
    system: System
    content: Content
    hosts: list[Asset]
    ways: Ways
    reviewer: User

    def sweep(self, hours: float, *hosts: Asset) -> store.Applied:
        moment = at(hours)

        def now() -> datetime:
            nonlocal moment
            moment += timedelta(seconds=1)
            return moment

        return scan.scan(self.system, hosts or self.hosts, self.content, self.ways, now).applied

    def item(self) -> Item:
        return store.find_item(self.system, "PA-0001")


@pytest.fixture
def site(system: System, content: Content, reviewer: User, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Two hosts that fail, and the open item in which they stand."""
    monkeypatch.setattr("server.scan.sources_for", lambda *_: small_sources())
    hosts = [store.add_host(system, store.NewAsset(f"ws-{n:03}", way_in="ssh"), START) for n in range(2)]
    made = Site(system, content, hosts, Ways(), reviewer)
    made.sweep(0)
    store.approve(made.item(), reviewer, store.review_digest(made.item()), at(0.5))
    return made


def test_a_good_host_that_answers_at_the_address_of_a_bad_one_closes_nothing(site: Site) -> None:
    first, second = site.hosts
    site.ways.days = {first.name: GOOD, second.name: GOOD}
    site.ways.machine = {second.name: first.pk.hex}
    assert site.sweep(1) == store.Applied()
    assert site.item().state == "open"
    conflict = Conflict.objects.get()
    store.resolve_conflict(conflict, site.reviewer, "a cloned image, both are right", at(2))
    assert update_all_items(make_assessor(site.system, site.content), at(3)).closed == ("PA-0001",)


def test_a_bad_host_that_answers_for_another_still_fails(site: Site) -> None:
    first, second = site.hosts
    site.ways.days = {first.name: GOOD, second.name: BAD}
    site.ways.machine = {second.name: first.pk.hex}
    site.sweep(1)
    assert {row.asset.name: row.passing is not None for row in site.item().hosts.all()} == {"ws-000": False, "ws-001": False}


@pytest.mark.parametrize("seconds", [0, 86400, 4102444800, 253402300799])
def test_the_clock_of_a_scanned_host_decides_nothing(site: Site, seconds: int) -> None:
    site.ways.days, site.ways.clock = {"ws-000": GOOD, "ws-001": GOOD}, seconds
    site.sweep(1, site.hosts[0])
    site.ways.days = {"ws-000": BAD, "ws-001": GOOD}
    site.ways.clock = int(START.timestamp())
    assert site.sweep(2).closed == ()
    assert site.item().state == "open"


def test_a_server_clock_that_goes_back_hides_no_failure_and_lets_no_pass_close_before_it_has_caught_up(site: Site) -> None:
    site.ways.days = {"ws-001": GOOD}
    site.sweep(24 * 30)
    site.ways.days = {"ws-000": GOOD, "ws-001": BAD}
    site.sweep(2)
    assert failing_names(site) == {"ws-000", "ws-001"}
    site.ways.days = {"ws-000": GOOD, "ws-001": GOOD}
    assert site.sweep(3).closed == ()
    assert site.item().state == "open"
    caught_up = [site.sweep(24 * 31 + hours).closed for hours in range(3)]  # a host that goes to and fro needs three passes
    assert ("PA-0001",) in caught_up


def test_doctor_tells_of_a_server_clock_that_went_back(site: Site) -> None:
    assert {one.name: one.good for one in doctor.examine()}["clock"]
    far = 24 * 366 * 200
    site.sweep(far)
    site.sweep(2)
    told = {one.name: one.text for one in doctor.examine() if not one.good}
    assert "2 receipts stand behind what was seen before" in told["clock"]


def accept_all(site: Site, administrator: User, official: User, days: int) -> None:
    """The whole item is a risk that somebody accepts, for so many days from the start."""
    until = (START + timedelta(days=days)).date()
    asked = store.ask(site.item(), administrator, store.Wish("accepted", "replaced soon", until), at(1))
    store.approve_ask(asked, official, asked.digest, at(1.5))


def test_a_host_that_leaves_the_scope_and_comes_back_stands_as_failing_once_its_acceptance_ends(
    site: Site, administrator: User, official: User
) -> None:
    accept_all(site, administrator, official, 3)
    assert site.item().state == "accepted"
    store.categorise([site.hosts[1]], "out_of_scope", "holds no CUI", "", administrator, at(2))
    store.categorise([site.hosts[1]], "cui", "", "", administrator, at(3))
    site.sweep(24 * 5)
    assert {row.asset.name for row in store.find_item(site.system, "PA-0002").hosts.all()} == {"ws-000", "ws-001"}


def test_an_acceptance_that_is_ended_early_opens_again_what_still_fails_and_names_where_it_comes_from(
    site: Site, administrator: User, official: User
) -> None:
    accept_all(site, administrator, official, 300)
    store.end_early(site.item().asks.get(), administrator, "the replacement is not coming", at(2))
    applied = update_all_items(make_assessor(site.system, site.content), at(3))
    assert applied.drafted == ("PA-0002",)
    again = store.find_item(site.system, "PA-0002")
    assert (again.predecessor, site.item().state) == (site.item(), "accepted")
    assert update_all_items(make_assessor(site.system, site.content), at(4)) == store.Applied()


def test_two_reviewers_who_answer_at_once_dispose_of_it_once(site: Site, administrator: User, official: User) -> None:
    asked = store.ask(site.item(), administrator, store.Wish("dismissed", "misread", at(999).date()), at(1))
    store.approve_ask(asked, site.reviewer, asked.digest, at(2))
    with pytest.raises(ServerError, match="approved already"):
        store.approve_ask(asked, official, asked.digest, at(2))
    with pytest.raises(ServerError, match="approved already"):
        store.refuse_ask(asked, official, "it is real", at(2))


def test_one_bundle_carried_for_two_hosts_closes_nothing(site: Site) -> None:
    raw = set_clock(bundle_of(GOOD, site.hosts[0].pk.hex), int(at(1).timestamp()))
    for host in site.hosts:
        assert intake.import_bundle(site.system, raw, site.content, at(2), host).applied.closed == ()
    assert site.item().state == "open"
    assert Conflict.objects.filter(resolved_at=None).count() == 1


def test_a_carried_bundle_with_a_forged_later_clock_is_outranked_by_the_next_scan(site: Site) -> None:
    raw = set_clock(bundle_of(GOOD, site.hosts[0].pk.hex), int(at(10_000).timestamp()))
    intake.import_bundle(site.system, raw, site.content, at(2), site.hosts[0])
    site.ways.days = {"ws-001": GOOD}
    assert site.sweep(3).closed == ()
    assert [row.passing is not None for row in site.item().hosts.order_by("asset__name")] == [False, True]


def test_a_check_that_is_gone_from_the_content_leaves_its_item_open(site: Site) -> None:
    site.ways.days = {"ws-000": GOOD, "ws-001": GOOD}
    left = {name: check for name, check in site.content.checks.items() if name != "password-age"}
    site.content = replace(site.content, checks=left)
    assert site.sweep(1).closed == ()
    assert site.item().state == "open"


def test_a_host_under_a_new_name_and_address_stands_in_its_item_as_before(site: Site) -> None:
    store.change_host(site.hosts[1], {"name": "renamed", "address": "192.0.2.99"}, START)
    site.ways.days = {"ws-000": GOOD}
    assert site.sweep(2, site.hosts[0]).closed == ()
    assert site.item().state == "open"


# A database that was put back from a backup: what came after the backup was never seen, whatever became of it.


@pytest.fixture
def restore(site: Site) -> Iterator[Callable[[], None]]:
    """Puts the database back to how it was when both hosts had failed and the item was open."""
    del site
    backup = transaction.savepoint()
    yield lambda: transaction.savepoint_rollback(backup)
    transaction.savepoint_commit(backup)


def test_an_item_that_closed_after_the_backup_is_open_again_and_closes_by_newer_passes_alone(
    site: Site, restore: Callable[[], None]
) -> None:
    site.ways.days = {"ws-000": GOOD, "ws-001": GOOD}
    assert site.sweep(1).closed == ("PA-0001",)
    lost = Closure.objects.get().sha256
    restore()
    assert update_all_items(make_assessor(site.system, site.content), at(2)) == store.Applied()
    assert (site.item().state, failing_names(site)) == ("open", {"ws-000", "ws-001"})
    assert site.sweep(3, site.hosts[0]).closed == ()
    assert site.sweep(3.5).closed == ("PA-0001",)
    record = Closure.objects.get()
    assert (record.sha256 != lost, verify_record(bytes(record.canonical))) == (True, [])
    assert [row.item for row in Closure.objects.all()] == [site.item()]
    assert all(one.good for one in doctor.examine(whole=True))


def test_what_failed_again_after_the_backup_stays_in_its_item_and_opens_no_second_one(site: Site, restore: Callable[[], None]) -> None:
    site.ways.days = {"ws-000": GOOD, "ws-001": GOOD}
    site.sweep(1)
    site.ways.days = {}
    assert site.sweep(2).drafted == ("PA-0002",)
    restore()
    assert site.sweep(3) == store.Applied()
    assert (Item.objects.count(), site.item().state, failing_names(site)) == (1, "open", {"ws-000", "ws-001"})


def test_a_closed_item_stays_closed_after_its_backup_is_put_back_and_what_fails_by_then_names_it(site: Site) -> None:
    site.ways.days = {"ws-000": GOOD, "ws-001": GOOD}
    site.sweep(1)
    backup = transaction.savepoint()
    site.ways.days = {"ws-000": GOOD}
    site.sweep(2)
    transaction.savepoint_rollback(backup)
    assert update_all_items(make_assessor(site.system, site.content), at(3)) == store.Applied()
    assert site.item().state == "closed"
    site.sweep(4)
    assert store.find_item(site.system, "PA-0002").predecessor == site.item()


# What DefectDojo's users reported as findings closed that were still there, each by its number there (DefectDojo/django-DefectDojo).


def carried(site: Site, days: int, host: Asset, hours: float) -> intake.Imported:
    """The host's bundle, made at that hour and carried here a little later."""
    raw = set_clock(bundle_of(days, host.pk.hex), int(at(hours).timestamp()))
    return intake.import_bundle(site.system, raw, site.content, at(hours + 0.5), host)


def failing_names(site: Site) -> set[str]:
    return {row.asset.name for row in site.item().hosts.all() if row.passing is None}


def test_the_very_same_report_imported_twice_closes_nothing_8100(site: Site) -> None:
    for _ in range(2):
        assert carried(site, BAD, site.hosts[0], 1).applied == store.Applied()
    assert carried(site, BAD, site.hosts[0], 1).known
    assert (site.item().state, failing_names(site)) == ("open", {"ws-000", "ws-001"})


def test_a_report_again_keeps_every_one_of_many_findings_11470(site: Site) -> None:
    before = set(Item.objects.values_list("source_key", "state"))
    for hours in (1, 2, 3):
        assert site.sweep(hours) == store.Applied()
    assert set(Item.objects.values_list("source_key", "state")) == before
    assert failing_names(site) == {"ws-000", "ws-001"}


def test_an_unchanged_report_week_after_week_closes_nothing_11072(site: Site) -> None:
    for week in (1, 2, 3):
        assert carried(site, BAD, site.hosts[1], week * 168).applied == store.Applied()
    assert (site.item().state, failing_names(site)) == ("open", {"ws-000", "ws-001"})


def test_findings_that_look_alike_stand_apart_and_none_is_closed_for_another_5770(site: Site) -> None:
    site.ways.days = {"ws-000": GOOD}  # the other one still fails by the very same value as both did
    assert site.sweep(1).closed == ()
    assert (site.item().state, failing_names(site)) == ("open", {"ws-001"})
    assert site.sweep(2).closed == ()


def test_a_host_that_is_in_no_report_stays_open_7403(site: Site) -> None:
    site.ways.days = {"ws-000": GOOD}
    for hours in (1, 2, 3):
        assert site.sweep(hours, site.hosts[0]).closed == ()
    assert (site.item().state, failing_names(site)) == ("open", {"ws-001"})
