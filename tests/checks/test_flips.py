"""Each shipped check hangs on each of its facts: flip one in a passing case and the check fails, or does not apply; at each bound too."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import pytest

from checks.evaluate import evaluate, explain
from checks.judgement import CATALOG
from checks.load import Content, load_content
from checks.model import FAIL, NOT_APPLICABLE, PASS, AnyOf, Check, CheckTest, Clause, Condition, Parameter, Reference, Result
from checks.operators import judge
from checks.parameters import ParameterError, resolve_parameters
from collector.facts import EVERY, Facts, Segments, Value

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPECIMENS: Mapping[str, Value] = {"boolean": True, "integer": 7, "string": "something", "strings": ["something"], "integers": [7]}


@cache
def shipped() -> Content:
    return load_content()


class Case(NamedTuple):
    """A passing case of a check: where it stands, and the values of its parameters."""

    check: Check
    platform: str
    case: CheckTest
    settings: Mapping[str, Value]

    def judge(self, facts: Mapping[str, Any]) -> Result:
        document = Facts(self.platform, {}, NOW, "", "", facts, self.case.errors)
        result = evaluate(self.check, document, self.settings)
        assert result is not None
        return result

    def operators(self, condition: Condition) -> dict[str, Value]:
        """What is asked, with the parameters filled in."""
        values = resolve_parameters(self.check, self.settings)
        filled = {name: values[o.name] if isinstance(o, Reference) else o for name, o in condition.operators.items()}
        return {n: [o] if n in ("contains", "excludes") and not isinstance(o, list) else o for n, o in filled.items()}


def passing_cases(check: Check, settings: Mapping[str, Value] | None = None) -> Iterator[Case]:
    for platform, part in check.platforms.items():
        for case in part.tests:
            if case.status == PASS:
                yield Case(check, platform, case, {**case.parameters, **(settings or {})})


def candidates(operators: Mapping[str, Value], observed: Value, kind: str) -> Iterator[Value]:
    """Values at the edge of what each operator lets through, on both sides of it."""
    yield observed
    for name, operand in operators.items():
        if isinstance(operand, int) and not isinstance(operand, bool) and name != "set":
            yield from (operand, operand - 1, operand + 1)
        elif isinstance(operand, list):
            yield from (operand, [], *operand, [*operand, "something else"], *([one] for one in operand))
        elif isinstance(operand, str):
            yield from (operand, f"{operand} and more", "")
        elif isinstance(operand, bool) and name != "set":
            yield from (operand, not operand)
    yield from (None, SPECIMENS[kind], "0")


def find(case: Case, condition: Condition, observed: Value, status: str) -> Value:
    """A value of the right type by which the condition comes out so."""
    kind = CATALOG.resolve(case.platform, condition.path).fact.type
    operators = case.operators(condition)
    for value in candidates(operators, observed, kind):
        if judge(operators, value).status == status:
            return value
    raise AssertionError(f"{condition.path}: no value found by which it would {status}")


def put(tree: Mapping[str, Any], path: Segments, value: Value) -> dict[str, Any]:
    """The tree with a value at a path; every member of a map where the path has a star."""
    head, rest = path[0], path[1:]
    names = list(tree) if head == EVERY else [head]
    return {**tree, **{name: put(_branch(tree, name), rest, value) if rest else value for name in names}}


def _branch(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    below = tree.get(name)
    return below if isinstance(below, Mapping) else {}


def look(tree: Any, path: Segments) -> Value:  # noqa: ANN401 - a tree of JSON
    """The value at a path, of the first member where the path has a star."""
    for name in path:
        if not isinstance(tree, Mapping):
            return None
        tree = next(iter(tree.values()), None) if name == EVERY else tree.get(name)
    return None if isinstance(tree, Mapping) else tree


def conditions(clause: Clause) -> tuple[Condition, ...]:
    return clause.alternatives if isinstance(clause, AnyOf) else (clause,)


def flipped(case: Case, clause: Clause, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts changed so that this clause, and no more than it must, no longer holds."""
    changed = dict(facts)
    for condition in conditions(clause):
        changed = put(changed, condition.segments, find(case, condition, look(changed, condition.segments), FAIL))
    return changed


def choices(check: Check, platform: str) -> Iterator[AnyOf]:
    """Its choices whose facts no other clause asks for, so that nothing else changes with them."""
    expect = check.platforms[platform].expect
    asked = Counter(path for clause in expect for path in {one.path for one in conditions(clause)})
    for clause in expect:
        if isinstance(clause, AnyOf) and all(asked[one.path] == 1 for one in clause.alternatives):
            yield clause


def _any_of(check: Check) -> bool:
    return any(list(choices(check, platform)) for platform in check.platforms)


def _conditional(check: Check) -> bool:
    return any(part.when or part.unless for part in check.platforms.values())


def told(result: Result) -> str:
    return "\n".join(explain(observation) for observation in result.observations)


@pytest.mark.parametrize("check_id", list(shipped().checks))
def test_flipping_any_fact_that_a_check_hangs_on_flips_its_verdict(check_id: str) -> None:
    check = shipped().checks[check_id]
    for case in passing_cases(check):
        for clause in check.platforms[case.platform].expect:
            result = case.judge(flipped(case, clause, case.case.facts))
            assert result.status == FAIL, f"{case.platform}, {case.case.name}: {[c.path for c in conditions(clause)]}\n{told(result)}"


@pytest.mark.parametrize("check_id", [check.id for check in shipped().checks.values() if _any_of(check)])
def test_any_alternative_of_a_check_is_enough_by_itself(check_id: str) -> None:
    check = shipped().checks[check_id]
    for case in passing_cases(check):
        for clause in choices(check, case.platform):
            for alone in clause.alternatives:
                facts = flipped(case, clause, case.case.facts)
                facts = put(facts, alone.segments, find(case, alone, look(facts, alone.segments), PASS))
                assert case.judge(facts).status == PASS, f"{case.case.name}: {alone.path}\n{told(case.judge(facts))}"


@pytest.mark.parametrize("check_id", [check.id for check in shipped().checks.values() if _conditional(check)])
def test_any_condition_of_when_a_check_applies_decides_by_itself(check_id: str) -> None:
    check = shipped().checks[check_id]
    for case in passing_cases(check):
        part = check.platforms[case.platform]
        for wrong in [*(((one,), FAIL) for one in part.when), *([(part.unless, PASS)] if part.unless else ())]:
            facts, (clauses, status) = dict(case.case.facts), wrong
            for condition in (one for clause in clauses for one in conditions(clause)):
                facts = put(facts, condition.segments, find(case, condition, look(facts, condition.segments), status))
            assert case.judge(facts).status == NOT_APPLICABLE, f"{case.case.name}: {[one.path for c in clauses for one in conditions(c)]}"


def bounds(parameter: Parameter) -> Iterator[Value]:
    """The values at a parameter's edges."""
    edges = [edge for edge in (parameter.minimum, parameter.maximum) if edge is not None]
    yield from ([f"member {i}" for i in range(edge)] if parameter.type == "strings" else edge for edge in edges)
    yield from ([one] if parameter.type == "strings" else one for one in parameter.one_of)


EDGES = [(check.id, name, edge) for check in shipped().checks.values() for name, p in check.parameters.items() for edge in bounds(p)]


@pytest.mark.parametrize(("check_id", "name", "edge"), EDGES, ids=str)
def test_a_value_at_the_bound_of_a_parameter_is_what_decides(check_id: str, name: str, edge: Value) -> None:
    check = shipped().checks[check_id]
    for case in passing_cases(check, {name: edge}):
        facts = case.case.facts
        used = [c for c in check.platforms[case.platform].expect if any(name in one.references() for one in conditions(c))]
        assert used, f"{case.platform}: the parameter decides nothing there"
        for condition in (one for clause in used for one in conditions(clause) if name in one.references()):
            facts = put(facts, condition.segments, find(case, condition, look(facts, condition.segments), PASS))
        assert case.judge(facts).status == PASS, told(case.judge(facts))
        for clause in used:
            result = case.judge(flipped(case, clause, facts))
            assert result.status == FAIL, told(result)


def beyond(parameter: Parameter) -> Iterator[Value]:
    """The values just outside a parameter's edges."""
    for edge in bounds(parameter):
        if isinstance(edge, int) and not isinstance(edge, bool) and not parameter.one_of:
            yield edge - 1 if edge == parameter.minimum else edge + 1
        elif isinstance(edge, list) and not parameter.one_of:
            yield [*edge, "one more"]
    for pattern in parameter.never:
        if re.fullmatch(pattern, pattern):  # it stands for itself, or has no more than a .* in it
            yield [pattern] if parameter.type == "strings" else pattern


BEYOND = [(check.id, name, value) for check in shipped().checks.values() for name, p in check.parameters.items() for value in beyond(p)]


@pytest.mark.parametrize(("check_id", "name", "value"), BEYOND, ids=str)
def test_a_value_beyond_the_bound_of_a_parameter_is_refused(check_id: str, name: str, value: Value) -> None:
    with pytest.raises(ParameterError, match="hollow"):
        resolve_parameters(shipped().checks[check_id], {name: value})
