"""Reading what snippets answer in JSON (Format-Json of collector/prelude.ps1): strictly, because a host may say anything."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from collector.facts import Unknown, Value
from collector.probe import Frames, ProbeError, Source

_DEEPEST = 12
Answer = Mapping[str, Any]
Found = TypeVar("Found")


def read_json(frames: Frames, source: Source) -> Any:  # noqa: ANN401 - any JSON value
    """The JSON value that a source answered; raises ProbeError on anything else, on members named twice and on deep nesting."""
    text = frames.text(source)
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ProbeError(f"{source.name}: the host's answer is no JSON of ours: {str(error)[:200]}") from error
    if _depth(value) > _DEEPEST:
        raise ProbeError(f"{source.name}: the host's answer is nested more than {_DEEPEST} deep")
    return value


def read_object(frames: Frames, source: Source) -> Answer:
    """The JSON object that a source answered; raises ProbeError on anything else."""
    value = read_json(frames, source)
    if not isinstance(value, dict):
        raise ProbeError(f"{source.name}: the host's answer is no JSON object")
    return value


def read_objects(frames: Frames, source: Source) -> list[Answer]:
    """The JSON objects that a source answered in a list; raises ProbeError on anything else."""
    value = read_json(frames, source)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ProbeError(f"{source.name}: the host's answer is no list of JSON objects")
    return value


def member(answer: Answer, name: str) -> Value | Unknown:
    """A member as it stands; Unknown where the answer lacks it, because "not said" is not "not set"."""
    return answer[name] if name in answer else Unknown(f"the host's answer says nothing of {name}")


def or_unknown(read: Callable[[], Found]) -> Found | Unknown:
    """What a reader gives; Unknown with the reason where it raises ProbeError, so that it takes no other facts with it."""
    try:
        return read()
    except ProbeError as error:
        return Unknown(str(error))


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _depth(value: object) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [below for one in level for below in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())]
    return deepest
