"""Values of this layer as JSON data and back, exactly, so that commands can pipe them: the fields of a dataclass are its keys."""

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from collector.canonical import read_time, time_text
from collector.errors import CollectorError
from poam_generator.errors import PoamError
from poam_generator.model import (
    AwaitReviewer,
    Change,
    CloseItem,
    DraftItem,
    JoinHost,
    LapseDisposition,
    UnverifyHost,
    VerifyHost,
    WithdrawItem,
)

T = TypeVar("T")

KINDS: Final[Mapping[str, type[Change]]] = {
    "draft_item": DraftItem,
    "join_host": JoinHost,
    "verify_host": VerifyHost,
    "unverify_host": UnverifyHost,
    "lapse_disposition": LapseDisposition,
    "await_reviewer": AwaitReviewer,
    "close_item": CloseItem,
    "withdraw_item": WithdrawItem,
}


def to_json(value: Any) -> Any:  # noqa: ANN401 - any value of this layer, any JSON value
    """JSON data of a dataclass of poam_generator.model, a change with its kind beside its fields; times as text in UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        form = {one.name: to_json(getattr(value, one.name)) for one in fields(value)}
        kind = next((name for name, one in KINDS.items() if one is type(value)), None)
        return {"kind": kind, **form} if kind else form
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: to_json(member) for key, member in value.items()}
    if isinstance(value, frozenset):
        return sorted(to_json(member) for member in value)
    return [to_json(member) for member in value] if isinstance(value, (tuple, list)) else value


def from_json(kind: type[T], data: Any) -> T:  # noqa: ANN401 - what a file held
    """The value of that class which to_json wrote; raises PoamError that names the key and what was expected of it."""
    try:
        value = _reader(kind)(data)  # type: ignore[arg-type] # a class can be hashed
    except _MisfitError as misfit:
        raise PoamError(f"{kind.__name__}{misfit.where}: {misfit.problem}") from misfit
    if not isinstance(value, kind):
        raise PoamError(f"{kind.__name__}: expected an object of its fields")
    return value


def change_from_json(data: Any) -> Change:  # noqa: ANN401 - what a file held
    """The change which to_json wrote; raises PoamError on an unknown kind or a wrong field."""
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise PoamError(f"a change has the kind {kind!r}; known are {', '.join(KINDS)}")
    return from_json(KINDS[kind], {key: value for key, value in data.items() if key != "kind"})


class _MisfitError(Exception):
    """A value that does not fit; where grows on the way out, so that what fits pays for no path."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = ""

    def inside(self, step: str) -> "_MisfitError":
        """The same, seen from one level further out."""
        self.where = step + self.where
        return self


Reader = Callable[[Any], Any]
# The types of JSON and YAML in the words of whoever writes a file.
_WORDS: Final[Mapping[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "named values",
    type(None): "nothing",
}


@cache
def _reader(hint: Any) -> Reader:  # noqa: ANN401, PLR0911 - one line a kind of type
    """What reads a value of this type; made once, because a store is read by the hundred thousand."""
    if hint is Any:
        return lambda data: data
    if is_dataclass(hint) and isinstance(hint, type):
        return _fields_reader(hint)
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _optional_reader(hint)
    if origin is Literal:
        return _literal_reader(get_args(hint))
    if origin is tuple:
        return _list_reader(tuple, get_args(hint)[0])
    if origin is frozenset:
        return _list_reader(frozenset, get_args(hint)[0])
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_reader(get_args(hint)[1])
    return _plain_reader(hint)


def _fields_reader(kind: type) -> Reader:
    known = {one.name: one for one in fields(kind)}
    needed = frozenset(name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING)
    hints = get_type_hints(kind)
    readers: dict[str, Reader] = {}

    def read(data: Any) -> Any:  # noqa: ANN401 - of the kind
        given = _expect(dict, data)
        if not readers:  # only now: a dataclass may hold itself
            readers.update({name: _reader(hints[name]) for name in known})
        unknown, missing = given.keys() - known.keys(), needed - given.keys()
        if unknown or missing:
            raise _MisfitError(_word_keys(sorted(unknown), sorted(missing), known))
        values = {}
        for name, value in given.items():
            try:
                values[name] = readers[name](value)
            except _MisfitError as misfit:
                raise misfit.inside(f".{name}") from None
        return kind(**values)

    return read


def _word_keys(unknown: Iterable[str], missing: Iterable[str], known: Iterable[str]) -> str:
    """The sentence on keys that do not fit."""
    parts = (("missing keys", missing), ("unknown keys", unknown))
    told = "; ".join(f"{what} {', '.join(keys)}" for what, keys in parts if keys)
    return f"{told}; there are {', '.join(known)}"


def _optional_reader(hint: Any) -> Reader:  # noqa: ANN401 - a type
    (inner,) = [_reader(one) for one in get_args(hint) if one is not type(None)]
    return lambda data: None if data is None else inner(data)


def _literal_reader(words: tuple[Any, ...]) -> Reader:
    def read(data: Any) -> Any:  # noqa: ANN401 - one of the words
        if data not in words:
            raise _MisfitError(f"{data!r} is none of {', '.join(words)}")
        return data

    return read


def _list_reader(made: Callable[[Iterable[Any]], Any], member: Any) -> Reader:  # noqa: ANN401 - a type
    inner = _reader(member)

    def read(data: Any) -> Any:  # noqa: ANN401 - made of the members
        values = []
        for number, value in enumerate(_expect(list, data)):
            try:
                values.append(inner(value))
            except _MisfitError as misfit:
                raise misfit.inside(f"[{number}]") from None
        return made(values)

    return read


def _mapping_reader(member: Any) -> Reader:  # noqa: ANN401 - a type
    inner = _reader(member)

    def read(data: Any) -> Any:  # noqa: ANN401 - a mapping
        values = {}
        for key, value in _expect(dict, data).items():
            try:
                values[key] = inner(value)
            except _MisfitError as misfit:
                raise misfit.inside(f".{key}") from None
        return values

    return read


def _plain_reader(hint: Any) -> Reader:  # noqa: ANN401 - a type
    if hint in {datetime, date}:
        read_text: Reader = read_time if hint is datetime else _read_day

        def read(data: Any) -> Any:  # noqa: ANN401 - a time or a date
            try:
                return read_text(_expect(str, data))
            except CollectorError as error:
                raise _MisfitError(str(error)) from error

        return read
    return lambda data: _expect(hint, data)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _MisfitError(f"{text!r} is no day of the calendar; write one as in 2027-03-14") from error


def _expect(kind: type[T], data: Any) -> T:  # noqa: ANN401 - what a file held
    # JSON's true is an int to Python; a number where true stands is a mistake all the same.
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise _MisfitError(f"expected {_WORDS.get(kind, kind.__name__)}, found {_WORDS.get(type(data), type(data).__name__)}")
    return data
