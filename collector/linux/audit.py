"""The audit rules: those in the kernel now, those that a restart loads, and the commands they leave out."""

import re
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import File, Files, need_whole, read_files
from collector.linux.audit_names import COMMANDS
from collector.linux.audit_records import describe
from collector.linux.audit_rules import LOCKED, Host, RuleSet, load_lines
from collector.linux.walk import WALK, read_walk, set_id_programs
from collector.probe import Frames, Probe, ProbeError, Source

# Where /bin is no link to /usr/bin, as on a Debian 11 that was upgraded, a program may lie in either.
HOST = Source(
    "audit.host",
    f"""
uname -m
ls -ld /bin /sbin /lib /lib64 /var/run || :
[ -L /bin ] || for file in {" ".join(COMMANDS)}; do
  if [ ! -e $file ] && [ -e ${{file#/usr}} ]; then echo "at ${{file#/usr}}"; fi
done
for file in {" ".join(COMMANDS)}; do
  if [ ! -e $file ]; then file=${{file#/usr}}; fi
  if [ -L $file ]; then echo "link $file $(readlink -f $file)"; fi
done
""",
)
FILES = Source(
    "audit.files", "show_settings /etc/audit /etc/audit/rules.d /etc/audit/audit.rules /etc/audit/rules.d/*.rules /etc/default/auditd"
)
UNITS = Source(
    "audit.units",
    """
set --
for folder in /etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
  for unit in auditd audit-rules; do
    for file in $folder/$unit.service $folder/$unit.service.d/*.conf; do
      if [ -e "$file" ]; then set -- "$@" "$file"; fi
    done
  done
done
if [ -e /etc/init.d/auditd ]; then echo init; else echo none; fi
show "$@" | only '^[[:space:]]*Exec'
""",
)
LOADED = Source("audit.loaded", "need auditctl\nauditctl -l")
STATUS = Source(
    "audit.status",
    """
need auditctl
said=$(auditctl -s) || exit
printf '%s\\n' "$said" | awk '/^AUDIT_STATUS/ || $1 ~ /^(enabled|failure|backlog_limit|backlog_wait_time|loginuid_immutable)$/'
""",
)
PROGRAMS = Source(
    "audit.programs",
    f"for file in {' '.join(COMMANDS)}; do if [ -e $file ] || [ -e ${{file#/usr}} ]; then echo $file; fi; done; echo end",
)
FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")


def read_host(frames: Frames) -> Host:
    """The machine, the folders that are links to others, the programs that lie outside of /usr, and those that are links."""
    machine, *rest = frames.text(HOST).strip().splitlines()
    outside = {f"/usr{path}": path for path in re.findall(r"(?m)^at (/\S+)$", "\n".join(rest))}
    behind = dict(re.findall(r"(?m)^link (/\S+) (/\S+)$", "\n".join(rest)))
    found = re.findall(r"(?m)^l\S* .* (/\S+) -> (\S+)$", "\n".join(rest))
    return Host(machine, {link: target if target.startswith("/") else _beside(link, target) for link, target in found}, outside, behind)


def _beside(link: str, target: str) -> str:
    parts = link.split("/")[1:-1]
    for part in target.split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/" + "/".join(parts)


def parse_loaded(frames: Frames) -> dict[str, Any]:
    """The rules that the kernel has now and what they record; nothing is recorded while the kernel's audit is off."""
    rules, status = loaded_rules(frames), read_status(frames)
    seen = describe(rules.rules if status["enabled"] else [], read_host(frames))
    return seen | status | {"rules": [rule.text for rule in rules.rules]}


def loaded_rules(frames: Frames) -> RuleSet:
    """The rule set that `auditctl -l` printed; raises ProbeError when it was not there or said nothing."""
    if frames.absent(LOADED):
        raise ProbeError("auditctl is not installed, so the rules in the kernel were not seen; install auditd (RHEL and SUSE: audit)")
    lines = [line for line in frames.text(LOADED).splitlines() if line.strip()]
    if not lines:
        raise ProbeError("audit.loaded: auditctl said nothing")
    if lines == ["No rules"]:
        return RuleSet()
    result = load_lines(lines, read_host(frames))
    if result.refused:
        raise ProbeError(f"audit.loaded: not understood: {result.refused}")
    return result


def read_status(frames: Frames) -> dict[str, Value]:
    """{"enabled": 1, "immutable": false, "failure": 1, "backlog_limit": 8192, ...} of `auditctl -s`."""
    text = frames.text(STATUS)
    found = {key: int(value) for key, value in re.findall(r"(?m)(?:^|\s)([a-z_]+)[ =](\d+)", text)}
    if "enabled" not in found:
        raise ProbeError("audit.status: auditctl did not say whether audit is enabled")
    kept = {key: found.get(key) for key in ("enabled", "failure", "backlog_limit", "backlog_wait_time")}
    return kept | {"immutable": found["enabled"] == LOCKED, "loginuid_immutable": found.get("loginuid_immutable") == 1}


def parse_persistent(frames: Frames) -> dict[str, Any]:
    """The rules that a restart loads, as the loader that the service names puts them together, and what they record."""
    loader, files = read_loader(frames), read_files(frames.text(FILES))
    rules = persistent_rules(frames)
    return {
        **describe([] if rules.enabled == 0 else rules.rules, read_host(frames)),
        "rules": [rule.text for rule in rules.rules],
        "loader": loader,
        "files": [file.path for file in _rule_files(files)],
        "refused": rules.refused,
        "enabled": rules.enabled,
        "immutable": rules.enabled == LOCKED,
        "failure": rules.failure,
        "backlog_limit": rules.backlog_limit,
        "backlog_wait_time": rules.backlog_wait_time,
        "loginuid_immutable": rules.loginuid_immutable,
    }


def persistent_rules(frames: Frames) -> RuleSet:
    """The rule set after a restart; where nothing loads rules, the set that augenrules would make of the files there are."""
    files, host = read_files(frames.text(FILES)), read_host(frames)
    folder = files.get("/etc/audit/rules.d")
    if read_loader(frames) != "auditctl" and folder.state == "directory":
        return load_lines(compile_rules(_rule_files(files)), host)
    lines = files.lines("/etc/audit/audit.rules")
    if lines is None:
        return RuleSet()
    file = need_whole(files.get("/etc/audit/audit.rules"))
    if file.uid != 0 or (file.mode or 0) & 0o002:
        return RuleSet(refused="/etc/audit/audit.rules is not owned by root, or anybody may write to it")
    return load_lines(lines, host)


def _rule_files(files: Files) -> list[File]:
    return [file for file in files.under("/etc/audit/rules.d") if file.path.endswith(".rules")]


def compile_rules(files: list[File]) -> list[str]:
    """The lines that augenrules makes of the files of rules.d: the last -D, -b and -f first, the last -e at the end."""
    first: dict[str, str] = {}
    rest: list[str] = []
    for file in sorted(files, key=lambda f: _version(f.path)):
        for line in file.lines:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            kind = words[0][:2] if words[0][:2] in ("-e", "-f", "-b") else "-D" if words == ["-D"] else ""
            if kind:
                first[kind] = line
            else:
                rest.append(line)
    return [*(first[kind] for kind in ("-D", "-b", "-f") if kind in first), *rest, *(first[kind] for kind in ("-e",) if kind in first)]


def _version(path: str) -> list[tuple[int, int, str]]:
    """Order of `ls -v`: runs of digits by their number, the rest by character."""
    parts = re.findall(r"\d+|\D+", path.rsplit("/", 1)[-1])
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def read_loader(frames: Frames) -> str:
    """Which of augenrules and auditctl the audit service starts, or none."""
    init, _, shown = frames.text(UNITS).partition("\n")
    files = read_files(shown)
    commands = " ".join(_commands(files, "auditd") + _commands(files, "audit-rules"))
    if not commands and init == "init":
        settings = read_files(frames.text(FILES)).lines("/etc/default/auditd") or ()
        return "augenrules" if any(re.match(r"USE_AUGENRULES=[\"']?[Yy]", line) for line in settings) else "auditctl"
    return next((word for word in ("augenrules", "auditctl") if word in commands), "none")


def _commands(files: Files, unit: str) -> list[str]:
    shown = {file.path: file for file in files}
    main = next((shown[p] for folder in FOLDERS if (p := f"{folder}/{unit}.service") in shown), None)
    if main is None or main.state == "odd":
        return []
    places = [f"{folder}/{unit}.service.d/" for folder in reversed(FOLDERS)]
    extra = {path[len(place) :]: file for place in places for path, file in shown.items() if path.startswith(place)}
    found: dict[str, list[str]] = {}
    for file in (main, *(extra[name] for name in sorted(extra))):
        for line in need_whole(file).lines if file.state != "odd" else ():
            key, mark, value = line.strip().partition("=")
            if mark and key.strip() in ("ExecStartPre", "ExecStart", "ExecStartPost"):
                found[key.strip()] = [*found.get(key.strip(), []), value] if value.strip() else []
    return [command for commands in found.values() for command in commands]


def parse_programs(frames: Frames) -> dict[str, Any]:
    """{"present": ["/usr/bin/sudo", ...]}"""
    *found, end = frames.text(PROGRAMS).splitlines() or [""]
    if end != "end":
        raise ProbeError("audit.programs: the list is not whole")
    return {"present": found}


def parse_privileged(frames: Frames) -> dict[str, Any]:
    """{"commands": [...], "unaudited_persistent": [...], "unaudited_loaded": [...], "not_walked": [...]}"""
    commands = set_id_programs(frames)
    host = read_host(frames)
    return {
        "commands": commands,
        "not_walked": list(read_walk(frames).not_walked),
        "unaudited_persistent": _unaudited(lambda: persistent_rules(frames), commands, host),
        "unaudited_loaded": _unaudited(lambda: _loaded_if_on(frames), commands, host),
    }


def _loaded_if_on(frames: Frames) -> RuleSet:
    rules = loaded_rules(frames)
    return rules if read_status(frames)["enabled"] else RuleSet()


def _unaudited(get: Any, commands: list[str], host: Host) -> list[str] | Unknown:  # noqa: ANN401 - a function without arguments
    try:
        rules = get()
    except ProbeError as error:
        return Unknown(str(error))
    seen = describe([] if rules.enabled == 0 else rules.rules, host, commands)["commands"]
    return [command for command in commands if command in seen and not seen[command]["recorded"]]


_RULES = (
    Fact("rules", "strings", "the rules in their order"),
    Fact("syscalls.*.recorded", "boolean", "this system call of people (auid from 1000) is recorded, on every table of the machine"),
    Fact("syscalls.*.succeeded", "boolean", "it is recorded where it succeeds"),
    Fact("syscalls.*.denied", "boolean", "it is recorded where it is refused, by EACCES as well as by EPERM"),
    Fact(
        "opens.*.create_succeeded",
        "boolean",
        "this call is recorded where it creates a file; true without such a call",
    ),
    Fact("opens.*.create_denied", "boolean", "it is recorded where it may not create one"),
    Fact("opens.*.write_succeeded", "boolean", "it is recorded where it opens a file for writing or empties it"),
    Fact("opens.*.write_denied", "boolean", "it is recorded where it may not write to one"),
    Fact("watches.*.permissions", "string", "uses of this file by people that are recorded, of rwxa"),
    Fact("watches.*.reads", "boolean", "reading of this file is recorded"),
    Fact("watches.*.changes", "boolean", "writing to this file and changes of its attributes are both recorded"),
    Fact("commands.*.recorded", "boolean", "the running of this program by people is recorded"),
    Fact("commands.*.people_only", "boolean", "it is recorded by rules that leave out the system's own processes"),
    Fact("inert", "strings", "links to programs that rules name, while what they lead to is not recorded: the kernel follows no link"),
    Fact("escalation.user", "boolean", "programs are recorded that run as root for a person who is not (execve, uid!=euid, euid=0)"),
    Fact("escalation.group", "boolean", "the same for the group root (execve, gid!=egid, egid=0)"),
    Fact("enabled", "integer", "the enabled flag: 0 off, 1 on, 2 on and locked"),
    Fact("immutable", "boolean", "the rules are locked until the next boot"),
    Fact("failure", "integer", "what the kernel does when it cannot record: 0 silent, 1 log, 2 panic"),
    Fact("backlog_limit", "integer", "how many records may wait"),
    Fact("backlog_wait_time", "integer", "how long the kernel waits for room"),
    Fact("loginuid_immutable", "boolean", "a login identity cannot be changed once set"),
)
_PERSISTENT = (
    Fact("loader", "string", "what the audit service starts to load rules", ("augenrules", "auditctl", "none")),
    Fact("files", "strings", "the files of /etc/audit/rules.d"),
    Fact("refused", "string", "the first line at which loading ends, null when every line is taken"),
)
_PRIVILEGED = (
    Fact("commands", "strings", "set-user-ID and set-group-ID files on local file systems that honour the bits"),
    Fact("not_walked", "strings", "folders that were left out: container and snapshot storage"),
    Fact("unaudited_persistent", "strings", "those whose running no rule will record after a restart"),
    Fact("unaudited_loaded", "strings", "those whose running no rule in the kernel records now"),
)
_PROGRAMS = (Fact("present", "strings", "programs that this host has, of those that privilege is gained or used with"),)
_ON_DISK = (HOST, FILES, UNITS)
PROBES = (
    Probe(name="audit.loaded", sources=(HOST, LOADED, STATUS), facts=_RULES, parse=parse_loaded),
    Probe(name="audit.persistent", sources=_ON_DISK, facts=_RULES + _PERSISTENT, parse=parse_persistent),
    Probe(name="audit.programs", sources=(PROGRAMS,), facts=_PROGRAMS, parse=parse_programs),
    Probe(name="audit.privileged", sources=(*_ON_DISK, LOADED, STATUS, WALK), facts=_PRIVILEGED, parse=parse_privileged),
)
