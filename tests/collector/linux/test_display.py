"""Whether X listens on the network or is open to everybody, by the files of its login screens and sessions."""

from pathlib import Path

import pytest

from collector.facts import Unknown
from collector.files import read_files
from collector.linux.desktop import DESKTOP
from collector.linux.display import NAMED, read_display
from collector.linux.shown import split_shown
from tests.collector.linux.snippets import run_source, shown, write_tree

LIGHTDM, SERVERS, SESSION = "/etc/lightdm/lightdm.conf", "/etc/X11/xdm/Xservers", "/etc/X11/Xsession.d/50x"


def found(tmp_path: Path, files: dict[str, str]) -> dict[str, list[str] | Unknown]:
    write_tree(tmp_path, files)
    return read_display(split_shown(run_source(DESKTOP, tmp_path).output)[1])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (LIGHTDM, "[Seat:*]\nxserver-allow-tcp=true\n"),
        (LIGHTDM, "[Seat:*]\r\nxserver-allow-tcp = false\r\nxserver-allow-tcp = true\r\n"),
        ("/etc/lightdm/lightdm.conf.d/10.conf", "[Seat:*]\nxserver-allow-tcp=true\n"),
        ("/etc/gdm3/daemon.conf", "[security]\nDisallowTCP=false\n"),
        ("/etc/gdm/custom.conf", "[security]\nDisallowTCP=0"),
        (SERVERS, ":0 local /usr/bin/X :0 vt7 -listen tcp\n"),
        ("/etc/X11/xinit/xserverrc", '#!/bin/sh\nexec /usr/bin/X -listen tcp "$@"\n'),
        ("/etc/sddm.conf.d/x.conf", "[X11]\nServerArguments=-listen tcp\n"),
    ],
)
def test_a_file_that_has_x_listen_is_named(tmp_path: Path, path: str, text: str) -> None:
    assert found(tmp_path, {path: text}) == {"listens": [path], "opened": []}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (LIGHTDM, "[Seat:*]\n#xserver-allow-tcp=true\nxserver-allow-tcp=true\nxserver-allow-tcp=false\n"),
        (LIGHTDM, ""),
        ("/etc/gdm3/daemon.conf", "[security]\nDisallowTCP=true\n"),
        ("/etc/X11/xinit/xserverrc", 'exec /usr/bin/X -nolisten tcp "$@"\n'),
        (SERVERS, "#:0 local /usr/bin/X -listen tcp\n"),
        (SESSION, "xhost -\n#xhost +\nxhost +si:localuser:root\n"),
    ],
)
def test_what_is_commented_out_or_says_no_is_not(tmp_path: Path, path: str, text: str) -> None:
    assert found(tmp_path, {path: text}) == {"listens": [], "opened": []}


@pytest.mark.parametrize("line", ["xhost +", "  /usr/bin/xhost + >/dev/null", "[ -x /usr/bin/xhost ] && xhost +"])
def test_a_display_that_is_opened_to_everybody_is_named(tmp_path: Path, line: str) -> None:
    assert found(tmp_path, {SESSION: f"#!/bin/sh\n{line}\n"})["opened"] == [SESSION]


def test_the_lines_of_session_scripts_stay_on_the_host(tmp_path: Path) -> None:
    write_tree(tmp_path, {SESSION: "export TOKEN=PLANTED\n[ -f /x ] && echo PLANTED\nxhost +\n"})
    assert "PLANTED" not in run_source(DESKTOP, tmp_path).output


def test_what_may_not_be_read_or_was_not_asked_is_unknown() -> None:
    unasked = Unknown(f"{NAMED[1]}: was not shown by the collection script")
    assert read_display(read_files(f"@unreadable {NAMED[0]}\n"))["listens"] == unasked
    every = "".join(f"@missing {path}\n" for path in (*NAMED, "/etc/gdm3/daemon.conf", "/etc/gdm3/custom.conf", "/etc/gdm/custom.conf"))
    closed = every.replace(f"@missing {LIGHTDM}", f"@unreadable {LIGHTDM}")
    assert read_display(read_files(every + shown({SESSION: "xhost +"})))["opened"] == [SESSION]
    assert read_display(read_files(closed))["opened"] == Unknown(f"{LIGHTDM}: permission denied; collect as root or with sudo")
