"""Agents of Windows hosts at the server's door, and bundles of another platform than the host's."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone

from checks.load import Content, load_directory
from collector.bundle import read_bundle
from collector.windows.identity import CLOCK, IDENTITY
from server import intake, store
from server.agent_package import KINDS, build_package
from server.errors import ServerError
from server.models import AgentEvent, Alias, Asset, Receipt, Result, System, User
from server.store import agents as seam
from tests.server.conftest import START
from tests.support.bundles import small_bundle, small_sources
from tests.support.device import Device
from tests.support.windows import bundle_text, pack

URL, PIN = "https://closeout.example.org", "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
CHECK = """
id: collected-by-an-administrator
title: The facts are those that an administrator sees
assesses: {"3.12.1[a]": supports}
severity: low
weakness: What was collected is not all there is.
rationale: An ordinary account is shown less.
platforms:
  windows:
    expect:
      - {path: host.elevated, equals: true}
    remediation: |
      Run it as an administrator.
    effort: 5
    tests:
      - {name: elevated, facts: {host: {elevated: true}}, status: pass}
      - {name: not elevated, facts: {host: {elevated: false}}, status: fail}
"""


def windows_bundle(elevated: str = "True", clock: int | None = None) -> bytes:
    """What the collection script would say on a Windows host."""
    seconds = int(timezone.now().timestamp()) if clock is None else clock
    said = {
        IDENTITY.name: f"WS-014\n9f0c2f63-5c0e-4a5b-9f0a-0f2b8f3f2a11\n{elevated}\nS-1-5-18\n5.1.20348.1366",
        CLOCK.name: str(seconds),
    }
    return bundle_text(said, (CLOCK, IDENTITY)).encode()


@pytest.fixture(autouse=True)
def forget_counts() -> None:
    cache.clear()


@pytest.fixture
def checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Content:
    """One check, for Windows and of two facts, which uploads are judged by too."""
    (tmp_path / "collected-by-an-administrator.yml").write_text(CHECK)
    found = load_directory(tmp_path, "tests")
    monkeypatch.setattr("server.views.agents.content", lambda: found)
    return found


@pytest.fixture
def asset(system: System) -> Asset:
    return store.add_host(system, store.NewAsset("ws-014", way_in="agent"), START)


@pytest.fixture
def make_agent(system: System, administrator: User, checks: Content) -> Callable[[Asset], Device]:
    """A host whose agent was approved for an asset."""
    del checks

    def approved(asset: Asset) -> Device:
        device = Device(system, seam.new_token(system, administrator, timezone.now(), 24, asset)[1])
        assert device.enrol() == "enrolled"
        seam.approve_agent(seam.find_agent(system, str(device.id)), administrator, asset, timezone.now())
        return device

    return approved


def refusals() -> list[tuple[str, str]]:
    return [(row.word, row.text) for row in AgentEvent.objects.filter(kind="refused").order_by("id")]


def test_a_windows_bundle_is_saved_judged_and_gives_the_host_its_platform(make_agent: Callable[[Asset], Device], asset: Asset) -> None:
    raw = windows_bundle()
    device = make_agent(asset)
    assert device.send(device.request(raw)) == "stored"
    assert store.raw_bundle(Receipt.objects.get()) == raw
    assert Result.objects.get(asset=asset).status == "pass"
    asset.refresh_from_db()
    assert (asset.platform, asset.way_in) == ("windows", "agent")
    assert {one.kind for one in Alias.objects.filter(asset=asset)} >= {"hostname", "machine-id", "agent-key"}


def test_an_unchanged_windows_host_sends_its_volatile_frames_only(make_agent: Callable[[Asset], Device], asset: Asset) -> None:
    device, now = make_agent(asset), int(timezone.now().timestamp())
    first, later = windows_bundle(clock=now - 60), windows_bundle(clock=now)
    assert device.send(device.request(first)) == "stored"
    assert device.send(device.changes(later, first)) == "stored"
    assert device.send(device.changes(windows_bundle("False"), later)) == "send-whole", "more had changed"
    newest = seam.newest_signed(asset)
    assert newest
    assert store.raw_bundle(newest) == later


def test_what_a_windows_agent_may_not_send(make_agent: Callable[[Asset], Device], asset: Asset) -> None:
    device = make_agent(asset)
    raw = windows_bundle().decode()
    linux = read_bundle(small_bundle()).script
    assert device.send(device.request(raw.replace(read_bundle(raw.encode()).script, linux).encode())) == "unknown-script"
    assert device.send(device.request(raw.replace("platform windows", "platform linux").encode())) == "unknown-script"
    assert device.send(device.request(raw.replace("platform windows", "platform macos").encode())) == "unknown-script"
    assert device.send(device.request(pack(raw))) == "malformed", "it is signed and sent unpacked"
    assert device.send(device.request(raw.encode("utf-16"))) == "cut"
    assert device.send(device.request(raw.replace("\n", "\r\n").encode())) == "cut"
    assert device.send(device.request(raw.encode()[:-4])) == "cut"
    assert not Receipt.objects.exists()


def test_the_script_of_linux_says_nothing_about_windows_frames_though_it_was_issued(
    make_agent: Callable[[Asset], Device], asset: Asset, system: System
) -> None:
    store.issue_script(system, "linux", small_sources(), timezone.now())
    device = make_agent(asset)
    raw = windows_bundle().decode()
    mixed = raw.replace(read_bundle(raw.encode()).script, read_bundle(small_bundle()).script)
    assert device.send(device.request(mixed.encode())) == "unknown-script"


@pytest.mark.parametrize(("known", "sent"), [("linux", "windows"), ("windows", "linux")])
def test_a_bundle_of_another_platform_than_the_hosts_is_refused(
    make_agent: Callable[[Asset], Device], system: System, known: str, sent: str
) -> None:
    asset = store.add_host(system, store.NewAsset("ws-014", way_in="agent", platform=known), START)
    device = make_agent(asset)
    raw = windows_bundle() if sent == "windows" else small_bundle()
    assert device.send(device.request(raw)) == "other-platform"
    ((word, text),) = refusals()
    assert word == "other-platform"
    assert f"the bundle is of {sent}, and ws-014 is known as a host of {known}" in text
    asset.refresh_from_db()
    assert asset.platform == known
    assert not Receipt.objects.exists()


def test_a_host_keeps_the_platform_that_it_first_showed(make_agent: Callable[[Asset], Device], asset: Asset) -> None:
    device = make_agent(asset)
    assert device.send(device.request(windows_bundle())) == "stored"
    assert device.send(device.request(small_bundle())) == "other-platform"
    assert device.send(device.request(windows_bundle())) == "stored"


def test_a_carried_bundle_is_imported_packed_as_the_script_printed_it(system: System, checks: Content, asset: Asset) -> None:
    raw = windows_bundle()
    imported = intake.import_bundle(system, pack(raw.decode()), checks, timezone.now(), asset)
    assert store.raw_bundle(imported.receipt) == raw
    assert intake.import_bundle(system, raw, checks, timezone.now()).known, "unpacked it is the same bundle, and the host is known by it"


def test_a_carried_bundle_of_another_platform_is_refused(system: System, checks: Content) -> None:
    linux = store.add_host(system, store.NewAsset("srv-1", platform="linux"), START)
    with pytest.raises(ServerError, match="the bundle is of windows, and srv-1 is known as a host of linux"):
        intake.import_bundle(system, pack(windows_bundle().decode()), checks, timezone.now(), linux)
    assert not Receipt.objects.exists()


def test_the_package_for_windows_holds_the_scripts_and_the_server(system: System) -> None:
    now = timezone.now()
    raw = build_package(system, "windows", URL, PIN, now)
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        assert package.testzip() is None
        held = {name: package.read(name).decode("ascii") for name in package.namelist()}
    assert sorted(held) == [f"closeout-agent/{name}" for name in ("closeout-agent.ps1", "collect.ps1", "install.ps1", "server.conf")]
    assert held["closeout-agent/server.conf"] == f"url {URL}/agent/{system.pk}\npin {PIN}\n"
    assert "platform windows" in held["closeout-agent/collect.ps1"]
    assert build_package(system, "windows", URL, PIN, now) == raw


@pytest.mark.parametrize("platform", KINDS)
@pytest.mark.parametrize(("url", "pin"), [("http://closeout.example.org", PIN), (URL, "sha256//short="), ("https://a/$(reboot)", PIN)])
def test_no_package_is_made_for_an_address_or_a_pin_that_is_none(system: System, platform: str, url: str, pin: str) -> None:
    with pytest.raises(ServerError):
        build_package(system, platform, url, pin, timezone.now())
