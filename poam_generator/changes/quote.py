"""Text from hosts and people as the languages of scripts take it, so that no name of a host or object can become a command."""

import json
import re
from typing import Final

_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_ONE_HOST: Final = frozenset({"all", "ungrouped", "localhost"})  # every host, every host without a group, and where Ansible runs
# PowerShell takes each of these for a single quotation mark; within such marks it is doubled.
_POWERSHELL_QUOTES: Final = re.compile("(['\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"
                               "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}])")  # fmt: skip


def plain(text: str) -> str:
    """One line of printable characters: no line break, whatever kind, and nothing that a terminal obeys."""
    return "".join(character if character.isprintable() else " " for character in text)


def comment(text: str) -> str:
    """The text as comment lines, each line of it one, in the shell, PowerShell and YAML alike."""
    return "\n".join(f"# {plain(line)}".rstrip() for line in text.split("\n"))


def shell(text: str) -> str:
    """The text as one word of the shell."""
    return "'" + plain(text).replace("'", "'\\''") + "'"


def powershell(text: str) -> str:
    """The text as one string of PowerShell."""
    return "'" + _POWERSHELL_QUOTES.sub(r"\1\1", plain(text)) + "'"


def yaml(value: str | int | bool) -> str:  # noqa: FBT001 - a value of a playbook
    """The value as YAML; Ansible does not look for templates in text that is marked as unsafe."""
    text = json.dumps(plain(value) if isinstance(value, str) else value, ensure_ascii=False)
    return f"!unsafe {text}" if isinstance(value, str) and re.search(r"\{[{%#]", value) else text


def is_host_pattern(name: str) -> bool:
    """True for a name that Ansible takes for one host and nothing else."""
    return _HOST.fullmatch(name) is not None and name.casefold() not in _NOT_ONE_HOST
