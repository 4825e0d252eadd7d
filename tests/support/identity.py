"""What makes a host of a lab itself: name, address, host key, machine-id, and whom it lets in."""

import ctypes
import io
import tarfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.support.base_root import USERS

_SHADOW_GROUP = 42  # the same number on every Debian


def make_host_key() -> tuple[bytes, bytes]:
    """Return a new Ed25519 key pair, private and public, as OpenSSH stores them."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()), public + b"\n"


def hash_password(password: str) -> str:
    """Return the yescrypt hash that Debian's own passwd would store."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt_gensalt.restype = library.crypt.restype = ctypes.c_char_p
    hashed: bytes = library.crypt(password.encode(), library.crypt_gensalt(b"$y$", 0, None, 0))
    return hashed.decode()


@dataclass(frozen=True, slots=True)
class Identity:
    """A host's own name, address, keys and machine-id, beside the client key and password hash that the lab's hosts share."""

    name: str
    address: str
    client_public_key: bytes
    password_hash: str
    host_key: tuple[bytes, bytes] = field(default_factory=make_host_key)
    machine_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def known_hosts_line(self) -> str:
        """The line by which a client knows this host, under its address and its name."""
        kind, key = self.host_key[1].decode().split()[:2]
        return f"{self.address},{self.name} {kind} {key}\n"


def pack_own_files(identity: Identity, base: Path) -> bytes:
    """Return a tar archive of the files that set the host apart from the shared root."""
    hosts = f"127.0.0.1\tlocalhost\n{identity.address}\t{identity.name}.lab.test {identity.name}\n"
    shadow = _set_passwords((base / "etc/shadow").read_text(), identity.password_hash)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        _add(archive, _describe("etc/hostname"), f"{identity.name}\n".encode())
        _add(archive, _describe("etc/hosts"), hosts.encode())
        _add(archive, _describe("etc/machine-id", 0o444), f"{identity.machine_id}\n".encode())
        _add(archive, _describe("etc/shadow", 0o640, group=_SHADOW_GROUP), shadow.encode())
        _add(archive, _describe("etc/ssh/ssh_host_ed25519_key", 0o600), identity.host_key[0])
        _add(archive, _describe("etc/ssh/ssh_host_ed25519_key.pub"), identity.host_key[1])
        for user, uid in USERS.items():
            _add_authorized_key(archive, user, uid, identity.client_public_key)
    return buffer.getvalue()


def _set_passwords(shadow: str, password_hash: str) -> str:
    """Return /etc/shadow with the hash for every user of the lab but root."""
    lines = [line.split(":") for line in shadow.splitlines()]
    for fields in lines:
        if fields[0] in USERS and fields[0] != "root":
            fields[1] = password_hash
    return "".join(":".join(fields) + "\n" for fields in lines)


def _add_authorized_key(archive: tarfile.TarFile, user: str, uid: int, public_key: bytes) -> None:
    folder = "root/.ssh" if user == "root" else f"home/{user}/.ssh"
    directory = _describe(folder, 0o700, owner=uid)
    directory.type = tarfile.DIRTYPE
    archive.addfile(directory)
    _add(archive, _describe(f"{folder}/authorized_keys", 0o600, owner=uid), public_key)


def _describe(path: str, mode: int = 0o644, *, owner: int = 0, group: int = 0) -> tarfile.TarInfo:
    """Return an archive's entry for a file of this moment."""
    entry = tarfile.TarInfo(path)
    entry.mode, entry.uid, entry.gid, entry.mtime = mode, owner, group, time.time()
    return entry


def _add(archive: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
