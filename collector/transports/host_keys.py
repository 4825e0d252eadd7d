"""Host keys: known or refused. A first contact is accepted only by a person's explicit choice."""

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey

from collector.transports import TransportError

_writing = threading.Lock()
_HASHED = re.compile(r"\|1\|[A-Za-z0-9+/]{27}=\|[A-Za-z0-9+/]{27}=")


def fingerprint(key: paramiko.PKey) -> str:
    """SHA256:... as ssh-keygen -l prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def enforce_host_key(client: paramiko.SSHClient, host: str, known_hosts: Path, accept: str | None, name: str) -> None:
    """Make the client refuse keys that are not in known_hosts, but for a first contact that accept allows.

    host: as known_hosts has it, [ADDRESS]:PORT where the port is not 22. accept: None, a fingerprint that a person has compared,
    or "new". A changed key is refused whatever accept says.
    """
    known = client.get_host_keys()
    for key in _known_keys(known_hosts, host):
        if not known.check(host, key) and key.get_name() not in (known.lookup(host) or {}):
            known.add(host, key.get_name(), key)
    client.set_missing_host_key_policy(_FirstContact(known_hosts, accept, name))


def _known_keys(known_hosts: Path, host: str) -> Iterator[paramiko.PKey]:
    """The keys of one host alone: to read those of all others at every connection costs more than the connection."""
    try:
        lines = known_hosts.read_text("utf-8").splitlines() if known_hosts.exists() else []
        for line in map(str.strip, lines):
            entry = HostKeyEntry.from_line(line) if _names(line, host) else None
            if entry is not None and entry.key is not None:
                yield entry.key
    except (OSError, ValueError, paramiko.SSHException, InvalidHostKey) as error:
        raise TransportError("host-key", f"{known_hosts}: cannot be read as known hosts: {error}") from error


def _names(line: str, host: str) -> bool:
    names = line.replace("\t", " ").partition(" ")[0].split(",")
    return any(one == host or (_HASHED.fullmatch(one) and HostKeys.hash_host(host, one) == one) for one in names)


class _FirstContact(paramiko.MissingHostKeyPolicy):
    """Refuse a key that is not known, or write down the one that was accepted."""

    def __init__(self, known_hosts: Path, accept: str | None, name: str) -> None:
        self.known_hosts = known_hosts
        self.accept = accept
        self.name = name

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        del client
        shown = fingerprint(key)
        if self.accept not in ("new", shown):
            raise TransportError(
                "host-key",
                f"{self.name}: its host key is not known: {key.get_name()} {shown}. Compare it with `ssh-keygen -lf "
                f"/etc/ssh/ssh_host_*_key.pub` there, then accept it: `closeout hosts test {self.name} --accept-host-key {shown}`",
            )
        with _writing, self.known_hosts.open("a", encoding="ascii") as file:
            file.write(f"{hostname} {key.get_name()} {key.get_base64()}\n")
