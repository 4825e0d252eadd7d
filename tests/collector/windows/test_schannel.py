"""What Schannel takes part in, from the two values of the registry and the release, with Microsoft's documented defaults."""

import pytest

from collector.facts import Unknown, Value
from collector.windows.release import Kind, Release
from collector.windows.schannel import PROTOCOLS, STATES, default, effective

SERVER_2016, SERVER_2019, WINDOWS_10 = Release(14393, "member_server"), Release(17763, "member_server"), Release(19045, "workstation")
SERVER_2022, WINDOWS_11, SERVER_2025 = Release(20348, "domain_controller"), Release(22631, "workstation"), Release(26100, "member_server")


@pytest.mark.parametrize(
    ("protocol", "release", "state"),
    [
        ("SSL 2.0", SERVER_2016, "unsupported"),
        ("SSL 3.0", SERVER_2016, "disabled"),
        ("TLS 1.0", SERVER_2019, "enabled"),
        ("TLS 1.1", WINDOWS_11, "enabled"),
        ("TLS 1.2", SERVER_2016, "enabled"),
        ("TLS 1.3", WINDOWS_10, "unsupported"),
        ("TLS 1.3", SERVER_2022, "enabled"),
        ("DTLS 1.2", SERVER_2025, "enabled"),
    ],
)
def test_a_release_does_by_itself_what_is_documented(protocol: str, release: Release, state: str) -> None:
    assert default(protocol, release) == state
    assert effective(protocol, None, None, release) == state


@pytest.mark.parametrize("protocol", ["TLS 1.0", "TLS 1.1", "DTLS 1.0"])
def test_what_the_newest_releases_do_by_themselves_is_not_guessed(protocol: str) -> None:
    assert isinstance(effective(protocol, None, None, SERVER_2025), Unknown)
    assert effective(protocol, 0, None, SERVER_2025) == "disabled"
    assert effective(protocol, 1, 0, SERVER_2025) == "enabled"


@pytest.mark.parametrize(
    ("enabled", "left_out", "state"),
    [
        (0, None, "disabled"),
        (0, 0, "disabled"),
        (0, 1, "disabled"),
        (1, 0, "enabled"),
        (1, None, "enabled"),
        (0xFFFFFFFF, 0, "enabled"),
        (1, 1, "on_demand"),
        (None, 1, "on_demand"),
        (None, 0, "enabled"),
    ],
)
def test_both_values_together_decide(enabled: Value, left_out: Value, state: str) -> None:
    assert effective("TLS 1.2", enabled, left_out, SERVER_2019) == state


def test_a_protocol_that_windows_no_longer_has_cannot_be_switched_on() -> None:
    assert effective("SSL 2.0", 1, 0, SERVER_2019) == "unsupported"
    assert effective("TLS 1.3", 1, 0, WINDOWS_10) == "unsupported"


def test_what_is_certainly_off_needs_no_release() -> None:
    nobody_said = Unknown("windows.release: not collected")
    assert effective("TLS 1.0", 0, Unknown("a text"), nobody_said) == "disabled"
    assert effective("TLS 1.0", 1, 0, nobody_said) is nobody_said


@pytest.mark.parametrize("build", [10240, 10586, 14393, 15063, 16299, 17763, 18363, 19045, 20348, 22000, 22631, 25398, 26100, 28000])
@pytest.mark.parametrize("kind", ["workstation", "member_server"])
def test_every_release_has_a_word_or_a_reason(build: int, kind: Kind) -> None:
    for protocol in PROTOCOLS:
        found = default(protocol, Release(build, kind))
        assert isinstance(found, Unknown) or found in STATES
