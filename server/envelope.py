"""What an agent sends: a head of fixed lines, signed by the key of the host, and the bundle or what of it differs.

    closeout-upload 1
    host <the agent's id>
    time 2026-11-23T13:51:00Z
    sequence 1795441860
    digest <SHA-256 of the whole bundle>
    signature <base64 of a DER signature over the five lines above>
    whole                                  or: changes <SHA-256 of a bundle that was taken in before>
                                           <- an empty line, then the bundle, or its volatile frames only

The signature covers the whole bundle either way: the server puts the frames into the bundle that this host sent before, and
takes the result only when it is what the host signed.
"""

import base64
import re
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from server.errors import ServerError

Word = Literal[
    "stored", "enrolled", "malformed", "wrong-type", "no-length", "too-large", "slow-down", "unknown", "foreign", "pending", "revoked",
    "retired", "replayed", "stale", "damaged", "send-whole", "cut", "unknown-script", "other-platform", "wrong-key", "token-used",
    "token-expired", "trouble",
]  # fmt: skip
STATUS: Final[Mapping[Word, int]] = {
    "stored": 200,
    "enrolled": 202,
    "malformed": 400,
    "wrong-key": 400,
    "damaged": 400,
    "foreign": 403,
    "pending": 403,
    "revoked": 403,
    "retired": 403,
    "token-used": 403,
    "token-expired": 403,
    "unknown": 404,
    "replayed": 409,
    "stale": 409,
    "send-whole": 409,
    "no-length": 411,
    "too-large": 413,
    "wrong-type": 415,
    "cut": 422,
    "unknown-script": 422,
    "other-platform": 422,
    "slow-down": 429,
    "trouble": 500,
}
LONGEST_HEAD = 1024
LONGEST_ENROLMENT = 2048
_UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_BASE64 = rb"[A-Za-z0-9+/]{40,400}={0,2}"
_UPLOAD = re.compile(
    rb"(?P<signed>closeout-upload 1\nhost (?P<host>" + _UUID + rb")\ntime (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n"
    rb"sequence (?P<sequence>[1-9]\d{0,17})\ndigest (?P<digest>[0-9a-f]{64})\n)"
    rb"signature (?P<signature>" + _BASE64 + rb")\n(?:whole|changes (?P<known>[0-9a-f]{64}))\n\n"
)
_ENROLMENT = re.compile(
    rb"(?P<signed>closeout-enrol 1\nhost (?P<host>" + _UUID + rb")\nsecret (?P<secret>[A-Za-z0-9_-]{43})\n"
    rb"name (?P<name>[A-Za-z0-9._-]{1,255})\nkey (?P<key>" + _BASE64 + rb")\n)signature (?P<signature>" + _BASE64 + rb")\n"
)
_MARKS = re.compile(rb"^(?=begin |finish )", re.MULTILINE)
_VOLATILE = re.compile(rb"begin (\S+) volatile[ \n]")


class AgentRefusedError(ServerError):
    """A request of an agent is not taken; word is what it is answered with, the message is for the log."""

    def __init__(self, word: Word, sentence: str, sequence: int | None = None) -> None:
        super().__init__(sentence)
        self.word: Word = word
        self.sequence = sequence


@dataclass(frozen=True, slots=True)
class Upload:
    """The head of an upload. signed: the very bytes under the signature. known: the bundle that the frames belong into."""

    host: UUID
    time: datetime
    sequence: int
    digest: str
    known: str | None
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """What a host says of itself when it enrols; key: SubjectPublicKeyInfo in DER, proven by the signature."""

    host: UUID
    secret: str
    name: str
    key: bytes


def read_upload(start: bytes) -> tuple[Upload, bytes]:
    """The head of an upload from its first bytes, and what of the body stands behind it; raises AgentRefusedError."""
    found = _UPLOAD.match(start)
    if not found:
        raise AgentRefusedError("malformed", "the head of the upload is not as this version writes it")
    try:
        time = datetime.strptime(found["time"].decode(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise AgentRefusedError("malformed", "the time in the head of the upload is none") from error
    known = found["known"].decode() if found["known"] else None
    upload = Upload(
        host=UUID(found["host"].decode()),
        time=time,
        sequence=int(found["sequence"]),
        digest=found["digest"].decode(),
        known=known,
        signed=found["signed"],
        signature=_decode(found["signature"]),
    )
    return upload, start[found.end() :]


def read_enrolment(body: bytes) -> EnrolmentRequest:
    """What a host sent to enrol, with its key proven to be its own; raises AgentRefusedError."""
    found = _ENROLMENT.fullmatch(body)
    if not found:
        raise AgentRefusedError("malformed", "the enrolment is not as this version writes it")
    key = read_public_key(_decode(found["key"]))
    if not is_signed(key, _decode(found["signature"]), found["signed"]):
        raise AgentRefusedError("foreign", "the enrolment is not signed by the key in it")
    return EnrolmentRequest(UUID(found["host"].decode()), found["secret"].decode(), found["name"].decode(), key)


def read_public_key(der: bytes) -> bytes:
    """The key in its one DER form; raises AgentRefusedError for all but a key on the curve P-256."""
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise AgentRefusedError("wrong-key", "the key is no public key that can be read") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise AgentRefusedError("wrong-key", "the key is not on the curve P-256")
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_signed(public_key: bytes, signature: bytes, text: bytes) -> bool:
    """True when the key signed the text: ECDSA with SHA-256, the signature in DER."""
    key = load_der_public_key(public_key)
    if not isinstance(key, EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, text, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def insert_changes(base: bytes, changes: bytes) -> bytes | None:
    """The bundle with its volatile frames replaced by these, one for one; None where they are not the same frames in the same order."""
    fresh = [piece for piece in _MARKS.split(changes) if piece]
    parts = _MARKS.split(base)
    places = [place for place, part in enumerate(parts) if _volatile_name(part)]
    if [_volatile_name(piece) for piece in fresh] != [_volatile_name(parts[place]) for place in places]:
        return None
    for place, piece in zip(places, fresh, strict=True):
        parts[place] = piece
    return b"".join(parts)


def _volatile_name(piece: bytes) -> bytes | None:
    found = _VOLATILE.match(piece)
    return found[1] if found else None


def _decode(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except Base64Error as error:
        raise AgentRefusedError("malformed", "what should be base64 is not") from error
