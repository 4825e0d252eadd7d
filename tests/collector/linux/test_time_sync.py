"""Where the host has its time from, by configurations as chronyd and ntpd read them."""

from typing import Any

import pytest

from collector.linux.time_sync import CONFIG, parse_config
from collector.linux.units import ENABLED
from collector.probe import Frame
from tests.collector.linux.snippets import frames_of, shown

CONF = "/etc/chrony/chrony.conf"


def read(files: dict[str, str]) -> dict[str, Any]:
    missing = "".join(f"@missing {path}\n" for path in ("/etc/chrony.conf", CONF) if path not in files)
    return parse_config(frames_of(Frame(CONFIG.name, 0, f"chronyd\n{missing}{shown(files)}"), Frame(ENABLED.name, 69, "")))


def test_a_file_of_an_earlier_folder_hides_its_name_in_a_later_one() -> None:
    found = read(
        {
            CONF: "confdir /etc/chrony/conf.d /etc/chrony.d\n",
            "/etc/chrony.d/a.conf": "server late.example\n",
            "/etc/chrony.d/b.conf": "server other.example\n",
            "/etc/chrony/conf.d/a.conf": "server early.example\n",
            "/etc/chrony/conf.d/a.off": "server off.example\n",
        }
    )
    assert found["servers"] == ["early.example", "other.example"]


def test_only_sources_are_taken_from_a_folder_of_sources() -> None:
    files = {CONF: "sourcedir /run/chrony-dhcp\nsourcedir /etc/chrony/sources.d/\n", "/etc/chrony/sources.d/x.sources": "pool p.example\n"}
    assert read(files | {"/etc/chrony/sources.d/x.conf": "pool no.example\n"})["pools"] == ["p.example"]


@pytest.mark.parametrize("line", ["#server a", "! server a", "%server a", ";server a", "server", "servers a"])
def test_a_comment_or_half_a_line_names_no_source(line: str) -> None:
    assert read({CONF: f"{line}\n"})["sources"] == 0


def test_a_folder_that_was_not_collected_leaves_the_sources_unknown() -> None:
    reason = "/srv/chrony/*.conf: is included, and not among the files that are collected"
    assert read({CONF: "confdir /srv/chrony\nserver a.example\n"})["servers"].reason == reason


def test_a_file_that_includes_itself_comes_to_an_end() -> None:
    assert read({CONF: f"server a.example\ninclude {CONF}\n"})["servers"].count("a.example") > 0
