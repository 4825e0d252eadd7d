"""Lint of what a check reads: paths that a probe declares, values of the facts' types, patterns that can be trusted."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from checks.errors import KeyPath
from checks.judgement import Catalog
from checks.model import AnyOf, Check, Clause, Condition, Parameter, Reference
from checks.operators import show
from collector.errors import CollectorError
from collector.facts import Fact, Value

_SCALARS: Final[Mapping[str, type]] = {"boolean": bool, "integer": int, "string": str}
_MEMBERS: Final[Mapping[str, type]] = {"strings": str, "integers": int}
_OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "boolean": ("equals", "not_equals", "set"),
    "integer": ("equals", "not_equals", "one_of", "at_least", "at_most", "set"),
    "string": ("equals", "not_equals", "one_of", "matches", "set"),
    "strings": ("equals", "not_equals", "one_of", "contains", "excludes", "set"),
    "integers": ("equals", "not_equals", "one_of", "contains", "excludes", "set"),
}
_TYPE_WORDS: Final[Mapping[str, str]] = {
    "boolean": "true or false",
    "integer": "whole numbers",
    "string": "text",
    "strings": "lists of text",
    "integers": "lists of whole numbers",
}
_REPEATED: Final = re.compile(r"\((?:\?:)?[^()]*(?:[*+]|\{\d+,\d*\})[^()]*\)(?:[*+]|\{\d+,\d*\})")

Found = tuple[KeyPath, str]


def lint_facts(check: Check, catalog: Catalog) -> Iterator[Found]:
    """Problems of the conditions of a check, each with its key path."""
    for platform, part in check.platforms.items():
        for key, clauses in (("when", part.when), ("unless", part.unless), ("expect", part.expect)):
            yield from _lint_wide_alternatives(clauses, ("platforms", platform, key))
            for path, condition in _walk(clauses, ("platforms", platform, key)):
                yield from _lint_condition(check, platform, condition, path, catalog)


def _walk(clauses: tuple[Clause, ...], path: KeyPath) -> Iterator[tuple[KeyPath, Condition]]:
    for index, clause in enumerate(clauses):
        if isinstance(clause, AnyOf):
            yield from (((*path, index, "any_of", inner), one) for inner, one in enumerate(clause.alternatives))
        else:
            yield (*path, index), clause


def _lint_wide_alternatives(clauses: tuple[Clause, ...], path: KeyPath) -> Iterator[Found]:
    for index, clause in enumerate(clauses):
        if isinstance(clause, AnyOf) and sum(one.wide for one in clause.alternatives) > 1:
            yield (
                (*path, index, "any_of"),
                "two alternatives with * mean that one of them holds for all members, not one or the other for each; have the probe say it",
            )


def _lint_condition(check: Check, platform: str, condition: Condition, path: KeyPath, catalog: Catalog) -> Iterator[Found]:
    try:
        fact = catalog.resolve(platform, condition.path).fact
    except CollectorError as error:
        yield (*path, "path"), str(error)
        return
    for operator, operand in condition.operators.items():
        for value in _possible_values(check.parameters, operand):
            problem = _operand_problem(fact, operator, value)
            if problem:
                yield (*path, operator), problem
                break


def _possible_values(parameters: Mapping[str, Parameter], operand: Value | Reference) -> list[Value]:
    """The value that an operator has, or those that a parameter is known to take."""
    if not isinstance(operand, Reference):
        return [operand]
    parameter = parameters[operand.name]
    return [parameter.default, list(parameter.one_of) if parameter.type == "strings" else parameter.default]


def _operand_problem(fact: Fact, operator: str, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if operator not in _OPERATORS[fact.type]:
        usable = ", ".join(_OPERATORS[fact.type])
        return f"the values of this path are {_TYPE_WORDS[fact.type]}, {operator} does not judge them; use {usable}"
    if operator == "set":
        return None
    if operator == "matches":
        return pattern_problem(value)
    if not _has_type(fact, operator, value):
        return f"{show(value)} can never be among values that are {_TYPE_WORDS[fact.type]}; write a value of that type"
    return _word_problem(fact, value)


def _has_type(fact: Fact, operator: str, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    member = _MEMBERS.get(fact.type) or _SCALARS[fact.type]
    if operator in {"contains", "excludes"}:
        value = value if isinstance(value, list) else [value]
    if operator in {"one_of", "contains", "excludes"} or fact.type in _MEMBERS:
        return isinstance(value, list) and all(type(one) is member for one in value)
    return type(value) is member


def _word_problem(fact: Fact, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    strange = [one for one in (value if isinstance(value, list) else [value]) if fact.one_of and one not in fact.one_of]
    return f"{show(strange)} never comes; this path says one of {', '.join(fact.one_of)}" if strange else None


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern is not to be trusted, None when nothing speaks against it."""
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "c", re.sub(r"\\.", "e", pattern))
    if pattern.startswith(r"^\s"):
        return r"a pattern that begins with ^\s matches only text that begins with a space, which values never do; remove it"
    if _REPEATED.search(bare):
        return "a repetition inside a repetition can take for ever on a long value; write it flat, or have the probe say it plainly"
    if re.fullmatch(pattern, ""):
        return "the pattern matches empty text, and so passes where nothing is; ask for at least one character"
    return None
