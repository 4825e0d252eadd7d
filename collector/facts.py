"""The facts document: typed values under declared paths, and what could not be read, with the reason.

A path is names joined by dots; a member of a map stands in brackets, because its name may hold dots:
`sysctl.running[kernel.dmesg_restrict]`. `*` means every member: `accounts.users.*.uid`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from collector.canonical import read_time, time_text
from collector.errors import CollectorError

Value = Any  # a JSON value: None, bool, int, str, a list of str or int, or a dict of those
FactType = Literal["boolean", "integer", "string", "strings", "integers"]
SCHEMA = "closeout/facts/1"
EVERY = "*"
# Maps that hold what a script was asked for (Probe.argument): a member that is not there was not asked for, which is not "not set".
ASKED = frozenset({"file", "setting", "registry", "user_registry"})
_KEY = r"[^\[\]\n]{1,400}"
_PLAIN = re.compile(r"[a-z][a-z0-9_]*").fullmatch
_ADDRESSABLE = re.compile(_KEY).fullmatch
_SEGMENT = re.compile(r"\.?(?P<name>[a-z][a-z0-9_]*)|\.(?P<every>\*)|\[(?P<key>" + _KEY + r")\]")

Segments = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """In the place of a value that could not be read; never the same as null, which is "not set"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One declared leaf: path below its probe's name, type, meaning and, for a closed set of words, the words.

    members: where the member of the map in the path must be one of these, all of them.
    """

    path: str
    type: FactType
    meaning: str
    one_of: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a document under its concrete path."""

    path: str
    value: Value | Unknown


@dataclass(frozen=True, slots=True)
class Facts:
    """What one bundle says of one host.

    values: nested dictionaries, every declared path present, null is "not set".
    errors: path -> reason; whatever stands at or below such a path is unknown.
    marks: name at the top of the values -> marks that are the same objects in another document only where all below that
    name, its errors too, is the same; a document that was not parsed here has none.
    lasting: the same without its ages (collector.derive), which is what is stored.
    """

    platform: str
    host: Mapping[str, str]
    observed_at: datetime
    collector: str
    script: str
    values: Mapping[str, Value]
    errors: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, tuple[object, ...]] = field(default_factory=dict, compare=False, repr=False)
    lasting: "Facts | None" = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """The document as JSON data."""
        return {
            "schema": SCHEMA,
            "platform": self.platform,
            "host": dict(self.host),
            "observed_at": time_text(self.observed_at),
            "collector": self.collector,
            "script": self.script,
            "facts": dict(self.values),
            "errors": dict(self.errors),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Facts":
        """The document that to_json wrote; its shape must have been validated (collector.schema)."""
        return cls(
            platform=data["platform"],
            host=data["host"],
            observed_at=read_time(data["observed_at"]),
            collector=data["collector"],
            script=data["script"],
            values=data["facts"],
            errors=data["errors"],
        )

    def lookup(self, path: str) -> list[Reading]:
        """Every reading that a path names; a `*` over an empty or missing map gives none."""
        unknown = {split_path(p): reason for p, reason in self.errors.items()}
        segments = split_path(path)
        return [self.without_unasked(segments, reading) for reading in _walk(self.values, segments, (), unknown)]

    def without_unasked(self, segments: Segments, reading: Reading) -> Reading:
        """The reading, unknown where it is null only because the script of this document was not asked for it."""
        if reading.value is not None or segments[0] not in ASKED or EVERY in segments or len(segments) == 1:
            return reading
        if segments[1] in (self.values.get(segments[0]) or {}):
            return reading
        reason = f"not collected by script {self.script[:12] or 'unknown'}; redeploy the collection script"
        return Reading(reading.path, Unknown(reason))


@lru_cache(maxsize=16384)
def split_path(path: str) -> Segments:
    """Segments of a path; raises CollectorError when it does not read as one."""
    segments: list[str] = []
    position = 0
    while position < len(path):
        found = _SEGMENT.match(path, position)
        if (
            not found
            or (position == 0 and (not found["name"] or path[0] == "."))
            or (position > 0 and found["name"] and path[position] != ".")
        ):
            raise CollectorError(
                f"{path!r} is not a fact path: write names with dots, members in brackets, as in sysctl.running[kernel.panic]"
            )
        segments.append(found["name"] or found["every"] or found["key"])
        position = found.end()
    if not segments:
        raise CollectorError("a fact path is empty")
    return tuple(segments)


def addressable(key: str) -> bool:
    """True when a path can name a member of a map by this key."""
    return key != EVERY and _ADDRESSABLE(key) is not None


def join_path(segments: Segments) -> str:
    """The text of a path; a segment that is no plain name is put in brackets."""
    return "".join(_write(index, segment) for index, segment in enumerate(segments))


def _write(index: int, segment: str) -> str:
    if segment == EVERY:
        return ".*"
    if _PLAIN(segment):
        return segment if index == 0 else f".{segment}"
    return f"[{segment}]"


def covers(pattern: Segments, path: Segments) -> bool:
    """True when the pattern, in which `*` stands for any one segment, is the path or one of its ancestors."""
    return len(pattern) <= len(path) and all(want in (EVERY, have) for want, have in zip(pattern, path, strict=False))


def _walk(node: Value, rest: Segments, done: Segments, unknown: Mapping[Segments, str]) -> Iterator[Reading]:
    reason = next((why for pattern, why in unknown.items() if done and covers(pattern, done)), None)
    if reason is not None:
        yield Reading(join_path(done), Unknown(reason))
    elif not rest:
        yield Reading(join_path(done), node)
    elif rest[0] == EVERY:
        for key in sorted(node) if isinstance(node, Mapping) else ():
            yield from _walk(node[key], rest[1:], (*done, key), unknown)
    else:
        member = node.get(rest[0]) if isinstance(node, Mapping) else None
        yield from _walk(member, rest[1:], (*done, rest[0]), unknown)
