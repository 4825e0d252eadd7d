"""Ansible inventories in YAML, read without Ansible."""

from collections.abc import Iterator

import yaml

from server.inventory.ansible_draft import DEEPEST, Draft, Variable, make_variable
from server.inventory.ansible_hosts import finish
from server.inventory.files import MOST_HOSTS, Fault, InventoryFile, InventoryFileError


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
    return finish(draft, name)


def _read_top(top: yaml.Node | None, draft: Draft) -> None:
    if not isinstance(top, yaml.MappingNode):
        draft.faults.add(1, "the top level is no mapping of groups; write `all: {hosts: {NAME: {...}}}`")
        return
    for key, node in _pairs(top):
        _read_group(key, node, draft, 0)


def _pairs(node: yaml.Node, depth: int = 0) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The keys and values of a mapping, those that `<<` merges first."""
    if not isinstance(node, yaml.MappingNode) or depth > DEEPEST:
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
    if depth > DEEPEST or draft.visits > MOST_HOSTS:
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
            found[key.value] = make_variable("" if _is_empty(value) else value.value, _line(value))
    return found
