import json
from dataclasses import replace

import pytest

from collector.canonical import canonical_bytes, sha256
from poam_generator import model as poam
from server import store
from server.errors import ServerError
from server.models import Asset, Closure, Item, ItemEvent, ItemHost, System
from server.store import Applied
from tests.server.conftest import START, at
from tests.support.items import DUE, draft, make_item, seen

CHECK = "password-age"
RECORD = {"schema": "closeout.closure/1", "item": "PA-0001", "digest": "d" * 64}


@pytest.fixture
def row(system: System, host: Asset) -> Item:
    return make_item(system, CHECK, [host])


def kinds(row: Item) -> list[str]:
    return list(row.events.values_list("kind", flat=True))


def test_an_item_comes_back_as_it_was_drafted(system: System, host: Asset, row: Item) -> None:
    (item,) = store.items(system, [CHECK])[CHECK]
    assert item == poam.Item("PA-0001", "check", CHECK, "draft", "1" * 64, (poam.ItemHost(str(host.pk), "ws-014", seen()),), START.date())
    assert store.read_draft(row) == draft()
    assert (row.hosts_total, row.original_completion) == (1, DUE)
    assert row.events.get().text == "Drafted from 1 failing host."


def names(item: poam.Item) -> list[str]:
    return sorted(host.host_name for host in item.hosts)


def test_of_an_item_that_waits_for_another_host_only_who_was_heard_of_and_one_it_waits_for_are_read(system: System, host: Asset) -> None:
    hosts = [host, *(store.add_host(system, store.NewAsset(f"ws-{n}"), START) for n in range(3))]
    make_item(system, CHECK, hosts)
    (whole,) = store.items(system, [CHECK])[CHECK]
    (part,) = store.items(system, [CHECK], [host])[CHECK]
    assert len(whole.hosts) == 4
    assert len(part.hosts) == 2
    assert "ws-014" in names(part)
    assert replace(part, hosts=whole.hosts) == whole


@pytest.mark.parametrize("change", [{"passing": {"status": "pass"}}, {"disposition": "accepted"}])
def test_an_item_that_waits_for_no_other_host_is_read_whole(system: System, host: Asset, change: dict[str, object]) -> None:
    hosts = [host, *(store.add_host(system, store.NewAsset(f"ws-{n}"), START) for n in range(3))]
    make_item(system, CHECK, hosts)
    if "passing" in change:
        change = {"passing": ItemHost.objects.earliest("pk").failing | change["passing"]}
    ItemHost.objects.exclude(asset=host).update(**change)
    (item,) = store.items(system, [CHECK], [host])[CHECK]
    assert len(item.hosts) == 4


def test_an_item_that_awaits_a_reviewer_is_read_whole(system: System, host: Asset) -> None:
    row = make_item(system, CHECK, [host, *(store.add_host(system, store.NewAsset(f"ws-{n}"), START) for n in range(3))])
    store.apply(system, [poam.AwaitReviewer(str(row), "carried by hand")], [], at(1))
    (item,) = store.items(system, [CHECK], [host])[CHECK]
    assert len(item.hosts) == 4


def test_numbers_rise_by_system_and_are_never_given_twice(system: System, host: Asset) -> None:
    elsewhere = System.objects.create(name="Plant 2", item_prefix="P2", created_at=START)
    other = store.add_host(elsewhere, store.NewAsset("ws-014"), START)
    made = [make_item(system, f"check-{n}", [host]) for n in range(3)]
    assert [str(item) for item in made] == ["PA-0001", "PA-0002", "PA-0003"]
    assert str(make_item(elsewhere, CHECK, [other])) == "P2-0001"
    assert store.items(system, [CHECK])[CHECK] == ()


@pytest.mark.parametrize("wrong", ["PA-0002", "PA-1", "XX-0001", "1", "", "PA-", "PA-99999999999"])
def test_an_item_that_is_not_there_is_told(system: System, row: Item, wrong: str) -> None:
    assert store.find_item(system, "pa-0001") == row
    with pytest.raises(ServerError, match="there is no item"):
        store.find_item(system, wrong)


def test_a_host_joins_is_verified_and_loses_it(system: System, row: Item) -> None:
    other = store.add_host(system, store.NewAsset("ws-015"), START)
    joined = poam.ItemHost(str(other.pk), "ws-015", seen(), added_after_approval=True)
    applied = store.apply(
        system, [poam.JoinHost("PA-0001", joined), poam.VerifyHost("PA-0001", joined.host, seen(), seen("pass", 1, "r-2"))], [], at(1)
    )
    assert applied == Applied(joined=("PA-0001",))
    row.refresh_from_db()
    assert (row.hosts_total, row.hosts_verified, row.changed_at) == (2, 1, at(1))
    store.apply(system, [poam.UnverifyHost("PA-0001", joined.host, seen("fail", 2, "r-3"))], [], at(2))
    row.refresh_from_db()
    (item,) = store.items(system, [CHECK])[CHECK]
    assert row.hosts_verified == 0
    assert next(host for host in item.hosts if host.host == joined.host) == replace(joined, failing=seen("fail", 2, "r-3"))
    assert kinds(row) == ["drafted", "host_joined", "verified", "unverified"]


def test_an_item_ends_with_its_record(system: System, row: Item) -> None:
    applied = store.apply(system, [poam.WithdrawItem("PA-0001", RECORD)], [], at(1))
    closure = Closure.objects.get()
    assert applied == Applied(withdrawn=("PA-0001",))
    assert bytes(closure.canonical) == canonical_bytes(RECORD)
    assert (closure.sha256, closure.state) == (sha256(canonical_bytes(RECORD)), "withdrawn")
    assert json.loads(bytes(closure.canonical)) == RECORD
    row.refresh_from_db()
    assert (row.state, row.ended_on) == ("withdrawn", START.date())


def test_all_or_nothing_is_saved(system: System, row: Item) -> None:
    joined = poam.ItemHost(str(row.hosts.get().asset_id), "ws-014", seen())
    with pytest.raises(ServerError, match="holds ws-014 already"):
        store.apply(system, [poam.AwaitReviewer("PA-0001", "a word"), poam.JoinHost("PA-0001", joined)], [], at(1))
    with pytest.raises(ServerError, match="without its record"):
        store.apply(system, [poam.WithdrawItem("PA-0001")], [], at(1))
    with pytest.raises(ServerError, match="PA-0001 is draft"):
        store.apply(system, [poam.CloseItem("PA-0001", RECORD)], [], at(1))
    row.refresh_from_db()
    assert (row.state, row.awaiting, Closure.objects.count(), ItemEvent.objects.count()) == ("draft", "", 0, 1)


def test_a_draft_without_text_is_refused(system: System) -> None:
    change = poam.DraftItem(poam.Item("", "check", CHECK, "draft", "", (), START.date()))
    with pytest.raises(ServerError, match="needs its text"):
        store.apply(system, [change], [], START)


def test_a_successor_names_its_predecessor(system: System, host: Asset, row: Item) -> None:
    store.apply(system, [poam.WithdrawItem("PA-0001", RECORD)], [], at(1))
    again = poam.Item("", "check", CHECK, "draft", "1" * 64, (poam.ItemHost(str(host.pk), "ws-014", seen()),), START.date(), "PA-0001")
    assert store.apply(system, [poam.DraftItem(again)], [draft()], at(2)).drafted == ("PA-0002",)
    assert [item.predecessor for item in store.items(system, [CHECK])[CHECK]] == ["", "PA-0001"]
    assert row.successors.get().events.get().text == "Drafted from 1 failing host, back after PA-0001."


def test_a_lapsed_disposition_leaves_its_date(system: System, row: Item) -> None:
    ItemHost.objects.update(disposition="dismissed", disposition_until=START.date())
    store.apply(system, [poam.LapseDisposition("PA-0001", str(row.hosts.get().asset_id), "dismissed")], [], at(48))
    held = ItemHost.objects.get()
    assert (held.disposition, held.disposition_until) == ("", START.date())
    assert kinds(row) == ["drafted", "lapsed"]


def test_counters_of_an_item_are_mended(system: System, row: Item) -> None:
    Item.objects.update(hosts_total=9)
    assert store.recount(system) == ["PA-0001"]
    row.refresh_from_db()
    assert row.hosts_total == 1


def test_a_draft_belongs_to_the_person_that_its_point_of_contact_names(system: System, host: Asset) -> None:
    jane, _ = store.add_person(system, "j.doe", ("administrator",), START, "J. Doe")
    row = make_item(system, "password-age", [host])
    assert row.owner == jane
    assert [event.text for event in row.events.all()][-1] == "It is J. Doe's by the rule that names the point of contact."


def test_a_contact_that_is_nobody_or_several_people_makes_no_owner(system: System, host: Asset) -> None:
    assert make_item(system, "password-age", [host]).owner is None
    for name in ("j.doe", "jane"):
        store.add_person(system, name, ("administrator",), START, "J. Doe")
    assert make_item(system, "password-hash", [host]).owner is None
