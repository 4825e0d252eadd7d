"""The organization's values: what a parameter may be, and what it is once defaults and tailoring are put together."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final

from checks.errors import ContentError
from checks.model import Check, CheckSet, Parameter, ParameterType
from checks.operators import kind_of, show
from collector.facts import Value

Settings = Mapping[str, Mapping[str, Value]]  # check id -> parameter name -> value that differs from the default

_MAX_INTEGER: Final = 2**53 - 1  # RFC 8785 has no form for more
_TYPES: Final[Mapping[ParameterType, type]] = {"integer": int, "string": str, "boolean": bool, "strings": list}
_TYPE_WORDS: Final[Mapping[ParameterType, str]] = {
    "integer": "a whole number", "string": "text", "boolean": "true or false", "strings": "a list of texts",
}  # fmt: skip


class ParameterError(ContentError):
    """A value that somebody gave to a parameter cannot be used; the message says why and what would do."""

    def __init__(self, message: str) -> None:
        super().__init__("", 0, (), message)
        self.args = (message,)


def list_faults(parameter: Parameter, value: Value) -> list[str]:
    """Everything that keeps a value from being this parameter's, each as a sentence "what; how to mend"; empty when it may be."""
    if type(value) is not _TYPES[parameter.type]:
        return [f"{show(value)} is of type {kind_of(value)}; write {_TYPE_WORDS[parameter.type]}"]
    if isinstance(value, list) and any(not isinstance(member, str) for member in value):
        return [f"{show(value)} holds what is not text; write a list of texts"]
    return [*_out_of_bounds(parameter, value), *_not_allowed(parameter, value)]


def _out_of_bounds(parameter: Parameter, value: Value) -> list[str]:
    if isinstance(value, list):
        return _too_many(parameter, value)
    if parameter.type != "integer":
        return []
    if abs(value) > _MAX_INTEGER:
        return [f"{value} is too large to be kept exactly; write at most {_MAX_INTEGER}"]
    if parameter.minimum is not None and value < parameter.minimum:
        return [f"{value} would hollow the check out; write at least {parameter.minimum}"]
    if parameter.maximum is not None and value > parameter.maximum:
        return [f"{value} would hollow the check out; write at most {parameter.maximum}"]
    return []


def _too_many(parameter: Parameter, members: list[str]) -> list[str]:
    if parameter.maximum is not None and len(members) > parameter.maximum:
        return [f"a list of {len(members)} would hollow the check out; write at most {parameter.maximum}"]
    return []


def _not_allowed(parameter: Parameter, value: Value) -> list[str]:
    if value in ("", []):
        return ["an empty value would hollow the check out; write what is wanted"]
    given = value if isinstance(value, list) else [value]
    strange = [member for member in given if parameter.one_of and member not in parameter.one_of]
    barred = [member for member in given if any(re.fullmatch(pattern, member, re.IGNORECASE) for pattern in parameter.never)]
    return [
        *([f"{show(strange)} is not allowed; write out of {show(list(parameter.one_of))}"] if strange else []),
        *([f"{', '.join(barred)} would hollow the check out; leave it away"] if barred else []),
    ]


def describe_bounds(parameter: Parameter) -> str:
    """What a value has to be, as in "at least 1, at most 10"; empty where its type is all that is asked."""
    if parameter.one_of:
        return f"out of {show(list(parameter.one_of))}"
    members = " members" if parameter.type == "strings" else ""
    bounds = [f"at least {parameter.minimum}"] if parameter.minimum is not None else []
    bounds += [f"at most {parameter.maximum}{members}"] if parameter.maximum is not None else []
    bounds += [f"never {' or '.join(parameter.never)}"] if parameter.never else []
    return ", ".join(bounds)


def resolve_parameters(check: Check, settings: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """Every parameter of a check with its value: the default, or what settings say.

    Raises ParameterError on a name that the check has not and on a value that it does not allow.
    """
    given = dict(settings or {})
    for name, value in given.items():
        for fault in list_faults(_find_parameter(check, name), value):
            raise ParameterError(f"{check.id}.{name}: {fault}")
    return {name: given.get(name, parameter.default) for name, parameter in check.parameters.items()}


def resolve_settings(content: CheckSet, settings: Iterable[str] | Mapping[str, Value]) -> dict[str, dict[str, Value]]:
    """Check id -> parameter name -> value, from texts CHECK.PARAMETER=VALUE or a mapping {"CHECK.PARAMETER": value}.

    A later text for the same parameter wins, as on a command line. A text for a parameter of type strings holds its
    members separated by commas. Raises ParameterError on what is unknown, out of bounds or of the wrong type.
    """
    pairs = settings.items() if isinstance(settings, Mapping) else [_split(text) for text in settings]
    resolved: dict[str, dict[str, Value]] = {}
    for name, given in pairs:
        check, parameter_name = _find(content, name)
        parameter = _find_parameter(check, parameter_name)
        value = given if isinstance(settings, Mapping) else _read(parameter, given)
        for fault in list_faults(parameter, value):
            raise ParameterError(f"{name}: {fault}")
        resolved.setdefault(check.id, {})[parameter_name] = value
    return resolved


def _split(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark:
        raise ParameterError(f"{text!r} sets nothing; write CHECK.PARAMETER=VALUE, as in account-lockout-threshold.max_attempts=3")
    return name.strip(), value.strip()


def _read(parameter: Parameter, text: str) -> Value:
    """The value that a text stands for; where it stands for none of the type, the text itself, which list_faults refuses."""
    if parameter.type == "integer" and re.fullmatch(r"-?(0|[1-9][0-9]{0,15})", text):
        return int(text)
    if parameter.type == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if parameter.type == "strings":
        return [member.strip() for member in text.split(",") if member.strip()]
    return text


def _find(content: CheckSet, name: str) -> tuple[Check, str]:
    check_id, mark, parameter = name.partition(".")
    if not mark or not parameter:
        raise ParameterError(f"{name!r} names no parameter; write CHECK.PARAMETER, as in account-lockout-threshold.max_attempts")
    if check_id not in content.checks:
        raise ParameterError(f"{name}: there is no check {check_id}{_suggest(check_id, content.checks)}; `closeout checks list` shows them")
    return content.checks[check_id], parameter


def _find_parameter(check: Check, name: str) -> Parameter:
    if name not in check.parameters:
        there = f"it has {', '.join(check.parameters)}" if check.parameters else "it has none"
        raise ParameterError(f"{check.id}.{name}: {check.id} has no parameter {name}; {there}")
    return check.parameters[name]


def _suggest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
