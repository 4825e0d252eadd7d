"""A host that is renamed, moved, merged, installed anew, or split off with others while it stands in items."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from checks.load import Content, load_directory
from collector.bundle import read_bundle
from poam_generator.evidence import verify_record
from poam_generator.model import Policy
from poam_generator.package import build_package
from poam_generator.proof import proof_faults
from server import doctor, guards, store
from server.assess import make_assessor, update_items
from server.errors import ServerError
from server.intake import save_judged
from server.inventory.take import read_inventory, take_inventory
from server.item_evidence import item_evidence
from server.merging import merge_hosts
from server.models import Alias, Asset, Closure, Conflict, Item, ItemEvent, ItemHost, System, Transition, User
from server.store.items import has_owned
from tests.server.conftest import HERE, START, at
from tests.support.bundles import set_machine_id, set_password_age, small_bundle
from tests.support.policies import put_policy

FIXED, BROKEN = 60, 99999
See = Callable[..., None]


@pytest.fixture
def see(system: System, content: Content) -> See:
    """A scan of a host by SSH at an hour, and what it makes of the items."""

    def run(host: Asset, days: int, hours: float, machine: str = "") -> None:
        raw = set_machine_id(set_password_age(small_bundle(), days), machine or host.pk.hex)
        assessor = make_assessor(system, content)
        moment = at(hours)
        _, checks = save_judged(
            assessor, host, read_bundle(raw), store.Delivery("ssh", moment + timedelta(seconds=1), moment, "scan"), moment
        )
        update_items(assessor, checks, moment + timedelta(seconds=1))

    return run


@pytest.fixture
def twin(system: System) -> Asset:
    return store.add_host(system, store.NewAsset("ws-015", way_in="ssh", address="192.0.2.15"), START)


@pytest.fixture
def row(host: Asset, see: See, reviewer: User) -> Item:
    """An open item of one failing host."""
    see(host, BROKEN, 1)
    drafted = Item.objects.get(source_key="password-age")
    found = store.find_item(drafted.system, drafted.identifier)
    store.approve(found, reviewer, store.review_digest(found), at(2))
    return store.find_item(found.system, found.identifier)


def merge(asset: Asset, into: Asset, user: User, because: str, now: datetime) -> None:
    """Merge two entries, and what it makes of the items."""
    assessor = make_assessor(asset.system, load_directory(HERE / "content", "content"))
    merge_hosts(assessor, asset, into, user, because, now)
    update_items(assessor, ["password-age"], now + timedelta(seconds=1))


def again(row: Item) -> Item:
    return store.find_item(row.system, row.identifier)


def told(row: Item, kind: str) -> str:
    return ItemEvent.objects.get(item=row, kind=kind).text


def test_a_renamed_host_keeps_its_item_approved_and_closes_it_under_its_new_name(row: Item, host: Asset, see: See, reviewer: User) -> None:
    store.rename_host(host, "ws-114", reviewer, "new scheme", at(3))
    assert not store.needs_approval(again(row))
    assert told(row, "host_renamed") == "ws-014 is called ws-114 from now on: new scheme"
    see(store.find_host(row.system, "ws-114"), FIXED, 4)
    assert again(row).state == "closed"
    assert b'"host_name":"ws-114"' in bytes(Closure.objects.get().canonical)


def test_a_name_that_is_taken_or_the_same_is_refused_and_nothing_is_told(row: Item, host: Asset, twin: Asset, reviewer: User) -> None:
    for name, sentence in ((twin.name, "already an asset"), ("ws-014", "is its name already")):
        with pytest.raises(ServerError, match=sentence):
            store.rename_host(Asset.objects.get(pk=host.pk), name, reviewer, "x", at(3))
    with pytest.raises(ServerError, match="say why ws-014 changes"):
        store.rename_host(host, "ws-114", reviewer, " ", at(3))
    assert not ItemEvent.objects.filter(item=row, kind="host_renamed").exists()


def test_a_host_that_moves_is_held_to_its_new_groups_policy_in_mid_item(row: Item, host: Asset, see: See, reviewer: User) -> None:
    put_policy(row.system, Policy(passes=2, group="servers"), reviewer, at(2))
    store.move_host(host, "servers", reviewer, "it became a file server", at(3))
    assert "moved from no group to servers" in told(row, "host_moved")
    see(host, FIXED, 4)
    assert again(row).state == "open"
    see(host, FIXED, 5)
    assert again(row).state == "closed"


def test_a_move_by_an_inventory_file_is_told_like_any_other(row: Item, host: Asset, reviewer: User) -> None:
    take_inventory(row.system, read_inventory("[servers]\nws-014 ansible_host=192.0.2.14\n", "hosts.ini"), str, at(3), by=reviewer)
    assert told(row, "host_moved") == "ws-014 moved from no group to servers, by line 2 of hosts.ini."
    assert host.events.get().by == reviewer


def test_a_merged_hosts_failure_holds_the_item_open_until_the_other_one_passes_itself(
    row: Item, host: Asset, twin: Asset, see: See, reviewer: User
) -> None:
    see(twin, FIXED, 0.5)
    merge(host, twin, reviewer, "entered twice", at(3))
    held = {one.asset.name: one for one in ItemHost.objects.filter(item=row)}
    assert {name: one.disposition for name, one in held.items()} == {"ws-014": "retired", "ws-015": ""}
    assert held["ws-015"].failing == held["ws-014"].failing
    assert again(row).state == "open"
    see(twin, FIXED, 4)
    assert again(row).state == "closed"
    assert verify_record(bytes(Closure.objects.get().canonical)) == []


def test_an_older_pass_of_the_other_one_does_not_close_what_was_merged(
    row: Item, twin: Asset, see: See, content: Content, reviewer: User
) -> None:
    see(twin, FIXED, 0.5)
    merge(store.find_host(row.system, "ws-014"), twin, reviewer, "entered twice", at(3))
    update_items(make_assessor(row.system, content), ["password-age"], at(3.5))
    assert again(row).state == "open"


def test_a_pass_from_before_the_other_entrys_last_failure_closes_nothing_after_a_merge(
    row: Item, host: Asset, twin: Asset, see: See, reviewer: User
) -> None:
    see(host, BROKEN, 3)
    see(twin, FIXED, 2.5)
    see(host, BROKEN, 4)
    merge(host, twin, reviewer, "entered twice", at(5))
    assert again(row).state == "open"
    see(twin, FIXED, 6)
    assert again(row).state == "closed"


def test_a_host_that_was_verified_in_its_own_item_is_so_no_longer_when_the_machine_failed_since(
    row: Item, host: Asset, twin: Asset, see: See, reviewer: User
) -> None:
    see(twin, BROKEN, 2.2)
    see(twin, FIXED, 2.5)
    see(host, BROKEN, 3)
    merge(host, twin, reviewer, "entered twice", at(4))
    held = ItemHost.objects.get(item=row, asset=twin)
    assert (held.passing, held.failing["observed_at"][:13]) == (None, at(3).isoformat()[:13])
    assert again(row).state == "open"


def test_names_go_over_and_the_conflict_of_the_two_is_resolved(row: Item, host: Asset, twin: Asset, see: See, reviewer: User) -> None:
    see(twin, BROKEN, 2.5, machine=host.pk.hex)
    assert Conflict.objects.filter(resolved_at=None).exists()
    merge(host, twin, reviewer, "one machine", at(3))
    assert not Conflict.objects.filter(resolved_at=None).exists()
    assert not Alias.objects.filter(asset=host).exists()
    assert store.assets_by_machine_id(row.system, host.pk.hex) == [twin]


def test_an_entry_that_was_merged_is_not_taken_into_use_again_beside_the_one_that_holds_its_place(
    row: Item, host: Asset, twin: Asset, reviewer: User
) -> None:
    merge(host, twin, reviewer, "entered twice", at(3))
    assert [one.kind for one in twin.events.all()] == ["host_merged"]
    sentence = "ws-014 was merged into ws-015, and nothing is taken in under its name any more"
    assert store.why_not_looked_at(Asset.objects.get(pk=host.pk)) == sentence
    third = store.add_host(row.system, store.NewAsset("ws-016", way_in="ssh", address="192.0.2.16"), at(4))
    merge(twin, third, reviewer, "entered three times", at(5))
    for entry in (host, twin):
        with pytest.raises(ServerError, match=f"{entry.name} was merged into ws-016, which has its names and its place in items"):
            store.reinstate_host(Asset.objects.get(pk=entry.pk), reviewer, "repaired", at(6))
    assert set(ItemHost.objects.filter(item=row, disposition="").values_list("asset__name", flat=True)) == {"ws-016"}


def test_a_failure_under_an_entry_that_was_merged_before_holds_the_item_open_too(  # noqa: PLR0913, PLR0917 - fixtures
    row: Item, host: Asset, twin: Asset, see: See, administrator: User, reviewer: User
) -> None:
    asked = store.ask(row, administrator, store.Wish("dismissed", "misread", at(24 * 100).date()), at(2))
    store.approve_ask(asked, reviewer, asked.digest, at(2.5))
    third = store.add_host(row.system, store.NewAsset("ws-016", way_in="ssh", address="192.0.2.16"), START)
    see(third, BROKEN, 3)
    see(twin, FIXED, 3.5)
    see(host, BROKEN, 4)
    merge(host, twin, reviewer, "entered twice", at(5))
    merge(third, twin, reviewer, "entered three times", at(6))
    drafted = Item.objects.get(state="draft")
    assert drafted.hosts.get(asset=twin).failing["observed_at"].startswith("2026-11-23T06:00")
    see(twin, FIXED, 7)
    assert Closure.objects.get().item == drafted


def test_a_failure_after_a_merge_names_the_item_that_the_merged_entry_ended_in(
    row: Item, host: Asset, twin: Asset, see: See, reviewer: User
) -> None:
    see(host, FIXED, 3)
    merge(host, twin, reviewer, "entered twice", at(4))
    see(twin, BROKEN, 5)
    drafted = Item.objects.get(state="draft")
    assert (again(row).state, drafted.predecessor, [one.asset for one in drafted.hosts.all()]) == ("closed", row, [twin])


def test_two_machines_are_not_merged(row: Item, host: Asset, twin: Asset, reviewer: User) -> None:
    twin.platform = "windows"
    twin.save()
    with pytest.raises(ServerError, match="these are two machines"):
        merge(Asset.objects.get(pk=host.pk), twin, reviewer, "x", at(3))
    twin.platform = ""
    twin.save()
    with pytest.raises(ServerError, match="merged into itself"):
        merge(host, host, reviewer, "x", at(3))
    store.categorise([twin], "out_of_scope", "own uplink", "", reviewer, at(3))
    with pytest.raises(ServerError, match="ws-015 is out of scope, so that nothing would show ws-014 fixed"):
        merge(Asset.objects.get(pk=host.pk), twin, reviewer, "x", at(3))
    store.retire_host(twin, reviewer, "gone", at(3))
    with pytest.raises(ServerError, match="no host in use"):
        merge(host, twin, reviewer, "x", at(4))
    with pytest.raises(ServerError, match="ws-015 was retired"):
        store.rename_host(twin, "ws-200", reviewer, "x", at(4))
    assert row.state == "open"


def test_a_disposition_does_not_go_over_to_the_host_that_stands_in_its_place(
    row: Item, host: Asset, twin: Asset, administrator: User, reviewer: User
) -> None:
    wish = store.Wish("dismissed", "misread", at(24 * 100).date())
    asked = store.ask(row, administrator, wish, at(2))
    store.approve_ask(asked, reviewer, asked.digest, at(2.5))
    assert again(row).state == "dismissed"
    merge(host, twin, reviewer, "one machine", at(3))
    assert not ItemHost.objects.filter(asset=twin).exists()


def test_a_host_that_was_installed_anew_stays_in_its_item_and_its_later_pass_counts(row: Item, host: Asset, see: See) -> None:
    see(host, BROKEN, 3, machine="0" * 32)
    assert again(row).state == "open"
    assert told(row, "host_installed_anew") == "ws-014 shows another machine-id: it was installed anew or exchanged."
    see(host, FIXED, 4, machine="0" * 32)
    assert again(row).state == "closed"


def test_a_retired_host_leaves_and_its_item_neither_closes_nor_counts_as_fixed(
    row: Item, host: Asset, content: Content, reviewer: User
) -> None:
    store.retire_host(host, reviewer, "scrapped", at(3))
    update_items(make_assessor(row.system, content), ["password-age"], at(4))
    assert again(row).state == "open"
    assert not Closure.objects.exists()


def test_verified_hosts_are_split_off_and_close_while_the_rest_goes_on(  # noqa: PLR0913, PLR0917 - fixtures
    row: Item, twin: Asset, see: See, content: Content, reviewer: User, administrator: User
) -> None:
    see(twin, BROKEN, 2)
    with pytest.raises(ServerError, match="waits for an approval"):
        store.split_off(row, (), reviewer, "wave 1", at(2.5))
    store.approve(again(row), reviewer, store.review_digest(again(row)), at(2.6))
    with pytest.raises(ServerError, match="nothing to split off"):
        store.split_off(row, (), reviewer, "wave 1", at(3))
    see(twin, FIXED, 4)
    with pytest.raises(ServerError, match="ws-014 of PA-0001 is not verified"):
        store.split_off(row, [str(store.find_host(row.system, "ws-014").pk)], reviewer, "wave 1", at(5))
    later, links = row.original_completion + timedelta(days=30), {"examine": ["https://wiki/wave-1"], "changed_by": "Bob"}
    moved = {"scheduled_completion": later, "change_reference": "CM-118"} | links
    store.edit(row, reviewer, moved, at(4.5), "the vendor is late")
    store.approve(again(row), reviewer, store.review_digest(again(row)), at(4.6))
    store.assign_owner(row, reviewer, administrator, at(4.7))
    store.assign_owner(row, reviewer, None, at(4.8))
    made = store.split_off(row, (), reviewer, "wave 1 is done", at(5))
    assert (made.original_completion, made.late_because) == (row.original_completion, "the vendor is late")
    assert has_owned(made, administrator)
    assert {host for one in made.milestones.all() for host in one.hosts} == {str(twin.pk)}
    assert made.events.earliest("id").text == "Made of 1 verified host of another item."
    assert (made.split_from, made.state, made.hosts_total, made.hosts_verified) == (row, "open", 1, 1)
    assert not store.needs_approval(again(row))
    assert "ws-015 left for PA-0002" in told(row, "split")
    update_items(make_assessor(row.system, content), ["password-age"], at(6))
    assert (again(made).state, again(row).state) == ("closed", "open")
    assert verify_record(bytes(Closure.objects.get().canonical)) == []
    record = json.loads(bytes(Closure.objects.get().canonical))
    assert {name: record[name] for name in ("change_reference", *links)} == {"change_reference": "CM-118"} | links
    see(twin, BROKEN, 7)
    assert Item.objects.get(state="draft").predecessor == made


def test_only_who_decides_changes_or_splits(row: Item, host: Asset, twin: Asset) -> None:
    viewer, _ = store.add_person(row.system, "vera", ("viewer",), START)
    for deed in (
        lambda: store.rename_host(host, "x", viewer, "x", at(3)),
        lambda: store.move_host(host, "x", viewer, "x", at(3)),
        lambda: merge(host, twin, viewer, "x", at(3)),
        lambda: store.split_off(row, (), viewer, "x", at(3)),
    ):
        with pytest.raises(ServerError, match="vera may not"):
            deed()


@pytest.mark.parametrize("way", ["retired", "out of scope"])
def test_a_host_that_left_comes_back_as_failing_where_its_item_lives_and_as_a_draft_where_it_ended(  # noqa: PLR0913, PLR0917 - fixtures
    row: Item, host: Asset, twin: Asset, see: See, content: Content, reviewer: User, way: str
) -> None:
    def leave(hours: float) -> None:
        if way == "retired":
            store.retire_host(host, reviewer, "in repair", at(hours))
        else:
            store.categorise([host], "out_of_scope", "in repair", "", reviewer, at(hours))

    def come_back(hours: float) -> None:
        assert store.checks_that_hold(host) == {"password-age"}
        if way == "retired":
            store.reinstate_host(host, reviewer, "repaired", at(hours))
        else:
            store.categorise([host], "cui", "", "", reviewer, at(hours))
        update_items(make_assessor(row.system, content), ["password-age"], at(hours + 1))

    see(twin, BROKEN, 3)
    leave(4)
    come_back(5)
    assert (again(row).state, set(ItemHost.objects.values_list("disposition", flat=True))) == ("open", {""})
    leave(7)
    see(twin, FIXED, 8)
    assert again(row).state == "closed"
    come_back(9)
    assert ItemEvent.objects.filter(item=row, kind="reinstated").count() == 2
    drafted = Item.objects.get(state="draft")
    assert (drafted.predecessor, [one.asset for one in drafted.hosts.all()]) == (row, [host])
    see(host, FIXED, 11)
    drafted.refresh_from_db()
    assert (drafted.state, again(row).state) == ("withdrawn", "closed")


def test_only_a_retired_host_is_taken_into_use_again_and_with_a_reason(host: Asset, reviewer: User) -> None:
    with pytest.raises(ServerError, match="ws-014 is not retired"):
        store.reinstate_host(host, reviewer, "repaired", at(1))
    store.retire_host(host, reviewer, "in repair", at(1))
    with pytest.raises(ServerError, match="say why ws-014 is in use again"):
        store.reinstate_host(host, reviewer, " ", at(2))
    store.categorise([host], "out_of_scope", "in repair", "", reviewer, at(3))
    store.categorise([host], "cui", "", "", reviewer, at(4))
    assert store.why_not_looked_at(host) == "ws-014 was retired on 2026-11-23"


def files_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return {name: opened.read(name) for name in opened.namelist() if not name.startswith("artifacts.")}


def test_the_evidence_of_a_closed_item_verifies_by_itself_and_what_was_changed_in_it_is_told(
    row: Item, host: Asset, see: See, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ServerError, match="PA-0001 is open and has no closing record"):
        item_evidence(row)
    see(host, FIXED, 4)
    with monkeypatch.context() as small:
        small.setattr("server.item_evidence.LARGEST", 10)
        with pytest.raises(ServerError, match=r"PA-0001 rests on \d+ bytes of raw output, and a package holds 10 at most"):
            item_evidence(again(row))
    package = item_evidence(again(row))
    assert proof_faults(package) == (), "nothing of it stands in the chain yet, and it says so"
    files = files_of(package)
    bundles = sorted(name for name in files if name.startswith("bundles/"))
    assert len(bundles) == 2
    left_out = {name: content for name, content in files.items() if name != bundles[0]}
    assert proof_faults(build_package(left_out)) == (f"{bundles[0]} is missing, on which the record rests.",)
    swapped = files | {bundles[0]: files[bundles[1]]}
    assert proof_faults(build_package(swapped)) == (f"{bundles[0]} is not the raw output that the record names.",)
    receipt = bundles[0].replace("bundles", "receipts").replace(".bundle", ".json")
    forged = files | {receipt: files[receipt].replace(b'"origin":"ssh"', b'"origin":"winrm"')}
    assert proof_faults(build_package(forged)) == (f"{receipt} says something else than the record: origin.",)
    (fault,) = proof_faults(build_package(files | {receipt: b"[]"}))
    assert fault.startswith(f"{receipt} is no receipt, or it is not whole")
    (fault,) = proof_faults(build_package(files | {"record.json": files["record.json"].replace(b"Shows", b"Proves")}))[:1]
    assert "digest" in fault
    assert proof_faults(build_package({"a": b""})) == ("It has no record.json: it is no evidence of an item that has ended.",)
    assert proof_faults(package[:-20])[0].startswith("It cannot be read as a zip")


def test_the_evidence_of_an_item_shows_where_it_stands_in_the_chain_and_what_was_forged_is_told(
    system: System, row: Item, host: Asset, see: See
) -> None:
    see(host, FIXED, 4)
    store.seal(system, at(5), most=1)
    fresh = files_of(item_evidence(again(row)))
    assert proof_faults(build_package({**fresh, "chain/head.txt": b""})) == ("chain/head.txt is not the end of the links in the package.",)
    proofs = json.loads(fresh["chain/proofs.json"])
    assert {one["file"] for one in proofs["proofs"]} == {name for name in fresh if name.startswith(("record", "receipts/", "approvals/"))}

    def faults(change: Callable[[dict[str, Any]], None]) -> tuple[str, ...]:
        form = json.loads(fresh["chain/proofs.json"])
        change(form)
        return proof_faults(build_package({**fresh, "chain/proofs.json": json.dumps(form).encode()}))

    places = {one["file"]: number for number, one in enumerate(proofs["proofs"])}
    assert faults(lambda form: form["proofs"].pop(places["record.json"])) == ("record.json is not said to stand in the chain.",)
    unproven = "approvals/1.json is not proven to stand in link 1."
    assert faults(lambda form: form["proofs"][places["approvals/1.json"]]["beside"].update(by_id=0)) == (unproven,)
    assert faults(lambda form: form["proofs"][places["approvals/1.json"]].update(link=2)) == (unproven.replace("link 1", "link 2"),)
    (fault,) = faults(lambda form: form.pop("not_yet"))
    assert fault.startswith("The proofs of the chain cannot be read: Proofs")


@pytest.mark.parametrize("column", ["status = 'error'", "before = 'pass'", "sha256 = ''"])
@pytest.mark.usefixtures("row")
def test_a_transition_of_which_a_column_was_changed_is_found(column: str) -> None:
    assert {one.name: one.good for one in doctor.examine(whole=True)}["transitions"]
    guards.remove()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE server_transition SET {column}")  # noqa: S608 - our own words
    guards.install()
    (said,) = [one.text for one in doctor.examine(whole=True) if one.name == "transitions"]
    assert said.startswith(f"transition {Transition.objects.order_by('-pk')[0].pk} is not what its digest says")
