"""rsyslog: where messages go, by old and new ways of writing it."""

import pytest

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


@pytest.mark.parametrize(
    "line",
    [
        "auth,authpriv.* /var/log/auth.log",
        "*.info;mail.none;cron.none -/var/log/messages",
        "authpriv.info @@logs.example.mil",
        '*.* action(type="omfwd" target="a")',
        "*.none;auth.=info |/run/pipe",
        "*.*;auth.!=debug /var/log/all",
        "security.* /var/log/old",
        "if $syslogfacility-text == 'authpriv' then /var/log/secure",
    ],
)
def test_a_rule_that_keeps_messages_about_logins_is_seen(line: str) -> None:
    assert read_rsyslog([line])["logs_logins"]


@pytest.mark.parametrize(
    "line",
    [
        "*.*;auth,authpriv.none -/var/log/syslog",
        "*.emerg :omusrmsg:*",
        "*.=debug;auth.none;news.none /var/log/debug",
        "auth.err /var/log/errors",
        "auth.*;auth.!info /var/log/odd",
        "auth,authpriv.* ~",
        "auth,authpriv.* root,joey",
        "kern.* /var/log/auth.log",
        "$WorkDirectory /var/spool/auth.d",
    ],
)
def test_one_that_leaves_them_out_or_keeps_nothing_is_not(line: str) -> None:
    assert not read_rsyslog([line])["logs_logins"]


def test_a_mode_holds_for_the_rules_below_it_and_the_loosest_is_told() -> None:
    opened = ["$FileCreateMode 0644", "cron.* /var/log/cron", "$FileCreateMode 0600", "auth.* /var/log/auth"]
    assert read_rsyslog(opened)["file_mode"] == "0644"
    assert read_rsyslog([*opened[2:], "$FileCreateMode 0666"])["file_mode"] == "0600"
    assert read_rsyslog(["$FileCreateMode 0600", 'auth.* action(type="omfile" file="/a" FileCreateMode="0640")'])["file_mode"] == "0640"
    assert read_rsyslog(["auth.* /var/log/auth"])["file_mode"] == "0644"
