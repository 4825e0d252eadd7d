"""Limits on idle sessions, as shells and systemd take them."""

import pytest

from collector.files import read_files
from collector.linux import systemd_conf
from collector.linux.sessions import read_tmout
from collector.probe import ProbeError


def test_a_value_that_is_readonly_stays() -> None:
    assert read_tmout(["readonly TMOUT=600", "TMOUT=0"])["seconds"] == 600


def test_without_readonly_the_last_value_wins() -> None:
    assert read_tmout(["TMOUT=600", "export TMOUT=1200"]) == {"seconds": 1200, "readonly": False, "exported": True}


def test_three_ways_to_make_it_readonly() -> None:
    for lines in (
        ["typeset -xr TMOUT=9"],
        ["declare -x -r TMOUT=9"],
        ["TMOUT=9", "readonly TMOUT"],
        ["TMOUT=9; readonly TMOUT; export TMOUT"],
    ):
        assert read_tmout(lines)["readonly"], lines


def test_a_use_of_the_variable_is_no_setting() -> None:
    assert read_tmout(['echo "TMOUT=$TMOUT"', "test $TMOUT -gt 5"])["seconds"] is None


def shown(*files: tuple[str, str]) -> str:
    return "".join(f"@stat 644 0 0 1 {path}\n@text {path}\n" + "".join(f":{line}\n" for line in text.splitlines()) for path, text in files)


def test_a_drop_in_of_the_administrator_masks_one_of_the_distribution() -> None:
    files = read_files(shown(("/usr/lib/systemd/a.conf.d/1.conf", "[X]\nK=far"), ("/etc/systemd/a.conf.d/1.conf", "[X]\nK=near")))
    assert systemd_conf.read_settings(files, "a.conf", "X") == {"K": "near"}


def test_drop_ins_come_after_the_file_in_the_order_of_their_names() -> None:
    files = read_files(
        shown(
            ("/etc/systemd/a.conf", "[X]\nK=1\nL=1"),
            ("/etc/systemd/a.conf.d/9.conf", "[X]\nK=9"),
            ("/run/systemd/a.conf.d/5.conf", "[X]\nK=5"),
        )
    )
    assert systemd_conf.read_settings(files, "a.conf", "X") == {"K": "9", "L": "1"}


def test_an_empty_value_takes_a_setting_back() -> None:
    assert systemd_conf.read_settings(read_files(shown(("/etc/systemd/a.conf", "[X]\nK=1\nK="))), "a.conf", "X") == {}


def test_an_unreadable_drop_in_is_an_error() -> None:
    with pytest.raises(ProbeError, match="permission denied"):
        systemd_conf.read_settings(read_files("@unreadable /etc/systemd/a.conf.d/1.conf\n"), "a.conf", "X")


def test_time_spans() -> None:
    assert [systemd_conf.seconds(text) for text in ("900", "15min", "1h 30min", "infinity")] == [900, 900, 5400, None]
    with pytest.raises(ProbeError, match="not a time span"):
        systemd_conf.seconds("soon")
