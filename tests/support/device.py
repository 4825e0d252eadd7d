"""A host with an agent on it, as it speaks to the server: the protocol of the agents, written a second time."""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone

from collector.canonical import sha256
from server.envelope import STATUS
from server.models import System
from server.views.agents import ENROLMENT_TYPE, UPLOAD_TYPE

VOLATILE = re.compile(rb"^begin \S+ volatile.*?^end [^\n]*\n", re.MULTILINE | re.DOTALL)


def changes_of(raw: bytes) -> bytes:
    return b"".join(VOLATILE.findall(raw))


@dataclass
class Device:
    """A host with a key of its own, as the agent on it speaks to the server."""

    system: System
    token: str
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    sequence: int = 1000

    @property
    def id(self) -> UUID:
        return UUID(self.token.partition(".")[0])

    def sign(self, text: bytes) -> str:
        assert isinstance(self.key, ec.EllipticCurvePrivateKey)
        return base64.b64encode(self.key.sign(text, ec.ECDSA(SHA256()))).decode()

    def post(self, place: str, kind: str, body: bytes, **headers: str) -> str:
        answer = Client().post(f"/agent/{self.system.pk}/{place}", body, content_type=kind, headers=headers)
        found = re.fullmatch(r"closeout ([a-z-]+)\n", answer.content.decode())
        assert found, answer.content
        assert (found[1], answer.status_code) in STATUS.items()
        assert not answer.cookies
        return found[1]

    def enrolment(self, secret: str | None = None) -> bytes:
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        said = base64.b64encode(public).decode()
        signed = f"closeout-enrol 1\nhost {self.id}\nsecret {secret or self.token.partition('.')[2]}\nname ws-014\nkey {said}\n"
        signature = self.sign(signed.encode()) if isinstance(self.key, ec.EllipticCurvePrivateKey) else "A" * 96
        return f"{signed}signature {signature}\n".encode()

    def enrol(self, secret: str | None = None) -> str:
        return self.post("enrol", ENROLMENT_TYPE, self.enrolment(secret))

    def head(self, digest: str, what: str, time: datetime | None = None) -> bytes:
        moment = time or timezone.now()
        signed = f"closeout-upload 1\nhost {self.id}\ntime {moment:%Y-%m-%dT%H:%M:%SZ}\nsequence {self.sequence}\ndigest {digest}\n"
        return f"{signed}signature {self.sign(signed.encode())}\n{what}\n\n".encode()

    def request(self, raw: bytes, time: datetime | None = None) -> bytes:
        self.sequence += 1
        return self.head(sha256(raw), "whole", time) + raw

    def changes(self, raw: bytes, known: bytes, time: datetime | None = None) -> bytes:
        self.sequence += 1
        return self.head(sha256(raw), f"changes {sha256(known)}", time) + changes_of(raw)

    def send(self, body: bytes, kind: str = UPLOAD_TYPE, **headers: str) -> str:
        return self.post("upload", kind, body, **headers)
