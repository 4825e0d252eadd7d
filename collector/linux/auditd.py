"""What auditd does with what it records: its settings with the daemon's own defaults, as it reads its file."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import need_whole, read_files
from collector.linux import units
from collector.probe import Frames, Probe, ProbeError, Source

CONF = Source("auditd.conf", "if have auditd; then echo 1; else echo 0; fi\nshow_settings /etc/audit/auditd.conf")
PATH = "/etc/audit/auditd.conf"
LONGEST = 158  # the daemon's buffer holds 159 characters with the line end; it skips what is longer
_SPACE = ("ignore", "syslog", "rotate", "email", "exec", "suspend", "single", "halt")
_FULL = tuple(word for word in _SPACE if word != "email")
_ERROR = tuple(word for word in _FULL if word != "rotate")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "log_format": ("raw", "nolog", "enriched"),
    "flush": ("none", "incremental", "incremental_async", "data", "sync"),
    "name_format": ("none", "hostname", "fqd", "numeric", "user"),
    "max_log_file_action": ("ignore", "syslog", "suspend", "rotate", "keep_logs"),
    "space_left_action": _SPACE,
    "admin_space_left_action": _SPACE,
    "disk_full_action": _FULL,
    "disk_error_action": _ERROR,
    "overflow_action": ("ignore", "syslog", "suspend", "single", "halt"),
}
SWITCHES = ("local_events", "write_logs", "verify_email", "use_libwrap", "enable_krb5", "distribute_network")
NUMBERS = ("freq", "num_logs", "max_log_file", "priority_boost", "tcp_listen_port", "tcp_listen_queue", "tcp_max_per_addr",
           "tcp_client_max_idle", "q_depth", "max_restarts", "end_of_event_timeout", "report_interval")  # fmt: skip
AMOUNTS = ("space_left", "admin_space_left")
TEXTS = ("log_file", "log_group", "action_mail_acct", "name", "dispatcher", "disp_qos", "tcp_client_ports", "krb5_principal",
         "krb5_key_file", "plugin_dir", "transport")  # fmt: skip
DEFAULTS: Mapping[str, Value] = {
    "local_events": True, "write_logs": True, "log_file": "/var/log/audit/audit.log", "log_format": "RAW", "log_group": "root",
    "flush": "NONE", "freq": 0, "num_logs": 0, "name_format": "NONE", "name": None, "max_log_file": 0, "max_log_file_action": "IGNORE",
    "space_left": 0, "space_left_percent": None, "space_left_action": "IGNORE", "action_mail_acct": "root", "verify_email": True,
    "admin_space_left": 0, "admin_space_left_percent": None, "admin_space_left_action": "IGNORE", "disk_full_action": "IGNORE",
    "disk_error_action": "SYSLOG", "overflow_action": "SYSLOG", "priority_boost": 4, "tcp_listen_port": None,
}  # fmt: skip


class _RefusedError(ValueError):
    pass


def parse(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "enabled": true, "log_format": "ENRICHED", ..., "refused": "line 3: ..."}"""
    installed, _, shown = frames.text(CONF).partition("\n")
    about: dict[str, Any] = {
        "installed": installed == "1",
        "enabled": units.starts(frames, "auditd.service"),
        "running": units.runs(frames, "auditd.service"),
    }
    files = read_files(shown)
    try:
        lines = files.lines(PATH)
    except ProbeError as error:
        return about | dict.fromkeys(("file_exists", "refused", *DEFAULTS), Unknown(str(error)))
    if lines is None:
        return about | dict(DEFAULTS) | {"file_exists": False, "refused": None}
    file = need_whole(files.get(PATH))
    settings = read_settings(lines)
    if file.uid != 0 or (file.mode or 0) & 0o002:
        settings["refused"] = "the file is not owned by root, or anybody may write to it"
    return about | {"file_exists": True, "refused": settings["refused"]} | {key: settings[key] for key in DEFAULTS}


def read_settings(lines: Iterable[str]) -> dict[str, Value]:
    """What the daemon has set when it came to the end of its file, or to the line for which it refuses to start."""
    settings: dict[str, Value] = dict(DEFAULTS) | {"refused": None}
    number = 0
    for number, line in enumerate(lines, 1):
        words = line.split()
        if len(line) > LONGEST or not words or words[0].startswith("#"):
            continue
        try:
            _read_line(words, settings)
        except _RefusedError as error:
            settings["refused"] = f"line {number}: {error}: {line.strip()[:100]}"
            return settings
    settings["refused"] = _sanity(settings) if number else None
    return settings


def _read_line(words: list[str], settings: dict[str, Value]) -> None:
    key, value = words[0].lower(), words[2] if len(words) > 2 and words[1] == "=" else ""  # noqa: PLR2004 - key = value
    reader = _READERS.get(key)
    if key in DEFAULTS:
        settings[key] = value or None if key not in NUMBERS + AMOUNTS + SWITCHES else None
    if not value:
        raise _RefusedError("not of the form key = value")
    if reader is None:
        raise _RefusedError("unknown keyword")
    if len(words) > 3 and not key.endswith("_action"):  # noqa: PLR2004 - only actions take an argument
        raise _RefusedError("more than one value")
    reader(key, words[2:], settings)


def _read_choice(key: str, words: list[str], settings: dict[str, Value]) -> None:
    if words[0].lower() not in CHOICES[key]:
        raise _RefusedError("not one of its values")
    if words[0].lower() == "exec" and not words[1:2]:
        raise _RefusedError("exec without a path")
    settings[key] = words[0].upper()


def _read_switch(key: str, words: list[str], settings: dict[str, Value]) -> None:
    if words[0].lower() not in ("yes", "no"):
        raise _RefusedError("neither yes nor no")
    settings[key] = words[0].lower() == "yes"


def _read_number(key: str, words: list[str], settings: dict[str, Value]) -> None:
    if not re.fullmatch(r"[0-9]{1,15}", words[0]) or (key == "num_logs" and int(words[0]) > 999):  # noqa: PLR2004 - auditd.conf(5)
        raise _RefusedError("not a number that it takes")
    settings[key] = int(words[0])


def _read_amount(key: str, words: list[str], settings: dict[str, Value]) -> None:
    found = re.fullmatch(r"([0-9]{1,15})(%?)", words[0])
    if not found:
        raise _RefusedError("neither megabytes nor a percentage")
    settings[key] = None if found[2] else int(found[1])
    settings[f"{key}_percent"] = int(found[1]) if found[2] else None


def _read_text(key: str, words: list[str], settings: dict[str, Value]) -> None:
    settings[key] = words[0]


Reader = Callable[[str, list[str], dict[str, Value]], None]
_READERS: Mapping[str, Reader] = (
    dict.fromkeys(CHOICES, _read_choice)
    | dict.fromkeys(SWITCHES, _read_switch)
    | dict.fromkeys(NUMBERS, _read_number)
    | dict.fromkeys(AMOUNTS, _read_amount)
    | dict.fromkeys(TEXTS, _read_text)
)


def _sanity(settings: dict[str, Value]) -> str | None:
    for kind in ("", "_percent"):
        more, less = settings[f"space_left{kind}"], settings[f"admin_space_left{kind}"]
        if more is not None and less is not None and more <= less:
            return f"space_left {more} must be larger than admin_space_left {less}"
    if settings["flush"] in ("INCREMENTAL", "INCREMENTAL_ASYNC") and settings["freq"] == 0:
        return "flush is incremental and freq is 0"
    return None


def _facts() -> tuple[Fact, ...]:
    about = (
        Fact("installed", "boolean", "the audit daemon's program is there"),
        Fact("enabled", "boolean", "auditd starts with the host"),
        Fact("running", "boolean", "auditd runs now"),
        Fact("file_exists", "boolean", "there is an /etc/audit/auditd.conf; without one the daemon has its own defaults"),
        Fact("refused", "string", "why auditd refuses this file and does not start, null when it takes it"),
        Fact("space_left_percent", "integer", "space_left, where it is a percentage"),
        Fact("admin_space_left_percent", "integer", "admin_space_left, where it is a percentage"),
    )
    kinds = ((CHOICES, "string"), (SWITCHES, "boolean"), (NUMBERS, "integer"), (AMOUNTS, "integer"), (TEXTS, "string"))
    words = {**dict.fromkeys(CHOICES, " in capitals"), **dict.fromkeys(AMOUNTS, " in MiB")}
    return about + tuple(
        Fact(key, kind, f"auditd's {key}{words.get(key, '')}, its default where the file sets none")  # type: ignore[arg-type]
        for keys, kind in kinds
        for key in keys
        if key in DEFAULTS
    )


PROBES = (Probe(name="audit.daemon", sources=(CONF, units.ENABLED, units.RUNNING), facts=_facts(), parse=parse),)
