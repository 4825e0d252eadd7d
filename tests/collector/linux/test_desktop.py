"""What dconf's files come to, and how GDM lets people in."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.files import read_files
from collector.linux.desktop import DESKTOP, PROBES, read_dconf
from collector.probe import Frames
from collector.read import read_probe
from tests.collector.linux.snippets import frames_of, run_source, shown, write_tree

IDLE = "org/gnome/desktop/session/idle-delay"
PROFILE = "/etc/dconf/profile/user"


def test_the_last_file_of_a_database_wins_and_the_first_database_of_the_profile() -> None:
    files = read_files(
        shown(
            {
                PROFILE: "user-db:user\nsystem-db:local\nsystem-db:site\n",
                "/etc/dconf/db/local.d/00": "[org/gnome/desktop/session]\nidle-delay=uint32 600",
                "/etc/dconf/db/local.d/99": "[org/gnome/desktop/session]\nidle-delay=uint32 900",
                "/etc/dconf/db/site.d/zz": "[org/gnome/desktop/session]\nidle-delay=uint32 60",
            }
        )
    )
    assert read_dconf(files, "user")[0] == {IDLE: "uint32 900"}


def test_a_database_that_the_profile_does_not_name_says_nothing() -> None:
    files = read_files(shown({PROFILE: "user-db:user\n", "/etc/dconf/db/local.d/00": "[org/gnome/desktop/session]\nidle-delay=uint32 600"}))
    assert read_dconf(files, "user") == ({}, set())


def test_a_lock_may_be_a_whole_directory_and_a_comment_is_none(tmp_path: Path) -> None:
    lock = "#/org/gnome/desktop/screensaver/lock-enabled\n/org/gnome/desktop/session/\n"
    write_tree(tmp_path, {PROFILE: "user-db:user\nsystem-db:local\n", "/etc/dconf/db/local.d/locks/a": lock})
    facts = read_desktop(frames_of(run_source(DESKTOP, tmp_path)))[0]
    assert facts["settings"]["idle_seconds"]["locked"] is True
    assert facts["settings"]["lock_enabled"]["locked"] is False


@pytest.mark.parametrize(("text", "value"), [("uint32 900", 900), ("900", 900), ("int64 5", 5)])
def test_numbers_come_with_and_without_their_type(tmp_path: Path, text: str, value: int) -> None:
    write_tree(tmp_path, {PROFILE: "system-db:local\n", "/etc/dconf/db/local.d/a": f"[org/gnome/desktop/session]\r\nidle-delay={text}\r\n"})
    assert read_desktop(frames_of(run_source(DESKTOP, tmp_path)))[0]["settings"]["idle_seconds"]["value"] == value


@pytest.mark.parametrize(
    ("text", "value"), [("['']", ""), ("@as []", ""), ("''", ""), ("['<Control><Alt>Delete']", "<Control><Alt>Delete")]
)
def test_keys_are_a_list_or_a_text(tmp_path: Path, text: str, value: str) -> None:
    section = "org/gnome/settings-daemon/plugins/media-keys"
    write_tree(tmp_path, {PROFILE: "system-db:local\n", "/etc/dconf/db/local.d/a": f"[{section}]\nlogout={text}\n"})
    assert read_desktop(frames_of(run_source(DESKTOP, tmp_path)))[0]["settings"]["logout_keys"]["value"] == value


def test_what_older_scripts_did_not_ask_for_is_unknown(tmp_path: Path) -> None:
    frame = run_source(DESKTOP, tmp_path)
    older = replace(frame, output=frame.output.replace("asked more\n", ""))
    facts, errors = read_desktop(frames_of(older))
    assert "did not ask for it" in errors["desktop.settings.logout_keys.value"]
    assert facts["settings"]["idle_seconds"]["value"] is None
    assert "desktop.settings.idle_seconds.value" not in errors


def test_a_value_of_the_wrong_type_is_an_error(tmp_path: Path) -> None:
    write_tree(tmp_path, {PROFILE: "system-db:local\n", "/etc/dconf/db/local.d/a": "[org/gnome/desktop/session]\nidle-delay='soon'\n"})
    assert "not of its type" in read_desktop(frames_of(run_source(DESKTOP, tmp_path)))[1]["desktop.settings.idle_seconds.value"]


def test_a_database_older_than_its_files_is_stale(tmp_path: Path) -> None:
    write_tree(tmp_path, {"/etc/dconf/db/local.d/a": "[x]\n"})
    assert read_desktop(frames_of(run_source(DESKTOP, tmp_path)))[0]["stale"] == ["local"]


def read_desktop(frames: Frames) -> tuple[dict[str, Any], dict[str, str]]:
    errors: dict[str, str] = {}
    return read_probe(PROBES[0], frames, errors), errors
