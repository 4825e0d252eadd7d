"""A server behind TLS, and hosts of the lab that install its agent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.support.command import Closeout
from tests.support.host import Host
from tests.support.lab import Lab
from tests.support.tls import TlsFront, make_certificate

RUN = "sh /usr/local/lib/closeout-agent/closeout-agent.sh run"
CHECK = "ssh-root-login"
DROP_IN = "/etc/ssh/sshd_config.d/10-closeout.conf"
WEAK, GOOD = "PermitRootLogin yes\n", "PermitRootLogin no\n"


@dataclass
class Site:
    """A server with its pages behind TLS, and the command over the same data."""

    closeout: Closeout
    front: TlsFront
    directory: Path
    names: list[str] = field(default_factory=list)

    def package(self, certificate: Path | None = None) -> bytes:
        """The package for a server that shows the certificate of this one, unless another is asked for."""
        shown = certificate or self.front.certificate
        target = self.directory / f"agent-{shown.stem}.tar"
        if not target.exists():
            self.closeout.say("agents", "package", "-o", target, "--certificate", shown)
        return target.read_bytes()

    def token(self, name: str | None = None) -> str:
        return str(self.closeout("agents", "token", *(("--host", name) if name else ()))["token"])

    def agents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.closeout("agents", "list")
        return found

    def approve(self, host: Host, name: str) -> str:
        """Approve the newest agent for a new host of the inventory, when its key is what the host printed; gives its id."""
        newest = self.agents()[-1]
        assert newest["state"] == "pending"
        assert newest["key"] == host.run("openssl ec -in /var/lib/closeout-agent/key.pem -pubout -outform DER | sha256sum").stdout[:64]
        self.closeout.say("agents", "approve", newest["id"], "--host", name, "--add")
        self.names.append(name)
        return str(newest["id"])

    def receipts(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.closeout("receipts", "list", name)
        return found

    def refused(self) -> list[str]:
        return [row["why"] for row in self.closeout("agents", "refusals")]


def unpack(host: Host, package: bytes) -> None:
    host.run("mkdir -p /root/unpacked && tar -x -f - -C /root/unpacked", stdin=package)


def install(host: Host, package: bytes, token: str, *, check: bool = True) -> CompletedProcess[str]:
    unpack(host, package)
    return host.run("cd /root/unpacked/closeout-agent && sh install.sh", stdin=f"{token}\n", check=check)


@pytest.fixture(scope="module")
def site(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server for the tests of a module."""
    directory = tmp_path_factory.mktemp("site")
    address = re.sub(r"\.\d+$", ".1", lab.hosts[0].address)
    closeout = Closeout(directory / "data")
    with TlsFront(address, make_certificate(directory, address)) as front, pytest.MonkeyPatch.context() as environment:
        environment.setenv("CLOSEOUT_URL", front.url)
        server = closeout.start("serve", "--port", "0")
        try:
            assert server.stderr
            said = next(line for line in server.stderr if "the pages: " in line)
            front.behind = ("127.0.0.1", int(said.strip().rpartition(":")[2]))
            yield Site(closeout, front, directory)
        finally:
            server.terminate()
            server.communicate(timeout=30)
