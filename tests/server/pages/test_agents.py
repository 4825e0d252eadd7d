"""The agents on the pages: who sees them, who decides on them, and what it takes to install another."""

import io
import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from server.agent_package import pin_of
from server.models import Agent, Asset, Enrolment, Script, System
from tests.server.pages.conftest import Plant, make_person, signed_in
from tests.support.device import Device
from tests.support.tls import make_certificate

HOUR = {"hours": "24"}


@pytest.fixture
def address(plant: Plant) -> str:
    cache.clear()
    return f"/systems/{plant.system.pk}/agents/"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), "192.0.2.1")


def enrolled(page: Client, address: str, system: System, **form: str) -> Device:
    """A host that was given a token by the page, and has shown it."""
    text = page.post(f"{address}token", HOUR | form).content.decode()
    found = re.search(r"<pre>([0-9a-f-]{36}\.[\w-]{43})</pre>", text)
    assert found, "the token is shown"
    device = Device(system, found[1])
    assert device.enrol() == "enrolled"
    return device


def say(page: Client, address: str, **form: str) -> str:
    return page.post(address, form, follow=True).content.decode()


def test_a_token_is_shown_once_and_kept_nowhere(page: Client, address: str, plant: Plant) -> None:
    answer = page.post(f"{address}token", HOUR)
    assert "no-store" in answer.headers["Cache-Control"]
    secret = re.search(r"<pre>[0-9a-f-]{36}\.([\w-]{43})</pre>", answer.content.decode())
    assert secret
    assert secret[1] not in str(vars(Enrolment.objects.get(system=plant.system)))
    assert secret[1] not in page.get(address).content.decode()


@pytest.mark.parametrize("hours", ["0", "721", "soon", "-1", ""])
def test_a_token_of_no_hours_or_too_many_is_refused(page: Client, address: str, hours: str) -> None:
    assert "a token lasts 1 to 720 hours" in say(page, f"{address}token", hours=hours)
    assert not Enrolment.objects.exists()


def test_an_agent_waits_on_the_page_and_counts_from_its_approval_on(page: Client, address: str, plant: Plant) -> None:
    device = enrolled(page, address, plant.system)
    text = page.get(address).content.decode()
    agent = Agent.objects.get()
    assert "waits for approval" in text
    assert agent.fingerprint in text
    assert "1 agent waits for approval" in page.get(f"/systems/{plant.system.pk}/hosts/").content.decode()
    asset = Asset.objects.get(name="ws-000")
    said = say(page, f"{address}{device.id}/approve", asset=asset.name, name="what it calls itself")
    assert "What this key signs is ws-000&#39;s from now on" in said or "What this key signs is ws-000's from now on" in said
    agent.refresh_from_db()
    assert (agent.state, agent.asset) == ("approved", asset)
    assert "nothing uploaded yet" in page.get(f"/systems/{plant.system.pk}/hosts/{asset.pk}/").content.decode()
    assert "wait for approval" not in page.get(f"/systems/{plant.system.pk}/hosts/").content.decode()


def test_the_host_of_an_agent_is_added_with_its_approval_or_not_at_all(page: Client, address: str, plant: Plant) -> None:
    device = enrolled(page, address, plant.system)
    assert "there is no platform" in say(page, f"{address}{device.id}/approve", name="ws-new", platform="beos")
    assert not Asset.objects.filter(name="ws-new").exists()
    say(page, f"{address}{device.id}/approve", name="ws-new", platform="linux")
    assert Agent.objects.get().asset == Asset.objects.get(name="ws-new", way_in="agent", platform="linux")
    again = say(page, f"{address}{device.id}/approve", name="ws-other", platform="")
    assert "only one that is pending can be approved" in again
    assert not Asset.objects.filter(name="ws-other").exists()


def test_a_token_for_a_host_leaves_nothing_to_choose(page: Client, address: str, plant: Plant) -> None:
    asset = Asset.objects.get(name="ws-001")
    device = enrolled(page, address, plant.system, asset=asset.name)
    say(page, f"{address}{device.id}/approve")
    assert Agent.objects.get().asset == asset


def test_an_approval_without_a_host_says_what_is_missing(page: Client, address: str, plant: Plant) -> None:
    device = enrolled(page, address, plant.system)
    foreign = Asset.objects.create(system=System.objects.create(name="Elsewhere", created_at=plant.clock), name="x", created_at=plant.clock)
    for asset in ("", "none", foreign.name):
        assert "choose a host of this system" in say(page, f"{address}{device.id}/approve", asset=asset)
    assert Agent.objects.get().state == "pending"


def test_a_revoked_agent_is_refused_and_the_page_says_why(page: Client, address: str, plant: Plant) -> None:
    device = enrolled(page, address, plant.system, asset="ws-001")
    say(page, f"{address}{device.id}/approve")
    assert "say why agent" in say(page, f"{address}{device.id}/revoke", because=" ")
    assert "is revoked" in say(page, f"{address}{device.id}/revoke", because="the disk was sold")
    assert device.send(device.request(b"closeout-bundle 1\n")) == "revoked"
    text = page.get(address).content.decode()
    assert "the disk was sold" in text
    assert "since refused: revoked" in text


def test_only_an_administrator_decides(plant: Plant, address: str, page: Client) -> None:
    device = enrolled(page, address, plant.system)
    reviewer = signed_in(make_person(plant.system, "rob", "reviewer"))
    assert reviewer.get(address).status_code == 200
    assert "Make a token" not in reviewer.get(address).content.decode()
    for place in ("token", "package", f"{device.id}/approve", f"{device.id}/revoke"):
        assert reviewer.post(f"{address}{place}", HOUR).status_code == 403, place
    assert Agent.objects.get().state == "pending"


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_the_package_holds_the_installer_the_pin_and_no_secret(
    page: Client, address: str, certificate: Path, platform: str, plant: Plant
) -> None:
    with override_settings(PUBLIC_URL="https://closeout.example.org"):
        answer = page.post(f"{address}package", {"platform": platform, "certificate": certificate.read_text()})
    files = unpacked(answer.content)
    pin = pin_of(certificate.read_bytes())
    assert files["server.conf"].decode() == f"url https://closeout.example.org/agent/{plant.system.pk}\npin {pin}\n"
    assert {"linux": "install.sh", "windows": "install.ps1"}[platform] in files
    assert f'filename="closeout-agent-{platform}.' in answer.headers["Content-Disposition"]
    assert Script.objects.filter(system=plant.system).count() >= 1
    assert certificate.read_text() not in answer.content.decode("latin-1")
    assert len(files) == {"linux": 6, "windows": 4}[platform], "nothing else is in it"


def unpacked(raw: bytes) -> dict[str, bytes]:
    if raw.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            return {Path(name).name: package.read(name) for name in package.namelist()}
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        return {Path(entry.name).name: (tar.extractfile(entry) or io.BytesIO()).read() for entry in tar}


def test_a_package_without_a_certificate_tls_or_a_platform_is_refused_in_a_sentence(page: Client, address: str, certificate: Path) -> None:
    pem = certificate.read_text()
    assert "this is no certificate in PEM" in say(page, f"{address}package", platform="linux", certificate="x")
    assert "agents need an address like https://" in say(page, f"{address}package", platform="linux", certificate=pem)
    assert "there is no agent for" in say(page, f"{address}package", platform="beos", certificate=pem)


def test_the_certificate_that_the_environment_names_is_offered_without_its_key(page: Client, address: str, certificate: Path) -> None:
    assert "PRIVATE KEY" in certificate.read_text(), "as many servers have it"
    with override_settings(CERTIFICATE_FILE=str(certificate)):
        text = page.get(address).content.decode()
    assert "BEGIN CERTIFICATE" in text
    assert "PRIVATE KEY" not in text
    with override_settings(CERTIFICATE_FILE="/no/such/file"):
        assert page.get(address).status_code == 200
