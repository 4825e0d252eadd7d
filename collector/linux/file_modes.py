"""Mode, owner and group of files and folders on which security rests."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source

SETS: Mapping[str, str] = {
    "audit_config": "/etc/audit/auditd.conf /etc/audit/audit.rules /etc/audit/rules.d/*.rules",
    "audit_tools": "/sbin /usr/sbin "
    "/sbin/auditctl /sbin/auditd /sbin/ausearch /sbin/aureport /sbin/autrace /sbin/augenrules /sbin/rsyslogd",
    "ssh_private_keys": "/etc/ssh/ssh_host_*_key",
    "ssh_public_keys": "/etc/ssh/*.pub",
    "sshd_config": "/etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/ssh/sshd_config.d/*.conf",
    "cron": "/etc/crontab /etc/anacrontab /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/cron.d /etc/cron.d/* "
    "/etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /var/spool/cron/root /var/spool/cron/crontabs/root",
    "cron_access": "/etc/cron.allow /etc/cron.deny /etc/at.allow /etc/at.deny",
    "sudoers": "/etc/sudoers /etc/sudoers.d /etc/sudoers.d/*",
    "grub_config": "/boot/grub/grub.cfg",
    "grub2_config": "/boot/grub2/grub.cfg /boot/efi/EFI/*/grub.cfg",
    "grub_passwords": "/boot/grub/user.cfg /boot/grub2/user.cfg /boot/efi/EFI/*/user.cfg",
    "programs": "/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /usr/lib /usr/lib64 /usr/libexec",
    "shell_settings": "/etc/profile /etc/profile.d /etc/profile.d/*.sh /etc/bashrc /etc/bash.bashrc /etc/environment",
    "logs": "/var/log/messages /var/log/secure /var/log/syslog /var/log/auth.log /var/log/kern.log /var/log/cron /var/log/cron.log "
    "/var/log/maillog /var/log/mail.log /var/log/boot.log /var/log/sudo.log /var/log/user.log /var/log/daemon.log",
}
_PATHS = (
    "/etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/passwd- /etc/shadow- /etc/group- /etc/gshadow- /etc/security/opasswd "
    "/etc/sudoers /etc/ssh/sshd_config /etc/ssh /etc/audit /etc/audit/auditd.conf /var/log /var/log/audit /etc/crontab /etc/cron.d "
    "/etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/cron.allow /etc/at.allow /etc/default/grub "
    "/boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/user.cfg /etc/hosts /etc/resolv.conf /etc/login.defs /etc/pam.d "
    "/etc/issue /etc/motd /etc/shells /root /tmp /var/tmp /etc/krb5.keytab /etc/chrony.keys /etc/chrony/chrony.keys"
)
PATHS = tuple(_PATHS.split())
EXPECTED: Mapping[str, tuple[str, ...]] = {
    "ssh_private_keys": ("ssh_keys",), "logs": ("adm", "syslog", "utmp", "systemd-journal"), "cron": ("crontab", "cron"),
    "cron_access": ("crontab", "at", "daemon"), "programs": ("staff", "mail"),
}  # fmt: skip
_FORMAT = "%a|%u|%g|%U|%G|%F|%n"
_ALL = " ".join([*PATHS, *(SETS[name] for name in SETS)])
FILES = Source(
    "files.modes",
    f"""
id -u
log=''; group=''
conf=/etc/audit/auditd.conf
if [ -r "$conf" ]; then
  while read -r key mark value rest || [ -n "$key" ]; do
    case $mark in =) ;; *) continue ;; esac
    case $key in
      [Ll][Oo][Gg]_[Ff][Ii][Ll][Ee]) log=$value ;;
      [Ll][Oo][Gg]_[Gg][Rr][Oo][Uu][Pp]) group=$value ;;
    esac
  done <"$conf"
fi
case $log in /*) ;; *) log=/var/log/audit/audit.log ;; esac
echo "audit|${{group:-root}}|$log"
set -- {_ALL} "${{log%/*}}" "$log" "$log".*
for file in "$@"; do
  case $file in *\\** | *"$nl"* | *'|'*) shift ;; *) shift; set -- "$@" "$file" ;; esac
done
for folder in /etc/audit /etc/audit/rules.d /etc/ssh/sshd_config.d /etc/sudoers.d /etc/cron.d /boot/grub /boot/grub2 /boot/efi \
"${{log%/*}}"; do
  if [ -d "$folder" ] && [ ! -r "$folder" ]; then echo "unlisted|$folder"; fi
done
stat -L -c '{_FORMAT}' "$@" 2>&1 || :
""",
)
HOMES = Source(
    "files.homes",
    f"""
IFS=$nl; set -f
set --
for line in $(awk -F: '$3 >= 1000 && $3 < 65000 && $7 !~ /(nologin|false|sync)$/ && $6 ~ /^\\/./ {{
    print $3 "|" $1 "|" $6 }}' /etc/passwd); do
  echo "home|$line"
  set -- "$@" "${{line##*|}}"
done
[ $# = 0 ] || stat -L -c '{_FORMAT}' "$@" 2>&1 || :
""",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One file as stat saw it."""

    path: str
    mode: int
    uid: int
    gid: int
    owner: str
    group: str
    kind: str


def read_stat(text: str) -> tuple[dict[str, Seen], list[str]]:
    """Files by path, and the paths that were out of sight."""
    found: dict[str, Seen] = {}
    hidden: list[str] = []
    for line in text.splitlines():
        parts = line.split("|", 6)
        if len(parts) == 7 and re.fullmatch(r"[0-7]{1,5}", parts[0]):  # noqa: PLR2004 - the fields of the format
            mode, uid, gid, owner, group, kind, path = parts
            found[path] = Seen(path, int(mode, 8), int(uid), int(gid), owner, group, kind)
        elif refused := re.search(r"stat\w* '?([^']+?)'?: Permission denied", line):
            hidden.append(refused[1])
        elif unlisted := re.match(r"unlisted\|(.+)", line):
            hidden.append(f"{unlisted[1]}/*")
    return found, hidden


def parse(frames: Frames) -> dict[str, Any]:
    """{"paths": {"/etc/shadow": {"exists": true, "mode": "0640", ...}}, "sets": {"audit_logs": {"count": 1, ...}}}"""
    text = frames.text(FILES)
    if not re.match(r"\d+\naudit\|", text):
        raise ProbeError("files.modes: the list of files is not whole")
    found, hidden = read_stat(text)
    _, group, log = text.splitlines()[1].split("|", 2)
    sets = {name: _members(pattern.split(), found) for name, pattern in SETS.items()}
    folder = log.rpartition("/")[0]
    sets |= {
        "audit_logs": [f for p, f in found.items() if p == log or p.startswith(f"{log}.")],
        "audit_log_folder": _members([folder], found),
    }
    patterns = {name: text.split() for name, text in SETS.items()} | {"audit_logs": [log, f"{log}.*"], "audit_log_folder": [folder]}
    expected = dict(EXPECTED) | {"audit_logs": (group,), "audit_log_folder": (group,)}
    return {
        "paths": {path: _describe(found.get(path), path, hidden) for path in PATHS},
        "sets": {name: _hidden(patterns[name], hidden) or summarize(members, expected.get(name, ())) for name, members in sets.items()},
    }


def _members(patterns: Iterable[str], found: Mapping[str, Seen]) -> list[Seen]:
    wanted = re.compile("|".join(re.escape(p).replace(r"\*", "[^/]*") for p in patterns))
    return [file for path, file in found.items() if wanted.fullmatch(path)]


def _hidden(patterns: Iterable[str], hidden: Iterable[str]) -> dict[str, Unknown] | None:
    for path in hidden:
        if any(
            re.fullmatch(re.escape(p).replace(r"\*", "[^/]*"), path) or (path.endswith("/*") and p.startswith(path[:-1])) for p in patterns
        ):
            return dict.fromkeys(summarize([], ()), Unknown(f"{path}: permission denied; collect as root or with sudo"))
    return None


def _describe(file: Seen | None, path: str, hidden: Iterable[str]) -> dict[str, Value | Unknown]:
    if file is None and path in hidden:
        unseen = Unknown(f"{path}: permission denied; collect as root or with sudo")
        return dict.fromkeys(("exists", "mode", "owner", "group", "uid", "gid", *BITS), unseen)
    if file is None:
        return {"exists": False} | dict.fromkeys(("mode", "owner", "group", "uid", "gid", *BITS))
    return {"exists": True, "mode": f"{file.mode:04o}", "owner": file.owner, "group": file.group, "uid": file.uid, "gid": file.gid} | {
        name: bool(file.mode & bit) for name, bit in BITS.items()
    }


BITS: Mapping[str, int] = {
    "group_readable": 0o040, "group_writable": 0o020, "group_executable": 0o010, "world_readable": 0o004, "world_writable": 0o002,
    "world_executable": 0o001, "sticky": 0o1000,
}  # fmt: skip


def summarize(files: list[Seen], expected: tuple[str, ...]) -> dict[str, Value]:
    """{"count": 2, "not_roots": [], "strange_group": [], "group_writable": [...], ...}: the paths to which each applies."""
    return {
        "count": len(files),
        "not_roots": sorted(file.path for file in files if file.uid != 0),
        "strange_group": sorted(file.path for file in files if file.gid != 0 and file.group not in expected),
        "group_readable": sorted(file.path for file in files if file.mode & 0o040),
        "group_writable": sorted(file.path for file in files if file.mode & 0o020),
        "world_readable": sorted(file.path for file in files if file.mode & 0o004),
        "world_writable": sorted(file.path for file in files if file.mode & 0o002),
        "world_accessible": sorted(file.path for file in files if file.mode & 0o007),
        "executable": sorted(file.path for file in files if file.mode & 0o111 and "directory" not in file.kind),
    }


def parse_homes(frames: Frames) -> dict[str, Any]:
    """{"accounts": {"alice": {"path": "/home/alice", "exists": true, "mode": "0750", ...}}, "not_owned": [], "open": []}"""
    text = frames.text(HOMES)
    found, hidden = read_stat(text)
    rows = [line.split("|", 3)[1:] for line in text.splitlines() if line.startswith("home|")]
    accounts = {name: {"path": path, "number": int(uid)} for uid, name, path in rows if re.fullmatch(r"[^\[\]\n]{1,400}", name)}
    unseen = next((path for _, _, path in rows if path in hidden), None)
    if unseen:
        raise ProbeError(f"{unseen}: permission denied; collect as root or with sudo")
    there = {name: found.get(str(one["path"])) for name, one in accounts.items()}
    return {
        "accounts": {
            name: {
                "path": one["path"],
                "exists": there[name] is not None,
                "mode": f"{file.mode:04o}" if (file := there[name]) else None,
                "owner": file.owner if file else None,
            }
            for name, one in accounts.items()
        },
        "missing": sorted(name for name, file in there.items() if file is None),
        "not_owned": sorted(name for name, file in there.items() if file and file.uid != accounts[name]["number"]),
        "open": sorted(name for name, file in there.items() if file and file.mode & 0o027),
    }


_PATH_FACTS = (
    Fact("paths.*.exists", "boolean", "there is such a file", members=PATHS),
    Fact("paths.*.mode", "string", "its mode in four octal digits, null where there is none", members=PATHS),
    Fact("paths.*.owner", "string", "name of its owner", members=PATHS),
    Fact("paths.*.group", "string", "name of its group", members=PATHS),
    Fact("paths.*.uid", "integer", "its owner", members=PATHS),
    Fact("paths.*.gid", "integer", "its group", members=PATHS),
    *(Fact(f"paths.*.{name}", "boolean", f"it is {name.replace('_', ' ')}", members=PATHS) for name in BITS),
)
_SET_FACTS = (
    Fact("sets.*.count", "integer", "files and folders of this set that exist"),
    Fact("sets.*.not_roots", "strings", "those that root does not own"),
    Fact("sets.*.strange_group", "strings", "those whose group is neither root nor the one that their own program gives them"),
    Fact("sets.*.group_readable", "strings", "those that their group may read"),
    Fact("sets.*.group_writable", "strings", "those that their group may write"),
    Fact("sets.*.world_readable", "strings", "those that anybody may read"),
    Fact("sets.*.world_writable", "strings", "those that anybody may write"),
    Fact("sets.*.world_accessible", "strings", "those to which others have any right"),
    Fact("sets.*.executable", "strings", "files that somebody may execute"),
)
_HOME_FACTS = (
    Fact("accounts.*.path", "string", "home directory of this person's account (uid from 1000, with a shell)"),
    Fact("accounts.*.exists", "boolean", "it exists"),
    Fact("accounts.*.mode", "string", "its mode in four octal digits"),
    Fact("accounts.*.owner", "string", "its owner"),
    Fact("missing", "strings", "accounts whose home directory is missing"),
    Fact("not_owned", "strings", "accounts whose home directory belongs to somebody else"),
    Fact("open", "strings", "accounts whose home directory their group may write, or others may enter"),
)
PROBES = (
    Probe(name="files", sources=(FILES,), facts=_PATH_FACTS + _SET_FACTS, parse=parse),
    Probe(name="homes", sources=(HOMES,), facts=_HOME_FACTS, parse=parse_homes),
)
