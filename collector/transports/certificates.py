"""The certificates of WinRM listeners that were accepted: one file, a line a host, as known_hosts is for SSH."""

import hashlib
import re
import socket
import ssl
from pathlib import Path

from collector.transports import TransportError

_LINE = re.compile(r"(?P<place>\S+) (?P<pin>SHA256:[0-9a-f]{64})")
NEW = "new"


def fingerprint(certificate: bytes) -> str:
    """How people compare a certificate: SHA256: and the digest of its DER form in hexadecimal digits."""
    return f"SHA256:{hashlib.sha256(certificate).hexdigest()}"


def known_pin(file: Path, address: str, port: int) -> str | None:
    """The fingerprint that was accepted for an address and port; raises TransportError on a file that is no list of them."""
    if not file.exists():
        return None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        found = _LINE.fullmatch(line.strip())
        if line.strip() and not found:
            raise TransportError("certificate", f"{file}, line {number}: not an address and a fingerprint; mend or remove it")
        if found and found["place"] == _place(address, port):
            return found["pin"]
    return None


def accept_certificate(file: Path, name: str, address: str, port: int, accepted: str) -> str:
    """The fingerprint that the listener shows, kept for the next time; raises TransportError when it is another one than was accepted.

    accepted: the fingerprint that a person has compared, or "new" for whatever is shown by a host that is not known yet.
    """
    shown = fingerprint(_fetch(name, address, port))
    known = known_pin(file, address, port)
    if known and shown != known and accepted == NEW:
        raise TransportError("certificate", changed(name, known, shown))
    if accepted not in {NEW, shown}:
        raise TransportError(
            "certificate", f"{name}: it shows the certificate {shown}, and {accepted} was expected; nothing was sent to it"
        )
    if shown != known:
        _keep(file, _place(address, port), shown)
    return shown


def _keep(file: Path, place: str, pin: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    others = [line for line in lines if line.split(" ")[0] != place]
    file.touch(mode=0o600)
    file.write_text("".join(f"{line}\n" for line in [*others, f"{place} {pin}"]), encoding="utf-8")


def changed(name: str, known: str, shown: str) -> str:
    """What is said where a host shows another certificate than the accepted one."""
    return (
        f"{name}: its certificate is another one than was accepted ({shown}, not {known}); if the host was given a new one, compare "
        "it there and accept it by its fingerprint: closeout hosts test NAME --accept-certificate SHA256:..."
    )


def _place(address: str, port: int) -> str:
    return f"[{address}]:{port}"


def _fetch(name: str, address: str, port: int) -> bytes:
    """The certificate that the listener shows; nothing is sent to it, and nothing it says is believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((address, port), timeout=15) as plain, context.wrap_socket(plain, server_hostname=address) as tls:
            return tls.getpeercert(binary_form=True) or b""
    except OSError as error:
        why = getattr(error, "strerror", None) or str(error)
        raise TransportError("unreachable", f"{name}: {address}:{port} shows no certificate: {why}; check network and listener") from error
