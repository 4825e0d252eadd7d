"""Signature checking as apt, dnf and zypper understand their files."""

import pytest

from collector.linux.repositories import apt_true, read_reduced, unchecked_apt
from collector.linux.updates import _interval
from collector.probe import ProbeError


@pytest.mark.parametrize(
    ("line", "loose"),
    [
        ("deb http://x stable main", False),
        ("deb [trusted=yes] http://x stable main", True),
        ("deb [arch=amd64 trusted=yes] http://x stable main", True),
        ("deb [trusted=no] http://x stable main", False),
        ("deb [allow-insecure=yes] http://x stable main", True),
        ("deb [signed-by=/usr/share/trusted.gpg] http://x stable main", False),
        ("deb-src [ trusted=yes ] http://x stable main", True),
    ],
)
def test_a_source_line_is_loose_only_by_its_options(line: str, loose: bool) -> None:  # noqa: FBT001 - a column of the table
    assert bool(unchecked_apt({"/etc/apt/sources.list": [line]})) is loose


def test_a_disabled_stanza_is_not_used() -> None:
    stanza = ["Types: deb", "URIs: http://x", "Suites: stable", "Trusted: yes"]
    assert unchecked_apt({"/etc/apt/sources.list.d/a.sources": stanza}) == ["/etc/apt/sources.list.d/a.sources: http://x stable"]
    assert unchecked_apt({"/etc/apt/sources.list.d/a.sources": [*stanza, "Enabled: no"]}) == []


def test_truth_values_are_those_of_apt() -> None:
    assert [apt_true(word) for word in ("1", "yes", "TRUE", "on", "0", "no", "", None)] == [
        True,
        True,
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert apt_true(None, default=True)


def test_an_unreadable_file_is_an_error() -> None:
    with pytest.raises(ProbeError, match="permission denied"):
        read_reduced("@unreadable /etc/apt/sources.list\n")


def test_an_interval_of_zero_is_off() -> None:
    assert [_interval(word) for word in ("1", "7", "always", "12h", "0", "00", "", None)] == [
        True,
        True,
        True,
        True,
        False,
        False,
        False,
        False,
    ]
