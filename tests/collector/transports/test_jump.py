"""One lab host as the way to the other: both show their host keys, both ask who comes."""

from dataclasses import replace
from pathlib import Path

import pytest

from collector.transports import TransportError
from collector.transports.ssh import collect_ssh
from collector.transports.targets import SshTarget
from tests.collector.transports.test_ssh import SCRIPT, refusal, target, who
from tests.support.host import Host
from tests.support.lab import Lab


def jumping(lab: Lab, user: str = "plain") -> SshTarget:
    """host2 through host1, where the account needs no right but to come in."""
    through = replace(target(lab, lab.hosts[0], user), sudo="never")
    return replace(target(lab, lab.hosts[1]), jump=through)


def test_a_host_is_reached_through_another_one(lab: Lab) -> None:
    assert who(jumping(lab)) == ["root", "host2"]


def test_the_collection_really_comes_from_the_jump_host(lab_hosts: tuple[Host, ...], lab: Lab) -> None:
    near, far = lab_hosts
    far.write("/etc/ssh/sshd_config.d/10-from.conf", f"AllowUsers *@{near.address}\n")
    far.stop_sshd()
    far.start_sshd()
    assert refusal(target(lab, far)).kind == "refused"
    assert who(jumping(lab)) == ["root", "host2"]


def test_each_of_both_host_keys_is_enforced(lab_hosts: tuple[Host, ...], lab: Lab) -> None:
    lab_hosts[0].break_sshd_host_key()
    error = refusal(jumping(lab))
    assert error.kind == "host-key"
    assert str(error).startswith("host2: the jump host host1: THE HOST KEY HAS CHANGED")
    lab_hosts[0].reset()
    lab_hosts[1].break_sshd_host_key()
    error = refusal(jumping(lab))
    assert str(error).startswith("host2: THE HOST KEY HAS CHANGED")


def test_a_jump_host_that_is_not_known_must_be_accepted_by_itself(lab: Lab, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text("".join(line for line in lab.known_hosts.read_text().splitlines(keepends=True) if lab.hosts[1].address in line))
    ssh = jumping(lab)
    assert ssh.jump is not None
    error = refusal(replace(ssh, known_hosts=known, accept_host_key="new", jump=replace(ssh.jump, known_hosts=known)))
    assert "closeout hosts test host1 --accept-host-key SHA256:" in str(error)


def test_a_jump_host_that_lets_nobody_in_says_so_in_the_name_of_the_host(lab: Lab) -> None:
    error = refusal(jumping(lab, "nobody"))
    assert (error.kind, str(error).split(";")[0]) == (
        "refused",
        f"host2: the jump host host1: {lab.hosts[0].address} refused nobody with the key {lab.key}",
    )


def test_an_address_that_the_jump_host_cannot_reach_is_told(lab: Lab) -> None:
    error = refusal(replace(jumping(lab), port=9))
    assert error.kind == "unreachable"
    assert f"host1 could not reach {lab.hosts[1].address}:9" in str(error)


def test_a_jump_host_that_forwards_nothing_is_told(lab_hosts: tuple[Host, ...], lab: Lab) -> None:
    lab_hosts[0].write("/etc/ssh/sshd_config.d/10-no.conf", "AllowTcpForwarding no\n")
    lab_hosts[0].stop_sshd()
    lab_hosts[0].start_sshd()
    assert "sshd allows TCP forwarding" in str(refusal(jumping(lab)))


def test_the_time_limit_of_a_host_counts_the_way_to_it(lab: Lab) -> None:
    with pytest.raises(TransportError, match="gave no whole answer in 1 s"):
        collect_ssh(replace(jumping(lab), total_seconds=1), SCRIPT.replace("id -un;", "sleep 5;"))
