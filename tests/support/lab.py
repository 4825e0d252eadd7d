r"""Real Debian hosts on one machine: each with its own root file system, processes, network card, host key and SSH server.

    with Lab(2) as lab:
        host = lab.hosts[0]
        host.write("/etc/ssh/sshd_config.d/10-root.conf", "PermitRootLogin yes\n")
        print(host.run("sshd -T").stdout)

Every host has the users `root`, `scan` (sudo without a password), `ask` (sudo with one), `plain` (no sudo) and `tty` (sudo
without a password, from a terminal only). All let `lab.key` in; all but root have the password `lab.password`.

It needs root. Whoever is not runs the suite as a whole by `sudo -n make test`, as .ci/run does where sudo asks for no password.
A lab lives in the private network of the test process (see tests.support.network): enter it before threads are started.
The kernel ends the hosts, their mounts and their networks with the process that made them, even when that is killed.
"""

import itertools
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.support.base_root import prepare_base_root
from tests.support.host import Host, Place, change_links
from tests.support.identity import Identity, hash_password, make_host_key
from tests.support.network import enter_private_network

_MOST_HOSTS = 250  # addresses of one /24

# Two labs in one process need two networks; other processes have their own and may use the same numbers.
_networks = itertools.count(77)


class Lab:
    """Debian hosts that run while the context is entered; raises SupportError where the machine cannot give them."""

    def __init__(self, size: int = 2, more_packages: Sequence[str] = ()) -> None:
        if not 1 <= size <= _MOST_HOSTS:
            raise ValueError(f"a lab has 1 to {_MOST_HOSTS} hosts, not {size}")
        self._size = size
        self._more_packages = more_packages
        self._clean_up = ExitStack()
        self.hosts: tuple[Host, ...] = ()
        self.password = secrets.token_urlsafe(16)
        self.key = Path()
        self.known_hosts = Path()

    def __enter__(self) -> Self:
        """Start all hosts; when one does not start, none is left."""
        enter_private_network()
        base = prepare_base_root(self._more_packages)
        with ExitStack() as clean_up:
            directory = Path(clean_up.enter_context(tempfile.TemporaryDirectory(prefix="closeout-lab-")))
            self._start(base, directory, clean_up)
            self._clean_up = clean_up.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End all hosts and remove what they left."""
        self._clean_up.close()

    def _start(self, base: Path, directory: Path, clean_up: ExitStack) -> None:
        number = next(_networks)
        bridge = f"lab{number}"
        # Its own card address, because a bridge without one takes that of a port, and a host that is started afresh changes it for all.
        card = f"02:00:0a:d5:{number:02x}:01"
        change_links(
            f"link add {bridge} address {card} type bridge", f"address add 10.213.{number}.1/24 dev {bridge}", f"link set {bridge} up"
        )
        clean_up.callback(change_links, f"link delete {bridge}")
        identities = self._make_identities(directory, f"10.213.{number}")
        places = [Place(base, directory / identity.name, bridge, f"{bridge}-{i}") for i, identity in enumerate(identities, 1)]
        self.hosts = tuple(Host(identity, place) for identity, place in zip(identities, places, strict=True))
        for host in self.hosts:
            clean_up.callback(host.stop)
            host.spawn()
        for host in self.hosts:
            host.finish_start()

    def _make_identities(self, directory: Path, network: str) -> list[Identity]:
        """Return one identity a host, and write the client key and the known hosts beside them."""
        private, public = make_host_key()
        self.key = directory / "id_ed25519"
        self.key.touch(mode=0o600)
        self.key.write_bytes(private)
        password_hash = hash_password(self.password)
        identities = [Identity(f"host{i}", f"{network}.{i + 1}", public, password_hash) for i in range(1, self._size + 1)]
        self.known_hosts = directory / "known_hosts"
        self.known_hosts.write_text("".join(identity.known_hosts_line for identity in identities))
        return identities
