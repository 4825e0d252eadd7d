"""The collection script changes nothing on a host: every file as it was, and no system call that could change one."""

import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from collector.bundle import read_bundle
from collector.catalog import probes, sources
from collector.script import build_script
from collector.transports.ssh import collect_ssh
from tests.collector.transports.test_ssh import target
from tests.support.host import Host
from tests.support.lab import Lab
from tests.support.machine import require_command

SCRIPT = build_script(sources(probes("linux")))
# Everything below the root and the file systems in memory: kind, mode, owners, times of change, size, target of a link; then contents.
SNAPSHOT = r"""
find / /run /dev /dev/shm -xdev -printf '%p|%y|%m|%U|%G|%T@|%C@|%s|%l\n' | sort
find / /run /dev/shm -xdev -type f -exec sha256sum {} +
"""
# Every call that can change a file, the kernel or another process; `?` because not every processor has each.
LOOKED_AT = (
    "?open,?openat,?openat2,?creat,?unlink,?unlinkat,?rename,?renameat,?renameat2,?mkdir,?mkdirat,?rmdir,?link,?linkat,?symlink,"
    "?symlinkat,?mknod,?mknodat,?truncate,?ftruncate,?fallocate,?chmod,?fchmod,?fchmodat,?chown,?fchown,?lchown,?fchownat,?utime,"
    "?utimes,?utimensat,?futimesat,?setxattr,?lsetxattr,?fsetxattr,?removexattr,?lremovexattr,?fremovexattr,?mount,?umount2,"
    "?pivot_root,?move_mount,?init_module,?finit_module,?delete_module,?settimeofday,?clock_settime,?adjtimex,?clock_adjtime,"
    "?sethostname,?setdomainname,?reboot,?swapon,?swapoff,?kexec_load,?bpf,?ptrace,?connect,?kill,?tkill,?tgkill"
)
HARMLESS = (
    re.compile(r'openat\(AT_FDCWD, "/dev/null", '),
    re.compile(r"kill\(\d+, 0\)"),  # asks whether a process lives
    re.compile(r'connect\(\d+, \{sa_family=AF_UNIX, sun_path="(/var)?/run/(nscd/socket|systemd/private|dbus/system_bus_socket)"'),
    # How getaddrinfo sorts the addresses that sshd would listen at: of a socket that sends nothing.
    re.compile(r'connect\(\d+, \{(sa_family=AF_UNSPEC|sa_family=AF_INET6?, .*("::", &sin6_addr|inet_addr\("0\.0\.0\.0"\)))'),
)


def strace(host: Host, script: str) -> tuple[str, list[str]]:
    """What the script printed, and every call of it and of all that it started that could have changed something."""
    with tempfile.NamedTemporaryFile() as trace:
        watch = [require_command("strace"), "-f", "-qq", "--seccomp-bpf", "-e", "signal=none", "-o", trace.name]
        ran = subprocess.run(
            [*watch, "-e", f"trace={LOOKED_AT}", *host.enter_command(), "/bin/sh", "-s"],
            input=script.encode(),
            capture_output=True,
            check=True,
            timeout=120,
        )
        calls = [line.partition(" ")[2].strip() for line in Path(trace.name).read_text(errors="replace").splitlines()]
    return ran.stdout.decode(errors="surrogateescape"), [call for call in calls if could_change(call)]


def could_change(call: str) -> bool:
    if call.startswith("<... ") or any(one.match(call) for one in HARMLESS):
        return False
    return not call.startswith("open") or not re.search(r"O_RDONLY", call) or "O_CREAT" in call or "O_TRUNC" in call


def test_no_file_of_a_host_is_another_after_a_collection(lab_host: Host) -> None:
    before = lab_host.run(SNAPSHOT).stdout
    raw = lab_host.run("sh -s", stdin=SCRIPT).stdout
    assert lab_host.run(SNAPSHOT).stdout == before
    assert len(read_bundle(raw.encode("utf-8", "surrogateescape")).frames) == len(sources(probes("linux")))
    assert before.count("\n") > 5000


def test_a_collection_makes_no_call_that_could_change_a_host(lab_host: Host) -> None:
    raw, changing = strace(lab_host, SCRIPT)
    assert changing == []
    assert len(read_bundle(raw.encode("utf-8", "surrogateescape")).frames) == len(sources(probes("linux")))


@pytest.mark.parametrize(
    "snippet", ["echo x >/root/left", "touch /root/left", "chmod 700 /root", "rm /etc/motd", "mkdir /run/x", "kill -CONT $$"]
)
def test_what_changes_a_host_would_be_seen(lab_host: Host, snippet: str) -> None:
    assert strace(lab_host, snippet)[1] != []


def test_a_collection_by_ssh_leaves_what_a_login_leaves_and_no_more(lab_host: Host, lab: Lab) -> None:
    before = lab_host.run(SNAPSHOT).stdout
    collect_ssh(target(lab, lab_host), SCRIPT)
    after = lab_host.run(SNAPSHOT).stdout
    changed = {line.partition("|")[0].split("  ")[-1] for line in set(after.splitlines()) ^ set(before.splitlines())}
    assert changed == {"/run", "/run/motd.dynamic"}  # pam_motd
