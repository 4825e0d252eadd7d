"""The package that is unpacked on a host to install the agent: its scripts, and which server it talks to. No secret is in it."""

import base64
import hashlib
import io
import re
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from django.conf import settings

from server import store
from server.assess import make_assessor, sources_for
from server.content import present_content
from server.errors import ServerError
from server.models import System

_HERE = Path(__file__).parent
_PLACES = (_HERE / "agent_files", _HERE.parent / "deploy" / "agent")  # installed, or run from the source tree
_PIN = re.compile(r"sha256//[A-Za-z0-9+/]{43}=")
_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._/-]*)?")
Files = Sequence[tuple[str, bytes]]  # name within the package -> content


def _tar(files: Files, now: datetime) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), 0o644, int(now.timestamp())
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def _zip(files: Files, now: datetime) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files:
            entry = zipfile.ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            package.writestr(entry, content)
    return archive.getvalue()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a package of a platform is made of. install: what a person does with it on the host, {} being its name."""

    files: tuple[str, ...]
    collector: str
    pack: Callable[[Files, datetime], bytes]
    install: str
    ending: str


KINDS: Mapping[str, Kind] = {
    "linux": Kind(
        files=("install.sh", "closeout-agent.sh", "closeout-agent.service", "closeout-agent.timer"),
        collector="collect.sh",
        pack=_tar,
        install="as root: tar -xf {} && cd closeout-agent && sh install.sh",
        ending="tar",
    ),
    "windows": Kind(
        files=("install.ps1", "closeout-agent.ps1"),
        collector="collect.ps1",
        pack=_zip,
        install=(
            "as an administrator: Expand-Archive {} . ; cd closeout-agent ; "
            "powershell.exe -NoProfile -ExecutionPolicy Bypass -File install.ps1"
        ),
        ending="zip",
    ),
}


def kind_of(platform: str) -> Kind:
    """What a package of a platform is made of; raises ServerError where there is no agent for it."""
    if platform not in KINDS:
        raise ServerError(f"there is no agent for {platform!r}; choose one of {', '.join(KINDS)}")
    return KINDS[platform]


def build_package(system: System, platform: str, url: str, pin: str, now: datetime) -> bytes:
    """An archive with one directory, closeout-agent, for hosts of a system; its collection script is kept as issued.

    url: the address that the hosts reach this server at; pin: what pin_of gives for the certificate shown there.
    Raises ServerError on an address without TLS and on a pin that is none.
    """
    if not _URL.fullmatch(url):
        raise ServerError(f"agents need an address like https://closeout.example.org, not {url!r}; set CLOSEOUT_URL or give --url")
    if not _PIN.fullmatch(pin):
        raise ServerError(f"{pin!r} is no pin; it looks like sha256// and 44 characters of base64, see --certificate")
    kind = kind_of(platform)
    script = store.issue_script(system, platform, sources_for(make_assessor(system, present_content()), platform), now)
    conf = f"url {url.rstrip('/')}/agent/{system.pk}\npin {pin}\n"
    files = [*_files(platform, kind), (kind.collector, script.encode()), ("server.conf", conf.encode())]
    return kind.pack([(f"closeout-agent/{name}", content) for name, content in files], now)


def pin_of(certificate: bytes) -> str:
    """The pin of a server: the SHA-256 of the public key in its PEM certificate, as curl takes it; raises ServerError."""
    try:
        key = load_pem_x509_certificate(certificate).public_key()
    except ValueError as error:
        raise ServerError("this is no certificate in PEM; give the one that the TLS server in front of closeout shows") from error
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256//{base64.b64encode(hashlib.sha256(spki).digest()).decode()}"


def served_certificate() -> str:
    """The certificate, and nothing else, of the file that CLOSEOUT_CERTIFICATE names, in PEM; empty where there is none to be read."""
    if not settings.CERTIFICATE_FILE:
        return ""
    try:
        return load_pem_x509_certificate(Path(settings.CERTIFICATE_FILE).read_bytes()).public_bytes(Encoding.PEM).decode()
    except (OSError, ValueError):
        return ""


def _files(platform: str, kind: Kind) -> Files:
    place = next((one / platform for one in _PLACES if (one / platform).is_dir()), None)
    if place is None:
        raise ServerError("the files of the agent are not part of this installation; install closeout again")
    return [(name, (place / name).read_bytes()) for name in kind.files]
