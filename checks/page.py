"""The page of a check, always of the same shape: what, why, how it judges, how to fix it, how it is verified, references."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.framework import Framework
from checks.model import AnyOf, Bearing, Check, Clause, Condition, Parameter, PlatformPart, Reference, Status
from checks.operators import describe, show
from checks.parameters import describe_bounds
from checks.remediation import remediation_text
from collector.facts import Value


@dataclass(frozen=True, slots=True)
class Objective:
    """An assessment objective that the check bears on."""

    id: str
    requirement: str
    title: str
    summary: str
    bearing: Bearing


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is asked: a fact path and what is expected of it, or several of which one is enough."""

    alternatives: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Platform:
    """How a check judges one platform, how what it finds is fixed there, and the cases by which the check itself is tested."""

    name: str
    when: tuple[Line, ...]
    unless: tuple[Line, ...]
    expect: tuple[Line, ...]
    remediation: str
    effort: int
    cases: tuple[tuple[str, Status], ...]


@dataclass(frozen=True, slots=True)
class Defined:
    """A value that the organization defines, with its default or what is in force, and its bounds in words."""

    name: str
    label: str
    value: str
    bounds: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page of a check says."""

    check: Check
    objectives: tuple[Objective, ...]
    platforms: tuple[Platform, ...]
    parameters: tuple[Defined, ...]


def make_page(check: Check, framework: Framework, values: Mapping[str, Value] | None = None) -> Page:
    """The page of a check. values: those of its parameters that differ from the defaults."""
    given = {name: parameter.default for name, parameter in check.parameters.items()} | dict(values or {})
    return Page(
        check=check,
        objectives=tuple(_objectives(check, framework)),
        platforms=tuple(_platform(check, name, part, given) for name, part in check.platforms.items()),
        parameters=tuple(_defined(name, one, given[name]) for name, one in check.parameters.items()),
    )


def _objectives(check: Check, framework: Framework) -> Iterator[Objective]:
    for one, bearing in check.assesses.items():
        requirement = framework.requirement_of(one)
        yield Objective(one, requirement.id, requirement.title, framework.objective(one).summary, bearing)


def _platform(check: Check, name: str, part: PlatformPart, values: Mapping[str, Value]) -> Platform:
    return Platform(
        name=name,
        when=_lines(check, part.when, values),
        unless=_lines(check, part.unless, values),
        expect=_lines(check, part.expect, values),
        remediation=remediation_text(check, name, values),
        effort=part.effort,
        cases=tuple((case.name, case.status) for case in part.tests),
    )


def _lines(check: Check, clauses: tuple[Clause, ...], values: Mapping[str, Value]) -> tuple[Line, ...]:
    return tuple(_line(check, clause, values) for clause in clauses)


def _line(check: Check, clause: Clause, values: Mapping[str, Value]) -> Line:
    conditions = clause.alternatives if isinstance(clause, AnyOf) else (clause,)
    return Line(tuple((one.path, _expected(check, one, values)) for one in conditions))


def _expected(check: Check, condition: Condition, values: Mapping[str, Value]) -> str:
    return ", ".join(_words(check, operator, operand, values) for operator, operand in condition.operators.items())


def _words(check: Check, operator: str, operand: Value | Reference, values: Mapping[str, Value]) -> str:
    if not isinstance(operand, Reference):
        return describe(operator, operand)
    return f"{describe(operator, values[operand.name], check.parameters[operand.name].unit)} (${operand.name})"


def _defined(name: str, parameter: Parameter, value: Value) -> Defined:
    return Defined(name, parameter.label, show(value), describe_bounds(parameter), value == parameter.default)
