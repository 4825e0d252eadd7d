from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from checks.reader import FactReader
from collector.facts import Facts, Reading, Unknown, split_path

NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(st.one_of(st.none(), st.integers(0, 3)), lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=8)


def document(values: Any, errors: dict[str, str]) -> Facts:  # noqa: ANN401
    return Facts("linux", {}, datetime(2026, 11, 23, tzinfo=UTC), "", "", values, errors)


def read(facts: Facts, path: str) -> list[Reading]:
    return FactReader(facts).read(split_path(path))


def test_a_value_is_read_under_its_concrete_path() -> None:
    facts = document({"users": {"x.y": {"uid": 1}, "ann": {"uid": 0}}}, {})
    assert read(facts, "users.*.uid") == [Reading("users.ann.uid", 0), Reading("users[x.y].uid", 1)]


def test_below_an_unknown_everything_is_unknown() -> None:
    facts = document({"sshd": {"port": None}}, {"sshd": "timed out"})
    assert read(facts, "sshd.port") == [Reading("sshd", Unknown("timed out"))]


def test_a_member_that_is_named_among_the_errors_alone_is_not_passed_over() -> None:
    facts = document({"users": {"ann": {"uid": 0}}}, {"users.bob": "denied"})
    assert read(facts, "users.*.uid") == [Reading("users.ann.uid", 0), Reading("users.bob", Unknown("denied"))]


def test_an_error_may_name_every_member() -> None:
    facts = document({"users": {"ann": {"uid": 0, "locked": None}}}, {"users.*.locked": "denied"})
    assert read(facts, "users.*.locked") == [Reading("users.ann.locked", Unknown("denied"))]
    assert read(facts, "users.*.uid") == [Reading("users.ann.uid", 0)]


def test_a_member_that_is_absent_is_not_set_and_an_empty_map_has_no_reading() -> None:
    facts = document({"options": {}}, {})
    assert read(facts, "options[a]") == [Reading("options.a", None)]
    assert read(facts, "options.*") == []


@given(TREES.filter(lambda tree: isinstance(tree, dict)), st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=2), st.data())
def test_readings_are_those_of_the_document_itself(tree: dict[str, Any], errors: list[list[str]], data: st.DataObject) -> None:
    path = ".".join(data.draw(st.lists(NAMES, min_size=1, max_size=4)))
    facts = document(tree, {".".join(error): "denied" for error in errors})
    assert read(facts, path) == facts.lookup(path)
