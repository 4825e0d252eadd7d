"""Access lists in SDDL: whom they let do what, entry by entry as Windows goes through them."""

import pytest

from collector.probe import ProbeError
from collector.windows.access_lists import (
    APPEND_DATA,
    CHANGE_FILE,
    CHANGE_FOLDER,
    MAKE_FOLDER,
    ORDINARY,
    READ_DATA,
    STRANGER,
    WRITE_DATA,
    read_access_list,
)

ROOT_OF_A_DRIVE = "O:SYG:SYD:PAI(A;;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"


@pytest.mark.parametrize(
    ("text", "rights"),
    [
        ("O:BAG:BAD:(A;;FR;;;BU)", READ_DATA),
        ("O:BAG:BAD:(A;;0x1200a9;;;WD)", READ_DATA),
        ("O:BAG:BAD:(A;;1179817;;;AU)", READ_DATA),
        ("O:BAG:BAD:(A;;GRGX;;;IU)", READ_DATA),
        ("O:BAG:BAD:(A;;FR;;;S-1-5-21-1-2-3-513)", READ_DATA),
        ("O:BAG:BAD:(A;;FR;;;BA)(A;;FR;;;SY)", 0),
        ("O:BAG:BAD:(A;OICIIO;FA;;;WD)", 0),
        ("O:BAG:BAD:", 0),
        ("D:(A;;FR;;;DU)S:(AU;SA;FA;;;WD)", READ_DATA),
    ],
)
def test_ordinary_users_read_what_is_given_to_a_group_of_theirs(text: str, rights: int) -> None:
    assert read_access_list(text).rights(ORDINARY) & READ_DATA == rights


def test_a_refusal_counts_only_for_what_no_entry_before_it_has_given() -> None:
    refused_first = read_access_list("D:(D;;FW;;;BU)(A;;FA;;;WD)").rights(ORDINARY)
    given_first = read_access_list("D:(A;;FA;;;WD)(D;;FW;;;BU)").rights(ORDINARY)
    assert (refused_first & WRITE_DATA, refused_first & READ_DATA) == (0, READ_DATA)
    assert given_first & WRITE_DATA


def test_a_refusal_of_a_group_that_somebody_is_not_in_does_not_count() -> None:
    assert read_access_list("D:(D;;FA;;;BG)(A;;FA;;;WD)").rights(ORDINARY) & CHANGE_FILE
    assert not read_access_list("D:(D;;FA;;;BG)(A;;FA;;;WD)").rights(STRANGER)


def test_the_root_of_a_drive_lets_users_make_folders_and_change_nothing() -> None:
    rights = read_access_list(ROOT_OF_A_DRIVE).rights(ORDINARY)
    assert rights & MAKE_FOLDER == APPEND_DATA
    assert not rights & CHANGE_FOLDER


@pytest.mark.parametrize("text", ["D:NO_ACCESS_CONTROL", "O:BAG:BAD:NO_ACCESS_CONTROL"])
def test_without_a_list_everybody_may_do_everything(text: str) -> None:
    assert read_access_list(text).rights(STRANGER) & CHANGE_FILE
    assert read_access_list(text).holders(WRITE_DATA) == ["S-1-1-0"]


def test_those_to_whom_a_right_is_given_are_listed_once_and_in_order() -> None:
    entries = "D:(A;;0xf0005;;;SY)(A;;0x5;;;BA)(A;;0x1;;;S-1-5-32-573)(D;;0x4;;;BG)(A;;0x4;;;BA)(A;;FA;;;DA)"
    assert read_access_list(entries).holders(0x4) == ["-512", "S-1-5-18", "S-1-5-32-544"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "O:BAG:BA",
        "D:(A;;FA;;;nobody)",
        "D:(A;;ZZ;;;WD)",
        "D:(A;;0xZZ;;;WD)",
        "D:(A;;FA;WD)",
        'D:(XA;;FA;;;WD;(@USER.Title=="VP"))',
        "D:(OA;;CCDC;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)",
        "D:(A;;FA;;;WD)(A;;FA",
    ],
)
def test_what_is_not_understood_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(ProbeError):
        read_access_list(text)
