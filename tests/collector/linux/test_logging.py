"""rsyslog: where messages go, by old and new ways of writing it."""

from collector.linux.logging import read_rsyslog


def test_old_targets_are_read_with_their_ports() -> None:
    found = read_rsyslog(["*.* @@(o)logs.example.mil:6514", "auth.* @192.0.2.1", "*.info @@[2001:db8::1]:601"])
    assert found["remote"] == ["tcp [2001:db8::1]:601", "tcp logs.example.mil:6514", "udp 192.0.2.1:514"]


def test_an_action_over_several_lines_is_one() -> None:
    found = read_rsyslog(['*.* action(type="omfwd"', '  target="a" port="6514"', '  protocol="tcp" StreamDriverMode="1")'])
    assert (found["remote"], found["remote_plain"]) == (["tcp a:6514"], [])


def test_udp_is_never_encrypted() -> None:
    assert read_rsyslog(["$ActionSendStreamDriverMode 1", "*.* @a"])["remote_plain"] == ["udp a:514"]


def test_files_are_no_targets() -> None:
    found = read_rsyslog(["*.* -/var/log/syslog", "mail.* /var/log/mail@x", "*.emerg :omusrmsg:*"])
    assert found["remote"] == []


def test_the_last_mode_of_new_files_wins() -> None:
    assert read_rsyslog(["$FileCreateMode 0644", "$FileCreateMode 640"])["file_mode"] == "0640"


def test_listening_is_seen_in_both_ways_of_writing() -> None:
    assert read_rsyslog(['input(type="imudp" port="514")'])["receives"]
    assert read_rsyslog(["$InputTCPServerRun 514"])["receives"]
    assert not read_rsyslog(['module(load="imudp")'])["receives"]
