"""Reads many paths of one facts document: what could not be read is indexed once, because thousands of conditions ask."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from collector.facts import ASKED, EVERY, Facts, Reading, Segments, Unknown, Value, join_path, split_path

_join = lru_cache(maxsize=65536)(join_path)


@dataclass(slots=True)
class _Node:
    """What is known to be unknown at a place and below it."""

    reason: str | None = None
    below: dict[str, "_Node"] = field(default_factory=dict)


class FactReader:
    """Looks paths up in a facts document, with the answers of Facts.lookup.

    One thing more: a member of a map that is named among the errors alone is unknown under `*` too, never passed over.
    """

    __slots__ = ("_facts", "_root", "_values")

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._values = facts.values
        self._root = _Node()
        for path, reason in facts.errors.items():
            node = self._root
            for segment in split_path(path):
                node = node.below.setdefault(segment, _Node())
            node.reason = node.reason or reason

    def read(self, segments: Segments) -> list[Reading]:
        """Every reading that a path names; a `*` over an empty or missing map gives none."""
        if EVERY in segments:
            return list(_walk(self._values, segments, 0, (self._root,)))
        reading = self._read_one(segments)
        return [self._facts.without_unasked(segments, reading) if segments[0] in ASKED else reading]

    def _read_one(self, segments: Segments) -> Reading:
        """The common case, thousands of times a host: a path without `*`, and seldom anything unknown near it."""
        node: Value = self._values
        errors: tuple[_Node, ...] = (self._root,)
        for depth, segment in enumerate(segments, 1):
            node = node.get(segment) if isinstance(node, Mapping) else None
            if errors:
                errors = _below(errors, segment)
                reason = _reason(errors)
                if reason is not None:
                    return Reading(_join(segments[:depth]), Unknown(reason))
        return Reading(_join(segments), node)


def _reason(errors: tuple[_Node, ...]) -> str | None:
    for error in errors:
        if error.reason is not None:
            return error.reason
    return None


def _walk(node: Value, segments: Segments, depth: int, errors: tuple[_Node, ...]) -> Iterator[Reading]:
    reason = _reason(errors)
    if reason is not None:
        yield Reading(_join(segments[:depth]), Unknown(reason))
        return
    if depth == len(segments):
        yield Reading(_join(segments), node)
        return
    members = node if isinstance(node, Mapping) else {}
    if segments[depth] != EVERY:
        below = _below(errors, segments[depth])
        yield from _walk(members.get(segments[depth]), segments, depth + 1, below)
        return
    for key in sorted({*members, *(name for error in errors for name in error.below if name != EVERY)}):
        concrete = (*segments[:depth], key, *segments[depth + 1 :])
        yield from _walk(members.get(key), concrete, depth + 1, _below(errors, key))


def _below(errors: tuple[_Node, ...], name: str) -> tuple[_Node, ...]:
    return tuple(error.below[key] for error in errors for key in (name, EVERY) if key in error.below) if errors else ()
