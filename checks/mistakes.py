"""Every way in which a check file cannot be used as it stands: its shape first, then what shape alone cannot say."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from checks.build import build_parameter, referred_parameter
from checks.conformity import Conformity
from checks.errors import ContentError, KeyPath
from checks.model import Parameter
from checks.operators import kind_of, show
from checks.parameters import list_faults
from checks.schema import list_shape_errors
from checks.yaml_file import Document
from collector.errors import CollectorError
from collector.facts import split_path

_FITTING: Final[Mapping[str, tuple[str, ...]]] = {
    "equals": ("integer", "string", "boolean", "strings"),
    "not_equals": ("integer", "string", "boolean", "strings"),
    "one_of": ("strings",),
    "at_least": ("integer",),
    "at_most": ("integer",),
    "contains": ("integer", "string", "strings"),
    "excludes": ("integer", "string", "strings"),
    "matches": (),
}
_BOUNDED: Final[Mapping[str, tuple[str, ...]]] = {
    "minimum": ("integer",),
    "maximum": ("integer", "strings"),
    "never": ("string", "strings"),
}
_PARTS: Final = ("when", "unless", "expect")


@cache
def check_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a check file."""
    schema: dict[str, Any] = json.loads((files("checks") / "check.schema.json").read_text("utf-8"))
    return schema


@cache
def _conformity() -> Conformity:
    return Conformity(check_schema())


def list_mistakes(document: Document, stem: str) -> list[ContentError]:
    """All mistakes of a check file in the order of its lines; stem is the file's name without .yml, which must be its id."""
    shape = [] if _conformity().holds(document.data) else list_shape_errors(document, check_schema())
    found = [*shape, *_Meaning(document, {error.path for error in shape}).list_mistakes(stem)]
    return sorted(found, key=lambda error: (error.line, str(error)))


class _Meaning:
    """Looks at what has the right shape, and leaves alone what has not: one mistake, one message."""

    def __init__(self, document: Document, misshapen: set[KeyPath]) -> None:
        self.document = document
        self.misshapen = misshapen
        self.parameters: dict[str, Parameter] = {}

    def list_mistakes(self, stem: str) -> Iterator[ContentError]:
        data = self.document.data
        if self._sound(("id",)) and data.get("id", stem) != stem:
            yield self._wrong(("id",), f"the id is {data['id']}, the file is {stem}.yml; give both the same name")
        for name, parameter in _mapping(data.get("parameters")).items():
            yield from self._parameter(("parameters", name), name, parameter)
        for name, part in _mapping(data.get("platforms")).items():
            for key in _PARTS:
                yield from self._clauses(("platforms", name, key), _mapping(part).get(key))
            yield from self._tests(("platforms", name, "tests"), _mapping(part).get("tests"))

    def _sound(self, path: KeyPath) -> bool:
        return not any(bad[: len(path)] == path for bad in self.misshapen)

    def _wrong(self, path: KeyPath, problem: str) -> ContentError:
        return self.document.error(path, problem)

    def _parameter(self, path: KeyPath, name: str, data: Any) -> Iterator[ContentError]:  # noqa: ANN401 - any JSON value
        if not self._sound(path):
            return
        parameter = build_parameter(data)
        faults = list(_bounds_faults(parameter))
        yield from (self._wrong((*path, key), fault) for key, fault in faults)
        if not faults:
            self.parameters[name] = parameter
            yield from (self._wrong((*path, "default"), fault) for fault in list_faults(parameter, parameter.default))

    def _clauses(self, path: KeyPath, clauses: Any) -> Iterator[ContentError]:  # noqa: ANN401 - any JSON value
        for index, clause in enumerate(clauses if isinstance(clauses, list) else ()):
            if "any_of" in _mapping(clause):
                for inner, condition in enumerate(clause["any_of"] if isinstance(clause["any_of"], list) else ()):
                    yield from self._condition((*path, index, "any_of", inner), condition)
            else:
                yield from self._condition((*path, index), clause)

    def _condition(self, path: KeyPath, condition: Any) -> Iterator[ContentError]:  # noqa: ANN401 - any JSON value
        if not self._sound(path):
            return
        yield from self._fact_path((*path, "path"), condition["path"])
        operators = {key: value for key, value in condition.items() if key != "path"}
        for operator, value in operators.items():
            problem = self._operand(operator, value)
            if problem:
                yield self._wrong((*path, operator), problem)
        if operators.get("set") is False and len(operators) > 1:
            yield self._wrong((*path, "set"), "set: false wants no value at all; put the other operators into a condition of any_of")
        low, high = operators.get("at_least"), operators.get("at_most")
        if isinstance(low, int) and isinstance(high, int) and low > high:
            yield self._wrong((*path, "at_least"), f"no number is at least {low} and at most {high}; mend one of them")

    def _fact_path(self, path: KeyPath, text: str) -> Iterator[ContentError]:
        try:
            split_path(text)
        except CollectorError as error:
            yield self._wrong(path, f"{error}; mend the path")

    def _operand(self, operator: str, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        name = referred_parameter(value)
        if name is not None:
            return self._reference(operator, name)
        if operator in {"at_least", "at_most"} and isinstance(value, str):
            return f"{show(value)} is not a whole number; write one, or $name of a parameter"
        if operator == "one_of" and isinstance(value, str):
            return f"{show(value)} is not a list; write [{value}, ...], or $name of a parameter"
        if operator == "matches":
            return _pattern_problem(value)
        return _list_problem(operator, value) if isinstance(value, list) else None

    def _reference(self, operator: str, name: str) -> str | None:
        declared = _mapping(self.document.data.get("parameters"))
        if name not in declared:
            near = difflib.get_close_matches(name, list(declared), n=1)
            return f"there is no parameter {name}; {f'did you mean ${near[0]}?' if near else 'declare it under parameters'}"
        parameter, fitting = self.parameters.get(name), _FITTING[operator]
        if parameter is None or parameter.type in fitting:
            return None
        if not fitting:
            return f"{operator} takes no parameter, because bounds cannot hold a pattern; write the pattern, or use equals"
        return f"the parameter {name} is of type {parameter.type}, {operator} takes {' or '.join(fitting)}; mend the type or the operator"

    def _tests(self, path: KeyPath, tests: Any) -> Iterator[ContentError]:  # noqa: ANN401 - any JSON value
        names: dict[str, int] = {}
        for index, test in enumerate(tests if isinstance(tests, list) else ()):
            here = (*path, index)
            if not self._sound(here):
                continue
            if test["name"] in names:
                yield self._wrong((*here, "name"), f"case {names[test['name']] + 1} has this name already; give each its own")
            names.setdefault(test["name"], index)
            for text in test.get("errors", {}):
                yield from self._fact_path((*here, "errors", text), text)
            for name, value in test.get("parameters", {}).items():
                yield from self._test_parameter((*here, "parameters", name), name, value)

    def _test_parameter(self, path: KeyPath, name: str, value: Any) -> Iterator[ContentError]:  # noqa: ANN401 - any JSON value
        if name not in _mapping(self.document.data.get("parameters")):
            yield self._wrong(path, f"there is no parameter {name}; declare it under parameters, or mend the name")
        elif name in self.parameters:
            yield from (self._wrong(path, fault) for fault in list_faults(self.parameters[name], value))


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, dict) else {}


def _bounds_faults(parameter: Parameter) -> Iterator[tuple[str, str]]:
    """(key, sentence) for each bound that its parameter cannot have."""
    for key, types in _BOUNDED.items():
        if getattr(parameter, key) not in (None, ()) and parameter.type not in types:
            yield key, f"a parameter of type {parameter.type} has no {key}; remove it, or use one_of"
    if parameter.minimum is not None and parameter.maximum is not None and parameter.minimum > parameter.maximum:
        yield "minimum", f"the minimum {parameter.minimum} is above the maximum {parameter.maximum}; mend one of them"
    if parameter.one_of and parameter.type == "boolean":
        yield "one_of", "a boolean is true or false and has no further choice; remove one_of"
    elif any(type(value) is not (int if parameter.type == "integer" else str) for value in parameter.one_of):
        yield "one_of", f"a value is not of the type {parameter.type}; write values of that type (text that looks like a number in quotes)"
    if parameter.one_of and parameter.never:
        yield "never", "one_of says already what is allowed; remove never"
    yield from (("never", problem) for problem in map(_pattern_problem, parameter.never) if problem)


def _pattern_problem(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"not a regular expression ({error}); mend the pattern"
    return None


def _list_problem(operator: str, values: list[Any]) -> str | None:
    kinds = {type(value) for value in values}
    if len(kinds) > 1:
        return f"the list mixes {' and '.join(sorted(kind_of(v) for v in {type(v): v for v in values}.values()))}; write values of one type"
    inner = next((value for value in values if referred_parameter(value)), None)
    return f"{inner} stands inside a list, a parameter only as the whole value; write {operator}: {inner}" if inner else None
