"""What a set of audit rules records of the events that matter: calls, uses of files, programs, and steps to root.

The kernel walks the rules of a list in their order and the first that matches decides, so an earlier "never" hides a later
"always". A rule counts for an event only when nothing but the usual filter on people's sessions (auid>=1000, auid!=unset)
narrows it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collector.linux.audit_names import COMMANDS, SYSCALLS, WATCHED
from collector.linux.audit_rules import PERMISSIONS, Host, Rule

# Which argument holds the flags of opening, and the flags by which a file is created or changed: O_CREAT; O_WRONLY, O_RDWR, O_TRUNC.
FLAGS_IN = {"open": "a1", "openat": "a2", "open_by_handle_at": "a2"}
OPEN_FLAGS = {"create": (0o100,), "write": (0o1, 0o2, 0o1000)}
_ESCALATION = {"user": ({"uid!=euid", "euid=0"}, {"euid!=uid", "euid=0"}), "group": ({"gid!=egid", "egid=0"}, {"egid!=gid", "egid=0"})}


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody in a login session does: a system call, or the use of a file in one way; flags are those of a call that opens."""

    abi: str
    syscall: str | None = None
    path: str | None = None
    permission: str | None = None
    outcome: str | None = None
    flags: int = 0


def decide(rules: Iterable[Rule], event: Event, host: Host) -> Rule | None:
    """The rule by which the kernel records this event, None when it does not."""
    for rule in rules:
        if rule.list in ("exit", "task") and _matches(rule, event, host):
            return rule if rule.action == "always" else None
    return None


def _matches(rule: Rule, event: Event, host: Host) -> bool:
    if (rule.narrowed and not _admits(rule, event)) or (rule.list == "task" and rule.action == "always"):
        return False
    if rule.outcome not in (None, event.outcome) and not (rule.outcome == "failure" and event.outcome in ("EACCES", "EPERM")):
        return False
    if rule.arch not in (None, event.abi) or (rule.arch is None and rule.syscalls and event.abi != host.abis[0]):
        return False
    if event.syscall is not None:
        return rule.path is None and not rule.permissions and (not rule.syscalls or event.syscall in rule.syscalls)
    return _matches_file(rule, event)


def _admits(rule: Rule, event: Event) -> bool:
    """Whether what narrows the rule lets this call through: a mask over the argument that holds the flags of opening (a1&0100)."""
    place = FLAGS_IN.get(event.syscall or "")
    masks = [re.fullmatch(rf"{place}&(0[0-7]*|0x[0-9a-f]+|[1-9]\d*)", text) for text in rule.narrowing] if place else []
    return bool(masks) and all(mask is not None and _number(mask[1]) & event.flags for mask in masks)


def _number(text: str) -> int:
    return int(text, 16 if text.startswith("0x") else 8 if text.startswith("0") else 10)


def _matches_file(rule: Rule, event: Event) -> bool:
    path = event.path or ""
    if rule.path is None:
        return not rule.syscalls or (event.permission == "x" and "execve" in rule.syscalls)
    if rule.syscalls or not (rule.path == path or (rule.below and path.startswith(f"{rule.path.rstrip('/')}/"))):
        return False
    return not rule.permissions or (event.permission or "-") in rule.permissions


def is_recorded(rules: list[Rule], syscall: str, outcome: str | None, host: Host, flags: int = 0) -> bool:
    """Whether this call of people, with this outcome (None: any) and flags, is recorded whichever table they make it through."""
    abis = [abi for abi in host.abis if host.has(abi, syscall)]
    whole = all(decide(rules, Event(abi, syscall=syscall, outcome=outcome, flags=flags), host) for abi in abis)
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
        "inert": _inert(rules, host),
        "rules": [rule.text for rule in rules],
        "syscalls": {name: _syscall(rules, name, host) for name in sorted(named | set(SYSCALLS)) if "[" not in name},
        "opens": {name: _open(rules, name, host) for name in FLAGS_IN},
        "watches": {path: _watch(rules, path, host) for path in sorted(paths | set(WATCHED)) if _fits(path)},
        "commands": {path: _command(rules, path, host) for path in sorted(commands | set(COMMANDS) | set(privileged)) if _fits(path)},
    }


def _inert(rules: list[Rule], host: Host) -> list[str]:
    named = {rule.path for rule in rules if rule.path in host.behind and rule.action == "always" and "x" in (rule.permissions or "x")}
    return sorted(path for path in named if path and not recording(rules, host.real(host.behind[path]), "x", host))


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


def _open(rules: list[Rule], name: str, host: Host) -> dict[str, bool]:
    """What is recorded of a call that opens files, where it would create one or write to one."""

    def all_recorded(use: str, *outcomes: str) -> bool:
        return all(is_recorded(rules, name, outcome, host, flag) for flag in OPEN_FLAGS[use] for outcome in outcomes)

    here = any(host.has(abi, name) for abi in host.abis)
    return {
        f"{use}_{word}": not here or all_recorded(use, *outcomes)
        for use in OPEN_FLAGS
        for word, outcomes in (("succeeded", ("success",)), ("denied", ("EACCES", "EPERM")))
    }


def _watch(rules: list[Rule], path: str, host: Host) -> dict[str, Any]:
    seen = "".join(p for p in PERMISSIONS if recording(rules, host.real(path), p, host))
    return {"permissions": seen, "reads": "r" in seen, "changes": "w" in seen and "a" in seen}


def _command(rules: list[Rule], path: str, host: Host) -> dict[str, bool]:
    found = recording(rules, host.place(path), "x", host)
    return {"recorded": bool(found), "people_only": bool(found) and all(rule.people for rule in found)}
