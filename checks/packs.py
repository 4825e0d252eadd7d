"""Packs of checks: one file that holds check files, a manifest of their SHA-256, and a signature over it.

A pack is read in memory and never unpacked: nothing in it names a place on this machine. It is a zip archive of

    manifest.json   {"schema", "name", "version", "signer", "files": {path: SHA-256}}, canonical JSON (RFC 8785)
    manifest.sig    ECDSA on P-256 with SHA-256 over the bytes of manifest.json, in DER
    checks/...      the check files that the manifest names, and nothing else

signer is the SHA-256 of the signer's public key (SubjectPublicKeyInfo in DER); whoever reads the pack has that key already.
"""

import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key

from checks.errors import ContentError
from checks.load import SUFFIX, Content, load_directory
from collector.canonical import canonical_bytes, sha256

SCHEMA: Final = "closeout/pack/1"
LARGEST: Final = 20 * 2**20  # bytes of a pack
LARGEST_FILE: Final = 512 * 2**10  # bytes of one file in it
MOST_FILES: Final = 5000
MOST_BYTES: Final = 64 * 2**20  # of all files together
_MANIFEST, _SIGNATURE, _FOLDER = "manifest.json", "manifest.sig", "checks/"
_PATH: Final = re.compile(r"checks/([a-z0-9][a-z0-9_-]{0,63}/){0,4}[a-z0-9][a-z0-9-]{0,99}\.yml")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,39}")
_MADE: Final = (1980, 1, 1, 0, 0, 0)  # the same files make the same pack


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose signature and digests were found good. digest: SHA-256 of its manifest; content: its checks."""

    name: str
    version: str
    signer: str
    digest: str
    content: Content


def key_id(key: EllipticCurvePublicKey) -> str:
    """SHA-256 of a public key in its DER form."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def read_public_key(pem: bytes, name: str) -> EllipticCurvePublicKey:
    """The public key in PEM; raises ContentError for all but a key on the curve P-256."""
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise ContentError(name, 1, (), "not a public key in PEM; write it by openssl ec -in pack.key -pubout") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ContentError(name, 1, (), "not a key on the curve P-256; make one by openssl ecparam -name prime256v1 -genkey -noout")
    return key


def read_private_key(pem: bytes, name: str) -> EllipticCurvePrivateKey:
    """The private key in PEM, without a password; raises ContentError for all but a key on the curve P-256."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise ContentError(name, 1, (), "not a private key in PEM without a password; name one") from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ContentError(name, 1, (), "not a key on the curve P-256; make one by openssl ecparam -name prime256v1 -genkey -noout")
    return key


def make_pack(directory: Path, name: str, version: str, key: EllipticCurvePrivateKey) -> bytes:
    """The pack of a directory of check files; raises ContentError on their mistakes, and on a name or version that may not be."""
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        raise ContentError(name, 1, (), "a pack has a name of words joined by hyphens and a version as in 2026.11; write them so")
    load_directory(directory, str(directory))
    files = {f"{_FOLDER}{path.relative_to(directory).as_posix()}": path.read_bytes() for path in sorted(directory.rglob(f"*{SUFFIX}"))}
    for path in files:
        if not _PATH.fullmatch(path):
            raise ContentError(path, 1, (), "folders and files of a pack are of small letters, digits and hyphens; rename it")
    manifest = canonical_bytes({
        "schema": SCHEMA,
        "name": name,
        "version": version,
        "signer": key_id(key.public_key()),
        "files": {path: sha256(data) for path, data in files.items()},
    })  # fmt: skip
    return _zip({_MANIFEST: manifest, _SIGNATURE: key.sign(manifest, ECDSA(hashes.SHA256())), **files})


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _MADE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read_pack(raw: bytes, name: str, trusted: Mapping[str, EllipticCurvePublicKey]) -> Pack:
    """The pack in these bytes. trusted: key id -> public key.

    Raises ContentError on a pack that is no whole one, is signed by a key that is not trusted, was changed after it was signed, or
    holds anything but check files without mistakes.
    """
    if len(raw) > LARGEST:
        raise ContentError(name, 1, (), f"larger than {LARGEST:,} bytes; split it")
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            files = _read_files(archive, name)
            manifest = _verify(files, name, trusted)
            content = load_directory(zipfile.Path(archive, _FOLDER), f"{name}/{_FOLDER.rstrip('/')}")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        raise ContentError(name, 1, (), f"not a whole zip archive ({error}); get it again") from error
    return Pack(manifest["name"], manifest["version"], manifest["signer"], sha256(files[_MANIFEST]), content)


def _read_files(archive: zipfile.ZipFile, name: str) -> dict[str, bytes]:
    """Every file by its name, each read up to its bound, whatever its head says of its size."""
    files: dict[str, bytes] = {}
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise ContentError(name, 1, (), f"holds more than {MOST_FILES} files; split it")
    for entry in entries:
        _refuse_entry(entry, name)
        if entry.filename in files:
            raise ContentError(name, 1, (), f"holds {entry.filename} twice; get it again from who made it")
        with archive.open(entry) as stream:
            files[entry.filename] = stream.read(LARGEST_FILE + 1)
        if len(files[entry.filename]) > LARGEST_FILE or sum(map(len, files.values())) > MOST_BYTES:
            raise ContentError(name, 1, (), f"{entry.filename} unpacks to more than a check file may have; do not use this pack")
    return files


def _refuse_entry(entry: zipfile.ZipInfo, name: str) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.filename not in {_MANIFEST, _SIGNATURE} and not _PATH.fullmatch(entry.filename):
        raise ContentError(name, 1, (), f"holds {entry.filename!r}, which is no check file of a pack; do not use this pack")
    if kind not in {0, stat.S_IFREG} or entry.flag_bits & 1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ContentError(name, 1, (), f"{entry.filename} is a link, encrypted or packed in a strange way; do not use this pack")


def _verify(files: Mapping[str, bytes], name: str, trusted: Mapping[str, EllipticCurvePublicKey]) -> Mapping[str, Any]:
    """The manifest, once its signature and every digest in it were found good."""
    missing = [part for part in (_MANIFEST, _SIGNATURE) if part not in files]
    if missing:
        raise ContentError(name, 1, (), f"lacks {missing[0]}; it is no pack of checks")
    manifest = _read_manifest(files[_MANIFEST], name)
    signer = str(manifest["signer"])
    if signer not in trusted:
        raise ContentError(
            name, 1, (), f"signed by a key that is not trusted here ({signer[:16]}); closeout checks trust KEY, if you know it"
        )
    try:
        trusted[signer].verify(files[_SIGNATURE], files[_MANIFEST], ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise ContentError(name, 1, (), "the signature is not over this manifest; do not use this pack") from error
    held = {path: sha256(data) for path, data in files.items() if path not in {_MANIFEST, _SIGNATURE}}
    for path in sorted(set(held) ^ set(manifest["files"])) or [path for path, digest in held.items() if manifest["files"][path] != digest]:
        raise ContentError(name, 1, (), f"{path} is not what was signed; do not use this pack")
    return manifest


def _read_manifest(raw: bytes, name: str) -> Mapping[str, Any]:
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ContentError(name, 1, (), "its manifest is not JSON; do not use this pack") from error
    if not isinstance(manifest, dict) or list(_manifest_faults(manifest)):
        raise ContentError(name, 1, (), "its manifest is not one of a pack of checks that this version reads; do not use this pack")
    return manifest


def _manifest_faults(manifest: Mapping[str, Any]) -> Iterator[str]:
    if set(manifest) != {"schema", "name", "version", "signer", "files"} or manifest["schema"] != SCHEMA:
        yield "schema"
    elif not isinstance(manifest["files"], dict) or not manifest["files"]:
        yield "files"
    elif not _NAME.fullmatch(str(manifest["name"])) or not _VERSION.fullmatch(str(manifest["version"])):
        yield "name"
