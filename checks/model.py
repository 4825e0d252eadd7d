"""What a check is and what comes of judging it: frozen values, no reading of files and no judging here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from collector.facts import EVERY, Segments, Value

Status = Literal["pass", "fail", "not_applicable", "error", "manual"]
PASS: Final = "pass"  # noqa: S105 - a verdict, no password
FAIL: Final = "fail"
NOT_APPLICABLE: Final = "not_applicable"
ERROR: Final = "error"
MANUAL: Final = "manual"
STATUSES: Final[tuple[Status, ...]] = (PASS, FAIL, NOT_APPLICABLE, ERROR, MANUAL)

Bearing = Literal["member", "supports"]
Severity = Literal["low", "medium", "high"]
ParameterType = Literal["integer", "string", "boolean", "strings"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the organization defines, within bounds that keep the check worth something.

    maximum: of a list, the number of its members; never: patterns, in any case, of text that may not be the value or a member of it.
    """

    label: str
    type: ParameterType
    default: Value
    minimum: int | None = None
    maximum: int | None = None
    one_of: tuple[Value, ...] = ()
    never: tuple[str, ...] = ()
    cac: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name` in the place of an operator's value: the parameter of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One fact path and what is asked of every value under it; several operators mean all of them.

    operators: operator name -> JSON value or Reference, in the order of the file; contains and excludes always hold a list.
    """

    path: str
    segments: Segments
    operators: Mapping[str, Value | Reference]

    @property
    def wide(self) -> bool:
        """True when a `*` stands in the path."""
        return EVERY in self.segments

    def references(self) -> Iterator[str]:
        """Names of the parameters that this condition uses."""
        return (operand.name for operand in self.operators.values() if isinstance(operand, Reference))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives of which one is enough; each is judged whole, over all members of its `*`."""

    alternatives: tuple[Condition, ...]


Clause = Condition | AnyOf


@dataclass(frozen=True, slots=True)
class CheckTest:
    """A case that stands in the check's own file: these facts, these errors and parameters give this status."""

    name: str
    status: Status
    facts: Mapping[str, Value] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlatformPart:
    """How one platform is judged and mended. A list of clauses always means all of them; effort is minutes of work a host."""

    expect: tuple[Clause, ...]
    remediation: str
    effort: int
    when: tuple[Clause, ...] = ()
    unless: tuple[Clause, ...] = ()
    tests: tuple[CheckTest, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        """Every condition that judges, those inside any_of too."""
        for clause in (*self.when, *self.unless, *self.expect):
            yield from clause.alternatives if isinstance(clause, AnyOf) else (clause,)

    def paths(self) -> tuple[str, ...]:
        """The fact paths that are read, each once, in the order of the file."""
        return tuple(dict.fromkeys(condition.path for condition in self.conditions()))

    def used_parameters(self) -> frozenset[str]:
        """Names of the parameters that bear on the verdict."""
        return frozenset(name for condition in self.conditions() for name in condition.references())


@dataclass(frozen=True, slots=True)
class Check:
    """One check file. assesses: objective id -> member of its proof set, or supports; file: where it was read from."""

    id: str
    title: str
    assesses: Mapping[str, Bearing]
    severity: Severity
    weakness: str
    rationale: str
    platforms: Mapping[str, PlatformPart]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: str = ""


class CheckSet(Protocol):
    """Whatever holds checks by their ids, as loaded content does."""

    @property
    def checks(self) -> Mapping[str, Check]:
        """Check id -> check."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One value beside what was expected of it.

    expected: words for people, as in "at least 1, at most 5"; observed: the JSON value, null also where it is unknown;
    reason: why it is an error, or that the value is not set.
    """

    path: str
    expected: str
    observed: Value
    status: Status
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The observation as JSON data."""
        return {"path": self.path, "expected": self.expected, "observed": self.observed, "status": self.status, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict of one check on one host, the observations that decide it, and the digest of what judged."""

    check: str
    status: Status
    observations: tuple[Observation, ...]
    judgement: str

    def to_json(self) -> dict[str, Any]:
        """The result as JSON data."""
        return {
            "check": self.check,
            "status": self.status,
            "observations": [observation.to_json() for observation in self.observations],
            "judgement": self.judgement,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Result":
        """The result that to_json wrote."""
        return cls(data["check"], data["status"], tuple(Observation(**one) for one in data["observations"]), data["judgement"])
