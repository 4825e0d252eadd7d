"""The Windows agent's protocol, byte for byte, against the server that is in use, behind real TLS."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone

from checks.load import load_directory
from server import store
from server.agent_package import pin_of
from server.doctor import examine
from server.models import AgentEvent, Asset, Receipt, System, User
from server.store import agents as seam
from tests.server.test_agent_platforms import CHECK, windows_bundle
from tests.support.tls import TlsFront, make_certificate
from tests.support.web import served
from tests.support.windows import pack
from tests.support.windows_agent import WindowsAgent


@dataclass
class Site:
    """A server behind TLS, an administrator and a host that an agent may be approved for."""

    front: TlsFront
    system: System
    administrator: User
    host: Asset

    def agent(self) -> WindowsAgent:
        """An agent as it is installed, with a token."""
        _, token = seam.new_token(self.system, self.administrator, timezone.now(), 24)
        return WindowsAgent(f"{self.front.url}/agent/{self.system.pk}", pin_of(self.front.certificate.read_bytes()), token)

    def approved(self) -> WindowsAgent:
        """An agent that an administrator approved."""
        agent = self.agent()
        assert agent.enrol() == "enrolled"
        seam.approve_agent(seam.find_agent(self.system, agent.id), self.administrator, self.host, timezone.now())
        return agent


@pytest.fixture
def site(committed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The server in threads of this process, with a check for Windows."""
    del committed
    cache.clear()
    (tmp_path / "collected-by-an-administrator.yml").write_text(CHECK)
    found = load_directory(tmp_path, "tests")
    monkeypatch.setattr("server.views.agents.content", lambda: found)
    system, now = store.default_system(), timezone.now()
    administrator, _ = store.add_person(system, "adam", ("administrator",), now)
    host = store.add_host(system, store.NewAsset("ws-014", way_in="agent"), now)
    with served() as port, TlsFront("127.0.0.1", make_certificate(tmp_path, "127.0.0.1"), ("127.0.0.1", port)) as front:
        yield Site(front, system, administrator, host)


def printed(clock: int | None = None, elevated: str = "True") -> str:
    return pack(windows_bundle(elevated, clock).decode()).decode()


def test_an_agent_enrols_waits_is_approved_and_delivers(site: Site) -> None:
    agent, now = site.agent(), int(timezone.now().timestamp())
    assert agent.enrol() == "enrolled"
    assert agent.run(printed()) == ("whole", "pending")
    seam.approve_agent(seam.find_agent(site.system, agent.id), site.administrator, site.host, timezone.now())
    assert agent.run(printed(now - 60)) == ("whole", "stored")
    whole = len(site.front.requests[-1])
    assert agent.run(printed(now)) == ("changes", "stored")
    assert len(site.front.requests[-1]) < whole
    assert agent.run(printed(now, "False")) == ("whole", "stored")
    kept = [store.raw_bundle(one) for one in Receipt.objects.order_by("sequence")]
    assert kept == [windows_bundle(clock=now - 60), windows_bundle(clock=now), windows_bundle("False", now)]
    assert all(one.good for one in examine(whole=True) if one.name == "receipts")


def test_an_agent_whose_last_bundle_the_server_does_not_have_sends_it_whole(site: Site) -> None:
    agent, now = site.approved(), int(timezone.now().timestamp())
    assert agent.run(printed(now - 60)) == ("whole", "stored")
    agent.accepted = (agent.accepted[0], "0" * 64)
    assert agent.run(printed(now)) == ("whole", "stored")


def test_a_server_with_another_key_gets_nothing(site: Site, tmp_path: Path) -> None:
    agent = site.approved()
    other = make_certificate(tmp_path, "127.0.0.1")
    agent.pin = pin_of(other.read_bytes())
    assert agent.run(printed()) == ("whole", "")
    assert [bytes(request[:20]) for request in site.front.requests if b"/upload" in request] == []


def test_every_refusal_reaches_the_agent_as_a_word(site: Site) -> None:
    first = site.agent()
    assert first.enrol() == "enrolled"
    again = WindowsAgent(first.url, first.pin, first.token)
    assert again.enrol() == "token-used"
    again.token = f"{first.id}.{'x' * 43}"
    assert again.enrol() == "unknown"
    seam.approve_agent(seam.find_agent(site.system, first.id), site.administrator, site.host, timezone.now())
    assert again.run(printed()) == ("whole", "foreign")
    assert first.run(printed()) == ("whole", "stored")
    first.sequence, first.accepted = 2**50, ("", "")
    assert first.run(printed()) == ("whole", "stored")
    first.sequence = 0
    assert first.run(printed())[1] == "replayed", "a host whose state was lost, and whose clock is behind"
    seam.revoke_agent(seam.find_agent(site.system, first.id), site.administrator, "the disk was sold", timezone.now())
    assert first.run(printed())[1] == "revoked"
    words = list(AgentEvent.objects.filter(kind="refused").order_by("id").values_list("word", flat=True))
    assert words == ["token-used", "unknown", "foreign", "replayed", "revoked"]


@pytest.mark.parametrize("answer", [b"closeout stored; calc.exe\n", b"<html>no</html>\n", b"", b"closeout " + b"a" * 100_000])
def test_an_answer_that_is_none_of_ours_is_no_word(site: Site, answer: bytes) -> None:
    agent = site.approved()
    with TlsFront("127.0.0.1", site.front.certificate, answer=answer) as hostile:
        agent.url = f"{hostile.url}/agent/1"
        assert agent.run(printed()) == ("whole", "no answer of ours")
