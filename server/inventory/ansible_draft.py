"""An Ansible inventory as far as it was read: groups, hosts, variables, each with its line, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.inventory.files import MOST_HOSTS, Faults
from server.inventory.host_patterns import expand

DEEPEST = 50  # levels of groups in groups


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


def make_variable(text: str, line: int) -> Variable:
    """A value as it stands; a template is odd, since only Ansible can fill it in."""
    return Variable(text, line, "a template, which only Ansible can fill in" if "{{" in text or "{%" in text else "")
