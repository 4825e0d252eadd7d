"""Audit rules as auditctl reads them and as the kernel applies them: which events are recorded, whatever way a rule is written.

The kernel walks the rules of a list in their order and the first that matches decides, so an earlier "never" hides a later
"always". A rule counts for an event only when nothing but the usual filter on people's sessions (auid>=1000, auid!=unset)
narrows it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PERMISSIONS = "rwxa"
LOCKED = 2  # the value of -e after which the kernel takes no rule until the next boot
PEOPLE_FROM = 1000  # the least auid of people, UID_MIN of login.defs
_SET_CLOCK = {"clock_settime", "clock_settime64"}
_ESCALATION = {"user": ({"uid!=euid", "euid=0"}, {"euid!=uid", "euid=0"}), "group": ({"gid!=egid", "egid=0"}, {"egid!=gid", "egid=0"})}
_UNSET = ("unset", "-1", "4294967295")
_LISTS = ("task", "exit", "user", "exclude", "filesystem", "exclude", "io_uring")
_ERRNO = {"-EACCES": "EACCES", "-13": "EACCES", "-EPERM": "EPERM", "-1": "EPERM"}
_TAKES_VALUE = ("-a", "-A", "-d", "-S", "-F", "-C", "-k", "-p", "-w", "-W", "-b", "-f", "-e", "-r", "--backlog_wait_time", "-m", "-q")
_TAKES_NONE = ("-D", "-c", "-i", "-l", "-s", "--loginuid-immutable", "--reset-lost", "--reset_backlog_wait_time_actual", "-t")
_ABIS = {"x86_64": ("b64", "b32"), "aarch64": ("b64", "b32"), "i686": ("b32",), "i386": ("b32",), "armv7l": ("b32",)}
_OLD = "open creat chmod chown lchown rename unlink rmdir mkdir mknod link symlink utime utimes futimesat"
_NEVER_64 = "stime chown32 fchown32 lchown32 truncate64 ftruncate64 clock_settime64 setuid32 setgid32 umount"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ONLY_32 = frozenset(_words(_NEVER_64))
_NOT_IN_64 = {"aarch64": _ONLY_32 | {*_words(_OLD)}, "riscv64": _ONLY_32 | {*_words(_OLD), "renameat"}}
SYSCALLS = _words(
    "chmod fchmod fchmodat chown fchown fchownat lchown setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr "
    "open openat openat2 open_by_handle_at creat truncate ftruncate rename renameat renameat2 unlink unlinkat rmdir link linkat "
    "symlink symlinkat mkdir mkdirat mknod mknodat mount umount2 umount init_module finit_module delete_module create_module "
    "adjtimex settimeofday stime clock_settime execve sethostname setdomainname setuid setgid setreuid setregid ptrace "
    "bpf perf_event_open kexec_load swapon swapoff reboot"
)
WATCHED = _words(
    "/etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/security/opasswd /etc/sudoers /etc/sudoers.d /etc/localtime /etc/selinux "
    "/etc/apparmor /etc/apparmor.d /etc/audit /etc/hosts /etc/hostname /etc/issue /etc/issue.net /etc/network /etc/netplan "
    "/etc/sysconfig/network /etc/sysconfig/network-scripts /etc/NetworkManager /etc/ssh/sshd_config /etc/pam.d /etc/login.defs "
    "/etc/crontab /etc/cron.d /etc/security /etc/nsswitch.conf /etc/modprobe.d /etc/sysctl.conf /etc/sysctl.d "
    "/run/utmp /var/log/btmp /var/log/wtmp /var/log/lastlog /var/log/faillock /run/faillock /var/log/tallylog /var/log/sudo.log "
    "/var/log/audit /usr/share/selinux /sbin/insmod /usr/sbin/insmod /var/spool/cron /etc/pam.conf /var/log/journal"
)
COMMANDS = _words(
    "/usr/bin/sudo /usr/bin/sudoedit /usr/bin/su /usr/bin/passwd /usr/bin/chage /usr/bin/chfn /usr/bin/chsh /usr/bin/gpasswd "
    "/usr/bin/newgrp /usr/bin/newuidmap /usr/bin/newgidmap /usr/bin/mount /usr/bin/umount /usr/bin/crontab /usr/bin/at "
    "/usr/bin/pkexec /usr/bin/chacl /usr/bin/setfacl /usr/bin/chcon /usr/bin/kmod /usr/bin/ssh-agent /usr/bin/fusermount "
    "/usr/bin/fusermount3 /usr/bin/dbus-daemon-launch-helper /usr/bin/write /usr/bin/wall /usr/bin/screen /usr/bin/expiry "
    "/usr/bin/systemd-run /usr/sbin/usermod /usr/sbin/unix_chkpwd /usr/sbin/unix_update /usr/sbin/unix2_chkpwd "
    "/usr/sbin/pam_timestamp_check /usr/sbin/pam_extrausers_chkpwd /usr/sbin/postdrop /usr/sbin/postqueue /usr/sbin/userhelper "
    "/usr/sbin/usernetctl /usr/sbin/seunshare /usr/sbin/semanage /usr/sbin/setfiles /usr/sbin/setsebool /usr/sbin/restorecon "
    "/usr/sbin/grub2-set-bootflag /usr/sbin/netreport /usr/sbin/rmmod /usr/sbin/insmod /usr/sbin/modprobe /usr/sbin/shutdown "
    "/usr/sbin/reboot /usr/sbin/poweroff /usr/sbin/halt /usr/sbin/init /usr/sbin/fdisk /usr/sbin/apparmor_parser "
    "/usr/libexec/openssh/ssh-keysign /usr/lib/openssh/ssh-keysign "
    "/usr/lib/ssh/ssh-keysign /usr/libexec/pt_chown /usr/lib/polkit-1/polkit-agent-helper-1 "
    "/usr/lib/dbus-1.0/dbus-daemon-launch-helper /usr/sbin/mount.nfs"
)


class RuleError(ValueError):
    """A line that auditctl refuses; it stops there unless told to go on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. syscalls empty means every one; permissions are of "rwxa"; narrowed: a filter that is not on people's sessions."""

    text: str
    action: str
    list: str
    arch: str | None = None
    syscalls: frozenset[str] = frozenset()
    path: str | None = None
    below: bool = False
    permissions: str = ""
    outcome: str | None = None
    people: bool = False
    narrowed: bool = False
    narrowing: frozenset[str] = frozenset()
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody in a login session does: a system call, or the use of a file in one way."""

    abi: str
    syscall: str | None = None
    path: str | None = None
    permission: str | None = None
    outcome: str | None = None


@dataclass(slots=True)
class RuleSet:
    """What is in force when auditctl has read its lines to the end, or to the one that it refused."""

    rules: list[Rule] = field(default_factory=list)
    enabled: int | None = None
    failure: int | None = None
    backlog_limit: int | None = None
    backlog_wait_time: int | None = None
    loginuid_immutable: bool = False
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """What decides how rules are read: the machine (`uname -m`), folders that are links to others (/bin -> /usr/bin), and moved programs.

    outside: /usr/bin/su -> /bin/su, for programs that this host has outside of /usr, where /bin is a folder of its own.
    """

    machine: str
    links: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, str] = field(default_factory=dict)

    @property
    def abis(self) -> tuple[str, ...]:
        """The system call tables that programs of this machine use, its own first."""
        return _ABIS.get(self.machine, ("b64",))

    def has(self, abi: str, syscall: str) -> bool:
        """Whether this table has such a call."""
        return abi == "b32" or syscall not in _NOT_IN_64.get(self.machine, _ONLY_32)

    def real(self, path: str) -> str:
        """The path with its linked folder resolved and no slash at its end."""
        plain = re.sub(r"/+", "/", path).rstrip("/") or "/"
        for link, target in self.links.items():
            if plain.startswith(f"{link}/"):
                return target + plain[len(link) :]
        return plain

    def place(self, program: str) -> str:
        """Where a program that is known by its path below /usr really lies."""
        return self.outside.get(program) or self.real(program)


def load_lines(lines: Iterable[str], host: Host) -> RuleSet:
    """The rules in force after `auditctl -R` has read these lines."""
    result, go_on = RuleSet(), False
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        go_on = go_on or words[0] in ("-c", "-i")
        try:
            apply_line(result, words, host)
        except RuleError as error:
            result.refused = result.refused or f"line {number}: {error}: {line.strip()[:120]}"
            if not go_on:
                break
    return result


def apply_line(result: RuleSet, words: list[str], host: Host) -> None:
    """Put one line into the rule set; raises RuleError when auditctl refuses it."""
    first, value = words[0], words[1] if len(words) > 1 else ""
    if result.enabled == LOCKED:
        raise RuleError("the rules were locked by -e 2 before this line")
    if first == "-D":
        key = words[2] if words[1:2] == ["-k"] and len(words) > 2 else None  # noqa: PLR2004 - "-D -k KEY"
        result.rules = [rule for rule in result.rules if key is not None and rule.key != key]
    elif first in ("-e", "-f", "-b", "--backlog_wait_time"):
        name = {"-e": "enabled", "-f": "failure", "-b": "backlog_limit"}.get(first, "backlog_wait_time")
        if not re.fullmatch(r"\d{1,10}", value) or (first in ("-e", "-f") and value not in ("0", "1", "2")):
            raise RuleError(f"{first} needs a number")
        setattr(result, name, int(value))
    elif first == "--loginuid-immutable":
        result.loginuid_immutable = True
    elif first in ("-d", "-W"):
        gone = parse_rule([{"-d": "-a", "-W": "-w"}[first], *words[1:]], host)
        result.rules = [rule for rule in result.rules if _what(rule) != _what(gone)]
    elif first in ("-a", "-A", "-w") or {"-a", "-A", "-w"} & set(words):
        rule = parse_rule(words, host)
        result.rules.insert(0 if "-A" in words else len(result.rules), rule)
    elif first not in _TAKES_NONE and first not in _TAKES_VALUE:
        raise RuleError("not an option of auditctl")


def _what(rule: Rule) -> tuple[object, ...]:
    return (rule.action, rule.list, rule.arch, rule.syscalls, rule.path, rule.permissions, rule.outcome, rule.people, rule.narrowing)


def parse_rule(words: list[str], host: Host) -> Rule:
    """One rule of `-a`, `-A` or `-w`; raises RuleError when an option is not known or lacks its value."""
    draft: dict[str, Any] = {
        "text": " ".join(words),
        "action": "always",
        "list": "exit",
        "syscalls": set(),
        "narrowing": set(),
        "auid": 0,
        "set": False,
    }
    for option, value in _pairs(words):
        if option == "-F":
            _read_filter(draft, value, host)
        else:
            _read_option(draft, option, value, host)
    auid, is_set = draft.pop("auid"), draft.pop("set")
    # the real-time clock is the only one that can be set, so this filter leaves nothing out
    draft["narrowing"] -= {"a0=0", "a0=0x0"} if draft["syscalls"] and draft["syscalls"] <= _SET_CLOCK else set()
    draft["narrowed"] = bool(draft["narrowing"]) or auid > PEOPLE_FROM
    sets = {name: frozenset(draft[name]) for name in ("syscalls", "narrowing")}
    return Rule(**draft | sets | {"people": is_set and auid > 0})


def _read_option(draft: dict[str, Any], option: str, value: str, host: Host) -> None:
    if option in ("-a", "-A"):
        _read_list(draft, value)
    elif option == "-w":
        draft |= {"path": host.real(value), "below": True, "permissions": draft.get("permissions") or PERMISSIONS}
    elif option == "-p":
        draft["permissions"] = _permissions(value)
    elif option == "-S":
        draft["syscalls"] |= {s for s in value.split(",") if s and s != "all"}
    elif option == "-k":
        draft["key"] = value
    elif option == "-C":
        draft["narrowing"].add(value)


def _pairs(words: list[str]) -> Iterable[tuple[str, str]]:
    rest = iter(words)
    for word in rest:
        if word in _TAKES_VALUE:
            value = next(rest, None)
            if value is None:
                raise RuleError(f"{word} without a value")
            yield word, value
        elif word not in _TAKES_NONE:
            raise RuleError(f"{word[:40]!r} is not an option of auditctl")


def _read_list(draft: dict[str, Any], value: str) -> None:
    parts = value.split(",")
    actions, lists = [p for p in parts if p in ("always", "never")], [p for p in parts if p in _LISTS]
    if len(parts) != 2 or len(actions) != 1 or len(lists) != 1:  # noqa: PLR2004 - one list and one action
        raise RuleError("a rule needs one list and one action")
    draft |= {"action": actions[0], "list": lists[0]}


def _permissions(value: str) -> str:
    if not value or set(value) - set(PERMISSIONS):
        raise RuleError("permissions can only be of rwxa")
    return "".join(p for p in PERMISSIONS if p in value)


def _read_filter(draft: dict[str, Any], text: str, host: Host) -> None:
    found = re.fullmatch(r"([A-Za-z0-9_]+)(>=|<=|!=|&=|=|>|<|&)(.*)", text)
    if not found:
        raise RuleError(f"{text[:40]!r} is not a filter")
    name, operator, value = found.groups()
    if name == "auid":
        _read_auid(draft, operator, value)
    elif name == "key":
        draft["key"] = value
    elif operator != "=":
        draft["narrowing"].add(text)
    elif name == "arch":
        draft["arch"] = "b32" if value in ("b32", "i386", "i686", "arm", "armeb", "armv7l") else "b64"
    elif name in ("path", "dir"):
        draft |= {"path": host.real(value), "below": name == "dir"}
    elif name == "perm":
        draft["permissions"] = _permissions(value)
    elif name == "success":
        draft["outcome"] = "failure" if value in ("0", "no") else "success"
    elif name == "exit" and value in _ERRNO:
        draft["outcome"] = _ERRNO[value]
    else:
        draft["narrowing"].add(text)


def _read_auid(draft: dict[str, Any], operator: str, value: str) -> None:
    if operator in (">=", ">") and value.isdecimal():
        draft["auid"] = int(value) + (operator == ">")
    elif operator == "!=" and value in _UNSET:
        draft["set"] = True
    else:
        draft["narrowing"].add(f"auid{operator}{value}")


def decide(rules: Iterable[Rule], event: Event, host: Host) -> Rule | None:
    """The rule by which the kernel records this event, None when it does not."""
    for rule in rules:
        if rule.list in ("exit", "task") and _matches(rule, event, host):
            return rule if rule.action == "always" else None
    return None


def _matches(rule: Rule, event: Event, host: Host) -> bool:
    if rule.narrowed or (rule.list == "task" and rule.action == "always"):
        return False
    if rule.outcome not in (None, event.outcome) and not (rule.outcome == "failure" and event.outcome in ("EACCES", "EPERM")):
        return False
    if rule.arch not in (None, event.abi) or (rule.arch is None and rule.syscalls and event.abi != host.abis[0]):
        return False
    if event.syscall is not None:
        return rule.path is None and not rule.permissions and (not rule.syscalls or event.syscall in rule.syscalls)
    return _matches_file(rule, event)


def _matches_file(rule: Rule, event: Event) -> bool:
    path = event.path or ""
    if rule.path is None:
        return not rule.syscalls or (event.permission == "x" and "execve" in rule.syscalls)
    if rule.syscalls or not (rule.path == path or (rule.below and path.startswith(f"{rule.path.rstrip('/')}/"))):
        return False
    return not rule.permissions or (event.permission or "-") in rule.permissions


def is_recorded(rules: list[Rule], syscall: str, outcome: str | None, host: Host) -> bool:
    """Whether this call of people, with this outcome (None: any), is recorded whichever table they make it through."""
    abis = [abi for abi in host.abis if host.has(abi, syscall)]
    whole = all(decide(rules, Event(abi, syscall=syscall, outcome=outcome), host) for abi in abis)
    if whole or outcome is not None:
        return whole and bool(abis)
    return is_recorded(rules, syscall, "success", host) and is_recorded(rules, syscall, "failure", host)


def recording(rules: list[Rule], path: str, permission: str, host: Host) -> list[Rule]:
    """The rules that record this use of a file, one a table; empty when some table is left out."""
    found = [decide(rules, Event(abi, path=path, permission=permission), host) for abi in host.abis]
    return [rule for rule in found if rule] if all(found) else []


def describe(rules: list[Rule], host: Host, privileged: Iterable[str] = ()) -> dict[str, Any]:
    """{"rules", "syscalls", "watches", "commands"} of a rule set, over the names that it holds and those that are known."""
    paths = {rule.path for rule in rules if rule.path}
    commands = {r.path for r in rules if r.path and not r.below and (not r.permissions or "x" in r.permissions)}
    named = {name for rule in rules for name in rule.syscalls}
    return {
        "escalation": {kind: _escalation(rules, kind, host) for kind in _ESCALATION},
        "rules": [rule.text for rule in rules],
        "syscalls": {name: _syscall(rules, name, host) for name in sorted(named | set(SYSCALLS)) if "[" not in name},
        "watches": {path: _watch(rules, path, host) for path in sorted(paths | set(WATCHED)) if _fits(path)},
        "commands": {path: _command(rules, path, host) for path in sorted(commands | set(COMMANDS) | set(privileged)) if _fits(path)},
    }


def _fits(path: str) -> bool:
    return bool(re.fullmatch(r"[^\[\]\n]{1,400}", path))


def _escalation(rules: list[Rule], kind: str, host: Host) -> bool:
    def tells(rule: Rule, abi: str) -> bool:
        return (
            rule.action == "always"
            and rule.list == "exit"
            and "execve" in rule.syscalls
            and rule.arch in (None, abi)
            and any(set(rule.narrowing) == words for words in _ESCALATION[kind])
        )

    silent = any(rule.list == "task" and rule.action == "never" and not rule.narrowed for rule in rules)
    return not silent and (is_recorded(rules, "execve", None, host) or all(any(tells(rule, abi) for rule in rules) for abi in host.abis))


def _syscall(rules: list[Rule], name: str, host: Host) -> dict[str, bool]:
    return {
        "recorded": is_recorded(rules, name, None, host),
        "succeeded": is_recorded(rules, name, "success", host),
        "denied": is_recorded(rules, name, "EACCES", host) and is_recorded(rules, name, "EPERM", host),
    }


def _watch(rules: list[Rule], path: str, host: Host) -> dict[str, Any]:
    seen = "".join(p for p in PERMISSIONS if recording(rules, host.real(path), p, host))
    return {"permissions": seen, "reads": "r" in seen, "changes": "w" in seen and "a" in seen}


def _command(rules: list[Rule], path: str, host: Host) -> dict[str, bool]:
    found = recording(rules, host.place(path), "x", host)
    return {"recorded": bool(found), "people_only": bool(found) and all(rule.people for rule in found)}
