"""A TLS server in front of closeout, as a proxy is in use: it forwards what it decrypts, and remembers it."""

import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_CHUNK = 65536


def make_certificate(directory: Path, address: str) -> Path:
    """A file with a new key and a certificate for an address that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "closeout test server")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, SHA256())
    )
    file = directory / f"server-{certificate.serial_number}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


@dataclass
class TlsFront:
    """Listens at an address while the context is entered. answer: what is sent in place of asking the server behind."""

    address: str
    certificate: Path
    behind: tuple[str, int] = ("127.0.0.1", 0)
    answer: bytes | None = None
    requests: list[bytearray] = field(default_factory=list)
    listener: socket.socket = field(default_factory=socket.socket)

    @property
    def url(self) -> str:
        """The address as hosts are told it."""
        return f"https://{self.address}:{self.listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self.listener.bind((self.address, 0))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(context, connection), daemon=True).start()

    def _serve(self, context: ssl.SSLContext, connection: socket.socket) -> None:
        with suppress(OSError), connection, context.wrap_socket(connection, server_side=True) as client:
            request = bytearray()
            self.requests.append(request)
            if self.answer is not None:
                self._answer(client, request, self.answer)
                return
            with socket.create_connection(self.behind) as server:
                threading.Thread(target=_pump, args=(server, client), daemon=True).start()
                while data := client.recv(_CHUNK):
                    request.extend(data)
                    server.sendall(data)

    @staticmethod
    def _answer(client: ssl.SSLSocket, request: bytearray, answer: bytes) -> None:
        """Read the head of the request and as much body as it announces, then say what the test wants said."""
        while b"\r\n\r\n" not in request:
            request.extend(client.recv(_CHUNK))
        head, _, _ = bytes(request).partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        while len(request) < len(head) + 4 + length:
            request.extend(client.recv(_CHUNK))
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)


def _pump(source: socket.socket, target: ssl.SSLSocket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
