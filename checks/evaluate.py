"""Judge facts by checks.

Conditions are three-valued: they hold, they do not, or nobody can tell (a value unknown, of the wrong type, a `*` that matches
nothing, a path that no probe declares). What is certain wins over what nobody can tell, and nobody-can-tell over what holds:

    a list of clauses      fails if one fails, else errs if one errs, else passes; order does not matter
    any_of                 passes if one alternative passes, else errs if one errs, else fails
    when, unless           not_applicable if `when` certainly does not hold or `unless` certainly does, else error if
                           nobody can tell; only then is `expect` looked at
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from checks.judgement import CATALOG, Catalog, digest_of
from checks.model import (
    ERROR,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    AnyOf,
    Check,
    CheckSet,
    Clause,
    Condition,
    Observation,
    Parameter,
    Reference,
    Result,
    Status,
)
from checks.operators import describe, judge, narrow, tell
from checks.parameters import Settings, resolve_parameters
from checks.reader import FactReader
from collector.errors import CollectorError
from collector.facts import Facts, Reading, Segments, Unknown, Value


@dataclass(frozen=True, slots=True)
class _Question:
    """A condition with its parameters filled in; undeclared: why its path cannot be read at all, or empty."""

    path: str
    segments: Segments
    operators: Mapping[str, Value]
    expected: str
    undeclared: str


_MOST_KNOWN = 64  # verdicts of one check that are kept
_Questions = tuple[_Question | tuple[_Question, ...], ...]  # a tuple inside is any_of


@dataclass(frozen=True, slots=True)
class Plan:
    """A check made ready for one platform and one set of values; judging a host by it costs little.

    roots: the names at the top of a document that it reads below, and nothing else of it. known: verdicts by the marks that
    documents had for these names (collector.facts.Facts), so that what is alike on many hosts is judged once.
    """

    check: str
    judgement: str
    when: _Questions
    unless: _Questions
    expect: _Questions
    roots: tuple[str, ...]
    known: dict[tuple[object, ...], Result] = field(default_factory=dict, compare=False, repr=False)


class _Answer(NamedTuple):
    status: Status
    observations: tuple[Observation, ...]


def make_plan(check: Check, platform: str, settings: Mapping[str, Value] | None = None, *, catalog: Catalog = CATALOG) -> Plan | None:
    """The plan of a check for a platform, None when the check has no part for it.

    settings: values of this check's parameters that differ from their defaults. Raises ParameterError when one may not be.
    """
    values = resolve_parameters(check, settings)
    part = check.platforms.get(platform)
    if part is None:
        return None
    prepare = _Preparation(check, platform, values, catalog).prepare
    judgement, roots = digest_of(part, platform, values, catalog), {one.segments[0]: None for one in part.conditions()}
    return Plan(check.id, judgement, prepare(part.when), prepare(part.unless), prepare(part.expect), tuple(roots))


def make_plans(content: CheckSet, platform: str, settings: Settings | None = None, *, catalog: Catalog = CATALOG) -> tuple[Plan, ...]:
    """The plans of all checks that have a part for a platform; make them once and judge any number of hosts by them."""
    given = settings or {}
    plans = (make_plan(check, platform, given.get(check.id), catalog=catalog) for check in content.checks.values())
    return tuple(plan for plan in plans if plan is not None)


def evaluate(check: Check, facts: Facts, parameters: Mapping[str, Value] | None = None, *, catalog: Catalog = CATALOG) -> Result | None:
    """The verdict of a check on one host's facts, None when the check has no part for the host's platform.

    parameters: values of this check's parameters that differ from their defaults. Raises ParameterError when one may not be.
    """
    plan = make_plan(check, facts.platform, parameters, catalog=catalog)
    return None if plan is None else evaluate_plan(plan, FactReader(facts))


def evaluate_all(content: CheckSet, facts: Facts, settings: Settings | None = None, *, catalog: Catalog = CATALOG) -> list[Result]:
    """The verdicts of all checks that have a part for the host's platform, in the order of their ids.

    settings: check id -> parameter -> value, as resolve_settings gives it. For many hosts use make_plans and evaluate_plans.
    """
    return evaluate_plans(make_plans(content, facts.platform, settings, catalog=catalog), facts)


def evaluate_plans(plans: Iterable[Plan], facts: Facts) -> list[Result]:
    """The verdicts of plans made for the platform of these facts."""
    reader = FactReader(facts)
    return [_evaluate_once(plan, reader, facts.marks) for plan in plans]


def _evaluate_once(plan: Plan, reader: FactReader, marks: Mapping[str, object]) -> Result:
    """The verdict of a plan; the one that is known where all that it reads was the same in another document."""
    alike = tuple(marks.get(root) for root in plan.roots)
    if None in alike:
        return evaluate_plan(plan, reader)
    found = plan.known.get(alike)
    if found is None:
        if len(plan.known) >= _MOST_KNOWN:
            plan.known.clear()
        found = plan.known[alike] = evaluate_plan(plan, reader)
    return found


def evaluate_plan(plan: Plan, reader: FactReader) -> Result:
    """The verdict of one plan; its observations are those that decide it."""
    answer = _ask_applicability(plan, reader) or _ask_all(plan.expect, reader)
    return Result(plan.check, answer.status, answer.observations, plan.judgement)


class _Preparation:
    """Turns conditions of a check into questions."""

    def __init__(self, check: Check, platform: str, values: Mapping[str, Value], catalog: Catalog) -> None:
        self.parameters: Mapping[str, Parameter] = check.parameters
        self.platform = platform
        self.values = values
        self.catalog = catalog

    def prepare(self, clauses: tuple[Clause, ...]) -> _Questions:
        return tuple(self._alternatives(clause) if isinstance(clause, AnyOf) else self._question(clause) for clause in clauses)

    def _alternatives(self, clause: AnyOf) -> tuple[_Question, ...]:
        suffix = f" (one of {len(clause.alternatives)} alternatives is enough)"
        return tuple(self._question(condition, suffix) for condition in clause.alternatives)

    def _question(self, condition: Condition, suffix: str = "") -> _Question:
        operators = {name: self._fill(name, operand) for name, operand in condition.operators.items()}
        words = ", ".join(describe(name, operators[name], self._unit(operand)) for name, operand in condition.operators.items())
        return _Question(condition.path, condition.segments, operators, words + suffix, self._undeclared(condition.path))

    def _fill(self, operator: str, operand: Value | Reference) -> Value:
        if not isinstance(operand, Reference):
            return operand
        value = self.values[operand.name]
        return [value] if operator in {"contains", "excludes"} and not isinstance(value, list) else value

    def _unit(self, operand: Value | Reference) -> str | None:
        return self.parameters[operand.name].unit if isinstance(operand, Reference) else None

    def _undeclared(self, path: str) -> str:
        try:
            self.catalog.resolve(self.platform, path)
        except CollectorError as error:
            return str(error)
        return ""


def _ask_applicability(plan: Plan, reader: FactReader) -> _Answer | None:
    """not_applicable or error with what shows it; None when the check applies."""
    when, unless = _ask_all(plan.when, reader), _ask_all(plan.unless, reader)
    if when.status == FAIL:
        return _inapplicable(when, "when", FAIL)
    if plan.unless and unless.status == PASS:
        return _inapplicable(unless, "unless", PASS)
    unsure = [o for answer in (when, unless) if answer.status == ERROR for o in answer.observations if o.status == ERROR]
    return _Answer(ERROR, tuple(unsure)) if unsure else None


def _inapplicable(answer: _Answer, word: str, telling: Status) -> _Answer:
    shown = (o for o in answer.observations if o.status == telling)
    return _Answer(
        NOT_APPLICABLE,
        tuple(Observation(o.path, f"applies {word} {o.expected}", o.observed, NOT_APPLICABLE, o.reason) for o in shown),
    )


def _ask_all(questions: _Questions, reader: FactReader) -> _Answer:
    answers = [_ask_any(q, reader) if isinstance(q, tuple) else _ask(q, reader) for q in questions]
    return _Answer(_worst(a.status for a in answers), tuple(o for a in answers for o in a.observations))


def _worst(statuses: Iterable[Status]) -> Status:
    found = set(statuses)
    return FAIL if FAIL in found else ERROR if ERROR in found else PASS


def _ask_any(questions: tuple[_Question, ...], reader: FactReader) -> _Answer:
    """The first alternative that passes; else those that err, else all that fail: so the observations show just what decides."""
    answers = [_ask(question, reader) for question in questions]
    passed = next((a for a in answers if a.status == PASS), None)
    if passed:
        return passed
    erring = [a for a in answers if a.status == ERROR]
    return _Answer(ERROR if erring else FAIL, tuple(o for a in erring or answers for o in a.observations))


def _ask(question: _Question, reader: FactReader) -> _Answer:
    if question.undeclared:
        return _Answer(ERROR, (_unsure(question, question.path, question.undeclared),))
    readings = reader.read(question.segments)
    if not readings:
        return _Answer(ERROR, (_unsure(question, question.path, "no member is there to judge: the map is empty or not set"),))
    observations = tuple(_observe(question, reading) for reading in readings)
    return _Answer(_worst(o.status for o in observations), observations)


def _observe(question: _Question, reading: Reading) -> Observation:
    if isinstance(reading.value, Unknown):
        return _unsure(question, reading.path, reading.value.reason)
    verdict = judge(question.operators, reading.value)
    shown, left_out = narrow(question.operators, reading.value)
    return Observation(reading.path, question.expected, shown, verdict.status, verdict.reason or left_out)


def _unsure(question: _Question, path: str, reason: str) -> Observation:
    return Observation(path, question.expected, None, ERROR, reason)


def explain(observation: Observation) -> str:
    """One line for people: "security_policy.lockout_bad_count: expected at least 1, observed 0"."""
    if observation.status == ERROR:
        return f"{observation.path}: expected {observation.expected}, could not tell: {observation.reason}"
    return f"{observation.path}: expected {observation.expected}, observed {tell(observation.observed, observation.reason)}"
