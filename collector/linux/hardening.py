"""Small switches of the console, of sessions and of scheduled work: Ctrl-Alt-Del, core dumps, logins at a time, cron and at."""

import re
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import File, Files, need_whole, read_files
from collector.linux import systemd_conf, units
from collector.linux.shown import split_shown
from collector.probe import Frames, Probe, ProbeError, Source

CONSOLE = Source(
    "hardening.console",
    f"""
target=/etc/systemd/system/ctrl-alt-del.target
if [ -L "$target" ]; then readlink "$target"; elif [ -e "$target" ]; then echo file; else echo none; fi
{systemd_conf.snippet("system.conf").strip()} | only '^[[:space:]]*([[]|CtrlAltDel)'

""",
)
CORES = Source(
    "hardening.cores",
    f"""
for file in /usr/lib/systemd/systemd-coredump /lib/systemd/systemd-coredump; do
  if [ -x "$file" ]; then echo coredump; break; fi
done
{systemd_conf.snippet("coredump.conf")}
show_settings /etc/security/limits.conf /etc/security/limits.d /etc/security/limits.d/*.conf
if [ -r /proc/sys/kernel/core_pattern ]; then show /proc/sys/kernel/core_pattern; fi
""",
)
SCHEDULE = Source(
    "hardening.schedule",
    """
for program in crond cron atd at crontab; do if have $program; then echo "$program"; fi; done
show /etc/cron.allow /etc/cron.deny /etc/at.allow /etc/at.deny
""",
)


def parse_console(frames: Frames) -> dict[str, Any]:
    """{"ctrl_alt_del_masked": true, "ctrl_alt_del_burst": "none"}"""
    link, _, shown = frames.text(CONSOLE).partition("\n")
    settings = systemd_conf.read_settings(read_files(shown), "system.conf", "Manager")
    return {"ctrl_alt_del_masked": link == "/dev/null", "ctrl_alt_del_burst": settings.get("CtrlAltDelBurstAction", "reboot-force")}


def parse_cores(frames: Frames) -> dict[str, Any]:
    """{"hard_limit": 0, "systemd_handles": true, "storage": "none", "process_size_max": "0"}"""
    own, files = split_shown(frames.text(CORES))
    settings = _or_unknown(files)
    return {
        "hard_limit": _core_limit(files),
        "systemd_handles": ["coredump"] in own,
        "pattern": _pattern(files),
        **settings,
    }


def _or_unknown(files: Files) -> dict[str, Any]:
    try:
        found = systemd_conf.read_settings(files, "coredump.conf", "Coredump")
    except ProbeError as error:
        return dict.fromkeys(("storage", "process_size_max"), Unknown(str(error)))
    return {"storage": found.get("Storage", "external"), "process_size_max": found.get("ProcessSizeMax")}


def _pattern(files: Files) -> Value:
    shown = {file.path: file for file in files}
    lines = shown["/proc/sys/kernel/core_pattern"].lines if "/proc/sys/kernel/core_pattern" in shown else ()
    return lines[0] if lines else None


def _core_limit(files: Files) -> int | Unknown | None:
    """The hard limit on core files that limits.conf gives to everybody."""
    return _limit(files, "core", ("hard", "-"))


def _limit(files: Files, item: str, kinds: tuple[str, ...]) -> int | Unknown | None:
    """What limits.conf gives to everybody; the last line wins, drop-ins come after the main file, and `unlimited` is none."""
    limit: int | None = None
    try:
        main = files.lines("/etc/security/limits.conf") or ()
        extra = [file for file in files.under("/etc/security/limits.d") if file.path.endswith(".conf")]
    except ProbeError as error:
        return Unknown(str(error))
    for line in (*main, *(line for file in extra for line in file.lines)):
        words = line.split("#")[0].split()
        if len(words) == 4 and words[0] == "*" and words[1] in kinds and words[2] == item:  # noqa: PLR2004 - limits.conf(5)
            limit = int(words[3]) if re.fullmatch(r"\d{1,12}", words[3]) else None
    return limit


def parse_limits(frames: Frames) -> dict[str, Any]:
    """{"max_logins": 10}"""
    _, files = split_shown(frames.text(CORES))
    return {"max_logins": _limit(files, "maxlogins", ("hard", "soft", "-"))}  # pam_limits takes either kind for it


def parse_schedule(frames: Frames) -> dict[str, Any]:
    """{"cron": {"installed": true, "restricted": true, "allowed": ["root"], "denied": null}, "at": {...}}"""
    own, files = split_shown(frames.text(SCHEDULE))
    there = {words[0] for words in own}
    return {
        "cron": _access(files, "cron", installed=bool(there & {"crond", "cron", "crontab"})),
        "at": _access(files, "at", installed=bool(there & {"at", "atd"})),
        "runs": units.runs(frames, "cron.service", "crond.service"),
    }


def _access(files: Files, name: str, *, installed: bool) -> dict[str, Value | Unknown]:
    allow, deny = _people(files.get(f"/etc/{name}.allow")), _people(files.get(f"/etc/{name}.deny"))
    restricted: Value | Unknown = allow if isinstance(allow, Unknown) else allow is not None
    return {"installed": installed, "restricted": restricted, "allowed": allow, "denied": deny}


def _people(file: File) -> list[str] | Unknown | None:
    if file.state == "missing":
        return None
    try:
        return [line.strip() for line in need_whole(file).lines if line.strip() and not line.strip().startswith("#")]
    except ProbeError as error:
        return Unknown(str(error))


_SCHEDULE = tuple(
    fact
    for name in ("cron", "at")
    for fact in (
        Fact(f"{name}.installed", "boolean", f"{name} is installed"),
        Fact(f"{name}.restricted", "boolean", f"/etc/{name}.allow exists, so only who stands in it may use {name}"),
        Fact(f"{name}.allowed", "strings", f"who stands in /etc/{name}.allow, null without it"),
        Fact(f"{name}.denied", "strings", f"who stands in /etc/{name}.deny, null without it"),
    )
)
PROBES = (
    Probe(
        name="hardening.console",
        sources=(CONSOLE,),
        facts=(
            Fact("ctrl_alt_del_masked", "boolean", "the target that Ctrl-Alt-Del reaches is masked"),
            Fact("ctrl_alt_del_burst", "string", "what systemd does when it is pressed seven times in two seconds"),
        ),
        parse=parse_console,
    ),
    Probe(
        name="hardening.cores",
        sources=(CORES,),
        facts=(
            Fact("hard_limit", "integer", "the hard limit on core files for everybody, null when there is none"),
            Fact("systemd_handles", "boolean", "systemd-coredump is installed"),
            Fact("storage", "string", "where systemd-coredump keeps cores"),
            Fact("process_size_max", "string", "the largest process that it looks at, null for its default"),
            Fact("pattern", "string", "kernel.core_pattern now"),
        ),
        parse=parse_cores,
    ),
    Probe(
        name="hardening.limits",
        sources=(CORES,),
        facts=(Fact("max_logins", "integer", "how often one account may be logged in at a time, null without a limit for everybody"),),
        parse=parse_limits,
    ),
    Probe(
        name="hardening.schedule",
        sources=(SCHEDULE, units.RUNNING),
        facts=(*_SCHEDULE, Fact("runs", "boolean", "the cron service runs now")),
        parse=parse_schedule,
    ),
)
