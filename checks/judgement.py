"""What judged: the digest that a verdict stands under, and the probes and sources that it rests on."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol

from checks.model import AnyOf, Check, Clause, Condition, PlatformPart, Reference
from checks.parameters import resolve_parameters
from collector import catalog as shipped_catalog
from collector.canonical import digest
from collector.catalog import Declared, argument_of
from collector.errors import CollectorError
from collector.facts import Value
from collector.probe import Probe

EVALUATOR: Final = 1  # raised by one when the operators or the logic over them start to judge the same facts differently


class Catalog(Protocol):
    """The fact paths there are; the module collector.catalog is one."""

    def resolve(self, platform: str, path: str) -> Declared:
        """The declared fact that a path names; raises CollectorError when no probe declares it."""

    def declared(self, platform: str) -> tuple[Declared, ...]:
        """Every declared fact of a platform."""


CATALOG: Final[Catalog] = shipped_catalog


def judgement_digest(check: Check, platform: str, parameters: Mapping[str, Value] | None = None, *, catalog: Catalog = CATALOG) -> str:
    """SHA-256 over what judges on a platform: when, unless, expect, the values of the parameters in them, and the parsers' versions.

    Titles, texts, remediation, effort, tests and references do not enter, nor does a parameter that the platform does not use.
    parameters: settings of this check that differ from its defaults. Raises ParameterError, KeyError on a platform it has not.
    """
    part = check.platforms[platform]
    return digest_of(part, platform, resolve_parameters(check, parameters), catalog)


def digest_of(part: PlatformPart, platform: str, values: Mapping[str, Value], catalog: Catalog) -> str:
    """The judgement digest of a platform part under resolved parameter values."""
    return digest({
        "evaluator": EVALUATOR,
        "platform": platform,
        "when": _describe_clauses(part.when),
        "unless": _describe_clauses(part.unless),
        "expect": _describe_clauses(part.expect),
        "parameters": {name: values[name] for name in part.used_parameters()},
        "parsers": {probe.name: probe.version for probe in _find_probes(part, platform, catalog)},
    })  # fmt: skip


def _describe_clauses(clauses: tuple[Clause, ...]) -> list[Any]:
    return [
        {"any_of": [_describe(one) for one in clause.alternatives]} if isinstance(clause, AnyOf) else _describe(clause)
        for clause in clauses
    ]


def _describe(condition: Condition) -> dict[str, Any]:
    operators = {name: {"parameter": value.name} if isinstance(value, Reference) else value for name, value in condition.operators.items()}
    return {"path": condition.path, "operators": operators}


def probes_of(check: Check, platform: str, *, catalog: Catalog = CATALOG) -> frozenset[str]:
    """Names of the probes whose facts a check reads on a platform; a path that no probe declares has none."""
    part = check.platforms.get(platform)
    return frozenset(probe.name for probe in _find_probes(part, platform, catalog)) if part else frozenset()


def sources_of(check: Check, platform: str, *, catalog: Catalog = CATALOG) -> frozenset[str]:
    """Names of the sources (frames of a bundle) that a check's facts on a platform are parsed from: the scope that it needs."""
    part = check.platforms.get(platform)
    found = _find_probes(part, platform, catalog) if part else ()
    return frozenset(source.name for probe in found for source in probe.sources)


def arguments_of(checks: Iterable[Check], platform: str, *, catalog: Catalog = CATALOG) -> dict[str, tuple[str, ...]]:
    """Source name -> what checks ask of it on a platform: what a script must hold for them to be judged."""
    asked: dict[str, set[str]] = {}
    for check in checks:
        part = check.platforms.get(platform)
        for path in part.paths() if part else ():
            with suppress(CollectorError):  # lint refuses the path, and evaluation answers error for it
                one = catalog.resolve(platform, path)
                if argument := argument_of(one, path):
                    asked.setdefault(one.probe.sources[0].name, set()).add(argument)
    return {name: tuple(sorted(arguments)) for name, arguments in sorted(asked.items())}


def _find_probes(part: PlatformPart, platform: str, catalog: Catalog) -> Iterator[Probe]:
    for path in part.paths():
        try:
            yield catalog.resolve(platform, path).probe
        except CollectorError:
            continue  # lint refuses the path, and evaluation answers error for it
