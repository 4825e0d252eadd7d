"""Updates: whether they are installed without a person, and what is known of pending ones without asking anybody."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from collector.aging import Aging
from collector.canonical import time_text
from collector.facts import Fact, Unknown, Value
from collector.files import File, need_whole
from collector.linux.packages import PACKAGES, installed
from collector.linux.repositories import APT, apt_true, read_apt_config, read_reduced, rpm_true
from collector.linux.shown import read_ini, said, split_shown
from collector.linux.unit_files import UNIT_FILES, read_units
from collector.probe import Frames, Probe, ProbeError, Source

CACHED = Source(
    "updates.cached",
    r"""
for f in /run/reboot-required /var/run/reboot-required; do if [ -e "$f" ]; then echo 'reboot yes'; break; fi; done
if [ -d /var/lib/update-notifier ]; then echo 'notifier yes'; fi
if [ -e /run/ostree-booted ]; then echo 'image yes'; fi
set --
for f in /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists/*Release /var/cache/dnf/*/repodata/repomd.xml \
  /var/cache/libdnf5/*/repodata/repomd.xml /var/cache/yum/*/*/*/repomd.xml /var/cache/zypp/raw/*/repodata/repomd.xml; do
  if [ -e "$f" ]; then set -- "$@" "$f"; fi
done
[ $# = 0 ] || stat -c 'list %Y' "$@" | sort -u | tail -n 1
show /var/lib/update-notifier/updates-available
show /etc/dnf/automatic.conf /etc/yum/yum-cron.conf | only '^[[:space:]]*([[]|apply_updates)'
""",
)

MARKERS = {"unattended-upgrades", "update-notifier-common", "reboot-notifier"}  # what leaves /run/reboot-required after an update


def parse(frames: Frames) -> dict[str, Any]:
    """{"automatic": {"tool": "unattended-upgrades", "installs": True, "hindrance": None}, "pending": 3, "lists_date": "2026-..."}"""
    own, files = split_shown(frames.text(CACHED))
    return {
        "automatic": _automatic(frames, files.by_path),
        **_pending(own, files.lines("/var/lib/update-notifier/updates-available")),
        "lists_date": _lists_date(own),
        "reboot_wanted": bool(said(own, "reboot")) or _nothing_waits(frames),
    }


def _nothing_waits(frames: Frames) -> bool | Unknown | None:
    """False where a missing mark means something: some package leaves it; None where none does."""
    try:
        return False if MARKERS & set(installed(frames)) else None
    except ProbeError as error:
        return Unknown(str(error))


def _lists_date(own: list[list[str]]) -> Value | Unknown:
    dates = said(own, "list")
    if dates:
        return time_text(datetime.fromtimestamp(int(dates[-1]), UTC))
    if said(own, "image"):
        return Unknown(
            "updates.cached: the host is an image that is replaced whole (ostree), which asks for images and keeps no package lists"
        )
    return None


def _pending(own: list[list[str]], lines: tuple[str, ...] | None) -> dict[str, Value | Unknown]:
    if lines is None or not said(own, "notifier"):
        why = Unknown("updates.cached: this host keeps no count of pending updates that can be read without work")
        return {"pending": why, "pending_security": why}
    text = "\n".join(lines)
    return {"pending": _count(r"(\d+) updates? can be (?:applied|installed)", text), "pending_security": _security(text)}


def _security(text: str) -> int:
    return _count(r"(\d+) (?:of these updates is a|of these updates are|updates? (?:is|are)(?: a)?)(?: standard)? security updates?", text)


def _count(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def _automatic(frames: Frames, files: Mapping[str, File]) -> dict[str, Value | Unknown] | Unknown:
    try:
        names, states = installed(frames), _states(frames)
        if not frames.absent(APT):
            return _by_apt(names, states, read_apt_config(read_reduced(frames.text(APT))[0]))
        return _by_dnf(names, states, files)
    except ProbeError as error:
        return Unknown(str(error))


def _states(frames: Frames) -> Mapping[str, str]:
    return {} if frames.absent(UNIT_FILES) else read_units(frames).state


def _verdict(tool: str | None, hindrance: str | None) -> dict[str, Value | Unknown]:
    return {"tool": tool, "installs": hindrance is None, "hindrance": hindrance}


def _by_apt(names: Mapping[str, str], states: Mapping[str, str], config: Mapping[str, str]) -> dict[str, Value | Unknown]:
    """unattended-upgrades works when its package is there, both periodic jobs are on, and the timers that run them are."""
    if "unattended-upgrades" not in names:
        return _verdict(None, "the package unattended-upgrades is not installed")
    if "apt::periodic::enable" in config and not apt_true(config["apt::periodic::enable"]):
        return _verdict("unattended-upgrades", "APT::Periodic::Enable is off")
    for name in ("Update-Package-Lists", "Unattended-Upgrade"):
        if not _interval(config.get(f"apt::periodic::{name}".lower())):
            return _verdict("unattended-upgrades", f"APT::Periodic::{name} is not on")
    for timer in ("apt-daily.timer", "apt-daily-upgrade.timer"):
        if states and states.get(timer) != "enabled":
            return _verdict("unattended-upgrades", f"{timer} is {states.get(timer, 'missing')}")
    return _verdict("unattended-upgrades", None)


def _interval(value: str | None) -> bool:
    """True for an interval that is not zero: days, or a number with s, m, h or d, or always."""
    return bool(value) and (value == "always" or re.fullmatch(r"0*[1-9]\d*[smhd]?", value or "") is not None)


def _by_dnf(names: Mapping[str, str], states: Mapping[str, str], files: Mapping[str, File]) -> dict[str, Value | Unknown]:
    """The timer named -install installs whatever the file says; the plain one does what apply_updates says (no by default)."""
    if "dnf-automatic" in names or "dnf5-plugin-automatic" in names:
        return _dnf_automatic(states, _applies(files["/etc/dnf/automatic.conf"]))
    if "yum-cron" in names:
        hindrance = None if _applies(files["/etc/yum/yum-cron.conf"]) else "apply_updates is not yes in /etc/yum/yum-cron.conf"
        return _verdict("yum-cron", hindrance if states.get("yum-cron.service") == "enabled" else "yum-cron.service is not enabled")
    for tool, timer in (("transactional-update", "transactional-update.timer"), ("os-update", "os-update.timer")):
        if tool in names:
            return _verdict(tool, None if states.get(timer) == "enabled" else f"{timer} is {states.get(timer, 'missing')}")
    return _verdict(None, "no program for automatic updates is installed")


def _dnf_automatic(states: Mapping[str, str], applies: bool) -> dict[str, Value | Unknown]:  # noqa: FBT001 - one of two answers of a file
    if states.get("dnf-automatic-install.timer") == "enabled":
        return _verdict("dnf-automatic", None)
    if "enabled" not in (states.get("dnf-automatic.timer"), states.get("dnf5-automatic.timer")):
        return _verdict("dnf-automatic", "neither dnf-automatic.timer nor dnf-automatic-install.timer is enabled")
    return _verdict("dnf-automatic", None if applies else "apply_updates is not yes in /etc/dnf/automatic.conf")


def _applies(file: File) -> bool:
    if file.state == "missing":
        return False
    return rpm_true(read_ini(need_whole(file).lines).get("commands", {}).get("apply_updates", "no"))


def derive(aging: Aging) -> None:
    """How long ago the package lists were fetched."""
    aging.fill("lists_age_days", since="lists_date")


PROBES = (
    Probe(
        name="updates",
        sources=(CACHED, APT, PACKAGES, UNIT_FILES),
        facts=(
            Fact("automatic.tool", "string", "installed program that can install updates by itself"),
            Fact("automatic.installs", "boolean", "updates are fetched and installed without a person"),
            Fact("automatic.hindrance", "string", "why they are not; not set where they are"),
            Fact("pending", "integer", "updates that the host itself counted as pending"),
            Fact("pending_security", "integer", "security updates among them"),
            Fact("lists_date", "string", "when the package lists were last fetched, UTC; not set where that was never done"),
            Fact("lists_age_days", "integer", "days since then"),
            Fact(
                "reboot_wanted",
                "boolean",
                "an update left its mark that a restart is wanted (Debian, Ubuntu); not set where no package is there that leaves one",
            ),
        ),
        parse=parse,
        derive=derive,
    ),
)
