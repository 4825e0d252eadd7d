"""Ansible inventories, INI and YAML, read without Ansible: hosts with ranges, groups, children and the variables that say how to get in.

Nothing in a file is run: templates, vaulted values and plugins are told and left alone.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import yaml

from server.inventory_files import MOST_HOSTS, Entry, Fault, Faults, InventoryFile, InventoryFileError, make_entry, refuse

# Our word -> Ansible's names for it, the one that counts first.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "address": ("ansible_host", "ansible_ssh_host"),
    "user": ("ansible_user", "ansible_ssh_user"),
    "port": ("ansible_port", "ansible_ssh_port"),
    "key": ("ansible_ssh_private_key_file", "ansible_private_key_file"),
    "group": ("closeout_group",),
    "category": ("closeout_category",),
    "jump": ("closeout_jump",),
    "kind": ("closeout_kind",),
    "because": ("closeout_because",),
    "ssp": ("closeout_ssp",),
}
ARGUMENTS = ("ansible_ssh_common_args", "ansible_ssh_extra_args")
PASSWORDS = ("ansible_password", "ansible_ssh_pass", "ansible_become_password", "ansible_become_pass", "ansible_sudo_pass")
_WINRM = ("winrm", "ansible.builtin.winrm")
_TRANSPORTS = ("kerberos", "ntlm", "certificate")
SSH = ("", "ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh", "ansible.builtin.paramiko_ssh")
_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_DEEPEST = 50
_HTTP = 5985
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Variable:
    """A value as text with its line; odd: why it is no plain value."""

    text: str
    line: int
    odd: str = ""


@dataclass(slots=True)
class Group:
    """One group: hosts and children with the line of their first mention, and its variables."""

    line: int
    hosts: dict[str, int] = field(default_factory=dict)
    children: dict[str, int] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A file as far as it was read."""

    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, dict[str, Variable]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    notes: dict[str, None] = field(default_factory=dict)
    visits: int = 0

    def group(self, name: str, line: int) -> Group:
        """The group of that name, new at its first mention."""
        return self.groups.setdefault(name, Group(line))

    def add_hosts(self, pattern: str, group: str, line: int, variables: Mapping[str, Variable]) -> None:
        """Every host that a pattern stands for, with its variables."""
        try:
            names, port = expand(pattern)
        except ValueError as error:
            self.faults.add(line, str(error))
            return
        if len(self.hosts) + len(names) > MOST_HOSTS:
            self.faults.add(line, f"{pattern!r} makes more than {MOST_HOSTS} hosts; write a smaller range, or several files")
            return
        for name in names:
            own = self.hosts.setdefault(name, {})
            self.lines.setdefault(name, line)
            own.update(variables)
            if port:
                own["ansible_port"] = Variable(port, line)
            self.group(group, line).hosts.setdefault(name, line)


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
    return _finish(draft, name)


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
    draft.add_hosts(pattern, group, number, {key: _variable(value, number) for key, _, value in pairs})


def _read_variable_line(line: str, group: str, number: int, draft: Draft) -> None:
    key, mark, value = line.partition("=")
    if not mark or not _WORD.fullmatch(key.strip()):
        draft.faults.add(number, f"a line of [{group}:vars] is NAME=VALUE; mend {line[:60]!r}")
        return
    text = value.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    text = text[1:-1] if quoted else re.sub(r"\s+#.*", "", text)
    draft.group(group, number).variables[key.strip()] = _variable(text, number)


def _refuse_unknown_children(draft: Draft) -> None:
    for parent, group in list(draft.groups.items()):
        for child, line in group.children.items():
            if child not in draft.groups:
                draft.faults.add(
                    line, f"{child[:60]!r} of [{parent}:children] is no group of this file; add [{child[:60]}], or take it out"
                )


def _variable(text: str, line: int) -> Variable:
    return Variable(text, line, "a template, which only Ansible can fill in" if "{{" in text or "{%" in text else "")


def read_yaml(text: str, name: str) -> InventoryFile:
    """The hosts of a YAML inventory; raises InventoryFileError with every fault and its line."""
    draft = Draft()
    try:
        _read_top(yaml.compose(text, Loader=yaml.SafeLoader), draft)  # never constructed: a tag makes nothing here
    except InventoryFileError as error:
        raise InventoryFileError(name, error.faults) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InventoryFileError(name, [Fault(line, f"no YAML: {error.problem or 'it ends too early'}")]) from error
    except yaml.YAMLError as error:
        raise InventoryFileError(name, [Fault(1, f"no YAML: {error}")]) from error
    except RecursionError as error:
        raise InventoryFileError(name, [Fault(1, "nested too deep; check the indentation and the brackets")]) from error
    return _finish(draft, name)


def _read_top(top: yaml.Node | None, draft: Draft) -> None:
    if not isinstance(top, yaml.MappingNode):
        draft.faults.add(1, "the top level is no mapping of groups; write `all: {hosts: {NAME: {...}}}`")
        return
    for key, node in _pairs(top):
        _read_group(key, node, draft, 0)


def _pairs(node: yaml.Node, depth: int = 0) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The keys and values of a mapping, those that `<<` merges first."""
    if not isinstance(node, yaml.MappingNode) or depth > _DEEPEST:
        return
    merged = [value for key, value in node.value if key.value == "<<"]
    for value in merged:
        for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            yield from _pairs(one, depth + 1)
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.value != "<<":
            yield key, value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null")


def _read_group(key: yaml.ScalarNode, node: yaml.Node, draft: Draft, depth: int) -> None:
    name = key.value
    draft.group(name, _line(key))
    draft.visits += 1
    if _is_empty(node):
        return
    if not isinstance(node, yaml.MappingNode):
        draft.faults.add(_line(key), f"the group {name} is no mapping; write hosts, children and vars below it")
        return
    if depth > _DEEPEST or draft.visits > MOST_HOSTS:
        raise InventoryFileError("", [Fault(_line(key), f"the group {name} is told too often or too deep; a group may not hold itself")])
    for word, value in _pairs(node):
        if word.value not in ("hosts", "children", "vars"):
            draft.notes[f"{word.value!r} of the group {name} (line {_line(word)}) is none of hosts, children, vars: passed over"] = None
        elif isinstance(value, yaml.MappingNode):
            _read_part(name, word.value, value, draft, depth)
        elif not _is_empty(value):
            draft.faults.add(_line(word), f"{word.value} of {name} is no mapping; write `NAME:` a line each, with a colon and no dash")


def _read_part(name: str, part: str, node: yaml.MappingNode, draft: Draft, depth: int) -> None:
    group = draft.groups[name]
    if part == "vars":
        group.variables |= _read_variables(node)
    for key, below in _pairs(node):
        if part == "hosts":
            draft.add_hosts(key.value, name, _line(key), _read_variables(below))
        elif part == "children":
            group.children.setdefault(key.value, _line(key))
            _read_group(key, below, draft, depth + 1)


def _read_variables(node: yaml.Node) -> dict[str, Variable]:
    found = {}
    for key, value in _pairs(node):
        if not isinstance(value, yaml.ScalarNode):
            found[key.value] = Variable("", _line(value), "a list or a mapping, where one value is wanted")
        elif value.tag.startswith("!"):
            found[key.value] = Variable("", _line(value), f"tagged {value.tag}, which only Ansible can read")
        else:
            found[key.value] = _variable("" if _is_empty(value) else value.value, _line(value))
    return found


def expand(pattern: str) -> tuple[list[str], str]:
    """The names that a host pattern stands for, and its port or nothing: web[01:03].example:2222 is three hosts.

    Raises ValueError with a sentence.
    """
    six = re.fullmatch(r"\[([0-9A-Fa-f.%]*:[0-9A-Fa-f:.%]*:[0-9A-Fa-f:.%]*)\](?::(\d+))?", pattern)
    if six:
        return [six[1]], six[2] or ""
    with_port = re.fullmatch(r"((?:[^:\[\]]|\[[^\[\]]*\])+):(\d{1,5})", pattern)
    body, port = (with_port[1], with_port[2]) if with_port else (pattern, "")
    names = [""]
    for index, part in enumerate(re.split(r"\[([^\[\]]*)\]", body)):
        choices = _expand_range(part, pattern) if index % 2 else [part]
        if len(names) * len(choices) > MOST_HOSTS:
            raise ValueError(f"{pattern!r} makes more than {MOST_HOSTS} hosts; write a smaller range")
        names = [name + choice for name in names for choice in choices]
    return names, port


def _expand_range(text: str, pattern: str) -> list[str]:
    start, *rest = text.split(":")
    step = rest[1] if len(rest) == 2 else "1"  # noqa: PLR2004 - start, end, step
    if len(rest) not in (1, 2) or not re.fullmatch(r"[1-9][0-9]{0,4}", step):
        raise ValueError(f"[{text}] of {pattern!r} is no range; write [01:20], [a:f] or [1:9:2]")
    end, by = rest[0], int(step)
    if re.fullmatch(r"\d{0,6}", start) and re.fullmatch(r"\d{1,6}", end) and int(start or "0") <= int(end):
        width = len(start) if re.match(r"0\d", start) else 0
        if width and width != len(end):
            raise ValueError(f"[{text}] of {pattern!r} begins and ends with different numbers of digits; write [01:20]")
        if (int(end) - int(start or "0")) // by >= MOST_HOSTS:
            raise ValueError(f"{pattern!r} makes more than {MOST_HOSTS} hosts; write a smaller range")
        return [str(number).zfill(width) for number in range(int(start or "0"), int(end) + 1, by)]
    if re.fullmatch(r"[a-z]:[a-z]|[A-Z]:[A-Z]", f"{start}:{end}") and start <= end:
        return [chr(code) for code in range(ord(start), ord(end) + 1, by)]
    raise ValueError(f"[{text}] of {pattern!r} is no range; write [01:20], [a:f] or [1:9:2]")


def _finish(draft: Draft, name: str) -> InventoryFile:
    depths = _depths(draft)
    entries = []
    for host, own in draft.hosts.items():
        above = sorted(_groups_of(draft, host), key=lambda group: (group != "all", depths.get(group, 0), group))
        said: dict[str, Variable] = {}
        for group in above:
            said |= draft.groups[group].variables
        entries.append(_make(host, said | own, _closest(draft, host, depths), draft))
    if draft.faults.found:
        raise InventoryFileError(name, draft.faults.found)
    return InventoryFile(name, tuple(entries), tuple(draft.notes))


def _depths(draft: Draft) -> dict[str, int]:
    """Group -> how deep it stands below the groups that hold it; a group that holds itself is a fault."""
    depths = dict.fromkeys(draft.groups, 0)
    for _ in range(min(len(draft.groups), _DEEPEST) + 1):
        before = dict(depths)
        for parent, group in draft.groups.items():
            for child in group.children:
                if child in depths:
                    depths[child] = max(depths[child], depths[parent] + 1)
        if depths == before:
            return depths
    deepest = max(depths, key=lambda group: depths[group])
    draft.faults.add(draft.groups[deepest].line, f"the group {deepest} holds itself by its children; take one of them out")
    return depths


def _groups_of(draft: Draft, host: str) -> set[str]:
    found = {name for name, group in draft.groups.items() if host in group.hosts} | ({"all"} & set(draft.groups))
    while more := {name for name, group in draft.groups.items() if found & set(group.children)} - found:
        found |= more
    return found


def _closest(draft: Draft, host: str, depths: Mapping[str, int]) -> str:
    """The group to sort a host by: the deepest that names it, the first of equals."""
    named = [name for name, group in draft.groups.items() if host in group.hosts and name not in ("all", "ungrouped")]
    return max(named, key=lambda name: depths.get(name, 0), default="")


def _make(host: str, said: Mapping[str, Variable], group: str, draft: Draft) -> Entry:
    line = draft.lines[host]
    if any(name in said for name in PASSWORDS):
        draft.notes["passwords in the file are not taken over: closeout keeps none, and asks for them by --ask-password"] = None
    told = {word: said[name] for word, names in VARIABLES.items() if (name := next((n for n in names if n in said), None))}
    odd = next((f"{VARIABLES[word][0]} (line {value.line}) is {value.odd}" for word, value in told.items() if value.odd), "")
    plain = {word: value.text for word, value in told.items() if value.text and not value.odd}
    entry = make_entry(host, line, {"group": group} | plain if group else plain, {w: v.line for w, v in told.items()}, draft.faults)
    return refuse(entry, odd) if odd else _with_connection(entry, said)


def _with_connection(entry: Entry, said: Mapping[str, Variable]) -> Entry:
    connection = said["ansible_connection"].text if "ansible_connection" in said else ""
    if connection == "local" or (entry.name in _HERE and not entry.address and not connection):
        return refuse(entry, "it is the machine that Ansible runs on; scan this one by `closeout scan --local`")
    if connection in _WINRM:
        return _with_winrm(entry, said)
    if connection not in SSH:
        return refuse(entry, f"its ansible_connection is {connection!r}; only ssh and winrm are taken from an inventory")
    if entry.jump:
        return entry
    try:
        jump = next(filter(None, (find_jump(said[name].text) for name in ARGUMENTS if name in said)), "")
    except ValueError as error:
        return refuse(entry, str(error))
    # The jump host itself often stands in the group that is reached through it.
    return entry if not jump or split_jump(jump)[0] in (entry.name, entry.address) else replace(entry, jump=jump)


def _with_winrm(entry: Entry, said: Mapping[str, Variable]) -> Entry:
    """The entry of a Windows host; what Ansible leaves unchecked or in clear text is not taken over."""
    transport = said["ansible_winrm_transport"].text if "ansible_winrm_transport" in said else "kerberos"
    scheme = said["ansible_winrm_scheme"].text if "ansible_winrm_scheme" in said else ""
    if transport not in _TRANSPORTS:
        return refuse(entry, f"its ansible_winrm_transport is {transport!r}; use {', '.join(_TRANSPORTS)}")
    if scheme == "http" or (not scheme and entry.port == _HTTP):
        return refuse(entry, "it is reached by HTTP; make an HTTPS listener, or add it by `closeout hosts add --encrypted-http`")
    return replace(entry, way="winrm", auth=transport, jump="")


def find_jump(arguments: str) -> str:
    """The jump host in arguments of ssh, or nothing; raises ValueError with a sentence on what cannot be taken over."""
    if "{{" in arguments:
        raise ValueError("its SSH arguments are a template, which only Ansible can fill in; name the jump host by closeout_jump")
    try:
        text = " ".join(shlex.split(arguments))
    except ValueError as error:
        raise ValueError("a quote in its SSH arguments does not end") from error
    if re.search(r"ProxyCommand", text, re.IGNORECASE):
        raise ValueError("it is reached by a ProxyCommand, which is not run; name the jump host by closeout_jump")
    found = re.search(r"(?:^|\s)(?:-J\s*|-o\s*ProxyJump[= ]\s*)(\S+)", text, re.IGNORECASE)
    if not found or found[1].lower() == "none":
        return ""
    if "," in found[1]:
        raise ValueError("it is reached through several jump hosts; give each of them the one before it by closeout_jump")
    return found[1]


def split_jump(text: str) -> tuple[str, str, int]:
    """Host, user and port of [USER@]HOST[:PORT]; nothing and 0 where it does not say."""
    user, _, rest = text.rpartition("@")
    found = re.fullmatch(r"\[?([^\[\]]*?)\]?(?::(\d{1,5}))?", rest) if rest.count(":") < 2 or "[" in rest else None  # noqa: PLR2004 - IPv6
    return (found[1], user, int(found[2] or 0)) if found else (rest, user, 0)
