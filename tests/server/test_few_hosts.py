"""Items brought up to date after a scan of few hosts: the same as after looking at all, without reading the others."""

from collections.abc import Callable, Mapping

import pytest

from checks.load import Content
from checks.model import Observation, Status
from checks.model import Result as Verdict
from collector.bundle import read_bundle
from poam_generator.model import DraftSettings
from server import store
from server.assess import Assessor, make_assessor, update_all_items, update_items
from server.models import Asset, Item, System, User
from server.store import Delivery
from tests.server.conftest import START, at
from tests.support.bundles import set_clock, set_machine_id

Hear = Callable[[Asset, int, Mapping[str, Status]], store.Applied]
AGE, HASH = "password-age", "password-hash"


@pytest.fixture
def assessor(system: System, content: Content) -> Assessor:
    return make_assessor(system, content)


@pytest.fixture
def hosts(system: System) -> list[Asset]:
    """Four hosts in the order of their ids, which is that of an item's rows."""
    made = [store.add_host(system, store.NewAsset(f"ws-{n}", way_in="ssh", address="192.0.2.1", account="scan"), START) for n in range(4)]
    return sorted(made, key=lambda host: host.pk)


@pytest.fixture
def hear(assessor: Assessor, raw: bytes) -> Hear:
    """A host says in an hour how it stands, and what follows of it is done."""

    def run(host: Asset, hour: int, statuses: Mapping[str, Status]) -> store.Applied:
        bundle = read_bundle(set_clock(set_machine_id(raw, host.pk.hex), int(at(hour).timestamp())))
        receipt = store.save_bundle(assessor.system, host, bundle, Delivery("ssh", at(hour), at(hour), "scan")).receipt
        verdicts = [
            Verdict(check, status, (Observation(check, "so", None, status),), assessor.judgements(assessor.content.checks[check])["linux"])
            for check, status in statuses.items()
        ]
        store.record_results(receipt, verdicts, assessor.needs["linux"], at(hour))
        return update_items(assessor, statuses, at(hour), hosts=[host])

    return run


def test_what_one_check_waits_for_is_not_taken_for_new_in_another(hear: Hear, assessor: Assessor, hosts: list[Asset]) -> None:
    first, _, _, last = hosts
    for host in hosts:
        hear(host, 0, {AGE: "fail", HASH: "fail" if host in {first, last} else "pass"})
    assert sorted(Item.objects.values_list("source_key", "hosts_total")) == [(AGE, 4), (HASH, 2)]
    hear(last, 1, {AGE: "fail", HASH: "pass"})
    # The item of one check ends now, for which the last host is looked at; that of the other waits for it, and holds it already.
    assert hear(first, 2, {AGE: "pass", HASH: "pass"}) == store.Applied(withdrawn=(str(Item.objects.get(source_key=HASH)),))
    assert sorted(Item.objects.values_list("source_key", "state", "hosts_total", "hosts_verified")) == [
        (AGE, "draft", 4, 1),
        (HASH, "withdrawn", 2, 2),
    ]
    assert update_all_items(assessor, at(2)) == store.Applied()


def test_the_milestones_of_an_item_count_the_hosts_that_were_not_read(hear: Hear, hosts: list[Asset]) -> None:
    for host in hosts:
        hear(host, 0, {AGE: "fail"})
    item = Item.objects.get()
    for hour, host in enumerate(hosts[:3], 1):
        hear(host, hour, {AGE: "pass"})
    assert list(item.milestones.exclude(done_on=None)) == [stone for stone in item.milestones.all() if str(hosts[3].pk) not in stone.hosts]
    assert hear(hosts[3], 4, {AGE: "pass"}) == store.Applied(withdrawn=(str(item),))
    assert not item.milestones.filter(done_on=None).exists()


def planned(row: Item) -> set[str]:
    """The hosts that are to be mended, without those that are only to be verified."""
    *work, _ = row.milestones.all()
    return {host for stone in work for host in stone.hosts}


def test_a_draft_that_hosts_join_is_written_anew_for_all_of_them_until_somebody_has_changed_it(
    hear: Hear, assessor: Assessor, hosts: list[Asset], reviewer: User
) -> None:
    hear(hosts[0], 0, {AGE: "fail", HASH: "fail"})
    before = Item.objects.get(source_key=AGE)
    hear(hosts[1], 1, {AGE: "fail"})
    row = store.find_item(assessor.system, before.identifier)
    assert hosts[1].name in row.weakness
    assert planned(row) == {str(host.pk) for host in hosts[:2]}
    assert row.effort_minutes > before.effort_minutes
    assert row.scheduled_completion == row.original_completion == max(stone.due for stone in row.milestones.all())
    store.edit(row, reviewer, {"resources": "two evenings"}, at(2))
    hear(hosts[2], 3, {AGE: "fail"})
    again = store.find_item(assessor.system, before.identifier)
    assert (again.hosts_total, again.resources, again.effort_minutes) == (3, "two evenings", row.effort_minutes)


def test_a_large_draft_is_written_anew_once_all_of_its_check_is_looked_at(
    hear: Hear, assessor: Assessor, hosts: list[Asset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.redrafting.SMALL", 1)
    for host in hosts:
        hear(host, 0, {AGE: "fail"})
    row = Item.objects.get()
    assert planned(row) == {str(hosts[0].pk)}
    for hour in (1, 2):
        assert update_all_items(assessor, at(hour)) == store.Applied()
        assert planned(row) == {str(host.pk) for host in hosts}
    assert row.events.filter(kind="redrafted").count() == 1


def test_the_dates_of_a_draft_stay_where_a_scan_has_ended_one_of_its_milestones(hear: Hear, hosts: list[Asset]) -> None:
    for host in hosts[:3]:
        hear(host, 0, {AGE: "fail"})
    row = Item.objects.get()
    pilot = row.milestones.all()[0].hosts
    for host in hosts[:3]:
        if str(host.pk) in pilot:
            hear(host, 1, {AGE: "pass"})
    Item.objects.update(scheduled_completion=START.date())
    dated = list(row.milestones.values_list("title", "due", "done_on"))
    assert any(done for *_, done in dated)
    hear(hosts[3], 3, {AGE: "fail"})
    row.refresh_from_db()
    assert (row.scheduled_completion, list(row.milestones.values_list("title", "due", "done_on"))) == (START.date(), dated)
    assert hosts[3].name in row.weakness


def test_drafts_written_anew_leave_no_room_for_the_old_dates_of_each_other(
    hear: Hear, assessor: Assessor, hosts: list[Asset], reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.assess._MOST_CHECKS", 1)
    store.set_draft_settings(assessor.system, DraftSettings(hours_per_week=1), reviewer, START)
    for host in hosts:
        hear(host, 0, {AGE: "fail", HASH: "fail"})
    severe, lesser = (Item.objects.get(source_key=check) for check in (HASH, AGE))
    assert "promised to other items" not in severe.resources
    assert severe.scheduled_completion < lesser.scheduled_completion


def test_a_severe_draft_waits_for_no_lesser_one_that_nobody_has_approved(
    hear: Hear, assessor: Assessor, hosts: list[Asset], reviewer: User
) -> None:
    store.set_draft_settings(assessor.system, DraftSettings(hours_per_week=1), reviewer, START)
    hear(hosts[0], 0, {AGE: "fail"})
    hear(hosts[1], 1, {HASH: "fail"})
    severe, lesser = (Item.objects.get(source_key=check) for check in (HASH, AGE))
    assert severe.scheduled_completion <= lesser.scheduled_completion
