"""Login screens and displays: X on the network or open to everybody, logins from elsewhere or without asking, by real files."""

from pathlib import Path

import pytest

from collector.facts import Unknown
from collector.files import read_files
from collector.linux.desktop import DESKTOP
from collector.linux.display import NAMED, XDM, read_display, read_login_screens
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
        (LIGHTDM, "[Seat:seat0]\nxserver-command=X -core -listen tcp\n"),
        (LIGHTDM, "[SeatDefaults]\nxserver-allow-tcp=true\n"),
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


def test_the_last_file_that_a_login_screen_reads_decides(tmp_path: Path) -> None:
    early, late = "/etc/lightdm/lightdm.conf.d/10.conf", "/etc/lightdm/lightdm.conf.d/20.conf"
    allow, refuse = "[Seat:*]\nxserver-allow-tcp=true\n", "[Seat:*]\nxserver-allow-tcp=false\n"
    assert found(tmp_path, {early: allow, late: refuse})["listens"] == []
    assert found(tmp_path, {late: allow})["listens"] == [late]
    assert found(tmp_path, {LIGHTDM: refuse})["listens"] == []


@pytest.mark.parametrize("line", ["xhost +", "  /usr/bin/xhost + >/dev/null", "[ -x /usr/bin/xhost ] && xhost +"])
def test_a_display_that_is_opened_to_everybody_is_named(tmp_path: Path, line: str) -> None:
    assert found(tmp_path, {SESSION: f"#!/bin/sh\n{line}\n"})["opened"] == [SESSION]


def test_the_lines_of_session_scripts_stay_on_the_host(tmp_path: Path) -> None:
    write_tree(tmp_path, {SESSION: "export TOKEN=PLANTED\n[ -f /x ] && echo PLANTED\nxhost +\n"})
    assert "PLANTED" not in run_source(DESKTOP, tmp_path).output


def test_what_may_not_be_read_or_was_not_asked_is_unknown() -> None:
    unasked = Unknown(f"{NAMED[1]}: was not shown by the collection script")
    assert read_display(read_files(f"@missing {NAMED[0]}\n"))["listens"] == unasked
    every = "".join(f"@missing {path}\n" for path in NAMED)
    closed = every.replace(f"@missing {LIGHTDM}", f"@unreadable {LIGHTDM}")
    assert read_display(read_files(every + shown({SESSION: "xhost +"})))["opened"] == [SESSION]
    assert read_display(read_files(closed))["opened"] == Unknown(f"{LIGHTDM}: permission denied; collect as root or with sudo")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/etc/profile.d/x.sh", '[ -n "$DISPLAY" ] && xhost +'),
        ("/etc/xdg/autostart/x.desktop", "Exec=xhost +"),
        ("/etc/xdg/autostart/x.desktop", "Exec=sh -c 'xhost +'"),
        ("/etc/gdm3/PreSession/Default", "/usr/bin/xhost +"),
    ],
)
def test_a_display_is_opened_outside_of_the_folders_of_x_too(tmp_path: Path, path: str, line: str) -> None:
    assert found(tmp_path, {path: f"{line}\n"})["opened"] == [path]


def test_a_display_that_somebodys_own_session_opens_is_named() -> None:
    missing = "".join(f"@missing {path}\n" for path in NAMED)
    people = {"/home/ana/.xsessionrc": "xhost +", "/home/b/.config/autostart/x.desktop": "Exec=xhost +", "/home/c/.bashrc": "#xhost +"}
    assert read_display(read_files(missing + shown(people)))["opened"] == ["/home/ana/.xsessionrc", "/home/b/.config/autostart/x.desktop"]


def screens(tmp_path: Path, files: dict[str, str], *, xdm: bool = False) -> dict[str, list[str] | Unknown]:
    write_tree(tmp_path, files)
    return read_login_screens(split_shown(run_source(DESKTOP, tmp_path).output)[1], xdm=xdm)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (LIGHTDM, "[XDMCPServer]\nenabled=true\nport=177\n"),
        (LIGHTDM, "[XDMCPServer]\r\nenabled = false\r\nenabled = true\r\n"),
        ("/etc/lightdm/lightdm.conf.d/10.conf", "[XDMCPServer]\nenabled=true\n"),
        ("/etc/gdm3/daemon.conf", "[xdmcp]\nEnable=true\n"),
        (XDM, "! SECURITY\nDisplayManager.errorLogFile: /var/log/xdm.log\n"),
        (XDM, "!DisplayManager.requestPort: 0\nDisplayManager.requestPort: 177\n"),
    ],
)
def test_a_login_screen_that_answers_other_hosts_is_named_by_its_file(tmp_path: Path, path: str, text: str) -> None:
    assert screens(tmp_path, {path: text}, xdm=path == XDM) == {"remote": [path], "automatic": []}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (LIGHTDM, "#[XDMCPServer]\n#enabled=true\n[VNCServer]\nenabled=true\n"),
        (LIGHTDM, "[XDMCPServer]\nenabled=false\n#enabled=true\n"),
        ("/etc/gdm3/daemon.conf", "[xdmcp]\n[debug]\nEnable=true\n"),
        (XDM, "DisplayManager.requestPort:\t0\n"),
        (XDM, "DisplayManager*requestPort: 177\nDisplayManager*requestPort: 0\n"),
    ],
)
def test_a_login_screen_that_answers_nobody_elsewhere_is_not(tmp_path: Path, path: str, text: str) -> None:
    assert screens(tmp_path, {path: text}, xdm=path == XDM)["remote"] == []


def test_xdm_answers_only_where_it_is_installed(tmp_path: Path) -> None:
    assert screens(tmp_path, {XDM: ""})["remote"] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (LIGHTDM, "[Seat:*]\nautologin-user=kiosk\n"),
        (LIGHTDM, "[Seat:seat0]\nautologin-guest=true\n"),
        ("/etc/sddm.conf", "[Autologin]\nUser=kiosk\nSession=plasma\n"),
    ],
)
def test_a_login_without_asking_is_named_by_its_file(tmp_path: Path, path: str, text: str) -> None:
    assert screens(tmp_path, {path: text})["automatic"] == [path]


@pytest.mark.parametrize(
    "files",
    [
        {LIGHTDM: "[Seat:*]\n#autologin-user=kiosk\nautologin-user=\nautologin-guest=false\n"},
        {"/etc/sddm.conf.d/a.conf": "[Autologin]\nUser=kiosk\n", "/etc/sddm.conf": "[Autologin]\nUser=\n"},
        {"/etc/sddm.conf": "[X11]\nUser=kiosk\n"},
    ],
)
def test_a_login_screen_that_asks_everybody_is_not(tmp_path: Path, files: dict[str, str]) -> None:
    assert screens(tmp_path, files)["automatic"] == []


def test_a_bundle_that_did_not_ask_about_login_screens_leaves_them_unknown() -> None:
    missing = "".join(f"@missing {path}\n" for path in NAMED)
    assert read_login_screens(read_files(missing), xdm=False)["remote"] == Unknown(f"{XDM}: was not shown by the collection script")
