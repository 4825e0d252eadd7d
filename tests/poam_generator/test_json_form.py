"""Every value goes to JSON and back unchanged, and what is wrong is refused with its place."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.canonical import canonical_bytes
from poam_generator import model
from poam_generator.errors import PoamError
from poam_generator.json_form import KINDS, change_from_json, from_json, to_json
from poam_generator.model import (
    ClosureContext,
    Draft,
    DraftHost,
    DraftSettings,
    ExportItem,
    Finding,
    Item,
    Judgement,
    Pending,
    Policy,
    Seen,
)
from tests.poam_generator.builders import at, held, item, seen

TEXT = st.text(st.characters(codec="utf-8"), max_size=4)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given
JSON = st.recursive(st.none() | st.booleans() | NUMBERS | TEXT, lambda inner: st.lists(inner, max_size=2), max_leaves=3)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {str: TEXT, int: NUMBERS, bool: st.booleans(), datetime: TIMES, date: st.dates(), Any: JSON}
VALUES = [
    Seen,
    Finding,
    Judgement,
    Policy,
    Item,
    Draft,
    DraftHost,
    DraftSettings,
    ExportItem,
    ClosureContext,
    Pending,
    *KINDS.values(),
]


def made(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401, PLR0911 - one line a kind of type
    """Values of any type that a field of the model has."""
    if hint in PLAIN:
        return PLAIN[hint]
    if is_dataclass(hint):
        return st.builds(hint, **{name: made(one) for name, one in get_type_hints(hint).items()})  # type: ignore[arg-type]
    first = get_args(hint)[0]
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(made(first), max_size=2).map(tuple)
    if get_origin(hint) is frozenset:
        return st.frozensets(made(first), max_size=2)
    if get_origin(hint) is Mapping:
        return st.dictionaries(TEXT, made(get_args(hint)[1]), max_size=2)
    return st.none() | made(first)


@pytest.mark.parametrize("kind", VALUES)
def test_every_value_goes_to_json_and_back_unchanged(kind: type[Any]) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(made(kind))
    def holds(value: object) -> None:
        read = json.loads(canonical_bytes(to_json(value)))
        assert (change_from_json(read) if kind in KINDS.values() else from_json(kind, read)) == value

    holds()


def test_a_change_carries_its_kind() -> None:
    assert to_json(model.AwaitReviewer("PA-1", "why")) == {"kind": "await_reviewer", "item": "PA-1", "reason": "why"}


def test_fields_with_a_default_may_be_left_out() -> None:
    form = to_json(item("PA-1", "draft", held("a", seen("fail", 0))))
    del form["predecessor"], form["hosts"][0]["accepted_receipts"]
    assert from_json(Item, form) == item("PA-1", "draft", held("a", seen("fail", 0)))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("state",), "gone", r"Item.state: 'gone' is none of draft, open"),
        (("hosts",), {}, r"Item.hosts: expected a list, found named values"),
        (("hosts", 0, "failing", "observed_at"), "yesterday", r"Item.hosts\[0\].failing.observed_at: 'yesterday' is not a time"),
        (("hosts", 0, "failing", "reread"), 1, r"Item.hosts\[0\].failing.reread: expected true or false, found a whole number"),
        (("hosts", 0, "host"), None, r"Item.hosts\[0\].host: expected text, found nothing"),
        (("detected_on",), "2026-02-30", r"Item.detected_on: '2026-02-30' is no day of the calendar"),
        (("colour",), "red", r"Item: unknown keys colour; there are id, "),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(path: tuple[Any, ...], value: object, message: str) -> None:
    form = to_json(item("PA-1", "draft", held("a", seen("fail", 0))))
    place = form
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(PoamError, match=message):
        from_json(Item, form)


def test_a_missing_field_an_unknown_kind_and_what_is_no_object_are_refused() -> None:
    with pytest.raises(PoamError, match=r"missing keys bundle, "):
        from_json(Seen, {"status": "pass", "observed_at": to_json(at(0)), "receipt": "r"})
    with pytest.raises(PoamError, match="the kind 'explode'"):
        change_from_json({"kind": "explode"})
    with pytest.raises(PoamError, match="the kind None"):
        change_from_json([])
    with pytest.raises(PoamError, match="Seen: expected named values, found a list"):
        from_json(Seen, [])


def test_a_number_where_true_stands_is_refused() -> None:
    with pytest.raises(PoamError, match=r"Policy.passes: expected a whole number, found true or false"):
        from_json(Policy, {"passes": True})
