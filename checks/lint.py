"""What a check file must keep to beyond loading: nothing here is taste, each rule keeps a check from being wrong unnoticed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from checks.errors import ContentError, KeyPath, format_path
from checks.framework import Framework, Platform
from checks.judgement import CATALOG, Catalog
from checks.lint_cases import lint_cases
from checks.lint_facts import lint_facts, pattern_problem
from checks.load import CheckFileError, Content, load_file
from checks.model import Check, Condition, ParameterType, PlatformPart, Reference
from checks.remediation import list_unknown_names
from checks.yaml_file import Document
from collector.facts import Value

MARK: Final = "FILL IN"  # what scaffold leaves for the author
KEYS: Final = ("id", "title", "assesses", "severity", "weakness", "rationale", "parameters", "platforms", "references")
_IMPERATIVES: Final = re.compile(r"(ensure|verify|check|configure|set|disable|enable|make sure|must|should)\b", re.IGNORECASE)
_BOUNDS: Final[Mapping[ParameterType, frozenset[str]]] = {
    "integer": frozenset(),  # as the conditions ask
    "boolean": frozenset(),
    "string": frozenset({"never"}),
    "strings": frozenset({"maximum"}),
}

Found = tuple[KeyPath, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend in a check file: path is the key as people write it, message "what; how to mend"."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {f'{self.path}: ' if self.path else ''}{self.message}"


def lint(content: Content, framework: Framework, *, catalog: Catalog = CATALOG) -> list[Problem]:
    """Every problem of checks that load, in the order of files and lines; empty when there is nothing to mend."""
    found = [
        _problem(content.documents[check.id], path, message)
        for check in content.checks.values()
        for path, message in _lint_check(check, content.documents[check.id], framework, catalog)
    ]
    return sorted(found, key=lambda problem: (problem.file, problem.line, problem.path, problem.message))


def lint_files(paths: Iterable[Path], framework: Framework, *, catalog: Catalog = CATALOG) -> list[Problem]:
    """Every problem of these check files (directories are searched), those that keep a file from loading too."""
    found: list[Problem] = []
    for path in paths:
        content, mistakes = load_file(path)
        found += [Problem(m.file, m.line, format_path(m.path), m.problem) for m in mistakes]
        found += lint(content, framework, catalog=catalog)
    return found


def problems_of(error: ContentError) -> list[Problem]:
    """The problems that an error of loading tells, one for each mistake."""
    mistakes = error.mistakes if isinstance(error, CheckFileError) else (error,)
    return [Problem(m.file, m.line, format_path(m.path), m.problem) for m in mistakes]


def _problem(document: Document, path: KeyPath, message: str) -> Problem:
    return Problem(document.name, document.line(path), format_path(path), message)


def _lint_check(check: Check, document: Document, framework: Framework, catalog: Catalog) -> Iterator[Found]:
    for rule in _TEXT_RULES:
        yield from rule(check)
    yield from _lint_order(document)
    yield from _lint_marks(document.data, ())
    yield from _lint_effort(check, document)
    yield from _lint_objectives(check, framework)
    yield from lint_facts(check, catalog)
    yield from lint_cases(check, catalog)


def _lint_title(check: Check) -> Iterator[Found]:
    if _IMPERATIVES.match(check.title):
        yield ("title",), "the title asks for something; state the good condition, as in Accounts lock after repeated failed logons"
    if check.title.endswith(".") or "\n" in check.title:
        yield ("title",), "a title is one line without a full stop; shorten it"


def _lint_sentences(check: Check) -> Iterator[Found]:
    for key in ("weakness", "rationale"):
        if not getattr(check, key).endswith((".", ".)")):
            yield (key,), "not a sentence that ends with a full stop; write it out"


def _lint_remediation(check: Check) -> Iterator[Found]:
    for platform, part in check.platforms.items():
        path = ("platforms", platform, "remediation")
        if not part.remediation.strip():
            yield path, "empty; give the exact commands, or the exact Group Policy path"
        if _quotes_a_pattern(part):
            yield path, "the pattern of a condition stands where a value belongs; write the value that is wanted"
        for name in list_unknown_names(part.remediation, check.parameters):
            yield path, f"${name} is no parameter and the text gives it no value; declare the parameter, or set the variable first"


def _quotes_a_pattern(part: PlatformPart) -> bool:
    patterns = (str(one.operators.get("matches", "")) for one in part.conditions())
    return any("(?" in pattern and pattern in part.remediation for pattern in patterns)


def _lint_parameters(check: Check) -> Iterator[Found]:
    used = {name for part in check.platforms.values() for name in part.used_parameters()}
    for name, parameter in check.parameters.items():
        if name not in used:
            yield ("parameters", name), "no condition uses the parameter; use it as $" + name + ", or remove it"
        elif not parameter.one_of:
            wanted = {key for part in check.platforms.values() for one in part.conditions() for key in _wanted_bounds(one, name)}
            for key in sorted(key for key in wanted | _BOUNDS[parameter.type] if getattr(parameter, key) in (None, ())):
                yield ("parameters", name), f"without {key} a value could hollow the check out; give {key}, or one_of"
        for problem in filter(None, map(pattern_problem, parameter.never)):
            yield ("parameters", name, "never"), problem


def _wanted_bounds(condition: Condition, name: str) -> Iterator[str]:
    """The bounds that keep a number from making its condition worthless: at_most needs a maximum, at_least a minimum."""
    for operator, operand in condition.operators.items():
        if isinstance(operand, Reference) and operand.name == name and operator in {"at_least", "at_most"}:
            yield "minimum" if operator == "at_least" else "maximum"


_TEXT_RULES: Final[tuple[Callable[[Check], Iterator[Found]], ...]] = (_lint_title, _lint_sentences, _lint_remediation, _lint_parameters)


def _lint_order(document: Document) -> Iterator[Found]:
    given = [key for key in document.data if key in KEYS]
    wanted = [key for key in KEYS if key in given]
    misplaced = next((key for key, right in zip(given, wanted, strict=True) if key != right), None)
    if misplaced:
        yield (misplaced,), f"the keys are not in order; write them as {', '.join(wanted)}"


def _lint_marks(value: Value, path: KeyPath) -> Iterator[Found]:
    if isinstance(value, str) and MARK in value:
        yield path, f"{MARK} is still there; write what belongs here"
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from _lint_marks(member, (*path, key))


def _lint_effort(check: Check, document: Document) -> Iterator[Found]:
    for platform in check.platforms:
        if "effort" not in document.data["platforms"][platform]:
            yield ("platforms", platform), "the effort is missing; add the minutes of work on one host, as in effort: 15"


def _lint_objectives(check: Check, framework: Framework) -> Iterator[Found]:
    for objective_id, bearing in check.assesses.items():
        path = ("assesses", objective_id)
        try:
            objective = framework.objective(objective_id)
        except ContentError as error:
            yield path, error.problem
            continue
        bases = {objective.basis(platform) for platform in get_args(Platform) if platform in check.platforms}
        if bases == {"attested"}:
            yield path, "facts of a host do not bear on this objective, a person attests it; remove it"
        elif bearing == "member" and "facts" not in bases:
            yield path, "facts of a host can never prove this objective; write supports"
