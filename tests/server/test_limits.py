"""A scan ends in time, whatever its hosts do; and hosts behind others are reached as the inventory says."""

import threading

import pytest
from django.db import connection

from checks.load import Content
from collector.transports import Collected, TransportError
from server import scan, store
from server.errors import ServerError
from server.models import Asset, Receipt, System, User
from server.scan import Order
from server.ways import Secrets, collector_with, ssh_target
from tests.server.conftest import START
from tests.server.test_scan import Clock
from tests.support.bundles import small_bundle, small_sources


@pytest.fixture(autouse=True)
def small_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.scan.sources_for", lambda *_: small_sources())


def test_a_scan_that_takes_too_long_tells_of_every_host_that_is_left_and_keeps_what_came(system: System, content: Content) -> None:
    hosts = [store.add_host(system, store.NewAsset(f"ws-{n:03}", way_in="ssh"), START) for n in range(3)]
    over = threading.Event()

    def collect(asset: Asset, script: str) -> Collected:
        del script
        if asset.name == "ws-001":
            over.wait(20)
            raise TransportError("unreachable", "too late to be heard")
        return Collected(small_bundle(), "scan")

    try:
        outcome = scan.scan(system, hosts, content, collect, Clock(), Order(workers=1, seconds=1))
    finally:
        over.set()
    said = {step.asset.name: step.error for step in outcome.steps}
    more = "within the 1 s that the whole scan may take; scan it again by `closeout scan {}`, or give the scan more time"
    assert said == {
        "ws-000": "",
        "ws-001": f"ws-001: gave no whole answer {more.format('ws-001')}",
        "ws-002": f"ws-002: its turn did not come {more.format('ws-002')}",
    }
    assert Receipt.objects.count() == 1
    assert [task.state for task in scan.tasks_of(outcome.run)] == ["done", "failed", "failed"]
    assert outcome.run.state == "done"


def test_a_scan_that_is_in_time_is_not_cut(system: System, content: Content, host: Asset) -> None:
    outcome = scan.scan(system, [host], content, lambda *_: Collected(small_bundle(), "scan"), Clock(), Order(seconds=60))
    assert [step.error for step in outcome.steps] == [""]


def behind(system: System, name: str, jump: Asset | None) -> Asset:
    new = store.NewAsset(name, way_in="ssh", address="10.0.0.9", account="scan", port=2222, jump_id=jump.pk if jump else None)
    return store.add_host(system, new, START)


def test_the_way_to_a_host_goes_through_its_jump_host_with_that_hosts_own_settings(system: System) -> None:
    gate = store.add_host(system, store.NewAsset("gate", way_in="ssh", address="192.0.2.1", account="hop", key_file="/k"), START)
    inner = behind(system, "inner", behind(system, "middle", gate))
    ssh = ssh_target(inner, Secrets(accept_host_key="SHA256:x"), 20)
    assert (ssh.name, ssh.total_seconds, ssh.connect_seconds, ssh.accept_host_key) == ("inner", 20, 15, "SHA256:x")
    assert ssh.jump is not None
    assert ssh.jump.jump is not None
    assert (ssh.jump.name, ssh.jump.accept_host_key) == ("middle", None)
    assert (ssh.jump.jump.address, ssh.jump.jump.user, str(ssh.jump.jump.key_file)) == ("192.0.2.1", "hop", "/k")


def test_nobody_who_waits_for_hosts_asks_the_database(system: System) -> None:
    gate = store.add_host(system, store.NewAsset("gate", way_in="ssh"), START)
    middle = behind(system, "middle", gate)
    behind(system, "inner", middle)
    behind(system, "other", gate)
    hosts = store.hosts_to_scan(system)
    store.load_jumps(hosts)
    with connection.execute_wrapper(refuse_query):
        targets = {host.name: ssh_target(host, Secrets()) for host in hosts}
    assert targets["inner"].jump is not None
    assert targets["inner"].jump.jump is not None
    assert targets["inner"].jump.jump.name == "gate"


def refuse_query(*_: object) -> object:
    raise AssertionError("a query")


def test_a_jump_host_must_lead_somewhere(system: System) -> None:
    gate = store.add_host(system, store.NewAsset("gate", way_in="ssh"), START)
    inner = behind(system, "inner", gate)
    with pytest.raises(ServerError, match="gate is reached through itself"):
        store.change_host(gate, {"jump_id": inner.pk}, START)
    with pytest.raises(ServerError, match="gate is reached through itself"):
        store.change_host(Asset.objects.get(pk=gate.pk), {"jump_id": gate.pk}, START)
    desk = store.add_host(system, store.NewAsset("desk", way_in="none"), START)
    with pytest.raises(ServerError, match="desk cannot be a jump host"):
        store.change_host(inner, {"jump_id": desk.pk}, START)


def test_a_chain_of_jump_hosts_has_an_end(system: System) -> None:
    host = None
    for n in range(4):
        host = behind(system, f"hop-{n}", host)
    with pytest.raises(ServerError, match="more than 3 hosts"):
        behind(system, "too-far", host)


def test_a_retired_jump_host_leads_nowhere(system: System, reviewer: User) -> None:
    gate = store.add_host(system, store.NewAsset("gate", way_in="ssh"), START)
    behind(system, "inner", gate)
    store.retire_host(gate, reviewer, "scrapped", START)
    inner = store.find_host(system, "inner")
    with pytest.raises(TransportError, match="its jump host gate was retired"):
        collector_with(Secrets())(inner, "")
