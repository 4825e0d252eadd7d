import functools
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paramiko
import psycopg
import pytest
from playwright.sync_api import Browser

from tests.support import SupportError, base_root
from tests.support.base_root import USERS, prepare_base_root
from tests.support.browser import browser_page
from tests.support.host import Host
from tests.support.lab import Lab
from tests.support.machine import require_command
from tests.support.postgres import postgres_cluster


@contextmanager
def _connect(lab: Lab, host: Host, user: str, password: str | None = None) -> Iterator[paramiko.SSHClient]:
    """Open an SSH connection that accepts the host keys of the lab and no other."""
    key = None if password else str(lab.key)
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(lab.known_hosts))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(host.address, username=user, password=password, key_filename=key, look_for_keys=False, allow_agent=False, timeout=10)
        yield client


def _ask(client: paramiko.SSHClient, command: str, *, stdin: str = "", pty: bool = False) -> tuple[int, str]:
    """Return the exit code of a command and all that it wrote."""
    channel = client.get_transport().open_session()  # type: ignore[union-attr]
    channel.settimeout(20)
    channel.set_combine_stderr(True)
    if pty:
        channel.get_pty()
    channel.exec_command(command)
    channel.sendall(stdin.encode())
    channel.shutdown_write()
    output = channel.makefile("rb").read().decode()
    return channel.recv_exit_status(), output


def _processes_of(pid: int) -> set[str]:
    """Return the processes that live with `pid` in a process namespace, each as its number and its start time."""
    home = Path(f"/proc/{pid}/ns/pid").readlink()
    return {process for process in _processes() if _lives_in(process, home)}


def _lives_in(process: str, home: Path) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process.partition(' ')[0]}/ns/pid").readlink() == home
    return False


def _processes() -> set[str]:
    """Return all processes of the machine, each as its number and its start time, which no later process repeats."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found.add(f"{status.parent.name} {status.read_text().rpartition(')')[2].split()[19]}")
    return found


def _open_files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def _links() -> str:
    return subprocess.run([require_command("ip"), "-brief", "link"], capture_output=True, text=True, check=True).stdout


def test_two_hosts_have_their_own_etc_machine_id_and_host_key(lab: Lab, lab_hosts: tuple[Host, ...]) -> None:
    first, second = lab_hosts
    first.write("/etc/motd", "only here\n")
    assert second.run("grep -c 'only here' /etc/motd", check=False).returncode != 0
    assert (first.root / "etc/motd").read_text() == "only here\n"
    for path in ("/etc/machine-id", "/etc/hostname", "/etc/ssh/ssh_host_ed25519_key"):
        assert first.read(path) != second.read(path)
    known = [line.split() for line in lab.known_hosts.read_text().splitlines()]
    assert [names for names, _, _ in known] == [f"{host.address},{host.name}" for host in lab.hosts]
    assert len({key for _, _, key in known}) == 2


def test_every_user_is_let_in_by_key_at_a_host_with_the_known_key(lab: Lab) -> None:
    for host in lab.hosts:
        for user in USERS:
            with _connect(lab, host, user) as client:
                assert _ask(client, "id -un; hostname") == (0, f"{user}\n{host.name}\n")


def test_a_password_lets_in_users_but_not_root(lab: Lab) -> None:
    with _connect(lab, lab.hosts[0], "plain", lab.password) as client:
        assert _ask(client, "id -un") == (0, "plain\n")
    with pytest.raises(paramiko.AuthenticationException), _connect(lab, lab.hosts[0], "root", lab.password):
        pass


def test_a_host_with_another_key_than_the_known_one_is_refused_until_it_is_reset(lab: Lab, lab_host: Host) -> None:
    lab_host.break_sshd_host_key()
    with pytest.raises(paramiko.BadHostKeyException), _connect(lab, lab_host, "scan"):
        pass
    lab_host.reset()
    with _connect(lab, lab_host, "scan") as client:
        assert _ask(client, "true") == (0, "")


def test_sudo_of_scan_asks_for_nothing(lab: Lab) -> None:
    with _connect(lab, lab.hosts[0], "scan") as client:
        assert _ask(client, "sudo -n id -u") == (0, "0\n")


def test_sudo_of_ask_wants_the_password(lab: Lab) -> None:
    with _connect(lab, lab.hosts[0], "ask") as client:
        assert _ask(client, "sudo -n id -u")[0] == 1
        assert _ask(client, "sudo -S -p '' id -u", stdin=f"{lab.password}\n") == (0, "0\n")
        code, output = _ask(client, "sudo -k -S -p '' id -u", stdin="wrong\n")
        assert code == 1
        assert "0\n" not in output


def test_plain_may_not_use_sudo_even_with_the_password(lab: Lab) -> None:
    with _connect(lab, lab.hosts[0], "plain") as client:
        code, output = _ask(client, "sudo -S -p '' id -u", stdin=f"{lab.password}\n")
    assert code == 1
    assert "not in the sudoers file" in output


def test_sudo_of_tty_wants_a_terminal(lab: Lab) -> None:
    with _connect(lab, lab.hosts[0], "tty") as client:
        code, output = _ask(client, "sudo -n id -u")
        assert code == 1
        assert "must have a tty" in output
        assert _ask(client, "sudo -n id -u", pty=True) == (0, "0\r\n")


def test_ssh_stops_and_starts(lab: Lab, lab_host: Host) -> None:
    lab_host.stop_sshd()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((lab_host.address, 22), timeout=5)
    lab_host.start_sshd()
    with _connect(lab, lab_host, "scan") as client:
        assert _ask(client, "true") == (0, "")


def test_a_reset_host_has_lost_what_was_changed_and_kept_who_it_is(lab_host: Host) -> None:
    own = ("/etc/machine-id", "/etc/shadow", "/etc/ssh/ssh_host_ed25519_key")
    before = [lab_host.read(path) for path in own]
    lab_host.run("rm /etc/passwd; echo changed >/var/log/changed; sleep 1000 >/dev/null 2>&1 &")
    lab_host.reset()
    assert [lab_host.read(path) for path in own] == before
    assert lab_host.run("test -s /etc/passwd && test ! -e /var/log/changed && ! pgrep sleep", check=False).returncode == 0


def test_files_are_written_where_the_links_of_the_host_lead(lab_host: Host, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text("of the machine")
    lab_host.run(f"mkdir -p {tmp_path} && ln -s {trap} /etc/link")
    lab_host.write("/etc/link", b"of the \xffhost\0")
    assert trap.read_text() == "of the machine"
    assert lab_host.read("/etc/link") == "of the \udcffhost\0"


def test_a_failing_command_says_so(lab: Lab) -> None:
    with pytest.raises(SupportError, match="no such file"):
        lab.hosts[0].run("echo no such file >&2; exit 3")
    assert lab.hosts[0].run("exit 3", check=False).returncode == 3


def test_a_host_changes_its_own_network_but_no_setting_of_the_machine(lab_host: Host) -> None:
    forwarding = Path("/proc/sys/net/ipv4/ip_forward")
    before = forwarding.read_text()
    lab_host.run(f"echo {1 - int(before)} >{forwarding}")
    assert lab_host.read(str(forwarding)) != before
    assert forwarding.read_text() == before
    for path in ("/proc/sys/kernel/panic", "/proc/sys/vm/swappiness", "/proc/sys/fs/suid_dumpable"):
        assert "Read-only file system" in lab_host.run(f"echo 1 >{path}", check=False).stderr


def test_the_network_of_the_tests_leads_nowhere(lab: Lab) -> None:
    with pytest.raises(OSError, match="Network is unreachable"):
        socket.create_connection(("192.0.2.1", 22), timeout=5)
    assert lab.hosts[0].run("ip route show default").stdout == ""


def test_a_lab_leaves_no_process_namespace_mount_or_file() -> None:
    mounts, links, descriptors = Path("/proc/mounts").read_text(), _links(), _open_files()
    with Lab(2) as lab:
        processes = set.union(*(_processes_of(host.pid) for host in lab.hosts))
        assert len(processes) == 2 * len(("init", "cat", "sshd"))
        directory = lab.key.parent
    assert not processes & _processes()
    assert not directory.exists()
    # A namespace without processes lives on in a mount or an open file only.
    assert Path("/proc/mounts").read_text() == mounts
    assert _open_files() == descriptors
    assert _links() == links


def test_a_lab_ends_with_a_test_process_that_is_killed(tmp_path: Path) -> None:
    program = "import time; from tests.support.lab import Lab\nwith Lab(1) as lab: print(lab.hosts[0].pid, flush=True); time.sleep(60)"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1], env=environment
    ) as session:
        assert session.stdout is not None
        processes = _processes_of(int(session.stdout.readline()))
        session.kill()
    assert processes
    deadline = time.monotonic() + 5
    while processes & _processes():
        assert time.monotonic() < deadline, "a process of the lab is still there"
        time.sleep(0.02)


def test_a_host_that_cannot_start_says_why_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    (empty / "etc").mkdir(parents=True)
    (empty / "etc/shadow").touch()
    monkeypatch.setattr("tests.support.lab.prepare_base_root", lambda _: empty)
    links = _links()
    with pytest.raises(SupportError, match=r"(?s)host1 did not start: .*mount point"), Lab(1):
        pass
    assert _links() == links


@contextmanager
def _without_root() -> Iterator[None]:
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_without_root_a_sentence_says_what_to_do() -> None:
    with _without_root(), pytest.raises(SupportError, match="needs root: run the suite as root"):
        Lab(1).__enter__()


def _fake_mmdebstrap(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program before the real one that gets the target directory as $target."""
    program = folder / "bin/mmdebstrap"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nfor target; do case $target in */partial) break;; esac; done\nmkdir "$target"\n{body}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("CLOSEOUT_LAB_DIR", str(folder / "cache"))


def test_a_base_root_that_was_not_finished_is_built_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(base_root, "_BETWEEN", 0)
    _fake_mmdebstrap(tmp_path, 'touch "$target/half"; echo the archive is away; exit 1', monkeypatch)
    with pytest.raises(SupportError, match="the archive is away"):
        prepare_base_root()
    _fake_mmdebstrap(tmp_path, 'touch "$target/whole"', monkeypatch)
    base = prepare_base_root()
    assert [path.name for path in base.iterdir()] == ["whole"]
    _fake_mmdebstrap(tmp_path, "exit 1", monkeypatch)
    assert prepare_base_root() == base


def test_a_base_root_that_others_could_have_written_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOSEOUT_LAB_DIR", str(tmp_path))
    tmp_path.chmod(0o777)
    with pytest.raises(SupportError, match="nobody else can write"):
        prepare_base_root()


def test_postgresql_answers(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        row = connection.execute("select current_setting('server_version_num')::int, current_user, inet_server_port()").fetchone()
    assert row is not None
    assert row[0] >= 140000
    assert row[1:] == ("postgres", None)


def test_postgresql_ends_with_open_sessions_and_leaves_nothing() -> None:
    with postgres_cluster() as url:
        connection = psycopg.connect(url)
        directory = Path(connection.info.host)
        pid = int((directory / "data/postmaster.pid").read_text().splitlines()[0])
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    assert not directory.exists()
    assert not Path(f"/proc/{pid}").exists()


@pytest.fixture
def page_url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "index.html").write_text(
        "<!doctype html><title>closeout</title><style>@media (prefers-color-scheme: dark) { body { color: rgb(1, 2, 3) } }</style><p>here"
    )
    handler = functools.partial(_QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
        thread.join()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_the_browser_opens_a_page_on_loopback(browser: Browser, page_url: str) -> None:
    with browser_page(browser, theme="dark", width=600) as page:
        page.goto(page_url)
        assert page.title() == "closeout"
        assert page.evaluate("[innerWidth, getComputedStyle(document.body).color]") == [600, "rgb(1, 2, 3)"]
    with browser_page(browser) as page:
        page.goto(page_url)
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
