import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evaluate import evaluate, evaluate_all, evaluate_plans, explain, make_plans
from checks.load import Content
from checks.model import ERROR, FAIL, NOT_APPLICABLE, PASS, Check, Observation, Result
from checks.parameters import ParameterError
from collector.facts import Facts
from tests.support.checks import CATALOG, check_of, facts_of, good_check

LEVEL = {"path": "demo.level", "at_least": 1, "at_most": 5}


def judge(check: Check, facts: Facts, parameters: dict[str, Any] | None = None) -> Result:
    result = evaluate(check, facts, parameters, catalog=CATALOG)
    assert result is not None
    return result


def status(expect: list[dict[str, Any]], facts: Facts, **part: Any) -> str:  # noqa: ANN401
    return judge(check_of(expect, **part), facts).status


def test_a_result_shows_what_was_expected_and_what_was_observed() -> None:
    result = judge(check_of([LEVEL]), facts_of(level=0))
    assert result.status == FAIL
    assert result.observations == (Observation("demo.level", "at least 1, at most 5", 0, FAIL),)
    assert explain(result.observations[0]) == "demo.level: expected at least 1, at most 5, observed 0"


def test_a_check_without_a_part_for_the_platform_gives_no_result() -> None:
    windows = facts_of(platform="windows")
    assert evaluate(check_of([LEVEL]), windows, catalog=CATALOG) is None
    assert evaluate_all(Content({"demo-check": check_of([LEVEL])}), windows, catalog=CATALOG) == []


def test_a_value_that_is_not_set_fails_with_that_reason() -> None:
    (observation,) = judge(check_of([LEVEL]), facts_of(level=None)).observations
    assert (observation.status, observation.observed, observation.reason) == (FAIL, None, "not set")


def test_a_value_that_could_not_be_read_is_an_error_with_the_reason() -> None:
    result = judge(check_of([LEVEL]), facts_of({"demo.level": "permission denied"}, level=None))
    assert result.status == ERROR
    assert explain(result.observations[0]) == "demo.level: expected at least 1, at most 5, could not tell: permission denied"


def test_below_a_probe_that_failed_everything_is_an_error() -> None:
    assert status([LEVEL], facts_of({"demo": "timed out"})) == ERROR
    assert status([{"path": "demo.level", "set": False}], facts_of({"demo": "timed out"}, level=None)) == ERROR


def test_a_path_that_no_probe_declares_is_an_error_and_never_not_set() -> None:
    result = judge(check_of([{"path": "demo.levle", "set": False}]), facts_of())
    assert result.status == ERROR
    assert "no probe declares demo.levle" in result.observations[0].reason


def test_a_wrong_type_is_an_error() -> None:
    result = judge(check_of([LEVEL]), facts_of(level="3"))
    assert result.status == ERROR
    assert "type text" in result.observations[0].reason


def test_a_star_gives_one_observation_for_each_member() -> None:
    result = judge(check_of([{"path": "demo.users.*.locked", "equals": True}]), facts_of())
    assert [(o.path, o.observed, o.status) for o in result.observations] == [
        ("demo.users.ann.locked", False, FAIL),
        ("demo.users.bob.locked", True, PASS),
    ]
    assert result.status == FAIL


@pytest.mark.parametrize("users", [{}, None])
def test_a_star_that_matches_nothing_is_an_error(users: object) -> None:
    assert status([{"path": "demo.users.*.locked", "equals": True}], facts_of(users=users)) == ERROR
    assert status([LEVEL], facts_of(users=users), when=[{"path": "demo.users.*.locked", "equals": True}]) == ERROR


def test_a_fail_is_certain_even_if_another_value_is_unknown() -> None:
    members = [{"path": "demo.users.*.locked", "equals": True}]
    assert status(members, facts_of({"demo.users.bob": "denied"})) == FAIL
    assert status(members, facts_of({"demo.users.ann": "denied"})) == ERROR
    assert status([LEVEL, {"path": "other.value", "equals": 1}], facts_of({"other": "denied"}, level=9)) == FAIL


def test_an_absent_member_of_a_map_is_not_set() -> None:
    assert status([{"path": "demo.options[no.such]", "set": False}], facts_of()) == PASS
    assert status([{"path": "demo.options[no.such]", "equals": "1"}], facts_of()) == FAIL


WORD, NAME = {"path": "demo.word", "equals": "off"}, {"path": "demo.names", "contains": ["z"]}


def test_any_of_passes_by_one_alternative_and_shows_just_that() -> None:
    result = judge(check_of([{"any_of": [WORD, NAME]}]), facts_of({"demo.word": "denied"}, names=["z"]))
    assert result.status == PASS
    assert [o.path for o in result.observations] == ["demo.names"]
    assert "one of 2 alternatives is enough" in result.observations[0].expected


def test_any_of_fails_when_all_fail_and_errs_when_none_passes_and_one_errs() -> None:
    both = [{"any_of": [WORD, NAME]}]
    failed = judge(check_of(both), facts_of())
    assert (failed.status, [o.path for o in failed.observations]) == (FAIL, ["demo.word", "demo.names"])
    erred = judge(check_of(both), facts_of({"demo.word": "denied"}))
    assert (erred.status, [o.path for o in erred.observations]) == (ERROR, ["demo.word"])


FLAG = {"path": "demo.flag", "equals": True}


def test_a_check_applies_when_all_of_when_holds() -> None:
    assert status([LEVEL], facts_of(flag=True), when=[FLAG]) == PASS
    result = judge(check_of([LEVEL], when=[FLAG]), facts_of(flag=False, level=9))
    assert result.status == NOT_APPLICABLE
    assert result.observations == (Observation("demo.flag", "applies when true", False, NOT_APPLICABLE),)


def test_a_check_does_not_apply_when_all_of_unless_holds() -> None:
    off = {"path": "demo.word", "equals": "off"}
    assert status([LEVEL], facts_of(word="off", level=9), unless=[off]) == NOT_APPLICABLE
    one_of_two = judge(check_of([LEVEL], when=[FLAG, off]), facts_of(word="low", level=9, flag=True))
    assert [(o.path, o.status) for o in one_of_two.observations] == [("demo.word", NOT_APPLICABLE)]
    assert status([LEVEL], facts_of(word="off", level=9, flag=False), unless=[off, FLAG]) == FAIL
    assert status([LEVEL], facts_of(word="low", level=9), unless=[off]) == FAIL


@pytest.mark.parametrize("key", ["when", "unless"])
def test_when_or_unless_over_what_was_not_read_is_an_error(key: str) -> None:
    part: dict[str, Any] = {key: [FLAG]}
    result = judge(check_of([LEVEL], **part), facts_of({"demo.flag": "denied"}, level=9))
    assert result.status == ERROR
    assert [o.reason for o in result.observations] == ["denied"]
    beside = {"path": "demo.word", "equals": "off" if key == "unless" else "high"}
    part[key].append(beside)
    both = judge(check_of([LEVEL], **part), facts_of({"demo.flag": "denied"}, word=beside["equals"], level=9))
    assert both.observations == result.observations


def test_what_certainly_does_not_apply_needs_no_further_reading() -> None:
    two = [FLAG, {"path": "other.value", "equals": 1}]
    assert status([LEVEL], facts_of({"other": "denied"}, flag=False), when=two) == NOT_APPLICABLE
    assert status([LEVEL], facts_of({"other": "denied"}, flag=False, level=9), unless=two) == FAIL


def test_an_alternative_root_makes_runtime_paths_errors() -> None:
    offline = {"demo.level": "not collected below an alternative root"}
    assert status([LEVEL], facts_of(offline, level=None)) == ERROR


def test_the_organizations_value_is_judged_by_and_shown_with_its_unit() -> None:
    most = {"label": "Most", "type": "integer", "default": 5, "maximum": 10, "unit": "attempts"}
    check = check_of([{"path": "demo.level", "at_most": "$most"}], parameters={"most": most})
    assert judge(check, facts_of(level=4)).status == PASS
    result = judge(check, facts_of(level=4), {"most": 3})
    assert (result.status, result.observations[0].expected) == (FAIL, "at most 3 attempts")
    with pytest.raises(ParameterError, match="at most 10"):
        judge(check, facts_of(level=4), {"most": 11})


@pytest.mark.parametrize(
    ("operator", "kind", "there", "elsewhere"),
    [
        ("excludes", "string", "ann", "zoe"),
        ("contains", "string", "zoe", "ann"),
        ("excludes", "strings", ["ann"], ["zoe"]),
        ("contains", "strings", ["zoe"], ["ann"]),
    ],
)
def test_a_text_parameter_is_one_member_of_a_list_and_a_list_is_its_members(
    operator: str, kind: str, there: str | list[str], elsewhere: str | list[str]
) -> None:
    who = {"label": "Who", "type": kind, "default": there}
    check = check_of([{"path": "demo.names", operator: "$who"}], parameters={"who": who})
    assert judge(check, facts_of(names=["ann", "bob"])).status == FAIL
    assert judge(check, facts_of(names=["ann", "bob"]), {"who": elsewhere}).status == PASS


def test_plans_made_once_judge_as_single_evaluations_do() -> None:
    content = Content({c.id: c for c in (good_check(), check_of([LEVEL], "another-check"))})
    plans = make_plans(content, "linux", {"demo-check": {"least": 4}}, catalog=CATALOG)
    for facts in (facts_of(), facts_of(level=9), facts_of({"demo": "denied"})):
        alone = [judge(content.checks["demo-check"], facts, {"least": 4}), judge(content.checks["another-check"], facts)]
        assert evaluate_plans(plans, facts) == alone
        assert evaluate_all(content, facts, {"demo-check": {"least": 4}}, catalog=CATALOG) == alone


def test_a_result_survives_json() -> None:
    result = judge(good_check(), facts_of())
    assert Result.from_json(result.to_json()) == result
    assert list(result.to_json()) == ["check", "status", "observations", "judgement"]


PATHS = ["demo.flag", "demo.level", "demo.text", "demo.word", "demo.names", "demo.users.*.uid", "demo.options[x.y]", "other.value"]
CONDITIONS = st.builds(
    lambda path, operator: {"path": path, **operator},
    st.sampled_from(PATHS),
    st.sampled_from([{"equals": True}, {"equals": "high"}, {"at_least": 2}, {"contains": ["a"]}, {"set": True}, {"excludes": ["b"]}]),
)
CLAUSES = st.one_of(CONDITIONS, st.lists(CONDITIONS, min_size=2, max_size=3).map(lambda alternatives: {"any_of": alternatives}))
PARTS = st.fixed_dictionaries(
    {"expect": st.lists(CLAUSES, min_size=1, max_size=3)},
    optional={"when": st.lists(CLAUSES, min_size=1, max_size=2), "unless": st.lists(CLAUSES, min_size=1, max_size=2)},
)
ERRORS = st.dictionaries(st.sampled_from(["demo.flag", "demo.names", "demo.users.bob", "other", "demo.options"]), st.just("denied"))


@given(PARTS, ERRORS, st.randoms(use_true_random=False))
def test_the_order_of_conditions_does_not_matter(part: dict[str, Any], errors: dict[str, str], chance: random.Random) -> None:
    shuffled: dict[str, Any] = {key: chance.sample(clauses, len(clauses)) for key, clauses in part.items()}
    assert judge(check_of(**part), facts_of(errors)).status == judge(check_of(**shuffled), facts_of(errors)).status


@given(PARTS)
def test_what_is_unknown_neither_passes_nor_fails_by_itself(part: dict[str, Any]) -> None:
    result = judge(check_of(**part), facts_of({"demo": "denied", "other": "denied"}))
    assert result.status == ERROR
    assert result.observations


@given(PARTS, ERRORS)
def test_a_certain_verdict_stands_whatever_the_unknown_would_have_been(part: dict[str, Any], errors: dict[str, str]) -> None:
    unsure, known = judge(check_of(**part), facts_of(errors)), judge(check_of(**part), facts_of())
    assert unsure.status in {ERROR, known.status}


@given(PARTS, ERRORS)
def test_every_result_explains_itself_by_what_decides_it(part: dict[str, Any], errors: dict[str, str]) -> None:
    result = judge(check_of(**part), facts_of(errors))
    statuses = {o.status for o in result.observations}
    worst = next(s for s in (FAIL, ERROR, NOT_APPLICABLE, PASS) if s in statuses)
    assert worst == result.status
    assert all(o.reason for o in result.observations if o.status == ERROR)
