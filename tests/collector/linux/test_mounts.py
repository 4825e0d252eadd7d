"""Mount options as mount(8) adds them up, and encryption as the device mapper tells it."""

import pytest

from collector.linux.mounts import Block, effective, encrypted, read_blocks, read_fstab, read_mounts
from collector.probe import ProbeError


@pytest.mark.parametrize(
    ("words", "held"),
    [
        ("defaults", []),
        ("defaults,nodev,noexec", ["nodev", "noexec"]),
        ("noexec,exec", []),
        ("exec,noexec", ["noexec"]),
        ("user", ["noexec", "nosuid", "nodev", "user"]),
        ("user,exec", ["nosuid", "nodev", "user"]),
        ("exec,user", ["noexec", "nosuid", "nodev", "user"]),
        ("rw,ro", ["ro"]),
        ("x-systemd.automount,nosuid", ["nosuid"]),
        ("", []),
    ],
)
def test_options_hold_as_their_order_says(words: str, held: list[str]) -> None:
    assert effective(words.split(",")) == held


def test_comments_swap_and_short_lines_of_fstab_are_no_mounts() -> None:
    lines = [
        "# /dev/a /a ext4 defaults",
        "",
        "/dev/b",
        "/dev/c none swap sw 0 0",
        "/dev/d /d/ ext4",
        "a\\040b /with\\040blank ext4 noexec 0 0",
    ]
    found = dict(read_fstab(lines))
    assert found == {
        "/d": {"source": "/dev/d", "type": "ext4", "options": [], "from": "/etc/fstab"},
        "/with blank": {"source": "a b", "type": "ext4", "options": ["noexec"], "from": "/etc/fstab"},
    }


def test_the_last_line_of_fstab_for_a_mount_point_lies_on_top() -> None:
    found = dict(read_fstab(["tmpfs /srv tmpfs noexec", "tmpfs /srv tmpfs nodev"]))
    assert found["/srv"]["options"] == ["nodev"]


def test_a_mount_over_another_is_what_is_seen() -> None:
    found = read_mounts("1 0 0:1 / /srv rw - tmpfs tmpfs rw\n2 0 0:2 / /srv rw,noexec - tmpfs tmpfs rw\n")
    assert found["/srv"].options == ("rw", "noexec")


def test_a_line_of_mountinfo_that_is_cut_is_an_error() -> None:
    with pytest.raises(ProbeError, match="not understood"):
        read_mounts("1 0 0:1 / /srv rw\n")


def test_every_leg_of_a_volume_must_be_encrypted() -> None:
    rows = "sda|8:0|||\nsdb|8:16|||\ndm-0|253:0|luks|CRYPT-| sda\nmd0|9:0||| dm-0 sdb\nmd1|9:1||| dm-0\n"
    blocks = read_blocks(rows)
    assert not encrypted(blocks["md0"], blocks)
    assert encrypted(blocks["md1"], blocks)
    assert not encrypted(Block("sda", "8:0", "", "", ()), blocks)
