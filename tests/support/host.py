"""One Debian host of a lab: a process tree with its own root file system, network card, host key and SSH server."""

import select
import shlex
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support import SupportError
from tests.support.identity import Identity, make_host_key, pack_own_files
from tests.support.machine import require_command

_INIT = Path(__file__).with_name("host_init.sh")
_START_TIMEOUT = 30.0  # seconds; a tenth of one is usual
_COMMAND_TIMEOUT = 60  # seconds
_SSH_PORT = 22

# Root on a host is root of the machine: without these it cannot load a module, set the clock or restart what is not its own.
_CONFINE = ("--bounding-set=-sys_module,-sys_time,-sys_boot,-sys_rawio,-syslog,-mac_admin,-mac_override",)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a host lives on this machine: the shared Debian root, a directory of its own, its port of a bridge."""

    base: Path
    directory: Path
    bridge: str
    port: str


class Host:
    """A running host. It stays until `stop`, or until the test process ends, whichever comes first."""

    def __init__(self, identity: Identity, place: Place) -> None:
        self._identity = identity
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0

    @property
    def name(self) -> str:
        """The host name, such as `host1`."""
        return self._identity.name

    @property
    def address(self) -> str:
        """The IPv4 address at which its SSH server listens, on port 22."""
        return self._identity.address

    @property
    def pid(self) -> int:
        """The process number by which this machine knows the host's first process."""
        return self._pid

    @property
    def root(self) -> Path:
        """The live root file system. A link in it points into this machine's own root: prefer `read`, `write` and `run`."""
        return Path(f"/proc/{self._pid}/root")

    def spawn(self) -> None:
        """Begin to start the host; `finish_start` waits for it, so that several start at once."""
        place = self._place
        work = place.directory / "root"
        work.mkdir(parents=True, exist_ok=True)
        own_files = place.directory / "own_files.tar"
        own_files.write_bytes(pack_own_files(self._identity, place.base))
        own_files.chmod(0o600)
        with (place.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*_new_host_command(), str(place.base), str(work), str(own_files), self.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                start_new_session=True,  # Ctrl-C in the terminal is for the test session, which then stops its hosts in order
            )
        self._pid = int(self._read_line())

    def finish_start(self) -> None:
        """Plug in the network card, give the host its address and wait until its SSH server answers; raises SupportError."""
        self._expect("built")
        port, bridge = self._place.port, self._place.bridge
        card = f"name eth0 address {_card_address(self.address)} netns {self._pid}"
        change_links(f"link add {port} master {bridge} type veth peer {card}", f"link set {port} up")
        self._send_line(f"{self.address}/24")
        self._expect("ready")
        self.start_sshd()

    def stop(self) -> None:
        """End every process of the host, and with them its mounts and its network; a host that is not running stays so."""
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        process.stdin.close()  # the host's first process waits for this
        process.stdout.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        subprocess.run([require_command("ip"), "link", "delete", self._place.port], capture_output=True, check=False)

    def reset(self) -> None:
        """Start the host afresh under the same name, address, keys and passwords: whatever a test changed is gone."""
        self.stop()
        self.spawn()
        self.finish_start()

    def run(self, command: str, *, check: bool = True, stdin: str | bytes = b"") -> subprocess.CompletedProcess[str]:
        """Return what a shell command, run by root on the host, answers; with `check` a failing one raises SupportError."""
        sent = stdin.encode() if isinstance(stdin, str) else stdin
        bounded = ["timeout", "--kill-after=5", str(_COMMAND_TIMEOUT), "/bin/sh", "-c", command]
        done = subprocess.run([*self.enter_command(), *bounded], input=sent, capture_output=True, check=False)
        output, errors = (stream.decode(errors="surrogateescape") for stream in (done.stdout, done.stderr))
        if check and done.returncode != 0:
            raise SupportError(f"`{command}` on {self.name} ended with {done.returncode}: {errors or output}")
        return subprocess.CompletedProcess(command, done.returncode, output, errors)

    def write(self, path: str, content: str | bytes, *, mode: int = 0o644) -> None:
        """Write a file as root, with the folders it needs; an existing file is replaced."""
        target = shlex.quote(path)
        self.run(f"mkdir -p -- $(dirname -- {target}) && cat > {target} && chmod {mode:o} -- {target}", stdin=content)

    def read(self, path: str) -> str:
        """Return the content of a file of the host."""
        return self.run(f"cat -- {shlex.quote(path)}").stdout

    def start_sshd(self) -> None:
        """Start the SSH server with the host's own configuration and wait until it answers; raises SupportError."""
        self.run("/usr/sbin/sshd")
        deadline = time.monotonic() + _START_TIMEOUT
        while not self._answers():
            if time.monotonic() > deadline:
                raise SupportError(f"the SSH server of {self.name} does not answer at {self.address}.")
            time.sleep(0.005)

    def stop_sshd(self) -> None:
        """Stop the SSH server and wait until it is gone; sessions that are open stay, as on any host."""
        self.run('pid=$(cat /run/sshd.pid) && kill "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done')

    def break_sshd_host_key(self) -> None:
        """Restart the SSH server with another host key than the one in the lab's known_hosts."""
        private, public = make_host_key()
        self.write("/etc/ssh/ssh_host_ed25519_key", private, mode=0o600)
        self.write("/etc/ssh/ssh_host_ed25519_key.pub", public)
        self.stop_sshd()
        self.start_sshd()

    def enter_command(self) -> list[str]:
        """Return the words before a command that has root run it on the host, as near to the host as can be."""
        namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
        return [require_command("setpriv"), *_CONFINE, require_command("nsenter"), "--target", str(self._pid), *namespaces, "--"]

    def _answers(self) -> bool:
        """Tell whether the SSH server sends its greeting."""
        try:
            with socket.create_connection((self.address, _SSH_PORT), timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _read_line(self) -> str:
        """Return the next line that the host's first process says, within the time a start may take."""
        if self._process is None or self._process.stdout is None:
            raise SupportError(f"{self.name} is not running.")
        ready, _, _ = select.select([self._process.stdout], [], [], _START_TIMEOUT)
        line = self._process.stdout.readline().decode().strip() if ready else ""
        if not line:
            raise self._failure()
        return line

    def _expect(self, word: str) -> None:
        if self._read_line() != word:
            raise self._failure()

    def _send_line(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            raise SupportError(f"{self.name} is not running.")
        self._process.stdin.write(f"{line}\n".encode())

    def _failure(self) -> SupportError:
        log = (self._place.directory / "log").read_text(errors="replace")
        return SupportError(f"{self.name} did not start: {log or 'it said nothing'}")


def _new_host_command() -> list[str]:
    """Return the command that runs host_init.sh as the first process of new namespaces, and takes its arguments."""
    namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child"]
    shell = ["/bin/sh", "-c", _INIT.read_text(), "host_init"]
    return [require_command("setpriv"), *_CONFINE, require_command("unshare"), *namespaces, "--", *shell]


def _card_address(address: str) -> str:
    """Return the hardware address for an IPv4 address: after a reset the clients still know the host by it."""
    return ":".join(f"{part:02x}" for part in (0x02, 0, *socket.inet_aton(address)))


def change_links(*commands: str) -> None:
    """Have `ip` carry out some commands in the test process's network; raises SupportError with what it says."""
    done = subprocess.run([require_command("ip"), "-batch", "-"], input="\n".join(commands), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SupportError(f"`ip` could not set up the network of the test hosts: {done.stderr.strip()}")
