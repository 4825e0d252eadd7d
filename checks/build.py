"""Make a Check of a content file's data that has been found to be without mistakes."""

import re
from collections.abc import Mapping
from typing import Any, Final

from checks.model import AnyOf, Check, CheckTest, Clause, Condition, Parameter, PlatformPart, Reference
from collector.facts import Value, join_path, split_path

DEFAULT_EFFORT: Final = 15  # minutes; lint asks for the check's own
_REFERENCE: Final = re.compile(r"\$([a-z][a-z0-9_]*)")


def referred_parameter(value: Value) -> str | None:
    """The parameter that a value stands for when it reads `$name` as a whole, else None."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def build_check(data: Mapping[str, Any], file: str) -> Check:
    """The check that the data of a file says; the data must have no mistakes (checks.mistakes)."""
    return Check(
        id=data["id"],
        title=data["title"],
        assesses=data["assesses"],
        severity=data["severity"],
        weakness=data["weakness"].strip(),
        rationale=data["rationale"].strip(),
        parameters={name: build_parameter(one) for name, one in data.get("parameters", {}).items()},
        platforms={name: _build_part(part) for name, part in data["platforms"].items()},
        references={name: (ids,) if isinstance(ids, str) else tuple(ids) for name, ids in data.get("references", {}).items()},
        file=file,
    )


def build_parameter(data: Mapping[str, Any]) -> Parameter:
    """The parameter that a mapping says."""
    return Parameter(**{**data, "one_of": tuple(data.get("one_of", ())), "never": tuple(data.get("never", ()))})


def _build_part(data: Mapping[str, Any]) -> PlatformPart:
    return PlatformPart(
        when=_build_clauses(data, "when"),
        unless=_build_clauses(data, "unless"),
        expect=_build_clauses(data, "expect"),
        remediation=data["remediation"].rstrip(),
        effort=data.get("effort", DEFAULT_EFFORT),
        tests=tuple(CheckTest(**one) for one in data.get("tests", ())),
    )


def _build_clauses(data: Mapping[str, Any], key: str) -> tuple[Clause, ...]:
    return tuple(
        AnyOf(tuple(_build_condition(one) for one in clause["any_of"])) if "any_of" in clause else _build_condition(clause)
        for clause in data.get(key, ())
    )


def _build_condition(data: Mapping[str, Any]) -> Condition:
    segments = split_path(data["path"])
    return Condition(join_path(segments), segments, {name: _build_operand(name, value) for name, value in data.items() if name != "path"})


def _build_operand(operator: str, value: Value) -> Value | Reference:
    name = referred_parameter(value)
    if name is not None and operator != "matches":
        return Reference(name)
    return [value] if operator in {"contains", "excludes"} and not isinstance(value, list) else value
