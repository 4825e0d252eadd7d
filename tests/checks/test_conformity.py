"""The quick answer is the slow one's: over the shipped content, and over content that was spoilt at every place."""

import copy
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checks.conformity import Conformity
from checks.load import load_content
from checks.mistakes import check_schema
from checks.yaml_file import read_yaml

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -7,
    10**6,
    "",
    "x",
    "X y",
    "a" * 500,
    [],
    ["a", "a"],
    [1, True],
    [{}, {}],
    {},
    {"any_of": []},
)
FRAMEWORK_SCHEMA = json.loads((files("checks") / "frameworks" / "framework.schema.json").read_text("utf-8"))


def spoilt(data: object) -> Iterator[Any]:
    """The data with one thing changed, for every place in it: another value, a key or member more, one less."""
    if isinstance(data, dict):
        yield {**data, "odd": "x"}
        yield {**data, "any_of": [{"path": "host.uid", "equals": 0}] * 2}
        for key, value in data.items():
            yield {name: member for name, member in data.items() if name != key}
            yield {("Odd Key" if name == key else name): member for name, member in data.items()}
            yield from ({**data, key: one} for one in (*ODD_VALUES, *spoilt(value)))
    if isinstance(data, list):
        yield [*data, *copy.deepcopy(data)]
        for index, value in enumerate(data):
            yield from ([*data[:index], one, *data[index + 1 :]] for one in (*ODD_VALUES, *spoilt(value)))


def disagreements(schema: Mapping[str, Any], documents: Iterator[Any]) -> tuple[int, list[Any]]:
    """How many conformed, and on which of the documents the two differ."""
    quick, slow = Conformity(schema), Draft202012Validator(schema)
    conforming, found = 0, []
    for data in documents:
        valid = slow.is_valid(data)
        conforming += valid
        if quick.holds(data) is not valid:
            found.append(data)
    return conforming, found


def test_all_shipped_content_conforms_without_a_word_of_the_slow_one() -> None:
    conformity = Conformity(check_schema())
    assert [name for name, one in load_content().documents.items() if not conformity.holds(one.data)] == []
    shipped = read_yaml(files("checks") / "frameworks" / "nist_800_171_r2.yml", "framework")
    assert Conformity(FRAMEWORK_SCHEMA).holds(shipped.data)


@pytest.mark.parametrize("check_id", ["account-lockout-threshold", "ssh-root-login", "ssh-ciphers"])
def test_content_that_was_spoilt_at_any_place_is_answered_alike(check_id: str) -> None:
    conforming, differing = disagreements(check_schema(), spoilt(load_content().documents[check_id].data))
    assert differing == []
    assert conforming


def test_a_framework_that_was_spoilt_is_answered_alike() -> None:
    shipped = read_yaml(files("checks") / "frameworks" / "nist_800_171_r2.yml", "framework").data
    small = {**shipped, "requirements": shipped["requirements"][:1], "proof_sets": dict(list(shipped["proof_sets"].items())[:1])}
    _, differing = disagreements(FRAMEWORK_SCHEMA, spoilt(small))
    assert differing == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "patternProperties": {"^x": {}}},
        {"properties": {"a": {"oneOf": [{}, {}]}}},
        {"enum": [[1]]},
        {"$ref": "elsewhere.json"},
        {"additionalProperties": False, "properties": {"a": {}}, "unevaluatedProperties": False},
    ],
)
def test_what_a_schema_means_by_an_unknown_word_is_left_to_the_slow_one(schema: dict[str, Any]) -> None:
    assert not Conformity(schema).holds({})
    assert not Conformity(schema).holds(1)


def test_members_that_cannot_be_compared_quickly_are_left_to_the_slow_one() -> None:
    assert not Conformity({"uniqueItems": True}).holds([{}, []])
    assert Conformity({"uniqueItems": True}).holds([1, True, "1", None])
