"""Real bundles of this machine, and the same with something changed, as if the host had been changed."""

import re
from functools import cache

from collector.catalog import probes, sources
from collector.probe import Source
from collector.script import build_script
from collector.transports.local import collect_local

SMALL = ("host", "login_defs")  # probes that answer at once, on every machine


def small_sources() -> tuple[Source, ...]:
    """The sources of a few probes."""
    return sources(tuple(probe for probe in probes("linux") if probe.name in SMALL))


@cache
def small_bundle() -> bytes:
    """What the collection script of a few probes says of this machine."""
    return collect_local(build_script(small_sources())).raw


@cache
def whole_bundle() -> bytes:
    """What the whole collection script says of this machine."""
    return collect_local(build_script(sources(probes("linux")))).raw


def change_frame(raw: bytes, name: str, pattern: str, text: str) -> bytes:
    """The bundle with every match of a pattern replaced in one frame; the lines of the frame keep their prefix."""
    frame = re.search(rb"^begin %b( volatile)?\n.*?^end %b \d+\n" % (name.encode(), name.encode()), raw, re.MULTILINE | re.DOTALL)
    assert frame, f"no frame {name}"
    changed, count = re.subn(pattern.encode(), text.encode(), frame[0], flags=re.MULTILINE)
    assert count, f"nothing in {name} matches {pattern}"
    return raw[: frame.start()] + changed + raw[frame.end() :]


def set_password_age(raw: bytes, days: int) -> bytes:
    """The bundle of a host where passwords last so many days."""
    return change_frame(raw, "login_defs", r"^\|:PASS_MAX_DAYS.*$", f"|:PASS_MAX_DAYS {days}")


def set_clock(raw: bytes, seconds: int) -> bytes:
    """The bundle of a host whose clock said so many seconds since 1970."""
    return change_frame(raw, "host.clock", r"^\|\d+$", f"|{seconds}")


def set_machine_id(raw: bytes, machine_id: str) -> bytes:
    """The bundle of a host with another machine-id."""
    return change_frame(raw, "host.identity", r"^\|:[0-9a-f]{32}$", f"|:{machine_id}")
