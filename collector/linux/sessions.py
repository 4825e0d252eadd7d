"""What ends or locks a session that nobody uses: TMOUT of shells, logind's limit, and tmux."""

import re
from collections.abc import Iterable
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import File, Files, need_whole, read_files
from collector.linux import systemd_conf
from collector.probe import Frames, Probe, ProbeError, Source

SHELLS = Source(
    "sessions.shells",
    # Scripts of the shell hold proxies and tokens: only the lines that are read here leave the host.
    "show_settings /etc/profile /etc/profile.d /etc/profile.d/*.sh /etc/bashrc /etc/bash.bashrc /etc/bash.bashrc.local "
    "/etc/profile.local | only 'TMOUT|tmux|/etc/profile[.]d'",
)
_TOO_OLD = "unknown StopIdleSessionSec\n"
LOGIND = Source(
    "sessions.logind",
    # A logind before systemd 252 passes over the setting, unless it was added to it: only its program tells.
    "for program in /usr/lib/systemd/systemd-logind /lib/systemd/systemd-logind; do\n"
    f"  if [ -f $program ]; then grep -q StopIdleSessionSec $program || echo '{_TOO_OLD.strip()}'; break; fi\n"
    "done\n" + systemd_conf.snippet("logind.conf"),
)
TMUX = Source("sessions.tmux", "if have tmux; then echo 1; else echo 0; fi\nshow /etc/tmux.conf | only lock-\n")
_SET = re.compile(r"(?:^|[;&]|\bthen\b|\bdo\b|\{)\s*((?:(?:readonly|export|typeset|declare|local)\s+)?(?:-[a-z]+\s+)*)TMOUT=[\"']?(\d+)")
_MARK = re.compile(r"(?:^|[;&])\s*(readonly|export|typeset|declare)\s+((?:-[a-z]+\s+)*)(?:\w+\s+)*TMOUT\b(?!=)")


def parse_shells(frames: Frames) -> dict[str, Any]:
    """{"login": {"seconds": 900, "readonly": true, "exported": true}, "interactive": {...}, "values": [900], "tmux": false}"""
    files = read_files(frames.text(SHELLS))
    named = {file.path: file for file in files if file.state in ("read", "unreadable") and file.path != "/etc/profile.d"}
    folder = sorted(path for path in named if path.startswith("/etc/profile.d/"))
    login = [path for path in ("/etc/profile", *folder, "/etc/profile.local") if path in named]
    lines = _login_lines(named, folder)
    other = [path for path in ("/etc/bash.bashrc", "/etc/bashrc", "/etc/bash.bashrc.local") if path in named]
    _refuse_hidden(files)
    everything = [line for path in (*login, *other) for line in _code(named[path])]
    return {
        "login": read_tmout(lines),
        "interactive": read_tmout(line for path in other for line in _code(named[path])),
        "values": (values := sorted({int(found[2]) for line in everything for found in _SET.finditer(line)})),
        "longest": max(values, default=None),
        "starts_tmux": any(re.search(r"\bexec\s+(/\S*/)?tmux\b", line) for line in everything),
    }


def _login_lines(named: dict[str, File], folder: list[str]) -> list[str]:
    """The lines that a login shell runs, in its order: the folder where /etc/profile names it, not behind the file."""
    found: list[str] = []
    waiting = list(folder)
    for line in _code(named["/etc/profile"]) if "/etc/profile" in named else ():
        found.append(line)
        if "/etc/profile.d" in line:
            found += [inner for path in waiting for inner in _code(named[path])]
            waiting = []
    return found + (_code(named["/etc/profile.local"]) if "/etc/profile.local" in named else [])


def _refuse_hidden(files: Files) -> None:
    for file in files:
        if file.state == "unreadable":
            need_whole(file)


def _code(file: File) -> list[str]:
    return [line for line in need_whole(file).lines if line.strip() and not line.strip().startswith("#")]


def read_tmout(lines: Iterable[str]) -> dict[str, Value]:
    """What TMOUT is when a shell has run these lines: once it is readonly, later settings of it are refused."""
    state: dict[str, Value] = {"seconds": None, "readonly": False, "exported": False}
    for line in lines:
        for found in _SET.finditer(line):
            if not state["readonly"]:
                state["seconds"] = int(found[2])
            _mark(state, found[1])
        for found in _MARK.finditer(line):
            _mark(state, f"{found[1]} {found[2]}")
    return state


def _mark(state: dict[str, Value], words: str) -> None:
    flags = "".join(re.findall(r"-([a-z]+)", words))
    state["readonly"] = state["readonly"] or "readonly" in words or "r" in flags
    state["exported"] = state["exported"] or "export" in words or "x" in flags


def parse_logind(frames: Frames) -> dict[str, Any]:
    """{"stop_idle_seconds": 900, "kill_user_processes": false}; null where idle sessions are never stopped."""
    said = frames.text(LOGIND)
    settings = systemd_conf.read_settings(read_files(said.removeprefix(_TOO_OLD)), "logind.conf", "Login")
    return {
        "stop_idle_seconds": None if said.startswith(_TOO_OLD) else _span(settings.get("StopIdleSessionSec", "infinity")),
        "kill_user_processes": settings.get("KillUserProcesses", "no").lower() in ("1", "yes", "y", "true", "t", "on"),
    }


def _span(text: str) -> int | Unknown | None:
    try:
        return systemd_conf.seconds(text)
    except ProbeError as error:
        return Unknown(f"StopIdleSessionSec: {error}")


def parse_tmux(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "lock_after_seconds": 900, "lock_command": "vlock"}"""
    installed, _, shown = frames.text(TMUX).partition("\n")
    lines = read_files(shown).lines("/etc/tmux.conf") or ()
    found: dict[str, str] = {}
    for line in lines:
        option = re.match(r"\s*(?:set|set-option)\s+(?:-\w+\s+)*(lock-after-time|lock-command)\s+[\"']?([^\"'#]+)", line)
        if option:
            found[option[1]] = option[2].strip()
    after = found.get("lock-after-time", "0")
    return {
        "installed": installed == "1",
        "lock_after_seconds": int(after) if after.isdecimal() and int(after) else None,
        "lock_command": found.get("lock-command"),
    }


_SHELL = tuple(
    fact
    for name, who in (("login", "a login shell (/etc/profile and profile.d)"), ("interactive", "another interactive bash (bashrc)"))
    for fact in (
        Fact(f"{name}.seconds", "integer", f"TMOUT of {who}, 0 for never, null when not set"),
        Fact(f"{name}.readonly", "boolean", "its user cannot change it"),
        Fact(f"{name}.exported", "boolean", "programs that it starts have it too"),
    )
)
PROBES = (
    Probe(
        name="sessions.shells",
        sources=(SHELLS,),
        facts=(
            *_SHELL,
            Fact("longest", "integer", "the longest of these values, null when there is none"),
            Fact("values", "integers", "every value that some file gives TMOUT"),
            Fact("starts_tmux", "boolean", "some of these files replaces the shell by tmux"),
        ),
        parse=parse_shells,
    ),
    Probe(
        name="sessions.logind",
        sources=(LOGIND,),
        facts=(
            Fact("stop_idle_seconds", "integer", "after how long logind ends an idle session, null for never, or where this logind cannot"),
            Fact("kill_user_processes", "boolean", "processes end with the session"),
        ),
        parse=parse_logind,
    ),
    Probe(
        name="sessions.tmux",
        sources=(TMUX,),
        facts=(
            Fact("installed", "boolean", "tmux is installed"),
            Fact("lock_after_seconds", "integer", "after how long /etc/tmux.conf has it lock, null for never"),
            Fact("lock_command", "string", "what it locks with"),
        ),
        parse=parse_tmux,
    ),
)
