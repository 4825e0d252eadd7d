"""SSH: one connection, one channel, one round trip a host. The host key is enforced; sudo is spoken to as it should be.

The password for sudo is sent only in answer to a random prompt, and the script only after the root shell's random mark:
where sudo asks for nothing (NOPASSWD, cached credentials) a password sent blindly would be run as a command, and where
the password is wrong sudo would eat the script.
"""

import contextlib
import secrets
import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import paramiko
import tenacity

from collector.bundle import LARGEST
from collector.transports import Collected, TransportError
from collector.transports.host_keys import enforce_host_key, fingerprint
from collector.transports.targets import SshTarget

_CHUNK = 65536
_MOST_STDERR = 64 * 1024
_SSH_PORT = 22
# First those that encrypt and seal in one go: the separate seal of the others is compared byte by byte, in Python.
_SEALING = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")


def collect_ssh(target: SshTarget, script: str) -> Collected:
    """The bundle that the script printed on the target; raises TransportError with a sentence that says what to do."""
    deadline = time.monotonic() + target.total_seconds
    with _connected(target) as client:
        transport = client.get_transport()
        if transport is None:
            raise TransportError("unreachable", f"{target.name}: the connection was closed at once")
        key = transport.get_remote_server_key()
        raw = _Session(target, transport, script, deadline).run()
    through = "" if target.user == "root" or target.sudo == "never" else " through sudo"
    return Collected(raw, f"{target.user}{through}", {"ssh-host-key": fingerprint(key)})


@contextlib.contextmanager
def _connected(target: SshTarget) -> Iterator[paramiko.SSHClient]:
    key = load_key(target, target.key_file) if target.key_file else None
    client = paramiko.SSHClient()
    host = target.address if target.port == _SSH_PORT else f"[{target.address}]:{target.port}"
    enforce_host_key(client, host, target.known_hosts, target.accept_host_key, target.name)
    with contextlib.ExitStack() as opened:
        opened.callback(client.close)
        _connect(client, target, key, opened.enter_context(_jumped(target)))
        yield client


@contextlib.contextmanager
def _jumped(target: SshTarget) -> Iterator[paramiko.Transport | None]:
    """The connection to the jump host, None where the target is reached directly."""
    if target.jump is None:
        yield None
        return
    opened = contextlib.ExitStack()
    try:
        transport = opened.enter_context(_connected(target.jump)).get_transport()
    except TransportError as error:
        raise TransportError(error.kind, f"{target.name}: the jump host {error}") from error
    with opened:
        yield transport


def load_key(target: SshTarget, file: Path) -> paramiko.PKey:
    """The private key of a target; raises TransportError when its file is missing, not ours to read, no key, or locked."""
    what = f"{target.name}: the key file {file}"
    try:
        return paramiko.PKey.from_path(file, target.key_passphrase)
    except OSError as error:
        raise TransportError("refused", f"{what} cannot be read: {error.strerror}") from error
    except (paramiko.PasswordRequiredException, TypeError) as error:
        raise TransportError("refused", f"{what} is locked by a passphrase; give it, or load the key into an SSH agent") from error
    except (paramiko.SSHException, ValueError) as error:
        raise TransportError("refused", f"{what} is no private key that can be used, or the passphrase is wrong: {error}") from error


def _connect(client: paramiko.SSHClient, target: SshTarget, key: paramiko.PKey | None, jump: paramiko.Transport | None) -> None:
    """Connect, again where the network may have been at fault; a refusal by the host is final."""
    try:
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((TimeoutError, ConnectionError, EOFError)),
            stop=tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(target.total_seconds),
            wait=tenacity.wait_exponential_jitter(multiplier=0.2, max=2, jitter=0.2),
            reraise=True,
        ):
            with attempt:
                _connect_once(client, target, key, _open_socket(target, jump))
    except paramiko.BadHostKeyException as error:
        raise TransportError("host-key", _changed_key(target, error)) from error
    except paramiko.AuthenticationException as error:
        raise TransportError("refused", _refused(target)) from error
    except paramiko.ChannelException as error:
        raise TransportError("unreachable", _no_way(target, error)) from error
    except paramiko.SSHException as error:
        raise TransportError("unreachable", f"{target.name}: {target.address}:{target.port} does not speak SSH with us: {error}") from error
    except socket.gaierror as error:
        raise TransportError(
            "unreachable", f"{target.name}: the name {target.address!r} has no address; check it or use the address"
        ) from error
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or str(error) or "the connection was closed"
        raise TransportError(
            "unreachable", f"{target.name}: {target.address}:{target.port} is not reachable: {why}; check network, firewall and sshd"
        ) from error


def _open_socket(target: SshTarget, jump: paramiko.Transport | None) -> socket.socket | paramiko.Channel:
    """A connection to the target's port: our own, or one that the jump host makes for us."""
    if jump is not None:
        return jump.open_channel("direct-tcpip", (target.address, target.port), ("127.0.0.1", 0), timeout=target.connect_seconds)
    raw = socket.create_connection((target.address, target.port), timeout=target.connect_seconds)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return raw


def _connect_once(client: paramiko.SSHClient, target: SshTarget, key: paramiko.PKey | None, raw: socket.socket | paramiko.Channel) -> None:
    try:
        client.connect(
            target.address,
            port=target.port,
            username=target.user,
            password=target.password,
            pkey=key,
            allow_agent=target.use_agent and key is None,
            look_for_keys=key is None and target.password is None,
            sock=raw,
            timeout=target.connect_seconds,
            banner_timeout=target.connect_seconds,
            auth_timeout=target.connect_seconds,
            transport_factory=_transport,
        )
    except BaseException:
        raw.close()
        raise


def _transport(
    sock: Any,  # noqa: ANN401 - whatever paramiko takes for a connection
    *,
    gss_kex: bool = False,
    gss_deleg_creds: bool = False,
    disabled_algorithms: Mapping[str, Iterable[str]] | None = None,
) -> paramiko.Transport:
    """A connection that prefers the ciphers that cost the controller least; all others follow."""
    del gss_kex, gss_deleg_creds
    transport = paramiko.Transport(sock, disabled_algorithms=disabled_algorithms)
    options = transport.get_security_options()
    options.ciphers = sorted(options.ciphers, key=lambda one: one not in _SEALING)
    return transport


def _no_way(target: SshTarget, error: paramiko.ChannelException) -> str:
    through = target.jump.name if target.jump else "the jump host"
    return (
        f"{target.name}: {through} could not reach {target.address}:{target.port}: {error.text or 'it said no more'}; check the address as "
        f"seen from {through}, and that its sshd allows TCP forwarding"
    )


def _changed_key(target: SshTarget, error: paramiko.BadHostKeyException) -> str:
    return (
        f"{target.name}: THE HOST KEY HAS CHANGED: known is {fingerprint(error.expected_key)}, shown was {fingerprint(error.key)}. "
        f"Nothing was sent. Either somebody is in between, or the host was installed anew: ask its administrator, then remove its line "
        f"from {target.known_hosts} and accept the new key"
    )


def _refused(target: SshTarget) -> str:
    tried = (
        f"the key {target.key_file}"
        if target.key_file
        else "its password"
        if target.password
        else "the keys of the SSH agent and of ~/.ssh"
    )
    return f"{target.name}: {target.address} refused {target.user} with {tried}; check the account and its authorized key or password"


class _Session:
    """One channel: a shell as root where it is wanted, the script to it, the bundle from it."""

    def __init__(self, target: SshTarget, transport: paramiko.Transport, script: str, deadline: float) -> None:
        self.target = target
        self.script = script
        self.ready = f"closeout-ready-{secrets.token_hex(16)}\n".encode()
        self.prompt = f"closeout-prompt-{secrets.token_hex(16)}"
        self.deadline = deadline
        self.out = bytearray()
        self.err = bytearray()
        self.started = False
        self.asked = 0
        self.channel = transport.open_session(timeout=target.connect_seconds)

    def run(self) -> bytes:
        with self.channel:
            self.channel.exec_command(f"exec sh -c '{self._command()}'")
            self._talk()
        if not self.started:
            raise self._no_shell()
        return bytes(self.out)

    def _command(self) -> str:
        shell = f"echo {self.ready.decode().strip()}; exec sh -s"
        if self.target.sudo == "never":
            return shell
        ask = f"-S -p {self.prompt}" if self.target.sudo_password else "-n"
        return f'if [ "$(id -u)" = 0 ]; then {shell}; fi; LC_ALL=C exec sudo {ask} -- sh -c "{shell}"'

    def _talk(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.channel, selectors.EVENT_READ)
            while not self._ended():
                left = self.deadline - time.monotonic()
                if left <= 0:
                    raise TransportError("timeout", f"{self.target.name}: gave no whole answer in {self.target.total_seconds} s")
                self._wait(selector, min(left, 1.0))
                self._drain()
                self._answer()

    def _wait(self, selector: selectors.BaseSelector, seconds: float) -> None:
        """Until something came. A channel that said its last can be read for ever: then it is the exit status that is waited for."""
        if self.channel.eof_received and self._quiet():
            self.channel.status_event.wait(seconds)
        else:
            selector.select(seconds)

    def _quiet(self) -> bool:
        return not self.channel.recv_ready() and not self.channel.recv_stderr_ready()

    def _ended(self) -> bool:
        return self._quiet() and (self.channel.closed or (self.channel.exit_status_ready() and bool(self.channel.eof_received)))

    def _drain(self) -> None:
        """Take in a chunk of each stream: one that never ends must not keep us from looking at the clock."""
        if self.channel.recv_ready():
            self.out += self.channel.recv(_CHUNK)
            if len(self.out) > LARGEST:
                raise TransportError("output", f"{self.target.name}: sent more than {LARGEST // 2**20} MiB; the transfer was ended")
        if self.channel.recv_stderr_ready():
            self.err += self.channel.recv_stderr(_CHUNK)
            del self.err[:-_MOST_STDERR]

    def _answer(self) -> None:
        """Send the password once when asked, and the script once the shell is ours."""
        if not self.started and (at := self.out.find(self.ready)) >= 0:
            del self.out[: at + len(self.ready)]
            self.started = True
            self._send(self.script.encode())
            self.channel.shutdown_write()
        elif not self.started and self.err.count(self.prompt.encode()) > self.asked:
            self.asked += 1
            if self.asked > 1:
                raise TransportError("sudo", f"{self.target.name}: sudo refused the password of {self.target.user}; it was tried once")
            self._send(f"{self.target.sudo_password}\n".encode())

    def _send(self, data: bytes) -> None:
        self.channel.settimeout(max(1.0, self.deadline - time.monotonic()))
        try:
            self.channel.sendall(data)
        except OSError as error:
            raise TransportError("output", f"{self.target.name}: stopped reading the script: {error}") from error

    def _no_shell(self) -> TransportError:
        said = self.err.decode(errors="replace").replace(self.prompt, "").strip()
        user, name = self.target.user, self.target.name
        for words, sentence in _SUDO_SENTENCES:
            if words in said:
                return TransportError("sudo", f"{name}: {sentence.format(user=user)}")
        return TransportError("output", f"{name}: no shell came up for {user}: {said[-300:] or 'the host said nothing'}")


_SUDO_SENTENCES = (
    ("a password is required", "sudo asks {user} for a password; give it (--ask-sudo-password) or grant NOPASSWD for the collection"),
    ("must have a tty", "sudo wants a terminal (requiretty); exempt the scan account with `Defaults:{user} !requiretty`"),
    ("not in the sudoers", "{user} may not use sudo; grant it, or scan without root (--sudo never)"),
    ("not allowed to", "{user} may not run sh by sudo; grant it, or scan without root (--sudo never)"),
    ("may not run sudo", "{user} may not use sudo; grant it, or scan without root (--sudo never)"),
    ("incorrect password", "sudo refused the password of {user}"),
    ("sudo: not found", "sudo is not installed there; scan as root, or without root (--sudo never)"),
    ("sudo: command not found", "sudo is not installed there; scan as root, or without root (--sudo never)"),
)
