"""WinRM against a real endpoint over HTTPS with NTLM, which replays what a Windows host prints and does what such hosts do wrong."""

import base64
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from collector.bundle import read_bundle
from collector.transports import TransportError
from collector.transports.certificates import accept_certificate, known_pin
from collector.transports.targets import WinrmTarget
from collector.transports.winrm import CHUNK, COMMAND, collect_winrm
from collector.transports.winrm_trouble import _security
from tests.support.tls import make_certificate
from tests.support.windows import bundle_text, pack
from tests.support.wsman import PASSWORD, USER, Behaviour, WsmanEndpoint

BUNDLE = bundle_text({"host.identity": "WS-014\n9f0c\nTrue\nS-1-5-18\n5.1.20348", "host.clock": "1795441860"})
PACKED = pack(BUNDLE)
SCRIPT = "# a script\n" * 20_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    return tmp_path / "certificates"


def target(endpoint: WsmanEndpoint, pins: Path, **other: object) -> WinrmTarget:
    plain = WinrmTarget("ws-014", "127.0.0.1", USER, pins, endpoint.port, "ntlm", PASSWORD, accept_certificate="new", shell_seconds=5)
    return replace(plain, **other)  # type: ignore[arg-type] # the words are its fields


def refusal(endpoint: WsmanEndpoint, pins: Path, **other: object) -> TransportError:
    with pytest.raises(TransportError) as caught:
        collect_winrm(target(endpoint, pins, **other), "1")
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_the_script_goes_in_whole_by_standard_input_and_the_bundle_comes_out(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED, pieces=7, waits=2)) as endpoint:
        collected = collect_winrm(target(endpoint, pins), SCRIPT)
    assert read_bundle(collected.raw).raw.decode() == BUNDLE
    assert collected.account == USER
    assert endpoint.seen.script.decode() == SCRIPT
    assert [end for _, end in endpoint.seen.sent] == [False] * (len(endpoint.seen.sent) - 1) + [True]
    assert max(len(piece) for piece, _ in endpoint.seen.sent) <= CHUNK
    assert endpoint.seen.actions.count("Create") == 1
    assert endpoint.shells == set()


def test_the_command_line_is_short_and_holds_nothing_of_the_script(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED)) as endpoint:
        collect_winrm(target(endpoint, pins), SCRIPT)
    (command,) = endpoint.seen.commands
    assert len(command) < 2000
    assert "-EncodedCommand" in command
    loader = base64.b64decode(COMMAND[-1]).decode("utf-16-le")
    assert loader.endswith("&([ScriptBlock]::Create([Console]::In.ReadToEnd()))")
    assert "a script" not in loader
    assert "$input" not in loader  # PowerShell would read standard input before the loader does


def test_messages_are_encrypted_over_http_where_somebody_chose_it(pins: Path) -> None:
    with WsmanEndpoint(None, Behaviour(PACKED, pieces=3)) as endpoint:
        collected = collect_winrm(target(endpoint, pins, encrypted_http=True, accept_certificate=None), SCRIPT)
    assert read_bundle(collected.raw).raw.decode() == BUNDLE
    assert endpoint.seen.script.decode() == SCRIPT


def test_certificates_cannot_encrypt_messages_over_http(pins: Path) -> None:
    with WsmanEndpoint(None, Behaviour(PACKED)) as endpoint:
        assert "use HTTPS" in str(refusal(endpoint, pins, encrypted_http=True, authentication="certificate"))
    assert endpoint.seen.actions == []


def test_an_own_authority_is_trusted_and_the_name_has_to_fit(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED)) as endpoint:
        collect_winrm(target(endpoint, pins, accept_certificate=None, ca_file=certificate), "1")
        error = refusal(endpoint, pins, accept_certificate=None, ca_file=certificate, address="localhost")
    assert error.kind == "certificate"
    assert endpoint.seen.actions.count("Create") == 1


def test_a_certificate_that_nobody_accepted_is_not_trusted(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED)) as endpoint:
        error = refusal(endpoint, pins, accept_certificate=None)
    assert error.kind == "certificate"
    assert "--accept-certificate SHA256:..." in str(error)
    assert endpoint.seen.actions == []
    assert not pins.exists()


def test_an_accepted_certificate_is_known_the_next_time_and_another_one_is_refused(certificate: Path, pins: Path, tmp_path: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED)) as endpoint:
        shown = collect_winrm(target(endpoint, pins), "1").aliases["certificate"]
        assert known_pin(pins, "127.0.0.1", endpoint.port) == shown
        endpoint.behaviour.output = PACKED
        collect_winrm(target(endpoint, pins, accept_certificate=None), "1")
    other = WsmanEndpoint(make_certificate(tmp_path, "127.0.0.1"), Behaviour(PACKED))
    with other:
        pins.write_text(pins.read_text().replace(f":{endpoint.port} ", f":{other.port} "))
        for accepted in (None, "new", shown):
            error = refusal(other, pins, accept_certificate=accepted)
            assert error.kind == "certificate"
        assert other.seen.actions == []
        fresh = accept_certificate(pins, "ws-014", "127.0.0.1", other.port, _shown(other, pins))
    assert fresh != shown


def _shown(endpoint: WsmanEndpoint, pins: Path) -> str:
    return accept_certificate(pins.with_name("elsewhere"), "ws-014", "127.0.0.1", endpoint.port, "new")


def test_a_file_of_certificates_that_is_none_is_told(pins: Path, certificate: Path) -> None:
    pins.write_text("nonsense\n")
    with WsmanEndpoint(certificate, Behaviour(PACKED)) as endpoint:
        assert "line 1: not an address and a fingerprint" in str(refusal(endpoint, pins, accept_certificate=None))


def test_authentication_by_certificate(certificate: Path, pins: Path, tmp_path: Path) -> None:
    client = make_certificate(tmp_path, "127.0.0.2")
    with WsmanEndpoint(certificate, Behaviour(PACKED), client_ca=client) as endpoint:
        way = target(endpoint, pins, authentication="certificate", password=None, client_certificate=client)
        way = replace(way, accept_certificate=None, ca_file=certificate)
        assert read_bundle(collect_winrm(way, "1").raw).raw.decode() == BUNDLE


def test_a_wrong_password_is_tried_once_and_never_shown(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED)) as endpoint:
        with pytest.raises(TransportError, match=r"ws-014 refused svc-scan \(ntlm\): wrong password") as caught:
            collect_winrm(target(endpoint, pins, password="not it"), "1")
        assert caught.value.kind == "refused"
        assert "not it" not in str(caught.value)
        assert endpoint.seen.refused == 1
        assert endpoint.seen.actions == []


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (5, "may not use WinRM there; add it to Administrators"),
        (2150858811, "WinRM fault 2150858811: The WS-Management service cannot process the request."),
    ],
)
def test_a_fault_is_a_sentence(certificate: Path, pins: Path, code: int, sentence: str) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED, faults={"Create": code})) as endpoint:
        assert sentence in str(refusal(endpoint, pins))
        assert endpoint.seen.actions == ["Create"]


def test_a_full_host_is_asked_again_and_then_told_of(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED, faults={"Create": 2150859174}, times={"Create": 2})) as endpoint:
        collect_winrm(target(endpoint, pins), "1")
        assert endpoint.seen.actions.count("Create") == 3
    with WsmanEndpoint(certificate, Behaviour(PACKED, faults={"Create": 2150859174})) as endpoint:
        assert "too many shells" in str(refusal(endpoint, pins))


def test_what_has_begun_is_never_begun_again(certificate: Path, pins: Path) -> None:
    for action in ("Command", "Send", "Receive"):
        with WsmanEndpoint(certificate, Behaviour(PACKED, drop=action)) as endpoint:
            assert "the connection broke" in str(refusal(endpoint, pins))
            assert endpoint.seen.actions.count(action) == 1
            assert endpoint.shells == set(), "the shell is left on the host"


def test_nothing_listens(pins: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lost = WinrmTarget("ws-014", "127.0.0.1", USER, pins, port, "ntlm", PASSWORD)
    with pytest.raises(TransportError, match=r"nothing listens at 127\.0\.0\.1:") as caught:
        collect_winrm(lost, "1")
    assert caught.value.kind == "unreachable"
    with pytest.raises(TransportError, match="shows no certificate"):
        collect_winrm(replace(lost, accept_certificate="new"), "1")


@pytest.mark.parametrize(
    ("raw", "status", "sentence"),
    [
        (b"<html>It works</html>", 404, "does not speak WinRM"),
        (b"<html>It works</html>", 200, "is no WinRM, or it was cut"),
        (b"<s:Envelope", 200, "is no WinRM, or it was cut"),
        (b"", 200, "is no WinRM, or it was cut"),
        (b"\xff\xfe\x00garbage", 200, "is no WinRM, or it was cut"),
        (b'<!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;</a>', 200, "declares entities"),
        (b"x" * (9 * 2**20), 200, "an answer of more than 8 MiB"),
    ],
)
def test_an_answer_that_is_none_is_told(certificate: Path, pins: Path, raw: bytes, status: int, sentence: str) -> None:
    for action in ("Create", "Receive"):
        with WsmanEndpoint(certificate, Behaviour(PACKED, raw={action: raw}, status=status)) as endpoint:
            assert sentence in str(refusal(endpoint, pins))


def test_a_shell_that_does_not_come_is_waited_for_and_then_told(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED, faults={"Create": 2150858793})) as endpoint:
        error = refusal(endpoint, pins)
    assert (error.kind, "it gave no shell within 5 s" in str(error)) == ("timeout", True)


def test_a_script_that_never_ends_is_left_behind_and_its_shell_closed(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(b"", waits=10**9, stall={"Receive": 0.1})) as endpoint:
        started = time.monotonic()
        error = refusal(endpoint, pins, total_seconds=2)
        assert time.monotonic() - started < 60
    assert error.kind == "timeout"
    assert endpoint.shells == set()


def test_a_host_that_prints_without_end_is_cut_off(certificate: Path, pins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.transports.winrm.LARGEST", 2**20)
    with WsmanEndpoint(certificate, Behaviour(b"x" * 2**19, endless=True)) as endpoint:
        assert "it printed more than 1 MiB" in str(refusal(endpoint, pins))
    assert endpoint.shells == set()


def test_noise_on_standard_error_is_not_in_the_way(certificate: Path, pins: Path) -> None:
    with WsmanEndpoint(certificate, Behaviour(PACKED, errors=b"#< CLIXML\r\n<Objs/>", exit_code=1)) as endpoint:
        assert read_bundle(collect_winrm(target(endpoint, pins), "1").raw).raw.decode() == BUNDLE


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        (Behaviour(b"", b"powershell.exe is not recognized\r\n", 1), "ended with 1: powershell.exe is not recognized"),
        (Behaviour(b"", b"#< CLIXML\r\n<Objs/>", 1), "printed nothing and ended with 1; run the script there by hand"),
        (Behaviour(PACKED[:-30]), "cut or was changed"),
        (
            Behaviour(b"closeout-bundle-gzip error constrained-language: PowerShell runs in Constrained Language Mode\r\n"),
            "constrained-language",
        ),
    ],
)
def test_output_that_is_no_bundle_is_told(certificate: Path, pins: Path, behaviour: Behaviour, sentence: str) -> None:
    with WsmanEndpoint(certificate, behaviour) as endpoint:
        error = refusal(endpoint, pins)
    assert (error.kind, sentence in str(error)) == ("output", True)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Clock skew too great", "too far apart for Kerberos"),
        ("Server not found in Kerberos database", "full name"),
        ("No Kerberos credentials available (default cache: KEYRING:persistent:0)", "kinit svc-scan@CORP.TEST"),
        (
            "authGSSClientStep() failed: (('...', 851968), ('Ticket expired', -1765328352))",
            "the Kerberos ticket of svc-scan@CORP.TEST has expired",
        ),
        ("Cannot contact any KDC for realm", "krb5.conf"),
        ("unsupported hash type md4", "FIPS mode"),
        ("something else", "authentication failed: something else"),
    ],
)
def test_what_kerberos_and_ntlm_say_comes_with_what_helps(said: str, sentence: str) -> None:
    assert sentence in _security(said, "svc-scan@CORP.TEST")
