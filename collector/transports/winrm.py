"""WinRM: one shell, one round trip a host. HTTPS with a certificate that is validated or pinned; HTTP only with encrypted messages.

The script goes in by standard input, in chunks, never on a command line: a short command reads all of it and runs it as one block.
"""

import base64
import contextlib
import time
from typing import Any, Final

import requests
import requests.adapters
import tenacity
from winrm.exceptions import WinRMOperationTimeoutError, WSManFaultError
from winrm.protocol import Protocol

from collector.bundle import LARGEST
from collector.errors import CollectorError
from collector.packed import MAGIC, unpack
from collector.transports import Collected, TransportError
from collector.transports.certificates import accept_certificate, known_pin
from collector.transports.targets import WinrmTarget
from collector.transports.winrm_trouble import QUOTAS, TooMuchError, said_plainly

CHUNK: Final = 64 * 1024  # bytes of the script in one message; the usual largest envelope takes twice as much
_LARGEST_ANSWER: Final = 8 * 2**20
_TOO_LARGE: Final = f"an answer of more than {_LARGEST_ANSWER // 2**20} MiB"
_MOST_STDERR: Final = 64 * 1024
_POLL: Final = 15
_MOST_EMPTY: Final = 20  # answers in a row that say nothing, which Windows gives none of: it says that it waits
# PowerShell reads standard input itself for a command that says $input, so this one does not.
_LOADER: Final = (
    "$ProgressPreference='SilentlyContinue';if($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage'){"
    f"'{MAGIC} error constrained-language: PowerShell runs in Constrained Language Mode for this account; allow the script in the "
    "application control policy';exit 3};&([ScriptBlock]::Create([Console]::In.ReadToEnd()))"
)
COMMAND: Final = ("-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", base64.b64encode(_LOADER.encode("utf-16-le")).decode())


class _Adapter(requests.adapters.HTTPAdapter):
    """Holds a connection to one certificate where one was accepted, and reads no more of an answer than is meant."""

    def __init__(self, pin: str | None) -> None:
        self._pin = pin
        self._last: requests.Response | None = None
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests has it
        if self._pin:
            kwargs["assert_fingerprint"] = self._pin.removeprefix("SHA256:")
        super().init_poolmanager(*args, **kwargs)

    def send(self, request: requests.PreparedRequest, stream: bool = False, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401, FBT001, FBT002 - as requests has it
        del stream
        self._last = response = super().send(request, True, *args, **kwargs)
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > _LARGEST_ANSWER:
            response.close()
            raise TooMuchError(_TOO_LARGE)
        if declared.isdigit() and "Content-Encoding" not in response.headers:
            return response  # it is bounded, and who authenticates still has to look at the connection that it came by
        return _keep_bounded(response)

    def close(self) -> None:
        """The last answer's connection too, which goes back to no pool where nobody has read it to its end."""
        if self._last is not None:
            self._last.close()
        super().close()


def _keep_bounded(response: requests.Response, **_: object) -> requests.Response:
    """The response with its body read, where requests looks for it; it has no other way to bound one."""
    response._content = _read(response)  # noqa: SLF001 - see above
    return response


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for piece in response.iter_content(65536):
        body += piece
        if len(body) > _LARGEST_ANSWER:
            response.close()
            raise TooMuchError(_TOO_LARGE)
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise TooMuchError("an answer that declares entities, which WinRM never does")
    return bytes(body)


def collect_winrm(target: WinrmTarget, script: str) -> Collected:
    """The bundle that the script printed on the target; raises TransportError with a sentence that says what to do."""
    pin = _pin(target)
    with said_plainly(target, pin):
        protocol = _protocol(target, pin)
        try:
            raw = _run(protocol, target, pin, script.encode("ascii"))
        finally:
            protocol.transport.close_session()
    try:
        unpack(raw, LARGEST)
    except CollectorError as error:
        raise TransportError("output", f"{target.name}: {error}") from error
    return Collected(raw, target.user, {"certificate": pin} if pin else {})


def _pin(target: WinrmTarget) -> str | None:
    if target.encrypted_http:
        return None
    if target.accept_certificate:
        return accept_certificate(target.certificates, target.name, target.address, target.port, target.accept_certificate)
    return known_pin(target.certificates, target.address, target.port)


def _protocol(target: WinrmTarget, pin: str | None) -> Protocol:
    scheme = "http" if target.encrypted_http else "https"
    host = f"[{target.address}]" if ":" in target.address else target.address
    if target.encrypted_http and target.authentication == "certificate":
        raise TransportError("refused", f"{target.name}: certificates cannot encrypt messages over HTTP; use HTTPS, Kerberos or NTLM")
    return Protocol(
        f"{scheme}://{host}:{target.port}/wsman",
        transport=target.authentication,
        username=target.user,
        password=target.password,
        ca_trust_path=str(target.ca_file) if target.ca_file else None,  # type: ignore[arg-type] # None is "the usual authorities"
        cert_pem=str(target.client_certificate) if target.client_certificate else None,
        cert_key_pem=str(target.client_certificate) if target.client_certificate else None,
        server_cert_validation="ignore" if pin else "validate",
        message_encryption="always" if target.encrypted_http else "auto",
        read_timeout_sec=target.shell_seconds + 10,
        operation_timeout_sec=target.shell_seconds,
        proxy=None,
    )


def _prepare(protocol: Protocol, pin: str | None) -> None:
    """Hold the session to the accepted certificate, and to nothing that the environment of this process says."""
    transport, encrypt = protocol.transport, protocol.transport.setup_encryption

    def mount(session: requests.Session) -> None:
        session.trust_env = False
        session.mount("https://", _Adapter(pin))
        session.mount("http://", _Adapter(None))
        session.hooks["response"].append(_keep_bounded)  # runs after the hooks of those who authenticate

    def mount_first(session: requests.Session) -> None:
        mount(session)
        encrypt(session)

    transport.setup_encryption = mount_first  # type: ignore[method-assign] # its handshake holds for one connection only
    session = transport.build_session()
    if transport.encryption is None:
        mount(session)


def _run(protocol: Protocol, target: WinrmTarget, pin: str | None, script: bytes) -> bytes:
    """What the script printed; the shell is gone afterwards, whatever happened."""
    deadline = time.monotonic() + target.total_seconds
    _prepare(protocol, pin)
    shell = _open_shell(protocol, target)
    try:
        protocol.operation_timeout_sec = min(_POLL, target.shell_seconds)
        command = protocol.run_command(shell, "powershell.exe", COMMAND, console_mode_stdin=False)
        for start in range(0, len(script), CHUNK):
            protocol.send_command_input(shell, command, script[start : start + CHUNK], end=start + CHUNK >= len(script))
        return _receive(protocol, target, (shell, command), deadline)
    finally:
        with contextlib.suppress(Exception):  # the host ends what it still has of it by itself
            protocol.close_shell(shell, close_session=False)


def _open_shell(protocol: Protocol, target: WinrmTarget) -> str:
    """The first shell, again where the network or a full host may have been at fault; a wrong password is never tried twice."""
    for attempt in tenacity.Retrying(
        retry=tenacity.retry_if_exception(_worth_another_try),
        stop=tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(target.total_seconds),
        wait=tenacity.wait_exponential_jitter(multiplier=0.2, max=2, jitter=0.2),
        reraise=True,
    ):
        with attempt:
            return str(protocol.open_shell(noprofile=True))
    raise TransportError("unreachable", f"{target.name}: it gave no shell")


def _worth_another_try(error: BaseException) -> bool:
    if isinstance(error, WSManFaultError):
        return error.wsman_fault_code in QUOTAS
    return isinstance(error, requests.ConnectionError) and not isinstance(error, requests.exceptions.SSLError)


def _receive(protocol: Protocol, target: WinrmTarget, place: tuple[str, str], deadline: float) -> bytes:
    out, errors, empty = bytearray(), bytearray(), 0
    while empty < _MOST_EMPTY:
        if time.monotonic() > deadline:
            raise TransportError("timeout", f"{target.name}: the script had not ended after {target.total_seconds} s; look at the host")
        try:
            said, complained, code, done = protocol.get_command_output_raw(*place)
        except WinRMOperationTimeoutError:
            continue
        out += said
        errors += complained[: max(0, _MOST_STDERR - len(errors))]
        if len(out) > LARGEST:
            raise TransportError("output", f"{target.name}: it printed more than {LARGEST // 2**20} MiB; look at what runs there")
        if done:
            return _ended(target, bytes(out), bytes(errors), code)
        empty = 0 if said or complained else empty + 1
    raise ValueError("answers that say nothing, and not that the command goes on")


def _ended(target: WinrmTarget, out: bytes, errors: bytes, code: int) -> bytes:
    if out.strip():
        return out
    said = [] if errors.startswith(b"#< CLIXML") else errors.decode("utf-8", "replace").split("\n")
    why = next((f": {line.strip()[:200]}" for line in reversed(said) if line.strip()), "")
    raise TransportError("output", f"{target.name}: PowerShell printed nothing and ended with {code}{why}; run the script there by hand")
