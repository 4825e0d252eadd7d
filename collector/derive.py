"""Ages: facts hold dates, which stay as they are, and how old something is follows from them and from the moment of an observation."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from collector.aging import Aging
from collector.catalog import probes
from collector.facts import Facts, Segments, Value, split_path


def derive(facts: Facts, observed_at: datetime) -> Facts:
    """The document at a moment, its ages filled in; what was read, without them, stays at hand as `lasting`."""
    values, errors, marks = dict(facts.values), dict(facts.errors), dict(facts.marks)
    for probe in probes(facts.platform):
        segments = split_path(probe.name)
        tree = _find(values, segments)
        if probe.derive is None or tree is None:
            continue
        aging = Aging(segments, deepcopy(tree), errors, observed_at.date())
        probe.derive(aging)
        place(values, segments, aging.tree)
        if segments[0] in marks:
            marks[segments[0]] = (*marks[segments[0]], observed_at.date())
    lasting = replace(facts, observed_at=observed_at)
    return replace(lasting, values=values, errors=dict(sorted(errors.items())), marks=marks, lasting=lasting)


def _find(values: Mapping[str, Value], segments: Segments) -> dict[str, Value] | None:
    node: Value = values
    for name in segments:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node if isinstance(node, dict) else None


def place(values: dict[str, Value], segments: Segments, tree: Mapping[str, Value]) -> None:
    """Put a subtree into the document; what it stands in is copied, because subtrees are shared with other documents."""
    node = values
    for name in segments[:-1]:
        node[name] = dict(node.get(name) or {})
        node = node[name]
    node[segments[-1]] = {**(node.get(segments[-1]) or {}), **tree}
