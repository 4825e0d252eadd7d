"""A WS-Management endpoint of the suite's own: real HTTP(S), real NTLM, shells that take a script on standard input.

It has no PowerShell: what a script would print is given by the test, which can also have it fault, stall, cut and drop.
"""

import base64
import ssl
import threading
import time
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, Self

from tests.support.ntlm import PASSWORD, USER, Context, make_account, take_ntlm

__all__ = ["ACTIONS", "PASSWORD", "USER", "Behaviour", "Seen", "WsmanEndpoint"]
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
_FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"
_SEALED = f'multipart/encrypted;protocol="{_PROTOCOL}";boundary="Encrypted Boundary"'
_PATIENCE = 2150858793  # the fault of a Receive that has nothing to say yet
ACTIONS: Final = {
    f"{_TRANSFER}/Create": "Create",
    f"{_TRANSFER}/Delete": "Delete",
    f"{_SHELL}/Command": "Command",
    f"{_SHELL}/Send": "Send",
    f"{_SHELL}/Receive": "Receive",
    f"{_SHELL}/Signal": "Signal",
}


@dataclass
class Behaviour:
    """What the endpoint does. output: what the script prints; pieces: in so many answers; waits: so many times "nothing yet" before.

    faults: action -> fault code, counted down where times says how often. raw: action -> bytes in place of an answer. drop: the
    action at which the connection is closed. again: every shell prints the output anew.
    """

    output: bytes = b""
    errors: bytes = b""
    exit_code: int = 0
    pieces: int = 1
    waits: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    drop: str = ""
    status: int = 200
    stall: dict[str, float] = field(default_factory=dict)
    endless: bool = False
    again: bool = False


@dataclass
class Seen:
    """What came: the actions in order, command lines, and what was sent on standard input, message by message."""

    actions: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    sent: list[tuple[bytes, bool]] = field(default_factory=list)
    refused: int = 0

    @property
    def script(self) -> bytes:
        """All of standard input."""
        return b"".join(piece for piece, _ in self.sent)


class WsmanEndpoint:
    """Listens at an address while the context is entered; certificate: a PEM file with its key, None for plain HTTP.

    take: makes the service's side of an authentication, for each connection anew.
    """

    def __init__(
        self,
        certificate: Path | None,
        behaviour: Behaviour,
        address: str = "127.0.0.1",
        client_ca: Path | None = None,
        take: Callable[[], Context] = take_ntlm,
    ) -> None:
        self.behaviour = behaviour
        self.take = take
        self.first = (behaviour.output, behaviour.pieces)
        self.seen = Seen()
        self.shells: set[str] = set()
        self._server = _Server((address, 0), type("Handler", (_Handler,), {"endpoint": self}))
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            if client_ca:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(client_ca)
            self._server.context = context
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        make_account()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, raw: bytes) -> tuple[int, bytes] | None:
        """Status and body for a message; None to drop the connection."""
        root = ET.fromstring(raw)  # noqa: S314 - it is our own client that writes it
        action = ACTIONS[root.findtext(f".//{{{_ADDRESSING}}}Action") or ""]
        message = root.findtext(f".//{{{_ADDRESSING}}}MessageID") or ""
        self.seen.actions.append(action)
        time.sleep(self.behaviour.stall.get(action, 0))
        if self.behaviour.drop == action:
            return None
        if action in self.behaviour.raw:
            return self.behaviour.status, self.behaviour.raw[action]
        if action in self.behaviour.faults and self._due(action):
            return 500, _fault(message, self.behaviour.faults[action])
        return _ANSWERS[action](self, root, message)

    def _due(self, action: str) -> bool:
        if action not in self.behaviour.times:
            return True
        self.behaviour.times[action] -= 1
        return self.behaviour.times[action] >= 0


def _envelope(action: str, relates: str, body: str) -> bytes:
    names = f'xmlns:s="{_SOAP}" xmlns:a="{_ADDRESSING}" xmlns:w="{_WSMAN}" xmlns:rsp="{_SHELL}" xmlns:x="{_TRANSFER}"'
    head = f"<a:Action>{action}</a:Action><a:MessageID>uuid:{uuid.uuid4()}</a:MessageID><a:RelatesTo>{relates}</a:RelatesTo>"
    return f"<s:Envelope {names}><s:Header>{head}</s:Header><s:Body>{body}</s:Body></s:Envelope>".encode()


def _fault(relates: str, code: int) -> bytes:
    detail = f'<f:WSManFault xmlns:f="{_FAULT}" Code="{code}" Machine="ws"><f:Message>what it says</f:Message></f:WSManFault>'
    text = '<s:Reason><s:Text xml:lang="en-US">The WS-Management service cannot\nprocess the request.</s:Text></s:Reason>'
    code_part = "<s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode></s:Code>"
    return _envelope(f"{_WSMAN}/fault", relates, f"<s:Fault>{code_part}{text}<s:Detail>{detail}</s:Detail></s:Fault>")


def _create(endpoint: WsmanEndpoint, root: ET.Element, message: str) -> tuple[int, bytes]:
    del root
    shell = str(uuid.uuid4()).upper()
    endpoint.shells.add(shell)
    if endpoint.behaviour.again:
        endpoint.behaviour.output, endpoint.behaviour.pieces = endpoint.first
    selector = f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet>'
    body = f"<x:ResourceCreated><a:ReferenceParameters>{selector}</a:ReferenceParameters></x:ResourceCreated>"
    return 200, _envelope(f"{_TRANSFER}/CreateResponse", message, body)


def _delete(endpoint: WsmanEndpoint, root: ET.Element, message: str) -> tuple[int, bytes]:
    endpoint.shells.discard(next((node.text or "" for node in root.iter(f"{{{_WSMAN}}}Selector")), ""))
    return 200, _envelope(f"{_TRANSFER}/DeleteResponse", message, "")


def _command(endpoint: WsmanEndpoint, root: ET.Element, message: str) -> tuple[int, bytes]:
    words = [root.findtext(f".//{{{_SHELL}}}Command") or "", root.findtext(f".//{{{_SHELL}}}Arguments") or ""]
    endpoint.seen.commands.append(" ".join(words))
    body = f"<rsp:CommandResponse><rsp:CommandId>{str(uuid.uuid4()).upper()}</rsp:CommandId></rsp:CommandResponse>"
    return 200, _envelope(f"{_SHELL}/CommandResponse", message, body)


def _send(endpoint: WsmanEndpoint, root: ET.Element, message: str) -> tuple[int, bytes]:
    stream = next(root.iter(f"{{{_SHELL}}}Stream"))
    endpoint.seen.sent.append((base64.b64decode(stream.text or ""), stream.get("End") == "true"))
    return 200, _envelope(f"{_SHELL}/SendResponse", message, "<rsp:SendResponse/>")


def _receive(endpoint: WsmanEndpoint, root: ET.Element, message: str) -> tuple[int, bytes]:
    wanted = next(root.iter(f"{{{_SHELL}}}DesiredStream")).get("CommandId")
    how = endpoint.behaviour
    if how.waits > 0:
        how.waits -= 1
        return 500, _fault(message, _PATIENCE)
    last = how.pieces <= 1 and not how.endless
    size = max(1, len(how.output) // max(1, how.pieces))
    piece = how.output if last else how.output[:size]
    if not how.endless:
        how.output, how.pieces = how.output[len(piece) :], how.pieces - 1
    streams = "".join(
        f'<rsp:Stream Name="{name}" CommandId="{wanted}">{base64.b64encode(data).decode()}</rsp:Stream>'
        for name, data in (("stdout", piece), ("stderr", how.errors if last else b""))
        if data
    )
    state = f'<rsp:CommandState CommandId="{wanted}" State="{_SHELL}/CommandState/{"Done" if last else "Running"}">'
    state += f"<rsp:ExitCode>{how.exit_code}</rsp:ExitCode></rsp:CommandState>" if last else "</rsp:CommandState>"
    return 200, _envelope(f"{_SHELL}/ReceiveResponse", message, f"<rsp:ReceiveResponse>{streams}{state}</rsp:ReceiveResponse>")


def _signal(endpoint: WsmanEndpoint, root: ET.Element, message: str) -> tuple[int, bytes]:
    del endpoint, root
    return 200, _envelope(f"{_SHELL}/SignalResponse", message, "<rsp:SignalResponse/>")


_ANSWERS: Final[dict[str, Callable[[WsmanEndpoint, ET.Element, str], tuple[int, bytes]]]] = {
    "Create": _create,
    "Delete": _delete,
    "Command": _command,
    "Send": _send,
    "Receive": _receive,
    "Signal": _signal,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    context: ssl.SSLContext | None = None

    def finish_request(self, request: object, client_address: object) -> None:
        """Speak TLS in the connection's own thread, so that a slow client keeps nobody waiting."""
        if self.context is None:
            super().finish_request(request, client_address)  # type: ignore[arg-type] # the accepted socket
            return
        with self.context.wrap_socket(request, server_side=True) as secured:  # type: ignore[arg-type] # as above
            super().finish_request(secured, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    """One connection: who the client is holds for all of it, as NTLM has it."""

    endpoint: WsmanEndpoint
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    context: Context | None = None
    known = False

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def reply(self, status: int, body: bytes, *headers: tuple[str, str], kind: str = "application/soap+xml;charset=UTF-8") -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", kind), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/wsman":
            self.reply(404, b"<html>no such page</html>", kind="text/html")
            return
        headers = self.authenticate()
        if headers is None:
            return
        sealed = "session-encrypted" in self.headers.get("Content-Type", "")
        found = self.endpoint.answer(self.unseal(body) if sealed else body) if body else (200, b"")
        if found is None:
            self.close_connection = True
        elif sealed:
            self.reply(found[0], self.seal(found[1]), *headers, kind=_SEALED)
        else:
            self.reply(found[0], found[1], *headers)

    def unseal(self, body: bytes) -> bytes:
        """The message in an encrypted one; a client whose context is not complete has none."""
        assert self.context
        data = body.partition(b"application/octet-stream\r\n")[2].removesuffix(b"--Encrypted Boundary--\r\n")
        size = int.from_bytes(data[:4], "little")
        return self.context.unwrap_winrm(data[4 : 4 + size], data[4 + size :])

    def seal(self, body: bytes) -> bytes:
        assert self.context
        sealed = self.context.wrap_winrm(body)
        head = f"\tContent-Type: {_PROTOCOL}\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(body)}\r\n"
        start = f"--Encrypted Boundary\r\n{head}--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n"
        sized: bytes = len(sealed.header).to_bytes(4, "little") + sealed.header + sealed.data
        return start.encode() + sized + b"--Encrypted Boundary--\r\n"

    def authenticate(self) -> list[tuple[str, str]] | None:
        """Headers for the answer once the client is known; None when the answer was that it is not yet."""
        said = self.headers.get("Authorization", "")
        if said.endswith("secprofile/https/mutual") and self.endpoint._server.context:
            self.known = self.endpoint._server.context.verify_mode == ssl.CERT_REQUIRED
        elif said.partition(" ")[0] in {"Negotiate", "NTLM"}:
            return self.negotiate(*said.split(" ", 1))
        if self.known:
            return []
        self.refuse()
        return None

    def negotiate(self, scheme: str, token: str) -> list[tuple[str, str]] | None:
        try:
            if self.context is None or self.context.complete:
                self.context = self.endpoint.take()
                self.known = False
            answer = self.context.step(base64.b64decode(token))
        except Exception:  # noqa: BLE001 - whatever is wrong, the client is not known
            self.context = None
            self.endpoint.seen.refused += 1
            self.refuse()
            return None
        header = [("WWW-Authenticate", f"{scheme} {base64.b64encode(answer).decode()}")] if answer else []
        if not self.context.complete:
            self.reply(401, b"", *header)
            return None
        self.known = True
        return header

    def refuse(self) -> None:
        self.reply(401, b"", ("WWW-Authenticate", "Negotiate"))
