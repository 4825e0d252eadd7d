"""Twenty checks such as people write with testinfra; run by the peer's own pytest, over the hosts that it is told."""

from typing import Any

import pytest

FILES = ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/ssh/sshd_config", "/etc/sudoers", "/etc/crontab", "/etc/issue")
SETTINGS = ("net.ipv4.ip_forward", "net.ipv4.conf.all.accept_redirects", "net.ipv4.tcp_syncookies", "kernel.randomize_va_space")
PACKAGES = ("sudo", "openssh-server", "auditd", "rsyslog", "nftables", "telnetd", "rsh-server", "chrony")


@pytest.mark.parametrize("path", FILES)
def test_file(host: Any, path: str) -> None:  # noqa: ANN401, D103 - the peer's own object
    assert host.file(path).user == "root"  # noqa: S101


@pytest.mark.parametrize("name", SETTINGS)
def test_setting(host: Any, name: str) -> None:  # noqa: ANN401, D103 - the peer's own object
    assert host.sysctl(name) is not None  # noqa: S101


@pytest.mark.parametrize("name", PACKAGES)
def test_package(host: Any, name: str) -> None:  # noqa: ANN401, D103 - the peer's own object
    assert host.package(name).is_installed in {True, False}  # noqa: S101
