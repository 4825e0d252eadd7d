from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import ERROR, FAIL, PASS
from checks.operators import OPERATORS, describe, judge, kind_of, narrow, show, tell

SCALARS = st.one_of(st.booleans(), st.integers(-5, 5), st.sampled_from(["", "a", "1", "true", "0"]))
LISTS = st.one_of(st.lists(st.sampled_from(["a", "b", "1"]), max_size=3), st.lists(st.integers(0, 2), max_size=3))
VALUES = st.one_of(st.none(), SCALARS, LISTS)
OPERANDS = {
    "equals": st.one_of(SCALARS, LISTS),
    "not_equals": st.one_of(SCALARS, LISTS),
    "one_of": LISTS.filter(bool),
    "at_least": st.integers(-5, 5),
    "at_most": st.integers(-5, 5),
    "contains": LISTS.filter(bool),
    "excludes": LISTS.filter(bool),
    "matches": st.sampled_from(["a", "[0-9]+", "true|false", ".+"]),
    "set": st.booleans(),
}


def test_there_are_nine() -> None:
    assert list(OPERATORS) == ["equals", "not_equals", "one_of", "at_least", "at_most", "contains", "excludes", "matches", "set"]


@pytest.mark.parametrize(
    ("operator", "wanted", "passing", "failing"),
    [
        ("equals", True, [True], [False]),
        ("equals", 5, [5], [4, 6]),
        ("equals", "no", ["no"], ["yes", "No", ""]),
        ("equals", [], [[]], [["a"]]),
        ("equals", ["a", "b"], [["a", "b"]], [["b", "a"], ["a"], []]),
        ("not_equals", 5, [4], [5]),
        ("not_equals", ["a"], [["b"], []], [["a"]]),
        ("one_of", ["a", "b"], ["a", "b", ["a"], ["b", "a", "b"]], ["c", "", ["a", "c"]]),
        ("one_of", [1, 2], [1, [1, 2]], [3, [1, 3]]),
        ("at_least", 3, [3, 4], [2, -1]),
        ("at_most", 3, [3, 0, -1], [4]),
        ("contains", ["a", "b"], [["b", "x", "a"]], [["a"], []]),
        ("excludes", ["a", "b"], [["x"], []], [["a"], ["x", "b"]]),
        ("matches", "[0-7]{3}", ["027"], ["0027", "27", "", "028", "027\n"]),
        ("set", True, [0, "", False, []], [None]),
        ("set", False, [None], [0, "", False, []]),
    ],
)
def test_what_each_operator_asks(operator: str, wanted: Any, passing: list[Any], failing: list[Any]) -> None:  # noqa: ANN401
    assert [judge({operator: wanted}, value).status for value in passing] == [PASS] * len(passing)
    assert [judge({operator: wanted}, value).status for value in failing] == [FAIL] * len(failing)


@pytest.mark.parametrize(
    ("operator", "wanted", "observed"),
    [
        ("equals", 1, True), ("equals", True, 1), ("equals", 0, False), ("equals", 1, "1"), ("equals", "1", 1), ("equals", "true", True),
        ("equals", ["a"], "a"), ("equals", "a", ["a"]), ("equals", [1], [True]), ("equals", ["1"], [1]), ("equals", 1, 1.0),
        ("not_equals", 1, True), ("not_equals", 1, "1"), ("not_equals", ["1"], [1]), ("one_of", [1, 2], True), ("one_of", ["1"], 1),
        ("one_of", ["1"], [1]), ("at_least", 1, True), ("at_least", 1, "5"), ("at_most", 1, "0"), ("at_most", 1, False),
        ("at_least", 0, []),
        ("contains", ["a"], "abc"), ("contains", ["1"], [1]), ("excludes", ["1"], [1]), ("excludes", ["a"], "b"),
        ("matches", "5", 5), ("matches", ".*", ["a"]), ("matches", "true", True), ("equals", "a", {"a": 1}),
    ],
)  # fmt: skip
def test_a_wrong_type_is_an_error_that_says_so(operator: str, wanted: Any, observed: Any) -> None:  # noqa: ANN401
    verdict = judge({operator: wanted}, observed)
    assert verdict.status == ERROR
    assert "type" in verdict.reason


@pytest.mark.parametrize(
    ("operator", "wanted", "status"),
    [
        ("equals", "x", FAIL), ("equals", [], FAIL), ("one_of", ["x"], FAIL), ("at_least", -9, FAIL), ("at_most", 9, FAIL),
        ("matches", ".*", FAIL), ("contains", ["x"], FAIL), ("not_equals", "x", ERROR), ("excludes", ["x"], ERROR),
    ],
)  # fmt: skip
def test_not_set_never_passes_unless_it_is_asked_for(operator: str, wanted: Any, status: str) -> None:  # noqa: ANN401
    verdict = judge({operator: wanted}, None)
    assert verdict.status == status
    assert "not set" in verdict.reason


def test_a_list_without_members_is_no_proof_that_all_are_allowed() -> None:
    verdict = judge({"one_of": ["a"]}, [])
    assert verdict.status == ERROR
    assert "equals: []" in verdict.reason


def test_several_operators_mean_all_of_them() -> None:
    both = {"at_least": 1, "at_most": 5}
    assert [judge(both, level).status for level in (0, 1, 5, 6)] == [FAIL, PASS, PASS, FAIL]
    assert judge(both, None).status == FAIL
    assert judge({"set": True, "not_equals": 3}, None).status == FAIL, "a fail is certain, so it wins over an error"


@given(st.data())
def test_nothing_is_converted(data: st.DataObject) -> None:
    operator = data.draw(st.sampled_from([name for name in OPERATORS if name != "set"]))
    wanted, observed = data.draw(OPERANDS[operator]), data.draw(VALUES)
    if judge({operator: wanted}, observed).status == PASS:
        expected = wanted if isinstance(wanted, list) else [wanted]
        seen = observed if isinstance(observed, list) else [observed]
        assert not seen or not expected or {kind_of(v) for v in seen} <= {kind_of(v) for v in expected}


@given(st.data())
def test_what_passes_equals_is_what_fails_not_equals(data: st.DataObject) -> None:
    wanted, observed = data.draw(OPERANDS["equals"]), data.draw(VALUES.filter(lambda v: v is not None))
    opposite = {PASS: FAIL, FAIL: PASS, ERROR: ERROR}
    assert judge({"not_equals": wanted}, observed).status == opposite[judge({"equals": wanted}, observed).status]


@given(st.data())
def test_the_order_of_operators_does_not_matter(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(list(OPERATORS)), min_size=1, max_size=4, unique=True))
    operators = {name: data.draw(OPERANDS[name]) for name in names}
    observed = data.draw(VALUES)
    assert judge(operators, observed).status == judge(dict(reversed(operators.items())), observed).status


@pytest.mark.parametrize(
    ("operator", "wanted", "words"),
    [
        ("equals", True, "true"), ("equals", "no", "no"), ("equals", "5", '"5"'), ("equals", [], "an empty list"), ("equals", "", '""'),
        ("equals", "true", '"true"'), ("not_equals", 5, "other than 5"), ("one_of", ["a", "b"], "one of a, b"),
        ("at_least", 1, "at least 1"),
        ("at_most", 5, "at most 5"), ("contains", ["a"], "containing a"), ("excludes", ["a", "x y"], 'without a, "x y"'),
        ("matches", "[0-7]+", 'matching "[0-7]+"'), ("set", True, "set"), ("set", False, "not set"),
    ],
)  # fmt: skip
def test_what_is_expected_reads_as_words(operator: str, wanted: Any, words: str) -> None:  # noqa: ANN401
    assert describe(operator, wanted) == words


def test_a_unit_follows_its_number_and_null_is_not_set() -> None:
    assert describe("at_most", 15, "minutes") == "at most 15 minutes"
    assert describe("at_least", 1, "days") == "at least 1 day"
    assert show(None) == "not set"


MANY = [f"package-{n}" for n in range(30)]


@pytest.mark.parametrize(
    ("operators", "observed", "shown", "left_out"),
    [
        ({"contains": ["auditd"]}, MANY, [], "of 30, only what is asked for"),
        (
            {"contains": ["package-3"], "excludes": ["telnetd"]},
            [*MANY, "telnetd"],
            ["package-3", "telnetd"],
            "of 31, only what is asked for",
        ),
        ({"contains": ["auditd"]}, MANY[:20], MANY[:20], ""),
        ({"equals": []}, MANY, MANY, ""),
        ({"excludes": ["package-3"], "equals": []}, MANY, MANY, ""),
        ({"contains": ["auditd"]}, None, None, ""),
        ({"matches": "a.*"}, "abc", "abc", ""),
    ],
)
def test_of_a_long_list_that_is_asked_for_members_only_these_are_kept(
    operators: dict[str, Any],
    observed: Any,  # noqa: ANN401
    shown: Any,  # noqa: ANN401
    left_out: str,
) -> None:
    assert narrow(operators, observed) == (shown, left_out)


@given(
    st.lists(st.text(max_size=2), max_size=40),
    st.lists(st.text(max_size=2), min_size=1, max_size=3),
    st.sampled_from(["contains", "excludes"]),
)
def test_what_is_kept_gives_the_verdict_of_the_whole(observed: list[str], wanted: list[str], operator: str) -> None:
    shown, _ = narrow({operator: wanted}, observed)
    assert judge({operator: wanted}, shown).status == judge({operator: wanted}, observed).status


@pytest.mark.parametrize(
    ("observed", "reason", "words"),
    [
        (None, "", "not set"),
        (None, "permission denied", "permission denied"),
        ([], "", "an empty list"),
        ([], "of 30, only what is asked for", "none (of 30, only what is asked for)"),
        (["telnetd"], "of 31, only what is asked for", "telnetd (of 31, only what is asked for)"),
        (MANY[:10], "", f"{', '.join(MANY[:8])} and 2 more"),
        (0, "", "0"),
    ],
)
def test_what_was_observed_is_told_in_a_line(observed: Any, reason: str, words: str) -> None:  # noqa: ANN401
    assert tell(observed, reason) == words


def test_all_members_are_told_where_no_number_is_said() -> None:
    assert tell(MANY, most=None) == show(MANY)
