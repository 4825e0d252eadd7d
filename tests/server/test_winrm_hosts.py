"""Windows hosts by WinRM: from the inventory over a real endpoint into results, and what is said where the way in is wanting."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.load import load_content
from collector.transports import TransportError
from server import scan, store
from server.assess import make_assessor, sources_for
from server.data import data_directory
from server.errors import ServerError
from server.inventory.take import Taken, read_inventory, take_inventory
from server.models import Asset, Receipt, Result, System
from server.ways import Secrets, collector_with
from tests.server.conftest import at
from tests.support.tls import make_certificate
from tests.support.windows import bundle_text, pack
from tests.support.wsman import PASSWORD, USER, Behaviour, WsmanEndpoint

CONTENT = load_content()
SECRETS = Secrets(password=PASSWORD, accept_certificate="new")


class Clock:
    def __init__(self) -> None:
        self.hours = 0.0

    def __call__(self) -> object:
        self.hours += 0.01
        return at(self.hours)


@pytest.fixture
def endpoint(tmp_path: Path, system: System) -> Iterator[WsmanEndpoint]:
    """A Windows host that says who it is, and fails to say all else."""
    chosen = sources_for(make_assessor(system, CONTENT), "windows")
    said = {"host.identity": "WS-014\n9F0C\nTrue\nS-1-5-18\n5.1.20348.1", "host.clock": "1795441860"}
    asked = {source.name: source.arguments for source in chosen if source.arguments}
    with WsmanEndpoint(make_certificate(tmp_path, "127.0.0.1"), Behaviour(pack(bundle_text(said, chosen, asked)), pieces=3)) as found:
        yield found
    (data_directory() / "winrm_certificates").unlink(missing_ok=True)


def add(system: System, endpoint: WsmanEndpoint, name: str = "ws-014", **other: object) -> Asset:
    way = {
        "way_in": "winrm",
        "platform": "windows",
        "address": "127.0.0.1",
        "port": endpoint.port,
        "account": USER,
        "authentication": "ntlm",
    }
    return store.add_host(system, store.NewAsset(name, **{**way, **other}), at(0))  # type: ignore[arg-type] # the words are its fields


def test_a_scan_by_winrm_stores_what_the_host_said(system: System, endpoint: WsmanEndpoint) -> None:
    host = add(system, endpoint)
    outcome = scan.scan(system, [host], CONTENT, collector_with(SECRETS), Clock())  # type: ignore[arg-type] # a clock
    assert [step.error for step in outcome.steps] == [""]
    receipt = Receipt.objects.get(asset=host)
    assert (receipt.origin, receipt.platform, receipt.account, receipt.scope.whole) == ("winrm", "windows", USER, True)
    assert store.raw_bundle(receipt).decode().startswith("closeout-bundle 1\n")
    assert endpoint.seen.script.decode() == store.issue_script(
        system, "windows", sources_for(make_assessor(system, CONTENT), "windows"), at(1)
    )
    statuses = set(Result.objects.filter(asset=host).values_list("status", flat=True))
    assert "pass" not in statuses, "nothing that was not said passes"
    assert {alias.kind for alias in host.aliases.all()} >= {"hostname", "machine-id", "certificate"}


def test_the_next_scan_knows_the_certificate_and_refuses_another(system: System, endpoint: WsmanEndpoint, tmp_path: Path) -> None:
    host = add(system, endpoint)
    collect = collector_with(Secrets(password=PASSWORD))
    with pytest.raises(TransportError, match="not trusted here"):
        collect(host, "1")
    collector_with(SECRETS)(host, "1")
    endpoint.behaviour.output = pack(bundle_text({}))
    collect(host, "1")
    with WsmanEndpoint(make_certificate(tmp_path, "127.0.0.1"), Behaviour(b"")) as other:
        kept = data_directory() / "winrm_certificates"
        kept.write_text(kept.read_text().replace(f":{endpoint.port} ", f":{other.port} "))
        with pytest.raises(TransportError, match="another one than was accepted"):
            collect(store.change_host(host, {"port": other.port}, at(0)), "1")
        assert other.seen.actions == []


def test_what_is_wanting_is_said_before_anything_is_sent(system: System, endpoint: WsmanEndpoint) -> None:
    with pytest.raises(TransportError, match="NTLM asks for the password of svc-scan; give it with --ask-password"):
        collector_with(Secrets())(add(system, endpoint), "1")
    with pytest.raises(TransportError, match="no account is named"):
        collector_with(SECRETS)(add(system, endpoint, "ws-015", account=""), "1")
    with pytest.raises(ServerError, match="authentication 'basic' is not one of"):
        add(system, endpoint, "ws-016", authentication="basic")
    assert endpoint.seen.actions == []


def test_a_silent_windows_host_keeps_what_was_known(system: System, endpoint: WsmanEndpoint) -> None:
    host = add(system, endpoint)
    scan.scan(system, [host], CONTENT, collector_with(SECRETS), Clock())  # type: ignore[arg-type] # a clock
    before = list(Result.objects.filter(asset=host).values_list("check_id", "status").order_by("check_id"))
    endpoint.behaviour.drop = "Create"
    clock = Clock()
    clock.hours = 5
    outcome = scan.scan(system, [host], CONTENT, collector_with(SECRETS), clock)  # type: ignore[arg-type] # a clock
    assert "the connection broke" in outcome.steps[0].error
    assert list(Result.objects.filter(asset=host).values_list("check_id", "status").order_by("check_id")) == before
    assert Receipt.objects.filter(asset=host).count() == 1


def test_an_inventory_file_brings_in_windows_hosts(system: System) -> None:
    text = "hosts:\n  dc-02: {address: dc-02.corp.example, way: winrm, user: svc-scan@CORP.EXAMPLE, ca: ca.pem}\n"

    def take(said: str) -> Taken:
        return take_inventory(system, read_inventory(said, "inventory.yml"), lambda name: f"/keys/{name}", at(0))

    assert take(text).added == ["dc-02"]
    host = Asset.objects.get(name="dc-02")
    assert (host.way_in, host.platform, host.authentication, host.ca_file) == ("winrm", "windows", "kerberos", "/keys/ca.pem")
    assert take(text).unchanged == ["dc-02"]
    assert take(text.replace("user:", "auth: ntlm, user:")).changed == {"dc-02": ["authentication"]}
    with pytest.raises(ServerError, match="auth and ca of ws-014 belong to WinRM"):
        take("hosts:\n  ws-014: {address: 10.0.0.14, auth: ntlm}\n")
    with pytest.raises(ServerError, match="goes through no jump host"):
        take(text.replace("user:", "jump: gate, user:"))
