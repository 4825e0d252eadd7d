"""WinRM by Kerberos: tickets of a real MIT KDC, taken by the endpoint of the suite's own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collector.bundle import read_bundle
from collector.transports import TransportError
from collector.transports.targets import WinrmTarget
from collector.transports.winrm import collect_winrm
from tests.support.kerberos import PASSWORD, USER, Realm, TicketTaker, missing_for_kerberos
from tests.support.tls import make_certificate
from tests.support.windows import bundle_text, pack
from tests.support.wsman import Behaviour, WsmanEndpoint

kerberos = pytest.importorskip("kerberos", reason="closeout[kerberos] is not installed: pykerberos needs libkrb5-dev and a compiler")
pytestmark = pytest.mark.skipif(bool(missing_for_kerberos()), reason=missing_for_kerberos())

ADDRESS = "127.0.0.1"
SCRIPT = "# a script\n" * 20_000
BUNDLE = bundle_text({"host.identity": "WS-014\n9f0c\nTrue\nS-1-5-18\n5.1.20348", "host.clock": "1795441860"})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    with Realm(tmp_path_factory.mktemp("realm"), (ADDRESS,)) as realm:
        yield realm


@pytest.fixture
def realm(running: Realm, monkeypatch: pytest.MonkeyPatch) -> Realm:
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    (running.folder / "tickets").unlink(missing_ok=True)
    return running


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[WsmanEndpoint]:
    behaviour = Behaviour(pack(BUNDLE), pieces=3)
    with WsmanEndpoint(make_certificate(tmp_path, ADDRESS), behaviour, take=lambda: TicketTaker(kerberos, ADDRESS)) as found:
        yield found


def target(endpoint: WsmanEndpoint, folder: Path, **other: object) -> WinrmTarget:
    plain = WinrmTarget("ws-014", ADDRESS, USER, folder / "pins", endpoint.port, "kerberos", accept_certificate="new", shell_seconds=5)
    return replace(plain, **other)  # type: ignore[arg-type] # the words are its fields


def refusal(endpoint: WsmanEndpoint, folder: Path, **other: object) -> str:
    with pytest.raises(TransportError) as caught:
        collect_winrm(target(endpoint, folder, **other), "1")
    assert endpoint.seen.actions == []
    return f"{caught.value.kind}: {caught.value}"


def test_a_ticket_lets_the_script_in_and_the_bundle_out(realm: Realm, endpoint: WsmanEndpoint, tmp_path: Path) -> None:
    realm.sign_in()
    collected = collect_winrm(target(endpoint, tmp_path), SCRIPT)
    assert read_bundle(collected.raw).raw.decode() == BUNDLE
    assert endpoint.seen.script.decode() == SCRIPT


def test_messages_over_http_are_encrypted_by_the_key_of_the_ticket(realm: Realm, tmp_path: Path) -> None:
    realm.sign_in()
    with WsmanEndpoint(None, Behaviour(pack(BUNDLE), pieces=3), take=lambda: TicketTaker(kerberos, ADDRESS)) as endpoint:
        collected = collect_winrm(target(endpoint, tmp_path, encrypted_http=True, accept_certificate=None), SCRIPT)
    assert read_bundle(collected.raw).raw.decode() == BUNDLE
    assert endpoint.seen.script.decode() == SCRIPT


def test_a_key_table_of_the_account_gets_its_ticket_by_itself(
    realm: Realm, endpoint: WsmanEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5_CLIENT_KTNAME", str(realm.folder / "user.keytab"))
    collected = collect_winrm(target(endpoint, tmp_path), SCRIPT)
    assert read_bundle(collected.raw).raw.decode() == BUNDLE


def test_without_a_ticket_it_is_said_how_to_get_one_and_no_password_helps(realm: Realm, endpoint: WsmanEndpoint, tmp_path: Path) -> None:
    del realm
    for password in (None, PASSWORD):
        said = refusal(endpoint, tmp_path, password=password)
        assert said.startswith(f"refused: ws-014: there is no Kerberos ticket of {USER} here; get one with kinit {USER}")
        assert "KRB5_CLIENT_KTNAME" in said


def test_tickets_of_another_account_are_not_used(realm: Realm, endpoint: WsmanEndpoint, tmp_path: Path) -> None:
    realm.sign_in()
    assert "there is no Kerberos ticket of other@CORP.TEST here" in refusal(endpoint, tmp_path, user="other@CORP.TEST")


def test_an_account_without_a_realm_is_one_of_the_usual_realm(realm: Realm, endpoint: WsmanEndpoint, tmp_path: Path) -> None:
    realm.sign_in()
    assert read_bundle(collect_winrm(target(endpoint, tmp_path, user="svc-scan"), "1").raw).raw.decode() == BUNDLE


def test_a_host_by_a_name_that_the_domain_does_not_know_is_told(realm: Realm, endpoint: WsmanEndpoint, tmp_path: Path) -> None:
    realm.sign_in()
    assert "use the host's full name, as in ws-014.corp.example" in refusal(endpoint, tmp_path, address="localhost")


def test_a_host_that_cannot_read_the_ticket_is_another_machine(
    realm: Realm, endpoint: WsmanEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    realm.sign_in()
    monkeypatch.setenv("KRB5_KTNAME", str(tmp_path / "none"))
    assert f"ws-014 took no ticket of {USER}: " in refusal(endpoint, tmp_path)


def test_a_host_that_takes_any_ticket_and_proves_nothing_is_not_believed(realm: Realm, tmp_path: Path) -> None:
    class Mute(TicketTaker):
        def step(self, token: bytes) -> bytes:
            super().step(token)
            return b"a token that no key of this realm has made"

    realm.sign_in()
    with WsmanEndpoint(make_certificate(tmp_path, ADDRESS), Behaviour(b""), take=lambda: Mute(kerberos, ADDRESS)) as endpoint:
        with pytest.raises(TransportError, match="did not prove by Kerberos that it is this host"):
            collect_winrm(target(endpoint, tmp_path), "a script")
        assert endpoint.seen.script == b""


def test_a_domain_controller_that_is_silent_is_told(realm: Realm, endpoint: WsmanEndpoint, tmp_path: Path) -> None:
    realm.sign_in()
    with realm.silent():
        assert "no domain controller answers; see that /etc/krb5.conf names the realm" in refusal(endpoint, tmp_path)


def test_a_host_that_wants_the_ticket_bound_to_its_certificate_gets_it_at_the_second_try(realm: Realm, tmp_path: Path) -> None:
    seen: list[bytes] = []

    class Strict(TicketTaker):
        def step(self, token: bytes) -> bytes:
            seen.append(token)
            if len(seen) == 1:
                raise ValueError("not bound to the certificate")
            return super().step(token)

    realm.sign_in()
    with WsmanEndpoint(make_certificate(tmp_path, ADDRESS), Behaviour(pack(BUNDLE)), take=lambda: Strict(kerberos, ADDRESS)) as endpoint:
        assert read_bundle(collect_winrm(target(endpoint, tmp_path), "1").raw).raw.decode() == BUNDLE
    assert len(seen) == 2  # had the certificate been out of reach, a warning would have failed this test
