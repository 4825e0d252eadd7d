"""The package that is unpacked on a host to install the agent: scripts, units, and which server it talks to. No secret is in it."""

import base64
import hashlib
import io
import re
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from checks.load import load_content
from server import store
from server.assess import make_assessor, sources_for
from server.errors import ServerError
from server.models import System

FILES = ("install.sh", "closeout-agent.sh", "closeout-agent.service", "closeout-agent.timer")
_HERE = Path(__file__).parent
_PLACES = (_HERE / "agent_files" / "linux", _HERE.parent / "deploy" / "agent" / "linux")  # installed, or run from the source tree
_PIN = re.compile(r"sha256//[A-Za-z0-9+/]{43}=")
_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._/-]*)?")


def build_package(system: System, url: str, pin: str, now: datetime) -> bytes:
    """A tar archive with one directory, closeout-agent, for hosts of a system; its collection script is kept as issued.

    url: the address that the hosts reach this server at; pin: what pin_of gives for the certificate shown there.
    Raises ServerError on an address without TLS and on a pin that is none.
    """
    if not _URL.fullmatch(url):
        raise ServerError(f"agents need an address like https://closeout.example.org, not {url!r}; set CLOSEOUT_URL or give --url")
    if not _PIN.fullmatch(pin):
        raise ServerError(f"{pin!r} is no pin; it looks like sha256// and 44 characters of base64, see --certificate")
    script = store.issue_script(system, "linux", sources_for(make_assessor(system, load_content()), "linux"), now)
    conf = f"url {url.rstrip('/')}/agent/{system.pk}\npin {pin}\n"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in (*_files(), ("collect.sh", script.encode()), ("server.conf", conf.encode())):
            entry = tarfile.TarInfo(f"closeout-agent/{name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o644, int(now.timestamp())
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def pin_of(certificate: bytes) -> str:
    """The pin of a server: the SHA-256 of the public key in its PEM certificate, as curl takes it; raises ServerError."""
    try:
        key = load_pem_x509_certificate(certificate).public_key()
    except ValueError as error:
        raise ServerError("this is no certificate in PEM; give the one that the TLS server in front of closeout shows") from error
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256//{base64.b64encode(hashlib.sha256(spki).digest()).decode()}"


def _files() -> Iterator[tuple[str, bytes]]:
    place = next((one for one in _PLACES if one.is_dir()), None)
    if place is None:
        raise ServerError("the files of the agent are not part of this installation; install closeout again")
    for name in FILES:
        yield name, (place / name).read_bytes()
