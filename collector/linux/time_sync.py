"""Where the host has its time from: the service that starts, its servers and pools, and whether it agrees with them now."""

import re
from collections.abc import Iterator
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import Files
from collector.linux import systemd_conf, units
from collector.linux.shown import split_shown
from collector.probe import Frames, Probe, ProbeError, Source

CONFIG = Source(
    "time_sync.config",
    f"""
for program in chronyd ntpd; do if have $program; then echo "$program"; fi; done
for file in /usr/lib/systemd/systemd-timesyncd /lib/systemd/systemd-timesyncd; do
  if [ -x "$file" ]; then echo timesyncd; break; fi
done
{{
show_settings /etc/chrony.conf /etc/chrony/chrony.conf /etc/chrony.d/*.conf /etc/chrony/conf.d/*.conf /etc/chrony/sources.d/*.sources \\
/run/chrony-dhcp/*.sources /run/chrony.d/*.sources /etc/ntp.conf /etc/ntpsec/ntp.conf /etc/ntpsec/ntp.d/*.conf
{systemd_conf.snippet("timesyncd.conf")}
}} | sed 's/^\\(:[ 	]*crypto[ 	]\\).*/\\1/'
""",
)
NOW = Source(
    "time_sync.now",
    """
if have chronyc && said=$(chronyc -n tracking); then echo '@chrony'; printf '%s\\n' "$said"
elif have ntpq && said=$(ntpq -pn) && case $said in *remote*) ;; *) false ;; esac; then echo '@ntp'; printf '%s\\n' "$said"
elif have timedatectl && said=$(timedatectl show -p NTPSynchronized); then printf '@systemd\\n%s\\n' "$said"
else exit 1
fi
""",
    volatile=True,
)
SERVICES = {
    "chrony": ("chrony.service", "chronyd.service"),
    "ntpd": ("ntp.service", "ntpd.service", "ntpsec.service"),
    "timesyncd": ("systemd-timesyncd.service",),
}
_PROGRAMS = {"chronyd": "chrony", "ntpd": "ntpd", "timesyncd": "timesyncd"}
_POLL = {"chrony": 10, "ntpd": 10}  # the maxpoll of both where a source sets none
CHRONY_PORT = 323
FOLDERS = {"confdir": ".conf", "sourcedir": ".sources"}
_COLLECTED = ("/etc/chrony.d", "/etc/chrony/conf.d", "/etc/chrony/sources.d", "/run/chrony-dhcp", "/run/chrony.d", "/etc/ntpsec/ntp.d")


def parse_config(frames: Frames) -> dict[str, Any]:
    """{"installed": ["chrony"], "enabled": ["chrony"], "service": "chrony", "servers": [...], "pools": [...], "maxpoll": 10}"""
    own, files = split_shown(frames.text(CONFIG))
    installed = sorted({_PROGRAMS[words[0]] for words in own})
    starting = units.starting(frames, tuple(unit for names in SERVICES.values() for unit in names))
    enabled: Any = starting
    if not isinstance(starting, Unknown):
        enabled = [name for name, names in SERVICES.items() if set(names) & set(starting)]
    service = enabled[0] if isinstance(enabled, list) and enabled else installed[0] if installed else None
    about: dict[str, Any] = {"installed": installed, "enabled": enabled, "service": service}
    try:
        return about | _read(service, files)
    except ProbeError as error:
        return about | dict.fromkeys(("servers", "pools", "refclocks", "sources", "maxpoll", "command_port"), Unknown(str(error)))


def _read(service: str | None, files: Files) -> dict[str, Value]:
    nothing: dict[str, Value] = {"servers": [], "pools": [], "refclocks": [], "sources": 0, "maxpoll": None, "command_port": None}
    if service == "timesyncd":
        return nothing | _read_timesyncd(files)
    return nothing | _read_lines(service, files) if service else nothing


def _read_timesyncd(files: Files) -> dict[str, Value]:
    settings = systemd_conf.read_settings(files, "timesyncd.conf", "Time")
    servers = settings.get("NTP", "").split()
    fallback = settings.get("FallbackNTP", "").split()
    longest = systemd_conf.seconds(settings.get("PollIntervalMaxSec", "2048")) or 0
    return {"servers": servers or fallback, "sources": len(servers or fallback), "maxpoll": max(longest - 1, 0).bit_length()}


def _read_lines(service: str, files: Files) -> dict[str, Value]:
    first = {
        "chrony": ("/etc/chrony/chrony.conf", "/etc/chrony.conf"),
        "ntpd": ("/etc/ntpsec/ntp.conf", "/etc/ntp.conf"),
    }[service]
    path = next((p for p in first if files.lines(p) is not None), None)
    found: dict[str, list[str]] = {"server": [], "pool": [], "refclock": []}
    polls: list[int] = []
    port = CHRONY_PORT if service == "chrony" else None
    for words in _lines(files, path, 0) if path else ():
        kind = {"peer": "server"}.get(words[0].lower(), words[0].lower())
        if kind in found and len(words) > 1:
            is_clock = kind == "refclock" or words[1].startswith("127.127.")
            found["refclock" if is_clock else kind].append(words[1])
            poll = re.search(r"\bmaxpoll\s+(-?\d+)", " ".join(words).lower())
            polls += [int(poll[1]) if poll else _POLL[service]] if not is_clock else []
        elif kind == "cmdport" and len(words) > 1 and words[1].isdecimal():
            port = int(words[1])
    return {
        "servers": found["server"],
        "pools": found["pool"],
        "refclocks": found["refclock"],
        "sources": sum(map(len, found.values())),
        "maxpoll": max(polls, default=None),
        "command_port": port,
    }


def _lines(files: Files, path: str, depth: int) -> Iterator[list[str]]:
    for line in files.lines(path) or ():
        words = line.split()
        if not words or words[0][0] in "#!;%":
            continue
        word = words[0].lower()
        if word in ("include", "includefile") and len(words) > 1:
            yield from _included(files, words[1:2], depth + 1)
        elif word in FOLDERS and len(words) > 1:
            yield from _included(files, [f"{folder.rstrip('/')}/*{FOLDERS[word]}" for folder in words[1:]], depth + 1)
        else:
            yield words


def _included(files: Files, patterns: list[str], depth: int) -> Iterator[list[str]]:
    """The lines of the files that fit, by name; a name in an earlier folder hides it in later ones (chrony.conf(5), confdir)."""
    chosen: dict[str, str] = {}
    for pattern in patterns:
        wanted = re.compile(re.escape(pattern).replace(r"\*", "[^/]*"))
        found = [file.path for file in files if wanted.fullmatch(file.path)]
        if not found and pattern.rpartition("/")[0] not in _COLLECTED:
            raise ProbeError(f"{pattern}: is included, and not among the files that are collected")
        for path in found:
            chosen.setdefault(path.rpartition("/")[2], path)
    for name in sorted(chosen) if depth < 10 else ():  # noqa: PLR2004 - a file that includes itself
        yield from _lines(files, chosen[name], depth)


def parse_now(frames: Frames) -> dict[str, Any]:
    """{"synchronized": true, "reference": "192.0.2.1", "stratum": 3}; raises ProbeError when no service answered."""
    kind, _, text = frames.text(NOW).partition("\n")
    if kind == "@chrony":
        found = dict(re.findall(r"(?m)^(Reference ID|Stratum|Leap status)\s*: *(.*)$", text))
        reference = re.search(r"\(([^)]*)\)", found.get("Reference ID", ""))
        leap = found.get("Leap status", "").strip()
        return {
            "synchronized": leap in ("Normal", "Insert second", "Delete second"),
            "reference": reference[1] or None if reference else None,
            "stratum": int(found.get("Stratum", "0")),
        }
    if kind == "@ntp":
        peer = re.search(r"(?m)^[*o](\S+)\s+\S+\s+(\d+)", text)
        return {"synchronized": peer is not None, "reference": peer[1] if peer else None, "stratum": int(peer[2]) + 1 if peer else None}
    if "NTPSynchronized=" not in text:
        raise ProbeError("time_sync.now: timedatectl did not say whether the clock is synchronized")
    return {"synchronized": "NTPSynchronized=yes" in text, "reference": None, "stratum": None}


_CONFIG = (
    Fact("installed", "strings", "time services whose programs are there: chrony, ntpd, timesyncd"),
    Fact("enabled", "strings", "time services that start with the host"),
    Fact("service", "string", "the service whose settings are given: one that starts, else one that is installed", tuple(SERVICES)),
    Fact("servers", "strings", "time servers and peers of that service"),
    Fact("pools", "strings", "pools of that service"),
    Fact("refclocks", "strings", "clocks attached to the host"),
    Fact("sources", "integer", "servers, pools and clocks together"),
    Fact("maxpoll", "integer", "the longest time between two questions to a source, as a power of two of seconds"),
    Fact("command_port", "integer", "the port on which chronyd takes commands from the network, 0 for none; null with other services"),
)
_NOW = (
    Fact("synchronized", "boolean", "the service follows a source now"),
    Fact("reference", "string", "the source that it follows"),
    Fact("stratum", "integer", "the host's distance from a reference clock"),
)
PROBES = (
    Probe(name="time_sync", sources=(CONFIG, units.ENABLED), facts=_CONFIG, parse=parse_config),
    Probe(name="time_sync.now", sources=(NOW,), facts=_NOW, parse=parse_now),
)
