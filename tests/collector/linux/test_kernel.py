"""The kernel probe: which release is the newest, and what the firmware's variable says."""

import pytest

from collector.facts import Unknown
from collector.linux.kernel import KERNEL, parse
from collector.linux.shown import numbers
from collector.probe import Frame, Frames

HEAD = "release 5.14.0-70.5.1.el9_0.x86_64\nbuild #1 SMP\n"


def read(*lines: str) -> dict[str, object]:
    return parse(Frames({KERNEL.name: Frame(KERNEL.name, 0, HEAD + "".join(f"{line}\n" for line in lines))}))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("6.1.0-9-amd64", "6.1.0-28-amd64"),
        ("5.14.0-70.el9.x86_64", "5.14.0-70.5.1.el9_0.x86_64"),
        ("5.14.0-427.el9.x86_64", "5.14.0-427.13.1.el9_4.x86_64"),
        ("5.15.0-91-generic", "6.2.0-1-generic"),
        ("5.14.21-150500.55.7-default", "5.14.21-150500.55.36-default"),
    ],
)
def test_releases_compare_by_their_numbers(older: str, newer: str) -> None:
    assert numbers(older) < numbers(newer)


def test_another_flavour_of_the_same_release_is_not_newer() -> None:
    assert read("installed 5.14.0-70.5.1.el9_0.x86_64+debug")["running_is_newest"] is True


def test_the_rescue_kernel_and_odd_names_are_no_releases() -> None:
    assert read("installed 0-rescue-4f0c", "installed extra", "installed 5.14.0-70.5.1.el9_0.x86_64")["installed"] == [
        "5.14.0-70.5.1.el9_0.x86_64"
    ]


def test_a_truncated_firmware_variable_is_unknown_and_none_at_all_means_off() -> None:
    assert isinstance(read("secureboot 6 0 0")["secure_boot"], Unknown)
    assert read()["secure_boot"] is False
    assert read("secureboot 6 0 0 0 1")["secure_boot"] is True


def test_lockdown_that_could_not_be_seen_is_not_the_same_as_a_kernel_without_it() -> None:
    assert isinstance(read("unreadable lockdown")["lockdown"], Unknown)
    assert read()["lockdown"] is None
