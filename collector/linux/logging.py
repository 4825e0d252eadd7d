"""Where log messages go: rsyslog with its files and its remote targets, the journal, and the rotation of logs."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import Files, read_files
from collector.linux import rsyslog_rules, syslog_ng, systemd_conf, units
from collector.linux.shown import split_shown
from collector.probe import Frames, Probe, ProbeError, Source

# Passwords and tokens stand in actions under many names: of what is quoted, only the parameters that are read here leave the host.
RSYSLOG = Source(
    "logging.rsyslog",
    """
for program in rsyslogd syslog-ng; do if have $program; then echo "$program"; fi; done
show_settings /etc/rsyslog.conf /etc/rsyslog.d /etc/rsyslog.d/*.conf | awk '
/^:/ {
  if (tolower($0) ~ /^:[ \t]*[$][a-z]*(pass|pwd|token|key|secret)/) { sub(/[ \t].*/, "") }
  if (match($0, /:om[a-z]*:/)) $0 = substr($0, 1, RSTART + RLENGTH - 1) "(reduced)"
  sub(/[ \t]>[^ \t]*,.*/, " >(reduced)")
  rest = $0; line = ""
  while (match(rest, /"[^"]*"/)) {
    head = substr(rest, 1, RSTART - 1); text = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH)
    name = tolower(head); sub(/[ \t]*=[ \t]*$/, "", name); sub(/.*[^a-z.]/, "", name)
    if (head !~ /=[ \t]*$/ || name !~ /^(type|target|port|protocol|tls[a-z.]*|streamdriver[a-z.]*|file|filecreatemode|load|mode)$/)
      text = "\\"(reduced)\\""
    line = line head text
  }
  sub(/"[^"]*$/, "\\"(reduced)\\"", rest)
  $0 = line rest
}
{ print }'
"""
    + syslog_ng.SNIPPET,
)
JOURNAL = Source(
    "logging.journald",
    f"""
if [ -d /var/log/journal ]; then echo kept; else echo not; fi
{systemd_conf.snippet("journald.conf", "journal-upload.conf")}
""",
)
ROTATE = Source(
    "logging.rotation",
    """
if have logrotate; then echo logrotate; fi
for file in /etc/cron.daily/logrotate /etc/cron.daily/logrotate.cron; do if [ -x "$file" ]; then echo daily; fi; done
if [ -r /etc/logrotate.conf ]; then echo configured; fi
""",
)
MOST_INCLUDES = 2000
_RECEIVES = re.compile(
    r"^\s*(input\s*\(\s*type\s*=\s*\"im(tcp|udp|relp)\"|\$(InputTCPServerRun|UDPServerRun|InputRELPServerRun)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_ACTION = re.compile(r"\baction\s*\((.*?)\)", re.DOTALL | re.IGNORECASE)
_PARAMETER = re.compile(r"([A-Za-z][\w.]*)\s*=\s*\"([^\"]*)\"")
_LEGACY = re.compile(r"^\s*\S+\s+(@@?)(?:\([^)]*\))?(\[[^\]]+\]|[^\s:;]+)(?::(\d+))?")


def parse_rsyslog(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "enabled": true, "remote": ["tcp logs.example.mil:6514"], "remote_plain": [], "file_mode": "0640"}"""
    own, files = split_shown(frames.text(RSYSLOG))
    about: dict[str, Any] = {
        "installed": ["rsyslogd"] in own,
        "other_installed": ["syslog-ng"] in own,
        "enabled": units.starts(frames, "rsyslog.service", "syslog-ng.service"),
        "running": units.runs(frames, "rsyslog.service", "syslog-ng.service"),
    }
    try:
        lines = list(_lines(files, "/etc/rsyslog.conf", 0, iter(range(MOST_INCLUDES))))
    except ProbeError as error:
        unknown = Unknown(str(error))
        return about | dict.fromkeys(("remote", "remote_plain", "file_mode", "receives", "logs_logins"), unknown)
    return about | read_rsyslog(lines, _targets_of_the_other(files))


def _targets_of_the_other(files: Files) -> list[tuple[str, bool]] | Unknown:
    try:
        return syslog_ng.read_targets(files)
    except ProbeError as error:
        return Unknown(str(error))


def _lines(files: Files, path: str, depth: int, left: Iterator[int]) -> Iterator[str]:
    for line in files.lines(path) or ():
        text = re.sub(r"^\s*#.*", "", line)
        found = re.match(r"\s*\$IncludeConfig\s+(\S+)", text) or re.match(r"\s*include\s*\(.*?file\s*=\s*\"([^\"]+)\"", text)
        if found and depth < 10:  # noqa: PLR2004 - a file that includes itself
            pattern = found[1] + ("*" if found[1].endswith("/") else "")
            wanted = re.compile(re.escape(pattern).replace(r"\*", "[^/]*"))
            names = sorted(file.path for file in files if wanted.fullmatch(file.path) and file.state != "directory")
            if not names and not pattern.startswith("/etc/rsyslog.d/"):
                raise ProbeError(f"{found[1]}: is included in {path}, and not among the files that are collected")
            for name in names:
                if next(left, None) is None:
                    raise ProbeError(f"{path}: more than {MOST_INCLUDES} files are included; look whether they include each other")
                yield from _lines(files, name, depth + 1, left)
        elif text.strip():
            yield text


def read_rsyslog(lines: list[str], others: Sequence[tuple[str, bool]] | Unknown = ()) -> dict[str, Value | Unknown]:
    """What the lines of a configuration with its includes come to; others: what syslog-ng sends to."""
    text = "\n".join(lines)
    tls_default = bool(re.search(r"(?im)^\s*\$ActionSendStreamDriverMode\s+1\s*$", text))
    targets = [_legacy(found, tls=tls_default) for line in lines if (found := _LEGACY.match(line))]
    targets += [target for body in _ACTION.findall(text) if (target := _modern(body, tls=tls_default))]
    return {
        "remote": others if isinstance(others, Unknown) else sorted({name for name, _ in (*targets, *others)}),
        "remote_plain": others if isinstance(others, Unknown) else sorted({name for name, tls in (*targets, *others) if not tls}),
        "file_mode": rsyslog_rules.file_mode(lines),
        "receives": bool(
            re.search(
                r"(?im)^\s*(input\s*\(\s*type\s*=\s*\"im(tcp|udp|relp)\"|\$(InputTCPServerRun|UDPServerRun|InputRELPServerRun)\b)", text
            )
        ),
        "logs_logins": rsyslog_rules.keeps_logins(lines),
    }


def _legacy(found: re.Match[str], *, tls: bool) -> tuple[str, bool]:
    kind = "tcp" if found[1] == "@@" else "udp"
    return f"{kind} {found[2]}:{found[3] or '514'}", tls and kind == "tcp"


def _modern(body: str, *, tls: bool) -> tuple[str, bool] | None:
    found = {key.lower(): value for key, value in _PARAMETER.findall(body)}
    kind = found.get("type", "").lower()
    if kind not in ("omfwd", "omrelp") or "target" not in found:
        return None
    protocol = "relp" if kind == "omrelp" else found.get("protocol", "udp").lower()
    if kind == "omrelp":
        secure = found.get("tls", "off").lower() == "on"
    else:
        mode = found.get("streamdrivermode")
        secure = protocol == "tcp" and (mode == "1" if mode else tls)
    return f"{protocol} {found['target']}:{found.get('port', '514')}", secure


def parse_journald(frames: Frames) -> dict[str, Any]:
    """{"storage": "auto", "persistent": true, "forward_to_syslog": true, "upload_url": null, "upload_enabled": false}"""
    kept, _, shown = frames.text(JOURNAL).partition("\n")
    files = read_files(shown)
    settings = systemd_conf.read_settings(files, "journald.conf", "Journal")
    storage = settings.get("Storage", "auto").lower()
    upload = systemd_conf.read_settings(files, "journal-upload.conf", "Upload")
    forward = settings.get("ForwardToSyslog")
    return {
        "storage": storage,
        "persistent": storage == "persistent" or (storage == "auto" and kept == "kept"),
        "compress": settings.get("Compress", "yes").lower() not in ("no", "false", "0", "off"),
        "forward_to_syslog": None if forward is None else forward.lower() in ("yes", "true", "1", "on", "y", "t"),
        "upload_url": upload.get("URL"),
        "upload_enabled": units.starts(frames, "systemd-journal-upload.service"),
    }


def parse_rotation(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "configured": true, "scheduled": true}"""
    words = frames.text(ROTATE).split()
    timer = units.starts(frames, "logrotate.timer")
    return {
        "installed": "logrotate" in words,
        "configured": "configured" in words,
        "scheduled": True if "daily" in words else timer,
    }


PROBES = (
    Probe(
        name="logging.rsyslog",
        sources=(RSYSLOG, units.ENABLED, units.RUNNING),
        facts=(
            Fact("installed", "boolean", "rsyslog is installed"),
            Fact("other_installed", "boolean", "syslog-ng is installed"),
            Fact("enabled", "boolean", "one of them starts with the host"),
            Fact("running", "boolean", "one of them runs now"),
            Fact("remote", "strings", "where rsyslog or syslog-ng sends messages to, as in tcp logs.example.mil:6514"),
            Fact("remote_plain", "strings", "those of them that are reached without TLS"),
            Fact("file_mode", "string", "mode of new log files, the loosest where rules differ"),
            Fact("receives", "boolean", "rsyslog takes messages from the network"),
            Fact("logs_logins", "boolean", "some rule keeps the messages of auth or authpriv, in a file or by sending them on"),
        ),
        parse=parse_rsyslog,
        version=2,
    ),
    Probe(
        name="logging.journald",
        sources=(JOURNAL, units.ENABLED),
        facts=(
            Fact("storage", "string", "Storage of journald.conf, auto where it is not set"),
            Fact("persistent", "boolean", "the journal is kept over a restart"),
            Fact("compress", "boolean", "large entries are compressed"),
            Fact("forward_to_syslog", "boolean", "ForwardToSyslog, null where it is not set"),
            Fact("upload_url", "string", "where systemd-journal-upload sends the journal to"),
            Fact("upload_enabled", "boolean", "systemd-journal-upload starts with the host"),
        ),
        parse=parse_journald,
    ),
    Probe(
        name="logging.rotation",
        sources=(ROTATE, units.ENABLED),
        facts=(
            Fact("installed", "boolean", "logrotate is installed"),
            Fact("configured", "boolean", "there is an /etc/logrotate.conf"),
            Fact("scheduled", "boolean", "a timer or a daily job starts it"),
        ),
        parse=parse_rotation,
    ),
)
