"""Host keys: known or refused. A first contact is accepted only by a person's explicit choice."""

import base64
import hashlib
import threading
from pathlib import Path

import paramiko

from collector.transports import TransportError

_writing = threading.Lock()


def fingerprint(key: paramiko.PKey) -> str:
    """SHA256:... as ssh-keygen -l prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def enforce_host_key(client: paramiko.SSHClient, known_hosts: Path, accept: str | None, name: str) -> None:
    """Make the client refuse keys that are not in known_hosts, but for a first contact that accept allows.

    accept: None, a fingerprint that a person has compared, or "new". A changed key is refused whatever accept says.
    """
    if known_hosts.exists():
        try:
            client.load_host_keys(str(known_hosts))
        except (OSError, ValueError, paramiko.SSHException) as error:
            raise TransportError("host-key", f"{known_hosts}: cannot be read as known hosts: {error}") from error
    client.set_missing_host_key_policy(_FirstContact(known_hosts, accept, name))


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
