"""The nine operators: what each asks of one observed value. Nothing is converted: a wrong type is an error and says so.

What null, "not set", means to each, decided so that an absent setting never passes by accident:

    set                              tests just this
    equals one_of at_least at_most
    matches contains                 fail: a value was wanted and there is none
    not_equals excludes              error: "not set" says neither yes nor no; absence is asked for with set: false,
                                     or with equals: [] on a list

On a list, equals compares members in order, contains wants all of its values, excludes none of them, and one_of wants
every member to be one of its values; an empty list has no member to judge and is an error there.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from checks.model import ERROR, FAIL, PASS, Status
from collector.facts import Value

NOT_SET: Final = "not set"
SHOWN: Final = 8  # members of a list that a line for people names
LONG: Final = 20  # members of a list that is seen whole, whatever was asked of it


class Verdict(NamedTuple):
    """A status, and the reason where the values alone do not show it."""

    status: Status
    reason: str = ""


_PASSED: Final = Verdict(PASS)
_FAILED: Final = Verdict(FAIL)
_ABSENT: Final = Verdict(FAIL, NOT_SET)
_UNASKED: Final = Verdict(ERROR, "not set, and this asks only what the value is not; ask for absence with `set: false` or `equals: []`")
_KINDS: Final[Mapping[type, str]] = {bool: "boolean", int: "integer", str: "text", list: "list", dict: "map", type(None): "null"}


def kind_of(value: Value) -> str:
    """The type of a JSON value in words: boolean, integer, text, list, map or null."""
    return _KINDS.get(type(value), type(value).__name__)


def _verdict(*, holds: bool) -> Verdict:
    return _PASSED if holds else _FAILED


def _wrong_type(observed: Value, wanted: str) -> Verdict:
    return Verdict(ERROR, f"the value is of type {kind_of(observed)}, this asks for {wanted}; mend the check, or the probe's parser")


def _members_differ(observed: list[Value], wanted: list[Value]) -> Verdict | None:
    kinds = {type(member) for member in wanted}
    stranger = next((member for member in observed if kinds and type(member) not in kinds), None)
    return None if stranger is None else _wrong_type(stranger, f"a list of {kind_of(wanted[0])}")


def _compare(observed: Value, wanted: Value) -> Verdict:
    if type(observed) is not type(wanted):
        return _wrong_type(observed, kind_of(wanted))
    if isinstance(wanted, list) and (wrong := _members_differ(observed, wanted)):
        return wrong
    return _verdict(holds=observed == wanted)


def _equals(observed: Value, wanted: Value) -> Verdict:
    return _ABSENT if observed is None else _compare(observed, wanted)


def _not_equals(observed: Value, wanted: Value) -> Verdict:
    if observed is None:
        return _UNASKED
    same = _compare(observed, wanted)
    return same if same.status == ERROR else _verdict(holds=same.status == FAIL)


def _one_of(observed: Value, wanted: Value) -> Verdict:
    if observed is None:
        return _ABSENT
    members = observed if isinstance(observed, list) else [observed]
    if not members:
        return Verdict(ERROR, "the list is empty, so there is no member to judge; ask for an empty list with `equals: []`")
    return _members_differ(members, wanted) or _verdict(holds=all(member in wanted for member in members))


def _at_least(observed: Value, wanted: Value) -> Verdict:
    if observed is None:
        return _ABSENT
    return _verdict(holds=observed >= wanted) if type(observed) is int else _wrong_type(observed, "integer")


def _at_most(observed: Value, wanted: Value) -> Verdict:
    if observed is None:
        return _ABSENT
    return _verdict(holds=observed <= wanted) if type(observed) is int else _wrong_type(observed, "integer")


def _contains(observed: Value, wanted: Value) -> Verdict:
    if observed is None:
        return _ABSENT
    if not isinstance(observed, list):
        return _wrong_type(observed, "list")
    return _members_differ(observed, wanted) or _verdict(holds=all(value in observed for value in wanted))


def _excludes(observed: Value, wanted: Value) -> Verdict:
    if observed is None:
        return _UNASKED
    if not isinstance(observed, list):
        return _wrong_type(observed, "list")
    return _members_differ(observed, wanted) or _verdict(holds=not any(value in observed for value in wanted))


def _matches(observed: Value, wanted: Value) -> Verdict:
    if observed is None:
        return _ABSENT
    return _verdict(holds=re.fullmatch(wanted, observed) is not None) if isinstance(observed, str) else _wrong_type(observed, "text")


def _set(observed: Value, wanted: Value) -> Verdict:
    return _verdict(holds=(observed is not None) is wanted)


OPERATORS: Final[Mapping[str, Callable[[Value, Value], Verdict]]] = {
    "equals": _equals,
    "not_equals": _not_equals,
    "one_of": _one_of,
    "at_least": _at_least,
    "at_most": _at_most,
    "contains": _contains,
    "excludes": _excludes,
    "matches": _matches,
    "set": _set,
}

_WORDS: Final[Mapping[str, str]] = {
    "equals": "{}",
    "not_equals": "other than {}",
    "one_of": "one of {}",
    "at_least": "at least {}",
    "at_most": "at most {}",
    "contains": "containing {}",
    "excludes": "without {}",
    "matches": "matching {}",
}


def judge(operators: Mapping[str, Value], observed: Value) -> Verdict:
    """What all operators together say of a known value: fail before error before pass, because a fail is certain."""
    worst = _PASSED
    for name, wanted in operators.items():
        verdict = OPERATORS[name](observed, wanted)
        if verdict.status == FAIL:
            return verdict
        if verdict.status == ERROR and worst.status == PASS:
            worst = verdict
    return worst


def narrow(operators: Mapping[str, Value], observed: Value) -> tuple[Value, str]:
    """What bears on the verdict of a value, and what is left out: of a long list that is asked for members only, just these members."""
    if not isinstance(observed, list) or len(observed) <= LONG or not operators.keys() <= {"contains", "excludes"}:
        return observed, ""
    asked = [member for wanted in operators.values() if isinstance(wanted, list) for member in wanted]
    return [member for member in observed if member in asked], f"of {len(observed)}, only what is asked for"


def describe(operator: str, wanted: Value, unit: str | None = None) -> str:
    """What an operator expects, for people: "at least 1", "one of a, b", "at most 15 minutes", "not set"."""
    if operator == "set":
        return "set" if wanted else NOT_SET
    words = _WORDS[operator].format(show(wanted))
    return f"{words} {unit.removesuffix('s') if wanted == 1 else unit}" if unit else words


def show(value: Value) -> str:
    """A value as people read it: words and numbers plain, other text in quotes, null as "not set"."""
    if value is None:
        return NOT_SET
    if isinstance(value, list):
        return ", ".join(show(member) for member in value) or "an empty list"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z/][\w./:@%+-]*", value) and value not in {"true", "false", "null"}:
        return value
    return json.dumps(value, ensure_ascii=False)


def tell(observed: Value, reason: str = "", most: int | None = SHOWN) -> str:
    """What was observed, in a line for people: so many members of a list, all where none is said, and what was left out of it."""
    if observed is None and reason:
        return reason
    if not isinstance(observed, list):
        return show(observed)
    first = observed[:most]
    shown = show(first) if first or not reason else "none"
    more = f" and {len(observed) - len(first)} more" if len(observed) > len(first) else ""
    return f"{shown}{more}{f' ({reason})' if reason else ''}"
