"""Values of this layer as JSON data and back, exactly, so that commands can pipe them: the fields of a dataclass are its keys."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
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
    value = _read(kind, data, kind.__name__)
    if not isinstance(value, kind):
        raise PoamError(f"{kind.__name__}: expected an object of its fields")
    return value


def change_from_json(data: Any) -> Change:  # noqa: ANN401 - what a file held
    """The change which to_json wrote; raises PoamError on an unknown kind or a wrong field."""
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise PoamError(f"a change has the kind {kind!r}; known are {', '.join(KINDS)}")
    return from_json(KINDS[kind], {key: value for key, value in data.items() if key != "kind"})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(hint: Any, data: Any, where: str) -> Any:  # noqa: ANN401, PLR0911 - one line a kind of type
    if hint is Any:
        return data
    if is_dataclass(hint) and isinstance(hint, type):
        return _read_fields(hint, data, where)
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _read_optional(hint, data, where)
    if origin is Literal:
        return _read_literal(hint, data, where)
    if origin is tuple:
        return tuple(_read(get_args(hint)[0], member, f"{where}[{n}]") for n, member in enumerate(_expect(list, data, where)))
    if origin is not None and issubclass(origin, Mapping):
        return {key: _read(get_args(hint)[1], value, f"{where}.{key}") for key, value in _expect(dict, data, where).items()}
    if origin is frozenset:
        return frozenset(_read(get_args(hint)[0], member, where) for member in _expect(list, data, where))
    return _read_plain(hint, data, where)


def _read_fields(kind: type, data: Any, where: str) -> Any:  # noqa: ANN401 - any dataclass of the model
    given = _expect(dict, data, where)
    known = {one.name: one for one in fields(kind)}
    unknown = sorted(set(given) - set(known))
    missing = sorted(name for name, one in known.items() if name not in given and _is_needed(one))
    if unknown or missing:
        raise PoamError(f"{where}: unknown keys {unknown}, missing keys {missing}; write it as closeout prints it")
    return kind(**{name: _read(_hints(kind)[name], value, f"{where}.{name}") for name, value in given.items()})


def _is_needed(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _read_optional(hint: Any, data: Any, where: str) -> Any:  # noqa: ANN401 - of the hint's type
    if data is None:
        return None
    (inner,) = [one for one in get_args(hint) if one is not type(None)]
    return _read(inner, data, where)


def _read_literal(hint: Any, data: Any, where: str) -> Any:  # noqa: ANN401 - of the hint's type
    if data not in get_args(hint):
        raise PoamError(f"{where}: {data!r} is none of {', '.join(get_args(hint))}")
    return data


def _read_plain(hint: Any, data: Any, where: str) -> Any:  # noqa: ANN401 - of the hint's type
    try:
        if hint is datetime:
            return read_time(_expect(str, data, where))
        if hint is date:
            return date.fromisoformat(_expect(str, data, where))
    except (CollectorError, ValueError) as error:
        raise PoamError(f"{where}: {error}") from error
    return _expect(hint, data, where)


def _expect(kind: type[T], data: Any, where: str) -> T:  # noqa: ANN401 - what a file held
    # JSON's true is an int to Python; a number where true stands is a mistake all the same.
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise PoamError(f"{where}: expected {kind.__name__}, found {type(data).__name__}")
    return data
