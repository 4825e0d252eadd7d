"""The remediation of a check with the organization's values in it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from checks.model import Check
from checks.parameters import resolve_parameters
from collector.facts import Value

_NAME: Final = re.compile(r"(?<![\\$])\$([a-z][a-z0-9_]{2,39})(?![a-z0-9_])")


def remediation_text(check: Check, platform: str, settings: Mapping[str, Value] | None = None) -> str:
    """The remediation with each `$name` of a declared parameter replaced by its value; any other `$` is the shell's and stays.

    A list is written with commas. settings: values that differ from the defaults. Raises ParameterError, KeyError on a
    platform that the check has not.
    """
    values = resolve_parameters(check, settings)
    return _NAME.sub(lambda found: _write(values[found[1]]) if found[1] in values else found[0], check.platforms[platform].remediation)


def list_unknown_names(text: str, known: Mapping[str, object]) -> Iterator[str]:
    """Names written as `$name` that are no parameter, and no variable that the text itself gives a value."""
    for name in dict.fromkeys(found[1] for found in _NAME.finditer(text)):
        if name not in known and not re.search(rf"\b{name}=|\bfor {name}\b|\bread (-\w+ )*(\w+ )*{name}\b", text):
            yield name


def _write(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)
