"""Ansible inventories in INI, read without Ansible."""

import re
import shlex

from server.inventory.ansible_draft import Draft, make_variable
from server.inventory.ansible_hosts import finish
from server.inventory.files import InventoryFile

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def read_ini(text: str, name: str) -> InventoryFile:
    """The hosts of an INI inventory; raises InventoryFileError with every fault and its line."""
    draft = Draft()
    group, kind = "ungrouped", "hosts"
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip().lstrip("\ufeff")
        if not line or line[0] in "#;":
            continue
        if section := _SECTION.fullmatch(line):
            group, kind = section[1], section[2] or "hosts"
            draft.group(group, number)
            if kind not in ("hosts", "children", "vars"):
                draft.faults.add(number, f"[{group}:{kind}] is no section; write [{group}], [{group}:children] or [{group}:vars]")
        elif kind == "hosts":
            _read_host_line(line, group, number, draft)
        elif kind == "children":
            draft.group(group, number).children.setdefault(line.split("#")[0].strip(), number)
        elif kind == "vars":
            _read_variable_line(line, group, number, draft)
    _refuse_unknown_children(draft)
    return finish(draft, name)


def _read_host_line(line: str, group: str, number: int, draft: Draft) -> None:
    try:
        pattern, *words = shlex.split(line, comments=True)
    except ValueError:
        draft.faults.add(number, "a quote does not end on its line; close it")
        return
    pairs = [word.partition("=") for word in words]
    if wrong := next((key for key, mark, _ in pairs if not mark or not _WORD.fullmatch(key)), None):
        draft.faults.add(number, f"{wrong[:60]!r} behind the host is not NAME=VALUE; write it so, in quotes where the value has spaces")
        return
    draft.add_hosts(pattern, group, number, {key: make_variable(value, number) for key, _, value in pairs})


def _read_variable_line(line: str, group: str, number: int, draft: Draft) -> None:
    key, mark, value = line.partition("=")
    if not mark or not _WORD.fullmatch(key.strip()):
        draft.faults.add(number, f"a line of [{group}:vars] is NAME=VALUE; mend {line[:60]!r}")
        return
    text = value.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    text = text[1:-1] if quoted else re.sub(r"\s+#.*", "", text)
    draft.group(group, number).variables[key.strip()] = make_variable(text, number)


def _refuse_unknown_children(draft: Draft) -> None:
    for parent, group in list(draft.groups.items()):
        for child, line in group.children.items():
            if child not in draft.groups:
                draft.faults.add(
                    line, f"{child[:60]!r} of [{parent}:children] is no group of this file; add [{child[:60]}], or take it out"
                )
