"""Audit rules as auditctl reads them: one rule from its words, a set of them from the lines of a file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PERMISSIONS = "rwxa"
LOCKED = 2  # the value of -e after which the kernel takes no rule until the next boot
PEOPLE_FROM = 1000  # the least auid of people, UID_MIN of login.defs
_SET_CLOCK = {"clock_settime", "clock_settime64"}
_BY_NUMBER = {"452": "fchmodat2"}  # on every table; an auditctl that is older than the call takes its number alone
_UNSET = ("unset", "-1", "4294967295")
_LISTS = ("task", "exit", "user", "exclude", "filesystem", "exclude", "io_uring")
_ERRNO = {"-EACCES": "EACCES", "-13": "EACCES", "-EPERM": "EPERM", "-1": "EPERM"}
_TAKES_VALUE = ("-a", "-A", "-d", "-S", "-F", "-C", "-k", "-p", "-w", "-W", "-b", "-f", "-e", "-r", "--backlog_wait_time", "-m", "-q")
_TAKES_NONE = ("-D", "-c", "-i", "-l", "-s", "--loginuid-immutable", "--reset-lost", "--reset_backlog_wait_time_actual", "-t")
_ABIS = {"x86_64": ("b64", "b32"), "aarch64": ("b64", "b32"), "i686": ("b32",), "i386": ("b32",), "armv7l": ("b32",)}
_OLD = "open creat chmod chown lchown rename unlink rmdir mkdir mknod link symlink utime utimes futimesat"
_NEVER_64 = "stime chown32 fchown32 lchown32 truncate64 ftruncate64 clock_settime64 setuid32 setgid32 umount"


_ONLY_32 = frozenset(_NEVER_64.split())
_NOT_IN_64 = {"aarch64": _ONLY_32 | {*_OLD.split()}, "riscv64": _ONLY_32 | {*_OLD.split(), "renameat"}}


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
    behind: /usr/sbin/insmod -> /usr/bin/kmod, for programs that are links.
    """

    machine: str
    links: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, str] = field(default_factory=dict)
    behind: Mapping[str, str] = field(default_factory=dict)

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
    draft["narrowing"] |= {f"auid>={auid}"} if auid > PEOPLE_FROM else set()
    draft["narrowed"] = bool(draft["narrowing"])
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
        draft["syscalls"] |= {_BY_NUMBER.get(s, s) for s in value.split(",") if s and s != "all"}
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
