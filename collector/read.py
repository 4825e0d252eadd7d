"""Reads a bundle into the facts document: every probe's parser over the bundle's frames."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.bundle import Bundle
from collector.canonical import read_time
from collector.catalog import probes
from collector.derive import derive, place
from collector.facts import EVERY, Fact, Facts, FactType, Segments, Unknown, Value, addressable, join_path, split_path
from collector.memo import Memo, Parsed, frame_digests, key_of
from collector.probe import Frames, Probe, ProbeError
from collector.visible import visible

_FITS: Mapping[FactType, Callable[[Value], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "strings": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "integers": lambda value: isinstance(value, list) and all(isinstance(one, int) and not isinstance(one, bool) for one in value),
}
LARGEST = 2**53 - 1  # what every reader of JSON can hold
TOO_LARGE = Unknown("the number is larger than any that is meant here; look at what the host says")
HOST_FACTS = ("name", "machine_id", "platform")
_memo = Memo()


def read_facts(bundle: Bundle, observed_at: datetime | None = None) -> Facts:
    """The facts of a bundle, with the ages of that moment; without a time of our own, it is what the host's clock said.

    Raises ProbeError when the bundle does not even say which host it is of and when it was made.
    """
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    marks: dict[str, tuple[object, ...]] = {}
    for parsed in _parse(bundle.platform, bundle.as_frames()):
        segments = split_path(parsed.probe.name)
        place(values, segments, parsed.tree)
        errors.update(parsed.errors)
        marks[segments[0]] = (*marks.get(segments[0], ()), parsed.mark)
    host = values.get("host") or {}
    if observed_at is None and not host.get("clock"):
        raise ProbeError("the bundle does not say when it was made: its frame host.identity is missing or failed")
    moment = observed_at or read_time(host["clock"])
    lasting = Facts(
        platform=bundle.platform,
        host={word: str(host[word]) for word in HOST_FACTS if host.get(word)} | {"platform": bundle.platform},
        observed_at=moment,
        collector=bundle.collector,
        script=bundle.script,
        values=values,
        errors=dict(sorted(errors.items())),
        marks=marks,
    )
    return derive(lasting, moment)


def _parse(platform: str, frames: Frames) -> Iterator[Parsed]:
    """What every probe makes of the frames; each sees those of its own sources alone, so that nothing else can bear on it."""
    digests = frame_digests(frames)
    for probe in probes(platform):
        key = key_of(probe, frames, digests)
        parsed = _memo.find(key, probe)
        if parsed is None:
            parsed = _parse_anew(probe, frames)
            _memo.keep(key, parsed)
        yield parsed


def _parse_anew(probe: Probe, frames: Frames) -> Parsed:
    own = {source.name: frames.by_name[source.name] for source in probe.sources if source.name in frames.by_name}
    errors: dict[str, str] = {}
    tree = read_probe(probe, Frames(own, frames.script), errors)
    weight = sum(len(frame.output) + len(frame.stderr) for frame in own.values())
    return Parsed(probe, tree, {path: visible(reason) for path, reason in errors.items()}, weight)


def read_probe(probe: Probe, frames: Frames, errors: dict[str, str]) -> dict[str, Value]:
    """The subtree of one probe with every declared path present; what is unknown goes into errors, path -> reason."""
    try:
        tree = dict(probe.parse(frames))
    except ProbeError as error:
        errors[probe.name] = str(error)
        tree = {}
    except Exception as error:  # noqa: BLE001 - a parser that trips over one host's oddity must not take the other facts with it
        errors[probe.name] = f"the parser of {probe.name} could not read this host's output: {type(error).__name__}: {error}"
        tree = {}
    above = split_path(probe.name)
    known = _extract(tree, above, errors)
    for fact in probe.facts:
        _fill(known, split_path(f"{probe.name}.{fact.path}")[len(above) :], fact, _Place(above, errors))
    return known


def _extract(tree: Mapping[str, Any], above: Segments, errors: dict[str, str]) -> dict[str, Value]:
    """A copy of the tree in which each Unknown is null, its reason noted under its path.

    A member whose name no path can hold makes the map that it stands in unknown: it cannot be judged, nor left out unsaid.
    """
    copy: dict[str, Value] = {}
    for name, value in tree.items():
        key = visible(name)
        here = (*above, key)
        if not addressable(key):
            errors[join_path(above)] = f"it has a member named {key[:80]!r}, which no path can name; rename it on the host"
        elif isinstance(value, Unknown) or (value := _writable(value)) is TOO_LARGE:
            errors[join_path(here)] = value.reason
            copy[key] = None
        elif isinstance(value, Mapping):
            copy[key] = _extract(value, here, errors)
        else:
            copy[key] = _plain(value)
    return copy


def _plain(value: Value) -> Value:
    """A leaf as the document holds it. Answers in JSON hold escaped characters that only their parser has unfolded."""
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return visible(value) if isinstance(value, str) else value


def _writable(value: Value) -> Value | Unknown:
    """The value, or why it has no canonical form."""
    members = value if isinstance(value, (list, tuple)) else (value,)
    return TOO_LARGE if any(isinstance(one, int) and abs(one) > LARGEST for one in members) else value


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the document a value stands, and the errors that are noted there."""

    above: Segments
    errors: dict[str, str]

    def below(self, name: str) -> "_Place":
        return _Place((*self.above, name), self.errors)


def _fill(tree: dict[str, Value], segments: Segments, fact: Fact, place: _Place) -> None:
    """Give the declared leaf its null where it is missing, and take away a value that is not what was declared."""
    name, rest = segments[0], segments[1:]
    if name == EVERY:
        for key, member in tree.items():
            if not rest:
                _keep(tree, key, fact, place)
            elif isinstance(member, dict):
                _fill(member, rest, fact, place.below(key))
    elif not rest:
        tree.setdefault(name, None)
        _keep(tree, name, fact, place)
    else:
        if tree.get(name) is None:  # a whole branch that is unknown keeps its shape
            tree[name] = {}
        below = tree[name]
        if isinstance(below, dict):
            _fill(below, rest, fact, place.below(name))


def _keep(tree: dict[str, Value], name: str, fact: Fact, place: _Place) -> None:
    value = tree[name]
    if value is None or (_FITS[fact.type](value) and (not fact.one_of or value in fact.one_of)):
        return
    tree[name] = None
    place.errors[join_path((*place.above, name))] = f"the host's output gave {str(value)[:80]!r}, which is no {fact.type} known here"
