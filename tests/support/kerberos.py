"""A Kerberos realm of the suite's own: a real MIT KDC on loopback, its files below one folder, and a service that takes its tickets."""

import base64
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple, Self

REALM: Final = "CORP.TEST"
USER, PASSWORD = f"svc-scan@{REALM}", "Made-up 1"
_PLACES: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_PROGRAMS: Final = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
_CLIENT: Final = """[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
"""
_KDC: Final = """[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principals
  key_stash_file = {folder}/stash
 }}
"""


def missing_for_kerberos() -> str:
    """What a realm takes and this machine lacks; empty where nothing is missing."""
    lacking = [name for name in _PROGRAMS if not shutil.which(name, path=_PLACES)]
    return f"no realm can be made here: {', '.join(lacking)} missing (krb5-kdc, krb5-admin-server, krb5-user)" if lacking else ""


class Realm:
    """Runs while the context is entered. services: the hosts whose HTTP service it knows, as WinRM's is called."""

    def __init__(self, folder: Path, services: Sequence[str]) -> None:
        self.folder, self.services = folder, services

    def __enter__(self) -> Self:
        port = _free_port()
        for name, text in (("client.conf", _CLIENT), ("kdc.conf", _KDC)):
            (self.folder / name).write_text(text.format(realm=REALM, port=port, folder=self.folder), encoding="utf-8")
        self._run("kdb5_util", "create", "-s", "-P", "made up")
        self._run("kadmin.local", "addprinc", "-pw", PASSWORD, USER)
        for service in self.services:
            self._run("kadmin.local", "addprinc", "-randkey", f"HTTP/{service}")
            self._run("kadmin.local", "ktadd", "-k", str(self.folder / "services.keytab"), f"HTTP/{service}")
        self._run("kadmin.local", "ktadd", "-norandkey", "-k", str(self.folder / "user.keytab"), USER)
        self._kdc = subprocess.Popen([_find("krb5kdc"), "-n"], env=self._all(), stdout=subprocess.DEVNULL)
        _wait_for(port)
        return self

    def __exit__(self, *_: object) -> None:
        self._kdc.terminate()
        self._kdc.wait(10)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Nobody is told where the KDC is, while the context is entered."""
        file = self.folder / "client.conf"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.partition("[realms]")[0], encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(text, encoding="utf-8")

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process is told to live in this realm, without a ticket and without a key of the user's."""
        return {
            "KRB5_CONFIG": str(self.folder / "client.conf"),
            "KRB5_KTNAME": str(self.folder / "services.keytab"),
            "KRB5_CLIENT_KTNAME": str(self.folder / "none.keytab"),
            "KRB5CCNAME": f"FILE:{self.folder / 'tickets'}",
            "KRB5RCACHENAME": "none:",
        }

    def sign_in(self, *options: str) -> None:
        """Get the user a ticket, as a person does."""
        self._run("kinit", *options, USER, said=PASSWORD)

    def _all(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf")}

    def _run(self, name: str, *words: str, said: str = "") -> None:
        subprocess.run([_find(name), *words], env=self._all(), input=said.encode(), stdout=subprocess.DEVNULL, check=True, timeout=20)


class Wrapped(NamedTuple):
    """An encrypted message as WinRM sends it: header and data apart."""

    header: bytes
    data: bytes


class TicketTaker:
    """The service's side of one connection, in the words of spnego's contexts."""

    def __init__(self, kerberos: ModuleType, service: str) -> None:
        self._kerberos, self.complete = kerberos, False
        _, self._context = kerberos.authGSSServerInit(f"HTTP@{service}")

    def step(self, token: bytes) -> bytes:
        """The answer to a ticket; raises the library's error where it is none for this service."""
        done = self._kerberos.authGSSServerStep(self._context, base64.b64encode(token).decode())
        self.complete = done == self._kerberos.AUTH_GSS_COMPLETE
        return base64.b64decode(self._kerberos.authGSSServerResponse(self._context) or "")

    def wrap_winrm(self, data: bytes) -> Wrapped:
        """Encrypted by the key of the session; both sides' contexts begin with the one that this needs."""
        sealed, header = self._kerberos.authGSSWinRMEncryptMessage(self._context, data.decode())
        return Wrapped(header, sealed)

    def unwrap_winrm(self, header: bytes, data: bytes) -> bytes:
        """The message in an encrypted one."""
        opened: bytes = self._kerberos.authGSSWinRMDecryptMessage(self._context, data, header)
        return opened


def _find(name: str) -> str:
    found = shutil.which(name, path=_PLACES)
    assert found, f"{name} is not installed"
    return found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the KDC did not start")
