"""Whether content conforms to its schema, in a hundredth of the time: the schema made into functions, once.

It only says yes or no. What is wrong, and everything about a schema with a keyword that is not known here, is jsonschema's to say.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Test = Callable[[Any], bool]
_TYPES: Final[Mapping[str, type]] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None),
}  # fmt: skip
_SINGLE: Final = frozenset({str, int, bool, type(None)})
_SAID_ELSEWHERE: Final = frozenset({"$schema", "$defs", "title", "description", "properties", "then", "else"})
_TAKES_ALL: Final[Mapping[str, Any]] = {}


class _UnsureError(Exception):
    """This schema, or this data, is beyond what is known here."""


class Conformity:
    """Data is what checks.yaml_file reads: no fractions, and no subclasses of the plain types."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._root = schema
        self._referred: dict[str, Test] = {}
        try:
            self._test: Test = self._compile(schema)
        except _UnsureError:
            self._test = lambda _: False

    def holds(self, data: object) -> bool:
        """True where data surely conforms; False where it does not, or where that cannot be told here."""
        try:
            return self._test(data)
        except _UnsureError:
            return False

    def _compile(self, part: Any) -> Test:  # noqa: ANN401 - a part of a schema: a mapping, true or false
        if isinstance(part, bool):
            return lambda _: part
        tests = [self._keyword(word, value, part) for word, value in part.items() if word not in _SAID_ELSEWHERE]
        if "properties" in part and "additionalProperties" not in part:
            tests.append(self._members(True, part))
        return tests[0] if len(tests) == 1 else _all_of(tests)

    def _keyword(self, word: str, value: Any, part: Mapping[str, Any]) -> Test:  # noqa: ANN401 - as the schema has it
        if word in _PLAIN:
            return _PLAIN[word](value)
        nested: Mapping[str, Callable[[], Test]] = {
            "$ref": lambda: self._refer(value),
            "additionalProperties": lambda: self._members(value, part),
            "propertyNames": lambda: self._each(value, dict),
            "items": lambda: self._each(value, list),
            "not": lambda: self._opposite(value),
            "if": lambda: self._branch(value, part),
        }
        if word not in nested:
            raise _UnsureError
        return nested[word]()

    def _refer(self, name: str) -> Test:
        """The test of a part under $defs, which may refer to itself."""
        place = name.removeprefix("#/$defs/")
        if place not in self._root.get("$defs", {}):
            raise _UnsureError
        if name not in self._referred:
            self._referred[name] = lambda data: self._referred[name](data)  # noqa: PLW0108 - what stands there is put there next
            self._referred[name] = self._compile(self._root["$defs"][place])
        return self._referred[name]

    def _members(self, others: Any, part: Mapping[str, Any]) -> Test:  # noqa: ANN401 - a part of a schema
        if "patternProperties" in part:
            raise _UnsureError
        tests, other = {name: self._compile(one) for name, one in part.get("properties", {}).items()}, self._compile(others)

        def test(data: Any) -> bool:  # noqa: ANN401 - any data
            if type(data) is dict:
                for key, member in data.items():
                    if not tests.get(key, other)(member):
                        return False
            return True

        return test

    def _each(self, part: Any, kind: type[Any]) -> Test:  # noqa: ANN401 - a part of a schema
        one = self._compile(part)

        def test(data: Any) -> bool:  # noqa: ANN401 - any data
            if isinstance(data, kind):
                for member in data:
                    if not one(member):
                        return False
            return True

        return test

    def _opposite(self, part: Any) -> Test:  # noqa: ANN401 - a part of a schema
        test = self._compile(part)
        return lambda data: not test(data)

    def _branch(self, condition: Any, part: Mapping[str, Any]) -> Test:  # noqa: ANN401 - a part of a schema
        test, then, otherwise = (self._compile(one) for one in (condition, part.get("then", _TAKES_ALL), part.get("else", _TAKES_ALL)))
        return lambda data: then(data) if test(data) else otherwise(data)


def _all_of(tests: Iterable[Test]) -> Test:
    whole = tuple(tests)

    def test(data: Any) -> bool:  # noqa: ANN401 - any data
        for one in whole:  # noqa: SIM110 - a generator costs as much as what it asks
            if not one(data):
                return False
        return True

    return test


def _type(names: str | list[str]) -> Test:
    kinds = frozenset(_TYPES[name] for name in ([names] if isinstance(names, str) else names))
    return lambda data: type(data) in kinds


def _enum(values: list[Any]) -> Test:
    if any(type(value) not in _SINGLE for value in values):
        raise _UnsureError
    known = frozenset((type(value), value) for value in values)
    return lambda data: type(data) in _SINGLE and (type(data), data) in known


def _pattern(text: str) -> Test:
    search = re.compile(text).search
    return lambda data: type(data) is not str or search(data) is not None


def _required(names: list[str]) -> Test:
    wanted = frozenset(names)
    return lambda data: type(data) is not dict or wanted <= data.keys()


def _sized(kind: type[Any], fits: Callable[[int, int], bool]) -> Callable[[int], Test]:
    return lambda bound: lambda data: not isinstance(data, kind) or fits(len(data), bound)


def _unique(wanted: bool) -> Test:  # noqa: FBT001 - the keyword's value
    return lambda data: not wanted or type(data) is not list or _differ(data)


def _differ(members: list[Any]) -> bool:
    try:
        return len({(type(member), member) for member in members}) == len(members)
    except TypeError as error:
        raise _UnsureError from error


_PLAIN: Final[Mapping[str, Callable[[Any], Test]]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "required": _required,
    "minLength": _sized(str, int.__ge__),
    "maxLength": _sized(str, int.__le__),
    "minItems": _sized(list, int.__ge__),
    "minProperties": _sized(dict, int.__ge__),
    "uniqueItems": _unique,
    "minimum": lambda bound: lambda data: type(data) is not int or data >= bound,
    "maximum": lambda bound: lambda data: type(data) is not int or data <= bound,
}
