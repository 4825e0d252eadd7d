"""The sysctl probe against the ways in which settings are written, as systemd-sysctl and sysctl(8) read them."""

from pathlib import Path
from typing import Any

import pytest

from collector.facts import Unknown
from collector.linux.sysctl import PERSISTED, RUNNING, normal_key, parse, read_running
from collector.probe import Frame, Frames, ProbeError
from tests.collector.linux.snippets import run_source, write_tree


def shown(path: str, *lines: str) -> str:
    return f"@stat 644 0 0 1 {path}\n@text {path}\n" + "".join(f":{line}\n" for line in lines)


def read(*files: str, reader: str = "systemd", same: str = "", running: str = "kernel/panic:0\n") -> dict[str, Any]:
    persisted = f"reader {reader}\n{same}" + "".join(files)
    if "/etc/sysctl.conf" not in persisted:
        persisted += "@missing /etc/sysctl.conf\n"
    frames = {RUNNING.name: Frame(RUNNING.name, 0, running), PERSISTED.name: Frame(PERSISTED.name, 0, persisted)}
    return parse(Frames(frames))


def test_a_line_that_is_commented_out_sets_nothing() -> None:
    facts = read(shown("/etc/sysctl.d/a.conf", "# kernel.panic = 1", "; kernel.panic = 2", "", "  #kernel.panic=3"))
    assert facts["persistent"] == {}
    assert facts["written"] == {}


def test_the_last_of_two_lines_in_one_file_holds_and_both_are_written() -> None:
    facts = read(shown("/etc/sysctl.d/a.conf", "kernel.panic=1", "kernel.panic = 2"))
    assert facts["persistent"] == {"kernel.panic": "2"}
    assert facts["written"]["kernel.panic"]["values"] == ["1", "2"]


def test_two_names_of_one_setting_of_the_kernel_give_each_other_their_values() -> None:
    facts = read(shown("/etc/sysctl.d/a.conf", "net.ipv4.ip_forward=0"), shown("/etc/sysctl.d/b.conf", "net.ipv4.conf.all.forwarding=1"))
    assert facts["persistent"] == {"net.ipv4.ip_forward": "1", "net.ipv4.conf.all.forwarding": "1"}
    assert facts["written"]["net.ipv4.ip_forward"]["values"] == ["0", "1"]


def test_a_file_whose_name_sorts_later_wins_whatever_its_folder_is() -> None:
    facts = read(shown("/etc/sysctl.d/10-a.conf", "kernel.panic=1"), shown("/usr/lib/sysctl.d/99-z.conf", "kernel.panic=2"))
    assert facts["persistent"] == {"kernel.panic": "2"}
    assert facts["written"]["kernel.panic"] == {"values": ["1", "2"], "files": ["/etc/sysctl.d/10-a.conf", "/usr/lib/sysctl.d/99-z.conf"]}


def test_a_vendor_value_that_the_administrator_overrides_is_no_disagreement() -> None:
    facts = read(shown("/etc/sysctl.d/50-a.conf", "kernel.panic=1"), shown("/usr/lib/sysctl.d/01-z.conf", "kernel.panic=2"))
    assert facts["written"]["kernel.panic"] == {"values": ["1"], "files": ["/etc/sysctl.d/50-a.conf"]}


def test_a_name_in_an_earlier_folder_hides_the_same_name_in_later_ones() -> None:
    facts = read(shown("/run/sysctl.d/a.conf", "kernel.panic=2"), shown("/etc/sysctl.d/a.conf", "kernel.panic=1"))
    assert facts["persistent"] == {"kernel.panic": "1"}
    assert facts["written"]["kernel.panic"]["values"] == ["1"]


def test_a_link_to_dev_null_switches_the_vendor_file_off() -> None:
    assert read("@odd /etc/sysctl.d/a.conf\n", shown("/usr/lib/sysctl.d/a.conf", "kernel.panic=2"))["persistent"] == {}


def test_the_main_file_without_a_link_is_written_but_not_read_at_boot() -> None:
    facts = read(shown("/etc/sysctl.conf", "kernel.panic=1"))
    assert facts["persistent"] == {}
    assert facts["written"]["kernel.panic"]["values"] == ["1"]
    assert facts["unread_files"] == ["/etc/sysctl.conf"]


def test_the_main_file_that_a_link_brings_in_is_read() -> None:
    link = shown("/etc/sysctl.d/99-sysctl.conf", "kernel.panic=1")
    facts = read(shown("/etc/sysctl.conf", "kernel.panic=1"), link, same="same /etc/sysctl.d/99-sysctl.conf\n")
    assert facts["persistent"] == {"kernel.panic": "1"}
    assert facts["unread_files"] == []


def test_without_systemd_the_main_file_comes_last() -> None:
    facts = read(shown("/etc/sysctl.conf", "kernel.panic=1"), shown("/etc/sysctl.d/zz.conf", "kernel.panic=2"), reader="procps")
    assert facts["persistent"] == {"kernel.panic": "1"}


def test_what_ufw_sets_when_it_starts_comes_last_and_is_written_with_slashes() -> None:
    own = shown("/etc/ufw/sysctl.conf", "# Uncomment this to log", "net/ipv4/conf/all/log_martians=0", "net/ipv4/tcp_syncookies=1")
    facts = read(shown("/etc/sysctl.d/zz.conf", "net.ipv4.conf.all.log_martians=1"), own, same="after /etc/ufw/sysctl.conf\n")
    assert facts["persistent"] == {"net.ipv4.conf.all.log_martians": "0", "net.ipv4.tcp_syncookies": "1"}
    assert facts["written"]["net.ipv4.conf.all.log_martians"]["values"] == ["0", "1"]
    assert facts["unread_files"] == []


@pytest.mark.parametrize(
    ("enabled", "found"), [("ENABLED=yes", True), ('ENABLED="YES"', True), ("ENABLED=no", False), ("#ENABLED=yes", False)]
)
def test_the_file_of_ufw_is_looked_for_where_ufw_is_on(tmp_path: Path, enabled: str, found: bool) -> None:  # noqa: FBT001
    own, files = (
        f"{tmp_path}/etc/ufw/sysctl.conf",
        {"/etc/ufw/ufw.conf": f"{enabled}\n", "/etc/ufw/sysctl.conf": "net/ipv4/tcp_syncookies=1\n"},
    )
    write_tree(tmp_path, {**files, "/etc/default/ufw": f'IPT_SYSCTL="{own}" \n', "/etc/sysctl.conf": ""})
    said = run_source(PERSISTED, tmp_path).output
    assert ("after /etc/ufw/sysctl.conf\n" in said, ":net/ipv4/tcp_syncookies=1\n" in said) == (found, found)


def test_a_file_of_ufw_that_is_not_there_sets_nothing() -> None:
    facts = read(shown("/etc/sysctl.d/a.conf", "kernel.panic=1"), "@missing /etc/ufw/sysctl.conf\n", same="after /etc/ufw/sysctl.conf\n")
    assert facts["persistent"] == {"kernel.panic": "1"}


def test_nothing_is_read_at_boot_where_the_service_is_masked() -> None:
    facts = read(shown("/etc/sysctl.d/a.conf", "kernel.panic=1"), reader="masked")
    assert facts["persistent"] == {}
    assert facts["unread_files"] == ["/etc/sysctl.d/a.conf"]


def test_a_pattern_reaches_the_settings_that_no_line_names_outright() -> None:
    running = "net/ipv4/conf/all/rp_filter:0\nnet/ipv4/conf/eth0/rp_filter:0\nnet/ipv4/conf/lo/rp_filter:0\n"
    lines = ("net.ipv4.conf.*.rp_filter = 2", "-net.ipv4.conf.all.rp_filter", "net.ipv4.conf.lo.rp_filter=1")
    facts = read(shown("/etc/sysctl.d/a.conf", *lines), running=running)
    assert facts["persistent"] == {"net.ipv4.conf.eth0.rp_filter": "2", "net.ipv4.conf.lo.rp_filter": "1"}


def test_a_minus_before_an_assignment_only_forgives_failure() -> None:
    assert read(shown("/etc/sysctl.d/a.conf", "-kernel.panic = 1"))["persistent"] == {"kernel.panic": "1"}


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("kernel.panic", "kernel.panic"),
        ("kernel/panic", "kernel.panic"),
        ("/proc/sys/x", "proc.sys.x"),
        ("net.ipv4.conf.eth0/100.rp_filter", "net.ipv4.conf.eth0/100.rp_filter"),
        ("net/ipv4/conf/eth0.100/rp_filter", "net.ipv4.conf.eth0/100.rp_filter"),
    ],
)
def test_the_first_separator_says_what_separates(written: str, key: str) -> None:
    assert normal_key(written) == key


def test_carriage_returns_and_odd_bytes_do_not_hide_a_setting() -> None:
    facts = read(shown("/etc/sysctl.d/a.conf", "kernel.panic = 1\r", "\\xff\\xfe = x", "no assignment"))
    assert facts["persistent"]["kernel.panic"] == "1"


def test_an_unreadable_file_makes_what_is_persistent_unknown_but_not_what_runs() -> None:
    facts = read("@unreadable /etc/sysctl.d/a.conf\n")
    assert facts["running"] == {"kernel.panic": "0"}
    assert isinstance(facts["persistent"], Unknown)
    assert isinstance(facts["unread_files"], Unknown)


def test_a_cut_file_is_not_half_read() -> None:
    facts = read(shown("/etc/sysctl.d/a.conf", "kernel.panic=1") + "@cut /etc/sysctl.d/a.conf\n")
    assert isinstance(facts["written"], Unknown)


def test_a_setting_that_was_denied_is_unknown_and_one_of_several_lines_keeps_them() -> None:
    found = read_running("!vm/compact_memory\nkernel/panic:0\nnet/x:a\tb\nnet/x:c\n")
    assert isinstance(found["vm.compact_memory"], Unknown)
    assert found["net.x"] == "a b\nc"


def test_no_setting_at_all_is_an_error() -> None:
    with pytest.raises(ProbeError, match="gave no settings"):
        read_running("sh: grep: not found\n")
