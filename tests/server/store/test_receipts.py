from datetime import timedelta

import pytest
from django.db import connection

from collector.bundle import read_bundle
from collector.canonical import canonical_bytes, digest, sha256
from server import guards, store
from server.errors import ServerError
from server.models import Asset, Blob, Conflict, Reading, Receipt, System, User
from server.store import Delivery, Saved, scripts
from server.store.blobs import unpack
from server.store.receipts import receipt_json
from tests.server.conftest import START, at
from tests.support.bundles import change_frame, set_clock, set_machine_id, set_password_age, small_sources


def pull(system: System, host: Asset, raw: bytes, hours: float = 0) -> Saved:
    moment = at(hours)
    return store.save_bundle(system, host, read_bundle(raw), Delivery("ssh", moment + timedelta(seconds=2), moment, "scan"))


def carry(system: System, host: Asset, raw: bytes, hours: float = 0) -> Saved:
    return store.save_bundle(system, host, read_bundle(raw), Delivery("hand-carried", at(hours)))


def test_the_very_bytes_come_back(system: System, host: Asset, raw: bytes) -> None:
    noisy = b"Welcome to ws-014!\nbegin the day\n" + raw
    saved = pull(system, host, noisy)
    assert store.raw_bundle(Receipt.objects.get()) == noisy
    assert saved.receipt.bundle_digest == sha256(noisy)


def test_bytes_that_are_no_utf8_come_back_too(system: System, host: Asset, raw: bytes) -> None:
    odd = raw.replace(b"|:# Modified for Linux.", b"|:# Modified for Linux \xff\xfe\x00.")
    pull(system, host, odd)
    assert store.raw_bundle(Receipt.objects.get()) == odd


def test_the_facts_come_back_as_they_were_read(system: System, host: Asset, raw: bytes) -> None:
    saved = pull(system, host, raw)
    assert store.facts_of(saved.receipt) == saved.facts
    assert Reading.objects.get().facts_digest == digest(saved.facts.to_json())
    assert saved.facts.observed_at == START
    assert "sshd" in saved.facts.errors


def test_an_unchanged_host_costs_a_receipt_and_its_volatile_frames(system: System, host: Asset, raw: bytes) -> None:
    first = pull(system, host, set_clock(raw, 1795442400))
    blobs = set(Blob.objects.values_list("digest", flat=True))
    second = pull(system, host, set_clock(raw, 1795446000), 1)
    added = Blob.objects.exclude(digest__in=blobs)
    assert first.receipt.content_digest == second.receipt.content_digest
    assert sum(len(blob.data) for blob in added) < 4000, "an index is a digest for each subsystem"
    assert {blob.size for blob in added if unpack(blob).startswith(b"begin")} == {
        len(b"begin host.clock volatile\n|1795446000\n\nend host.clock 0\n")
    }


def test_a_changed_line_changes_the_content_digest(system: System, host: Asset, raw: bytes) -> None:
    first, second = pull(system, host, raw), pull(system, host, set_password_age(raw, 60), 1)
    assert first.receipt.content_digest != second.receipt.content_digest


def test_a_receipt_is_kept_with_its_canonical_bytes(system: System, host: Asset, raw: bytes) -> None:
    saved = pull(system, host, raw)
    row = Receipt.objects.select_related("scope").get()
    assert bytes(row.canonical) == canonical_bytes(receipt_json(row)) == saved.receipt.canonical
    assert row.sha256 == sha256(bytes(row.canonical))


def test_the_scope_says_what_was_collected(system: System, host: Asset, raw: bytes) -> None:
    scope = pull(system, host, raw).receipt.scope
    assert scope.sources == ["host.clock", "host.identity", "login_defs"]
    assert not scope.whole


def test_a_scan_is_ordered_by_the_servers_time_whatever_the_hosts_clock_says(system: System, host: Asset, raw: bytes) -> None:
    receipt = pull(system, host, set_clock(raw, 4102444800)).receipt
    assert receipt.ordered_at == START
    assert receipt.observed_at.year == 2100


def test_a_bundle_from_the_future_is_ordered_by_its_arrival(system: System, host: Asset, raw: bytes) -> None:
    assert carry(system, host, set_clock(raw, 4102444800)).receipt.ordered_at == START


def test_a_bundle_carried_late_takes_its_place_by_the_hosts_clock(system: System, host: Asset, raw: bytes) -> None:
    receipt = carry(system, host, set_clock(raw, int(at(-48).timestamp()))).receipt
    assert receipt.ordered_at == at(-48)
    assert receipt.received_at == START


def test_the_same_bundle_carried_twice_is_one_receipt(system: System, host: Asset, raw: bytes) -> None:
    first, second = carry(system, host, raw), carry(system, host, raw, 5)
    assert (first.new, second.new) == (True, False)
    assert first.receipt.pk == second.receipt.pk
    assert second.facts == first.facts
    assert Receipt.objects.count() == 1


def test_two_observations_of_the_same_second_keep_an_order(system: System, host: Asset, raw: bytes) -> None:
    clock = int(at(-1).timestamp())
    receipts = [carry(system, host, set_password_age(set_clock(raw, clock), days)).receipt for days in (60, 61, 62)]
    assert sorted(receipts, key=lambda one: one.ordered_at) == receipts
    assert len({one.ordered_at for one in receipts}) == 3


def test_another_asset_with_the_same_machine_id_is_a_conflict_for_a_person(system: System, host: Asset, raw: bytes, reviewer: User) -> None:
    other = store.add_host(system, store.NewAsset("ws-015"), START)
    pull(system, host, raw)
    conflicts = pull(system, other, raw, 1).conflicts
    assert [(one.asset, one.other, one.kind) for one in conflicts] == [(other, host, "machine-id")]
    assert pull(system, host, raw, 2).conflicts == ()
    store.resolve_conflict(conflicts[0], reviewer, "cloned from one image", at(3))
    assert pull(system, other, raw, 4).conflicts == ()
    assert store.open_conflicts(system) == []
    assert Conflict.objects.count() == 1


def test_a_machine_id_says_nothing_in_another_system(system: System, host: Asset, raw: bytes) -> None:
    elsewhere = System.objects.create(name="Plant 2", created_at=START)
    other = store.add_host(elsewhere, store.NewAsset("ws-014"), START)
    pull(system, host, raw)
    assert pull(elsewhere, other, raw).conflicts == ()


def test_a_host_that_was_installed_anew_keeps_both_machine_ids_with_their_dates(system: System, host: Asset, raw: bytes) -> None:
    pull(system, host, raw)
    assert pull(system, host, set_machine_id(raw, "0" * 32), 24).conflicts == ()
    dates = {alias.value: (alias.first_seen_at, alias.last_seen_at) for alias in host.aliases.filter(kind="machine-id")}
    assert dates["0" * 32] == (at(24), at(24))
    assert len(dates) == 2


def test_a_damaged_piece_is_told_and_never_read(system: System, host: Asset, raw: bytes) -> None:
    receipt = pull(system, host, raw).receipt
    guards.remove()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE server_blob SET data = %s WHERE digest = %s", [b"x", bytes(receipt.layout)[:32].hex()])
    with pytest.raises(ServerError, match="damaged"):
        store.raw_bundle(receipt)


def test_a_script_of_this_version_is_ours_and_a_strange_one_is_not(system: System, raw: bytes) -> None:
    bundle = read_bundle(raw)
    assert store.is_ours(system, bundle)
    strange = read_bundle(raw.replace(bundle.script.encode(), b"0" * 64))
    assert not store.is_ours(system, strange)


def test_a_script_that_was_issued_stays_ours(system: System, raw: bytes) -> None:
    text = store.issue_script(system, "linux", small_sources(), START)
    assert read_bundle(raw).script in text
    fewer = read_bundle(change_frame(raw, "login_defs", r"(?s)^begin.*", "").replace(b"finish 3", b"finish 2"))
    assert store.is_ours(system, fewer)


def test_a_script_that_brought_a_bundle_stays_ours_when_a_newer_version_makes_another(
    system: System, host: Asset, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(system, host, raw)
    monkeypatch.setattr(scripts, "probes", lambda _: ())
    later, fewer = raw, change_frame(raw, "login_defs", r"(?s)^begin.*", "").replace(b"finish 3", b"finish 2")
    assert store.is_ours(system, read_bundle(later))
    assert store.is_ours(system, read_bundle(fewer)), "what it was cut short of was not looked at"
    assert not store.is_ours(system, read_bundle(raw.replace(read_bundle(raw).script.encode(), b"0" * 64)))


def test_reading_a_bundle_again_gives_the_reading_that_there_is(system: System, host: Asset, raw: bytes) -> None:
    saved = pull(system, host, raw)
    reading, facts = store.save_reading(saved.receipt, at(1))
    assert facts == saved.facts
    assert Reading.objects.get() == reading
