"""The JSON Schema of the facts document, made from what the probes declare, and the reading of facts files by it."""

import json
from functools import cache
from typing import Any

import jsonschema

from collector.catalog import PLATFORMS, declared
from collector.errors import CollectorError
from collector.facts import EVERY, SCHEMA, Fact, Facts, Segments

_TYPES: dict[str, dict[str, Any]] = {
    "boolean": {"type": ["boolean", "null"]},
    "integer": {"type": ["integer", "null"]},
    "string": {"type": ["string", "null"]},
    "strings": {"type": ["array", "null"], "items": {"type": "string"}},
    "integers": {"type": ["array", "null"], "items": {"type": "integer"}},
}


@cache
def facts_schema(platform: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one platform's facts document."""
    tree: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
    for one in declared(platform):
        _grow(tree, one.segments, one.fact)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["schema", "platform", "host", "observed_at", "collector", "script", "facts", "errors"],
        "properties": {
            "schema": {"const": SCHEMA},
            "platform": {"const": platform},
            "host": {"type": "object", "additionalProperties": {"type": "string"}},
            "observed_at": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"},
            "collector": {"type": "string"},
            "script": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "facts": tree,
            "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }


def _grow(node: dict[str, Any], segments: Segments, fact: Fact) -> None:
    name, rest = segments[0], segments[1:]
    leaf: dict[str, Any] = _TYPES[fact.type] | {"description": fact.meaning}
    if fact.one_of:
        leaf["enum"] = [*fact.one_of, None]
    empty: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
    if name == EVERY:
        if node.get("additionalProperties") is False:
            node["additionalProperties"] = empty if rest else leaf
        if rest:
            _grow(node["additionalProperties"], rest, fact)
    elif rest:
        node.setdefault("required", [])
        if name not in node["required"]:
            node["required"].append(name)
        _grow(node["properties"].setdefault(name, empty), rest, fact)
    else:
        node.setdefault("required", []).append(name)
        node["properties"][name] = leaf


def read_facts_file(raw: bytes, name: str) -> Facts:
    """The facts document in a file's bytes; raises CollectorError naming the first thing that is wrong and its place."""
    try:
        data = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CollectorError(
            f"{name}: neither a bundle nor a facts document: {error}; make one with `closeout facts BUNDLE --json`"
        ) from error
    platform = data.get("platform") if isinstance(data, dict) else None
    if platform not in PLATFORMS:
        raise CollectorError(f"{name}: not a facts document: its platform is {platform!r}, expected one of {', '.join(PLATFORMS)}")
    wrong = next(iter(jsonschema.Draft202012Validator(facts_schema(platform)).iter_errors(data)), None)
    if wrong is not None:
        raise CollectorError(f"{name}: not a facts document at {wrong.json_path}: {wrong.message[:200]}")
    return Facts.from_json(data)
