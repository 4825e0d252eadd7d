"""States of unit files against what `systemctl list-unit-files` says of the same links."""

import pytest

from collector.linux.unit_files import UNIT_FILES, read_units, script_names
from collector.probe import Frame, Frames, ProbeError

ETC, LIB = "@folder /etc/systemd/system\n", "@folder /usr/lib/systemd/system\n"


def states(text: str) -> dict[str, str]:
    return dict(read_units(frames(text)).state)


def frames(text: str, exit_code: int = 0) -> Frames:
    return Frames({UNIT_FILES.name: Frame(UNIT_FILES.name, exit_code, text)})


def test_a_unit_without_install_section_is_static_and_one_with_it_disabled() -> None:
    text = f"{LIB}a.service\nb.service\nc.service\n@install /usr/lib/systemd/system/b.service WantedBy\n"
    text += "@install /usr/lib/systemd/system/c.service Also\n"
    assert states(text) == {"a.service": "static", "b.service": "disabled", "c.service": "indirect"}


def test_a_link_in_wants_enables_and_starts_at_boot() -> None:
    wants = "@folder /etc/systemd/system/multi-user.target.wants\na.service /usr/lib/systemd/system/a.service\n"
    units = read_units(frames(f"{wants}{LIB}a.service\n"))
    assert units.state == {"a.service": "enabled"}
    assert units.at_boot == {"a.service"}


def test_a_vendor_link_starts_a_unit_that_stays_static() -> None:
    units = read_units(frames(f"{LIB}a.service\n@folder /usr/lib/systemd/system/sysinit.target.wants\na.service ../a.service\n"))
    assert units.state == {"a.service": "static"}
    assert units.at_boot == {"a.service"}


def test_a_masked_unit_does_not_start_whatever_links_to_it() -> None:
    wants = "@folder /etc/systemd/system/x.target.wants\na.service /usr/lib/systemd/system/a.service\n"
    units = read_units(frames(f"{ETC}a.service /dev/null\n{wants}{LIB}a.service\n"))
    assert units.state == {"a.service": "masked"}
    assert not units.at_boot


def test_an_instance_enables_its_template() -> None:
    text = f"@folder /etc/systemd/system/getty.target.wants\ngetty@tty1.service /lib/systemd/system/getty@.service\n{LIB}getty@.service\n"
    units = read_units(frames(text))
    assert units.state == {"getty@.service": "enabled"}
    assert units.at_boot == {"getty@.service", "getty@tty1.service"}


def test_a_name_by_which_others_ask_for_a_unit_enables_it() -> None:
    assert states(f"{ETC}display-manager.service /usr/lib/systemd/system/gdm.service\n{LIB}gdm.service\n") == {
        "display-manager.service": "alias",
        "gdm.service": "enabled",
    }


def test_a_file_in_etc_hides_the_vendors() -> None:
    text = f"{ETC}a.service\n{LIB}a.service\n@install /usr/lib/systemd/system/a.service WantedBy\n"
    assert states(text) == {"a.service": "static"}


def test_a_link_out_of_the_folders_is_linked_and_not_started() -> None:
    units = read_units(frames(f"{ETC}a.service /opt/a/a.service\n{LIB}b.service\n"))
    assert units.state["a.service"] == "linked"
    assert not units.at_boot


def test_a_mask_until_restart_says_so() -> None:
    assert states("@folder /run/systemd/system\na.service /dev/null\n")["a.service"] == "masked-runtime"


def test_no_systemd_unreadable_folders_and_no_output_are_errors() -> None:
    for text, code, message in (
        ("", 69, "not installed"),
        ("@unreadable /etc/systemd/system\n", 0, "permission denied"),
        ("", 0, "no unit files"),
    ):
        with pytest.raises(ProbeError, match=message):
            read_units(frames(text, code))


def test_start_links_give_service_names() -> None:
    assert script_names(["S01ssh", "S20hwclock.sh", "K01gone", "README"]) == {"ssh.service", "hwclock.service"}
