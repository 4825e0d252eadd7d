"""Uploads of agents at the server's door: what is taken in, and every reason for which one is not."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from collector.bundle import LARGEST
from server import guards, store
from server.doctor import examine
from server.envelope import insert_changes, is_signed
from server.errors import ServerError
from server.models import Agent, AgentEvent, Alias, Asset, Enrolment, Receipt, Result, System, User
from server.store import agents as seam
from server.views.agents import ENROLMENT_TYPE, STRANGERS, UPLOAD_TYPE, UPLOADS
from tests.server.conftest import START
from tests.support.bundles import change_frame, set_clock, set_password_age, small_bundle
from tests.support.device import Device


@pytest.fixture(autouse=True)
def forget_counts() -> None:
    cache.clear()


def make_device(system: System, administrator: User, asset: Asset | None = None) -> Device:
    return Device(system, seam.new_token(system, administrator, timezone.now(), 24, asset)[1])


@pytest.fixture
def device(system: System, administrator: User) -> Device:
    """A host that was given a token."""
    return make_device(system, administrator)


@pytest.fixture
def agent(device: Device, administrator: User, host: Asset) -> Device:
    """A host whose agent was approved for the asset ws-014."""
    assert device.enrol() == "enrolled"
    seam.approve_agent(row_of(device), administrator, host, timezone.now())
    return device


def row_of(device: Device) -> Agent:
    return seam.find_agent(device.system, str(device.id))


def refusals() -> list[tuple[str, str | None]]:
    rows = AgentEvent.objects.filter(kind="refused").order_by("id").select_related("agent__asset")
    return [(row.word, row.agent.asset.name if row.agent and row.agent.asset else None) for row in rows]


def test_a_token_enrols_one_host_once_and_only_its_digest_is_kept(device: Device, administrator: User) -> None:
    kept = Enrolment.objects.get()
    assert device.token.partition(".")[2] not in str(vars(kept))
    assert device.enrol() == "enrolled"
    assert row_of(device).state == "pending"
    other = Device(device.system, device.token)
    assert other.enrol() == "token-used"
    another = make_device(device.system, administrator)
    another.key = device.key
    assert another.enrol() == "wrong-key", "one key is one agent's"
    assert Enrolment.objects.get(pk=another.id).used_at is None, "a refused enrolment does not use the token up"


def test_a_token_that_is_wrong_or_has_ended_enrols_nobody(device: Device) -> None:
    assert device.enrol("x" * 43) == "unknown"
    assert Device(device.system, f"{uuid4()}.{'x' * 43}").enrol() == "unknown"
    Enrolment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert device.enrol() == "token-expired"
    assert not Agent.objects.exists()


def test_only_a_key_on_p256_that_signed_the_enrolment_is_taken(device: Device) -> None:
    good = device.enrolment()
    device.key = ec.generate_private_key(ec.SECP384R1())
    assert device.enrol() == "wrong-key"
    device.key = rsa.generate_private_key(65537, 2048)
    assert device.enrol() == "wrong-key"
    device.key = ec.generate_private_key(ec.SECP256R1())
    assert device.post("enrol", ENROLMENT_TYPE, good.replace(b"name ws-014", b"name ws-015")) == "foreign"
    assert device.post("enrol", ENROLMENT_TYPE, good[:-20]) == "malformed"
    assert device.post("enrol", ENROLMENT_TYPE, good + b"x" * 3000) == "too-large"
    assert device.post("enrol", "text/plain", good) == "wrong-type"
    assert not Agent.objects.exists()


def test_nothing_is_taken_before_an_administrator_has_approved(device: Device, reviewer: User, host: Asset) -> None:
    device.enrol()
    assert device.send(device.request(small_bundle())) == "pending"
    with pytest.raises(ServerError, match="needs the role administrator"):
        seam.approve_agent(row_of(device), reviewer, host, timezone.now())
    assert not Receipt.objects.exists()


def test_a_signed_bundle_is_saved_with_its_signature_and_judged(agent: Device, host: Asset) -> None:
    raw = small_bundle()
    assert agent.send(agent.request(raw)) == "stored"
    receipt = Receipt.objects.get()
    assert (receipt.asset, receipt.origin, receipt.sequence) == (host, "agent-signed", agent.sequence)
    assert store.raw_bundle(receipt) == raw
    assert receipt.public_key
    assert receipt.signature
    assert bytes(receipt.signature).hex().encode() in bytes(receipt.canonical), "the evidence chain covers it"
    assert Result.objects.filter(asset=host).exists()
    assert Alias.objects.filter(asset=host, kind="agent-key").exists()
    assert refusals() == []


def test_a_signature_in_the_evidence_can_be_verified_by_anybody(agent: Device) -> None:
    agent.send(agent.request(small_bundle()))
    receipt = Receipt.objects.get()
    signed = bytes(receipt.signed or b"")
    assert signed.decode() in json.loads(bytes(receipt.canonical))["signed"], "the evidence chain covers it"
    assert f"digest {receipt.bundle_digest}\n".encode() in signed
    assert is_signed(bytes(receipt.public_key or b""), bytes(receipt.signature or b""), signed)
    assert not is_signed(bytes(receipt.public_key or b""), bytes(receipt.signature or b""), signed.replace(b"host", b"most"))
    assert all(one.good for one in examine(whole=True) if one.name == "receipts")


def test_the_doctor_finds_a_receipt_whose_signature_is_not_over_its_bundle(agent: Device) -> None:
    agent.send(agent.request(small_bundle()))
    guards.remove()
    for changed in ({"signed": None}, {"public_key": b"no key"}, {"signature": b"no signature"}):
        receipt = Receipt.objects.get()
        Receipt.objects.filter(pk=receipt.pk).update(**changed)
        (said,) = [one for one in examine(whole=True) if one.name == "receipts"]
        assert not said.good
        assert "does not carry a signature of its agent" in said.text


def test_an_unchanged_host_sends_its_volatile_frames_and_the_whole_bundle_is_kept(agent: Device) -> None:
    raw = small_bundle()
    assert agent.send(agent.request(raw)) == "stored"
    later = set_clock(raw, int(timezone.now().timestamp()))
    body = agent.changes(later, raw)
    assert len(body) < len(raw) / 2
    assert agent.send(body) == "stored"
    newest = seam.newest_signed(Asset.objects.get())
    assert newest
    assert store.raw_bundle(newest) == later
    assert {r.content_digest for r in Receipt.objects.all()} == {newest.content_digest}


def test_already_known_is_said_only_of_what_the_same_agent_sent(agent: Device, administrator: User) -> None:
    raw = small_bundle()
    agent.send(agent.request(raw))
    twin = make_device(agent.system, administrator)
    twin.enrol()
    seam.approve_agent(row_of(twin), administrator, store.add_host(agent.system, store.NewAsset("ws-015"), START), timezone.now())
    assert twin.send(twin.changes(raw, raw)) == "send-whole"
    assert agent.send(agent.changes(change_frame(raw, "login_defs", "PASS", "PBSS"), raw)) == "send-whole", "more had changed"
    assert twin.send(twin.request(raw)) == "stored"
    assert Receipt.objects.count() == 2


def test_the_order_is_that_of_the_sequence_even_where_the_clock_goes_back(agent: Device, host: Asset) -> None:
    now = int(timezone.now().timestamp())
    agent.send(agent.request(set_clock(set_password_age(small_bundle(), 99999), now)))
    agent.send(agent.request(set_clock(set_password_age(small_bundle(), 60), now - 300)))
    first, second = Receipt.objects.filter(asset=host).order_by("ordered_at")
    assert (first.sequence or 0) < (second.sequence or 0)
    assert Result.objects.get(asset=host, check_id="password-maximum-age").status == "pass"


def test_the_very_request_a_second_time_is_replayed(agent: Device) -> None:
    body = agent.request(small_bundle())
    assert (agent.send(body), agent.send(body)) == ("stored", "replayed")
    agent.sequence -= 5
    assert agent.send(agent.request(small_bundle())) == "replayed"
    assert refusals() == [("replayed", "ws-014")] * 2
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=-3000)])
def test_a_request_of_another_time_is_stale(agent: Device, off: timedelta) -> None:
    assert agent.send(agent.request(small_bundle(), timezone.now() + off)) == "stale"
    assert refusals() == [("stale", "ws-014")]


def test_what_another_key_signed_is_foreign_and_what_nobody_enrolled_is_unknown(agent: Device, device: Device) -> None:
    other = Device(agent.system, agent.token)
    assert other.send(other.request(small_bundle())) == "foreign"
    stranger = Device(device.system, f"{uuid4()}.{'x' * 43}")
    assert stranger.send(stranger.request(small_bundle())) == "unknown"
    elsewhere = System.objects.create(name="another", created_at=START)
    moved = Device(elsewhere, agent.token, agent.key)
    assert moved.send(moved.request(small_bundle())) == "unknown", "an agent is one system's"
    assert Client().post("/agent/999/upload", b"", content_type=UPLOAD_TYPE).content == b"closeout unknown\n"
    assert refusals() == [("foreign", None), ("unknown", None), ("unknown", None)]


@pytest.mark.parametrize("field", ["host", "time", "sequence", "digest"])
def test_a_head_that_was_changed_on_the_way_is_refused(agent: Device, field: str) -> None:
    body = agent.request(small_bundle())
    other = {"host": str(uuid4()), "time": "2026-11-23T13:51:00Z", "sequence": "999999", "digest": "0" * 64}[field]
    changed = re.sub(rf"^{field} .*$".encode(), f"{field} {other}".encode(), body, count=1, flags=re.MULTILINE)
    assert agent.send(changed) == ("unknown" if field == "host" else "foreign")


def test_a_body_that_was_changed_or_cut_on_the_way_is_damaged(agent: Device) -> None:
    body = agent.request(small_bundle())
    assert agent.send(body.replace(b"PASS_MAX_DAYS", b"PASS_MIN_DAYS")) == "damaged"
    assert agent.send(body[:-100]) == "damaged"
    assert agent.send(body) == "stored", "a refused one does not use its sequence number up"


def test_a_bundle_that_was_signed_and_is_no_whole_one_of_ours_is_refused(agent: Device) -> None:
    raw = small_bundle()
    assert agent.send(agent.request(raw[: len(raw) // 2])) == "cut"
    assert agent.send(agent.request(b"\x1b]0;x\x07$(reboot)")) == "cut"
    strange = re.sub(rb"^script .*$", b"script " + b"0" * 64, raw, count=1, flags=re.MULTILINE)
    assert agent.send(agent.request(strange)) == "unknown-script"
    assert refusals() == [("cut", "ws-014"), ("cut", "ws-014"), ("unknown-script", "ws-014")]
    assert not Receipt.objects.exists()


def test_size_type_and_form_are_looked_at_before_anything_is_read(agent: Device) -> None:
    body = agent.request(small_bundle())
    assert agent.send(body, "application/octet-stream") == "wrong-type"
    assert agent.send(body, **{"Content-Encoding": "gzip"}) == "wrong-type"
    assert agent.send(body, **{"Content-Length": str(LARGEST + 2000)}) == "too-large"
    assert agent.send(body, **{"Content-Length": ""}) == "no-length"
    assert agent.send(body, **{"Content-Length": "-1"}) == "no-length"
    assert agent.send(body, **{"Content-Length": "9" * 5000}) == "no-length"
    assert agent.send(b"\n") == "malformed"
    assert agent.send(b"\xff" * 5000) == "malformed"
    assert agent.send(body.replace(b"\n", b"\r\n")) == "malformed"
    assert Client().get(f"/agent/{agent.system.pk}/upload").status_code == 405


def test_a_revoked_key_and_a_retired_host_deliver_nothing_more(agent: Device, administrator: User, host: Asset) -> None:
    assert agent.send(agent.request(small_bundle())) == "stored"
    store.retire_host(host, administrator, "scrapped", timezone.now())
    assert agent.send(agent.request(small_bundle())) == "retired"
    seam.revoke_agent(row_of(agent), administrator, "the disk was sold", timezone.now())
    assert agent.send(agent.request(small_bundle())) == "revoked"
    with pytest.raises(ServerError, match="revoked already"):
        seam.revoke_agent(row_of(agent), administrator, "again", timezone.now())
    assert Receipt.objects.count() == 1
    assert seam.last_word(row_of(agent)) == "revoked"


def test_a_host_has_one_agent_at_a_time_and_a_new_one_goes_on_where_it_ended(agent: Device, administrator: User, host: Asset) -> None:
    agent.send(agent.request(small_bundle()))
    new = make_device(agent.system, administrator, host)
    new.enrol()
    with pytest.raises(ServerError, match="has an agent already"):
        seam.approve_agent(row_of(new), administrator, host, timezone.now())
    seam.revoke_agent(row_of(agent), administrator, "installed anew", timezone.now())
    seam.approve_agent(row_of(new), administrator, host, timezone.now())
    new.sequence = agent.sequence - 1
    assert new.send(new.request(small_bundle())) == "replayed"
    assert new.send(new.request(small_bundle())) == "stored"


def test_a_token_for_one_host_is_not_approved_for_another(system: System, administrator: User, host: Asset) -> None:
    device = make_device(system, administrator, host)
    device.enrol()
    other = store.add_host(system, store.NewAsset("ws-015"), START)
    with pytest.raises(ServerError, match="was made for ws-014"):
        seam.approve_agent(row_of(device), administrator, other, timezone.now())


def test_strangers_cannot_fill_the_log_nor_keep_a_good_agent_out(agent: Device) -> None:
    stranger = Device(agent.system, f"{uuid4()}.{'x' * 43}")
    body = stranger.request(b"x")
    words = [stranger.send(body) for _ in range(STRANGERS + 3)]
    assert words == ["unknown"] * STRANGERS + ["slow-down"] * 3
    assert len(refusals()) == STRANGERS
    assert agent.send(agent.request(small_bundle())) == "stored"


def test_an_agent_that_sends_without_end_is_slowed_down(agent: Device) -> None:
    body = agent.request(b"x")
    words = {agent.send(body) for _ in range(UPLOADS)}
    assert words == {"cut"}
    assert agent.send(body) == "slow-down"


def test_changes_go_only_into_the_places_of_the_same_frames() -> None:
    base = b"closeout-bundle 1\nbegin a\n|1\nend a 0\nbegin b volatile\n|begin c volatile\n\nend b 0\nfinish 2\n"
    assert insert_changes(base, b"begin b volatile\n|9\nend b 0\n") == base.replace(b"|begin c volatile\n\n", b"|9\n")
    for odd in (b"", b"begin c volatile\nend c 0\n", b"begin a\nend a 0\n", b"begin b volatile\nend b 0\n" * 2, b"junk"):
        assert insert_changes(base, odd) is None
