"""The Windows agent, its steps written a second time in Python: no PowerShell runs here, so its own texts and forms are read out of it.

Each function stands for the one of deploy/agent/windows/closeout-agent.ps1 that its docstring names.
"""

import base64
import re
import socket
import ssl
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate
from django.utils import timezone

from collector.canonical import sha256

FILES = Path(__file__).parents[2] / "deploy" / "agent" / "windows"
TEXT = (FILES / "closeout-agent.ps1").read_text()


def constant(name: str) -> str:
    """A text of the agent by the name of its variable."""
    found = re.search(rf"^\${name} = (?:'([^'\n]*)'|\"([^\"\n]*)\")$", TEXT, re.MULTILINE)
    assert found, f"the agent has no ${name}"
    if found[2] is None:
        return found[1]
    return found[2].replace("`r", "\r").replace("`n", "\n")


def form(name: str) -> re.Pattern[str]:
    """A regular expression of the agent; .NET and Python differ in how a group is named and in the word for the end."""
    return re.compile(constant(name).replace("(?<", "(?P<").replace(r"\z", r"\Z"), re.ASCII)


def join_der(tag: int, content: bytes) -> bytes:
    """Join-Der"""
    length = len(content)
    head = bytes([tag, length]) if length <= 127 else bytes([tag, 0x81, length]) if length <= 255 else b""
    return (head or bytes([tag, 0x82, length >> 8, length & 255])) + content


def format_integer(number: bytes) -> bytes:
    """Format-Integer"""
    start = 0
    while start < len(number) - 1 and number[start] == 0:
        start += 1
    digits = number[start:]
    return join_der(2, b"\0" + digits if digits[0] > 127 else digits)


def format_signature(raw: bytes) -> bytes:
    """Format-Signature"""
    return join_der(0x30, format_integer(raw[:32]) + format_integer(raw[32:64]))


def encode_oid(dotted: str) -> bytes:
    """CryptoConfig.EncodeOID of .NET"""
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for number in (first * 40 + second, *rest):
        digits = [number & 127]
        while number := number >> 7:
            digits.append(128 | (number & 127))
        content += bytes(reversed(digits))
    return join_der(6, content)


def format_public_key(algorithm: str, parameters: bytes, key: bytes) -> bytes:
    """Format-PublicKey"""
    return join_der(0x30, join_der(0x30, encode_oid(algorithm) + parameters) + join_der(3, b"\0" + key))


def get_public_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Get-PublicKey, from the blob that Windows exports: ECS1, a length, x and y."""
    numbers = key.public_key().public_numbers()
    blob = b"ECS1" + (32).to_bytes(4, "little") + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return format_public_key("1.2.840.10045.2.1", encode_oid("1.2.840.10045.3.1.7"), b"\x04" + blob[8:72])


def get_raw_signature(key: ec.EllipticCurvePrivateKey, text: bytes) -> bytes:
    """Get-RawSignature: Windows gives r and s, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(text, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def expand_bundle(printed: str) -> bytes:
    """Expand-Bundle"""
    first = "closeout-bundle-gzip 1"
    start, end = printed.index(first) + len(first), printed.rindex("\nfinish")
    return zlib.decompress(base64.b64decode("".join(printed[start:end].split()), validate=True), 16 + zlib.MAX_WBITS)


@dataclass
class WindowsAgent:
    """An agent with a key of its own, and the server that its server.conf names."""

    url: str
    pin: str
    token: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    sequence: int = 0
    accepted: tuple[str, str] = ("", "")

    @property
    def id(self) -> str:
        return self.token.partition(".")[0]

    def signature(self, signed: str) -> str:
        return base64.b64encode(format_signature(get_raw_signature(self.key, signed.encode()))).decode()

    def enrol(self) -> str:
        """Invoke-Enrolment"""
        said = form("tokenForm").match(self.token)
        assert said
        public = base64.b64encode(get_public_key(self.key)).decode()
        signed = constant("enrolmentHead").format(said["id"], said["secret"], "WS-014", public)
        return self.send("enrol", "application/vnd.closeout.enrolment", f"{signed}signature {self.signature(signed)}\n".encode())

    def run(self, printed: str) -> tuple[str, str]:
        """Invoke-Run: how it was sent, and the word that the server answered."""
        bundle = expand_bundle(printed)
        text, digest = bundle.decode(), sha256(bundle)
        stable = sha256(form("volatileFrames").sub("", text).encode())
        word = kind = "send-whole"
        if self.accepted[1] and stable == self.accepted[0]:
            changes = "".join(found[0] for found in form("volatileFrames").finditer(text))
            kind, word = "changes", self.upload(digest, f"changes {self.accepted[1]}", changes.encode())
        if word == "send-whole":
            kind, word = "whole", self.upload(digest, "whole", bundle)
        if word == "stored":
            self.accepted = stable, digest
        return kind, word

    def upload(self, digest: str, kind: str, body: bytes) -> str:
        """Join-Upload and Send-Upload"""
        self.sequence = max(self.sequence + 1, int(timezone.now().timestamp()))
        moment = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
        signed = constant("uploadHead").format(self.id, moment, self.sequence, digest)
        head = f"{signed}signature {self.signature(signed)}\n{kind}\n\n"
        return self.send("upload", "application/vnd.closeout.upload", head.encode() + body)

    def send(self, place: str, kind: str, body: bytes) -> str:
        """Send-Request: the word, or "" where nothing was sent because the server shows another key."""
        parts = form("urlForm").match(self.url)
        assert parts
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((parts["host"], int(parts["port"] or 443)), timeout=60) as plain,
            context.wrap_socket(plain, server_hostname=parts["host"]) as tls,
        ):
            if pin_shown(tls.getpeercert(binary_form=True) or b"") != self.pin:
                return ""
            head = constant("requestHead").format(parts["path"], place, parts["authority"], kind, len(body))
            tls.sendall(head.encode() + body)
            return read_word(tls)


def read_word(tls: ssl.SSLSocket) -> str:
    """Read-Word; "no answer of ours" where the agent would end."""
    said = b""
    while len(said) < 65536 and (data := tls.recv(65536 - len(said))):
        said += data
        if found := form("answerForm").match(said.decode("ascii", "replace")):
            return found["word"]
    return "no answer of ours"


def pin_shown(certificate: bytes) -> str:
    """Get-Pin, from the parts of the key that .NET tells of a certificate."""
    algorithm, parameters, key = public_key_parts(certificate)
    digest = bytes.fromhex(sha256(format_public_key(algorithm, parameters, key)))
    return f"sha256//{base64.b64encode(digest).decode()}"


def public_key_parts(certificate: bytes) -> tuple[str, bytes, bytes]:
    """GetKeyAlgorithm, GetKeyAlgorithmParameters and GetPublicKey of .NET: read out of the certificate's own bytes."""
    loaded = load_der_x509_certificate(certificate)
    algorithm = loaded.public_key_algorithm_oid.dotted_string
    within = encode_oid(algorithm)
    place = loaded.tbs_certificate_bytes.index(within, loaded.tbs_certificate_bytes.index(loaded.subject.public_bytes()))
    _, identifier, _ = read_der(loaded.tbs_certificate_bytes, place - 2)
    _, bits, _ = read_der(loaded.tbs_certificate_bytes, place + len(identifier))
    return algorithm, identifier[len(within) :], bits[1:]


def read_der(text: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag, content and end of the value at a place."""
    length, start = text[at + 1], at + 2
    if length > 127:
        start += length & 127
        length = int.from_bytes(text[at + 2 : start], "big")
    return text[at], text[start : start + length], start + length
