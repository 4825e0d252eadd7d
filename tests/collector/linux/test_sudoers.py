from pathlib import Path
from typing import Any

import pytest

from collector.facts import Unknown
from collector.files import read_files
from collector.linux import banners, sudoers
from collector.probe import Frame, Source
from tests.collector.linux.snippets import frames_of, run_source, shown, write_tree


def read(text: str, more: dict[str, str] | None = None) -> dict[str, Any]:
    output = "@version 1.9.13p3\n" + shown({"/etc/sudoers": text} | (more or {}), "440")
    return sudoers.parse(frames_of(Frame("sudoers", 0, output)))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("alice ALL=(ALL) NOPASSWD: ALL", ["/etc/sudoers:1: alice ALL=(ALL) NOPASSWD: ALL"]),
        ("alice ALL=(ALL) PASSWD: ALL", []),
        ("# alice ALL=(ALL) NOPASSWD: ALL", []),
        ("#1001 ALL=NOPASSWD:ALL", ["/etc/sudoers:1: #1001 ALL=(root) NOPASSWD: ALL"]),
        ("a ALL=(ALL) /bin/ls # NOPASSWD: ALL", []),
        ("a ALL=NOPASSWD: /bin/a, PASSWD: /bin/b, /bin/c", ["/etc/sudoers:1: a ALL=(root) NOPASSWD: /bin/a"]),
        ("a ALL=SETENV: NOPASSWD: /bin/a", ["/etc/sudoers:1: a ALL=(root) NOPASSWD: SETENV: /bin/a"]),
        ("a ALL=\\\n  NOPASSWD: ALL", ["/etc/sudoers:1: a ALL=(root) NOPASSWD: ALL"]),
        ("a web=/bin/a : db=NOPASSWD: ALL", ["/etc/sudoers:1: a db=(root) NOPASSWD: ALL"]),
        ("a web=/bin/a : db = NOPASSWD: ALL", ["/etc/sudoers:1: a db=(root) NOPASSWD: ALL"]),
        ("%ad\\ admins ALL=(ALL) NOPASSWD: ALL\r", ["/etc/sudoers:1: %ad\\ admins ALL=(ALL) NOPASSWD: ALL"]),
    ],
)
def test_commands_without_a_password_are_found(line: str, found: list[str]) -> None:
    assert read(line + "\n")["nopasswd"] == found


def test_the_last_default_counts_and_scoped_ones_do_not_count_for_all() -> None:
    found = read("Defaults use_pty\nDefaults:alice !use_pty\nDefaults pwfeedback,timestamp_timeout=5\nDefaults !pwfeedback\n")
    assert (found["settings"]["use_pty"], found["settings"]["pwfeedback"]) == (True, False)
    assert found["scoped_defaults"] == ["/etc/sudoers:2: Defaults:alice !use_pty"]


@pytest.mark.parametrize(("text", "minutes"), [("5", 5), ("2.5", 3), ("0", 0), ("-1", -1), ("x", None)])
def test_a_timeout_is_whole_minutes(text: str, minutes: int | None) -> None:
    assert read(f"Defaults timestamp_timeout = {text}\n")["settings"]["timestamp_timeout_minutes"] == minutes


def test_use_pty_is_the_default_since_1_9_14() -> None:
    assert read("")["settings"]["use_pty"] is False
    newer = Frame("sudoers", 0, "@version 1.9.15p5\n" + shown({"/etc/sudoers": ""}))
    assert sudoers.parse(frames_of(newer))["settings"]["use_pty"] is True


def test_a_quoted_value_may_hold_what_else_ends_it() -> None:
    found = read('Defaults logfile="/var/log/su,do#.log", badpass_message = "no, no"\n')
    assert found["settings"]["logfile"] == "/var/log/su,do#.log"


def test_aliases_are_those_behind_them() -> None:
    text = "User_Alias A = alice, %ops : B = A, bob\nCmnd_Alias EVERY = ALL\nB ALL=(ALL:ALL) EVERY\ncarol ALL=(www-data) ALL\n"
    assert read(text)["all_commands"] == ["%ops", "alice", "bob"]


def test_a_directory_is_read_in_order_without_names_that_sudo_skips() -> None:
    more = {f"/etc/sudoers.d/{name}": f"{name[0]} ALL=NOPASSWD:ALL\n" for name in ("b", "a", "c.bak", "d~")}
    found = read("@includedir /etc/sudoers.d\nz ALL=ALL\n", more)
    assert found["files"] == ["/etc/sudoers.d/a", "/etc/sudoers.d/b", "/etc/sudoers"]


def test_not_authenticate_is_found_for_all_and_for_some() -> None:
    found = read("Defaults !authenticate\nDefaults:a env_reset, !authenticate\nDefaults authenticate\n")
    assert [line.split(": ")[0] for line in found["not_authenticated"]] == ["/etc/sudoers:1", "/etc/sudoers:2"]


def test_an_unreadable_drop_in_leaves_all_unknown_but_the_version() -> None:
    output = shown({"/etc/sudoers": "#includedir /etc/sudoers.d\n"}) + "@unreadable /etc/sudoers.d/*\n"
    found = sudoers.parse(frames_of(Frame("sudoers", 0, output)))
    assert found["installed"] is True
    assert isinstance(found["nopasswd"], Unknown)


def test_the_snippet_finds_what_sudo_finds(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "/etc/sudoers": f"@includedir {tmp_path}/etc/sudoers.d\n#include more\n#1000 ALL=ALL\n# include no\n",
            "/etc/sudoers.d/10-a": "a ALL=ALL\n",
            "/etc/sudoers.d/x.y": "b ALL=ALL\n",
            "/etc/sudoers.d/old~": "c ALL=ALL\n",
            "/etc/more": '@include "deeper"\n',
            "/etc/deeper": "d ALL=ALL",
        },
    )
    script = sudoers.SUDOERS.script.replace("need sudo\n", "").replace("if have visudo;", "if false;")
    frame = run_source(Source("sudoers", script), tmp_path)
    assert list(read_files(frame.output).by_path) == ["/etc/sudoers", "/etc/sudoers.d/10-a", "/etc/more", "/etc/deeper"]


def notice(output: str) -> dict[str, Any]:
    return banners.parse(frames_of(Frame("banners", 0, output), Frame("sshd.effective", 69, "")))


def test_a_notice_is_compared_on_one_line() -> None:
    found = notice(shown({"/etc/issue": "Authorized use\r\n   only.\n\n", "/etc/issue.d/a.issue": "Be careful\n"}))
    assert found["issue"]["text"] == "Authorized use only. Be careful"
    assert found["issue"]["words"] == 5


@pytest.mark.parametrize("text", ["Debian GNU/Linux 12 \\n \\l", "\\S", "Kernel \\r on \\m"])
def test_a_text_that_names_the_system_is_told(text: str) -> None:
    assert notice(shown({"/etc/issue": text}))["issue"]["tells_system"] is True


def test_a_missing_file_has_no_text_and_an_unreadable_one_is_unknown() -> None:
    found = notice("@missing /etc/issue\n@unreadable /etc/motd\n")
    assert (found["issue"]["path"], found["issue"]["text"], found["issue"]["empty"]) == (None, None, True)
    assert isinstance(found["motd"], Unknown)


@pytest.mark.parametrize(
    ("said", "readable", "empty"),
    [
        ("banner none\n", False, True),
        ("banner relative\n", False, True),
        ("banner /etc/gone\n@missing /etc/gone\n", False, True),
        ("banner /etc/b\n@stat 644 0 0 0 /etc/b\n@text /etc/b\n", True, True),
        ("banner /etc/b\n@stat 644 0 0 9 /etc/b\n@text /etc/b\n:banner none\n", True, False),
    ],
)
def test_the_banner_of_sshd_is_a_file_with_text(said: str, readable: bool, empty: bool) -> None:  # noqa: FBT001 - cases of a table
    found = banners.parse(frames_of(Frame("banners", 0, ""), Frame("sshd.effective", 0, "port 22\n" + said)))["sshd"]
    assert (found["readable"], found["empty"]) == (readable, empty)
