"""Real sshd, real sudo: every way in that must work, and every way in which a host may refuse."""

import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from collector.bundle import read_bundle
from collector.catalog import probes, sources
from collector.probe import Source
from collector.script import build_script
from collector.transports import TransportError
from collector.transports.ssh import collect_ssh
from collector.transports.targets import SshTarget
from tests.support.host import Host
from tests.support.lab import Lab

WHO = (Source("test.who", "id -un; cat /etc/hostname"),)
SCRIPT = build_script(WHO)


def target(lab: Lab, host: Host, user: str = "scan") -> SshTarget:
    return SshTarget(host.name, host.address, user, lab.known_hosts, key_file=lab.key, use_agent=False, connect_seconds=5, total_seconds=30)


def who(ssh: SshTarget) -> list[str]:
    return read_bundle(collect_ssh(ssh, SCRIPT).raw).frames["test.who"].output.split()


def refusal(ssh: SshTarget, script: str = SCRIPT) -> TransportError:
    with pytest.raises(TransportError) as caught:
        collect_ssh(ssh, script)
    return caught.value


def test_the_whole_collection_comes_back_in_one_round_trip(lab: Lab) -> None:
    chosen = sources(probes("linux"))
    collected = collect_ssh(target(lab, lab.hosts[0]), build_script(chosen))
    bundle = read_bundle(collected.raw)
    assert sorted(bundle.frames) == sorted(s.name for s in chosen)
    assert bundle.frames["host.identity"].output.startswith("host1\n0\n")
    assert collected.account == "scan through sudo"
    assert collected.aliases["ssh-host-key"].startswith("SHA256:")


def test_each_host_answers_for_itself(lab: Lab) -> None:
    assert [who(target(lab, host)) for host in lab.hosts] == [["root", "host1"], ["root", "host2"]]


def test_root_needs_no_sudo(lab: Lab) -> None:
    assert who(target(lab, lab.hosts[0], "root")) == ["root", "host1"]


def test_a_password_lets_in_where_the_host_allows_it(lab: Lab) -> None:
    assert who(replace(target(lab, lab.hosts[0]), key_file=None, password=lab.password)) == ["root", "host1"]


def test_without_sudo_the_script_runs_as_the_account_when_a_person_chose_that(lab: Lab) -> None:
    assert who(replace(target(lab, lab.hosts[0], "plain"), sudo="never")) == ["plain", "host1"]


def test_sudo_with_a_password_is_answered_when_it_asks(lab: Lab) -> None:
    assert who(replace(target(lab, lab.hosts[0], "ask"), sudo_password=lab.password)) == ["root", "host1"]


def test_a_password_for_sudo_is_not_sent_where_sudo_does_not_ask(lab_host: Host, lab: Lab) -> None:
    """NOPASSWD: a password sent blindly would be run as a command by the root shell."""
    assert who(replace(target(lab, lab_host, "scan"), sudo_password="touch /root/ran")) == ["root", "host1"]
    assert lab_host.run("ls /root/ran", check=False).returncode != 0


def test_cached_credentials_of_sudo_do_not_run_the_password_either(lab_host: Host, lab: Lab) -> None:
    lab_host.write("/etc/sudoers.d/cache", "Defaults:ask timestamp_type=global\n", mode=0o440)
    asked = replace(target(lab, lab_host, "ask"), sudo_password=lab.password)
    assert who(asked) == ["root", "host1"]
    assert lab_host.run("su ask -c 'sudo -n true'", check=False).returncode == 0, "the credentials are cached now"
    assert who(replace(asked, sudo_password="touch /root/ran")) == ["root", "host1"]
    assert lab_host.run("ls /root/ran", check=False).returncode != 0


def test_a_wrong_password_for_sudo_is_tried_once_and_eats_no_script(lab: Lab) -> None:
    refused = refusal(replace(target(lab, lab.hosts[0], "ask"), sudo_password="wrong"))
    assert refused.kind == "sudo"
    assert "refused the password of ask" in str(refused)


@pytest.mark.parametrize(
    ("user", "words"),
    [("ask", "asks ask for a password"), ("tty", "requiretty"), ("plain", "password")],
)
def test_a_sudo_that_does_not_let_us_says_what_to_mend(lab: Lab, user: str, words: str) -> None:
    refused = refusal(target(lab, lab.hosts[0], user))
    assert (refused.kind, words in str(refused)) == ("sudo", True), str(refused)


def test_an_account_that_may_not_use_sudo_is_told_so(lab: Lab) -> None:
    refused = refusal(replace(target(lab, lab.hosts[0], "plain"), sudo_password=lab.password))
    assert "plain may not use sudo" in str(refused)


def test_a_host_without_sudo_is_told_so(lab_host: Host, lab: Lab) -> None:
    lab_host.run("mv /usr/bin/sudo /usr/bin/sudo.away")
    assert "sudo is not installed there" in str(refusal(target(lab, lab_host)))


def test_an_unknown_host_key_is_refused_and_shown(lab: Lab, tmp_path: Path) -> None:
    refused = refusal(replace(target(lab, lab.hosts[0]), known_hosts=tmp_path / "known_hosts"))
    assert refused.kind == "host-key"
    assert "--accept-host-key SHA256:" in str(refused)
    assert not (tmp_path / "known_hosts").exists()


def test_a_fingerprint_that_a_person_compared_is_accepted_once_and_known_from_then_on(lab: Lab, tmp_path: Path) -> None:
    first = replace(target(lab, lab.hosts[0]), known_hosts=tmp_path / "known_hosts")
    shown = str(refusal(first)).split("--accept-host-key ")[1].strip("`")
    assert refusal(replace(first, accept_host_key="SHA256:another")).kind == "host-key"
    assert who(replace(first, accept_host_key=shown)) == ["root", "host1"]
    assert who(first) == ["root", "host1"]


def test_a_host_is_found_among_the_known_ones_by_its_hashed_name_too_whatever_stands_beside(lab: Lab, tmp_path: Path) -> None:
    kind, key = lab.known_hosts.read_text().splitlines()[0].split()[1:3]
    hashed = paramiko.HostKeys.hash_host(lab.hosts[0].address)
    known = tmp_path / "known_hosts"
    known.write_text(f"# a comment\n|1|broken|line {kind} {key}\nother {kind} no-key\nlocalhost,{hashed} {kind} {key}\n")
    assert who(replace(target(lab, lab.hosts[0]), known_hosts=known)) == ["root", "host1"]
    assert refusal(replace(target(lab, lab.hosts[1]), known_hosts=known)).kind == "host-key"


def test_a_damaged_line_of_the_host_itself_is_told(lab: Lab, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"{lab.hosts[0].address} ssh-ed25519 A\n")
    refused = refusal(replace(target(lab, lab.hosts[0]), known_hosts=known))
    assert (refused.kind, "cannot be read as known hosts" in str(refused)) == ("host-key", True), str(refused)


def test_a_changed_host_key_is_refused_whatever_is_accepted(lab_host: Host, lab: Lab) -> None:
    lab_host.break_sshd_host_key()
    for accept in (None, "new"):
        refused = refusal(replace(target(lab, lab_host), accept_host_key=accept))
        assert refused.kind == "host-key"
        assert "HAS CHANGED" in str(refused)


def test_a_key_that_the_host_does_not_know_is_refused(lab: Lab, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", wrong], check=True)
    refused = refusal(replace(target(lab, lab.hosts[0]), key_file=wrong))
    assert (refused.kind, "refused scan with the key" in str(refused)) == ("refused", True)


def test_a_key_file_that_cannot_be_used_is_named(lab: Lab, tmp_path: Path) -> None:
    locked, noise = tmp_path / "locked", tmp_path / "noise"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", locked], check=True)
    noise.write_text("no key\n")
    for file, words in ((tmp_path / "gone", "cannot be read"), (locked, "locked by a passphrase"), (noise, "no private key")):
        refused = refusal(replace(target(lab, lab.hosts[0]), key_file=file))
        assert (refused.kind, f"{file} " in str(refused), words in str(refused)) == ("refused", True, True), str(refused)


def test_a_host_that_is_not_there_is_unreachable(lab: Lab) -> None:
    assert refusal(replace(target(lab, lab.hosts[0]), address="127.0.0.1", port=1)).kind == "unreachable"
    assert refusal(replace(target(lab, lab.hosts[0]), address="no-such-host.invalid")).kind == "unreachable"


class SomethingElse(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@contextmanager
def listener() -> Iterator[int]:
    """A port of this machine that speaks, but not SSH."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SomethingElse) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_port_that_speaks_something_else_is_named(lab: Lab) -> None:
    with listener() as port:
        refused = refusal(replace(target(lab, lab.hosts[0]), address="127.0.0.1", port=port))
    assert refused.kind == "unreachable"
    assert f"127.0.0.1:{port}" in str(refused)


def test_a_host_that_never_ends_is_given_up_in_time(lab: Lab) -> None:
    slow = build_script((Source("test.slow", "sleep 60", seconds=60),))
    assert refusal(replace(target(lab, lab.hosts[0]), total_seconds=2), slow).kind == "timeout"


def test_a_dropped_connection_leaves_a_cut_bundle_that_no_reader_takes(lab_host: Host, lab: Lab) -> None:
    script = SCRIPT.replace("echo 'finish 1'", "kill -9 $PPID $$")
    collected = collect_ssh(target(lab, lab_host), script)
    with pytest.raises(Exception, match="cut"):
        read_bundle(collected.raw)
