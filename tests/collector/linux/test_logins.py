"""Records of logins, as far as they reach."""

from datetime import date

import pytest

from collector.linux.logins import read_logins
from collector.probe import ProbeError


def test_the_latest_of_several_records_counts() -> None:
    records, last, _ = read_logins("records lastlog\nlogin 3 Nov 2026 alice\nrecords wtmp\nlogin 20 Nov 2026 alice\n")
    assert (records, last) == (["lastlog", "wtmp"], {"alice": date(2026, 11, 20)})


def test_a_day_of_the_epoch_is_no_login() -> None:
    assert read_logins("records lastlog\nlogin 1 Jan 1970 bob\n")[1] == {}


def test_where_wtmp_begins_is_no_account() -> None:
    assert read_logins("records wtmp\nbegins 1 Nov 2026\n")[1:] == ({}, date(2026, 11, 1))


def test_garbage_between_the_lines_is_passed_over() -> None:
    assert read_logins("records wtmp\nlogin soon\nlogin 3 Xyz 2026 eve\nwhatever\n")[1] == {}


def test_a_record_that_is_roots_alone_is_an_error() -> None:
    with pytest.raises(ProbeError, match="permission denied"):
        read_logins("records lastlog\nhidden /var/log/wtmp\n")
