"""Lint of the cases in a check's file: that they are there, give typed facts, and come out as stated."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from checks.cases import TestOutcome, run_tests
from checks.errors import KeyPath
from checks.evaluate import explain
from checks.judgement import Catalog
from checks.model import FAIL, NOT_APPLICABLE, PASS, Check
from checks.operators import kind_of, show
from collector.catalog import Declared
from collector.facts import EVERY, Fact, Segments, Value, covers, join_path, split_path

_KINDS: Final[Mapping[str, type]] = {"boolean": bool, "integer": int, "string": str, "strings": list, "integers": list}
_MEMBERS: Final[Mapping[str, type]] = {"strings": str, "integers": int}

Found = tuple[KeyPath, str]


def lint_cases(check: Check, catalog: Catalog) -> Iterator[Found]:
    """Problems of the cases of a check, each with its key path."""
    yield from _lint_presence(check)
    for platform, part in check.platforms.items():
        declared = catalog.declared(platform)
        for index, case in enumerate(part.tests):
            path = ("platforms", platform, "tests", index)
            for message in _list_tree_faults(case.facts, (), declared):
                yield (*path, "facts"), message
            for text in case.errors:
                if not _is_place(split_path(text), declared):
                    yield (*path, "errors", text), f"no probe declares {text}, nor anything below it; mend the path"
    for outcome in run_tests(check, catalog=catalog):
        yield from _lint_outcome(outcome)


def _lint_presence(check: Check) -> Iterator[Found]:
    for platform, part in check.platforms.items():
        wanted = [PASS, FAIL, *([NOT_APPLICABLE] if part.when or part.unless else [])]
        for status in wanted:
            if all(case.status != status for case in part.tests):
                yield ("platforms", platform, "tests"), f"no case has the status {status}; add one that shows it"


def _lint_outcome(outcome: TestOutcome) -> Iterator[Found]:
    path = ("platforms", outcome.platform, "tests", outcome.index)
    if outcome.missing:
        given = ", ".join(outcome.missing)
        yield (*path, "facts"), f"the check reads {given}, which the case does not give; give it, null where it is not set, or under errors"
    elif not outcome.passed:
        seen = "; ".join(explain(one) for one in outcome.result.observations[:3])
        yield (*path, "status"), f"{outcome.case.name!r} comes out as {outcome.result.status} ({seen}); mend the case or the check"


def _is_place(path: Segments, declared: tuple[Declared, ...]) -> bool:
    return any(covers(one.segments[: len(path)], path) for one in declared if len(path) <= len(one.segments))


def _list_tree_faults(node: Value, done: Segments, declared: tuple[Declared, ...]) -> Iterator[str]:
    """Sentences on what in a tree of facts no probe would ever give."""
    if isinstance(node, Mapping) and any(len(one.segments) > len(done) for one in declared):
        for key, member in node.items():
            below = tuple(one for one in declared if len(one.segments) > len(done) and one.segments[len(done)] in (EVERY, key))
            if below:
                yield from _list_tree_faults(member, (*done, key), below)
            else:
                yield f"no probe declares {join_path((*done, key))}; mend the name, or remove it"
        return
    leaf = next((one.fact for one in declared if len(one.segments) == len(done)), None)
    if leaf is None:
        yield f"{join_path(done)} holds further facts, not {kind_of(node)}; write a mapping (an empty map is {{}})"
    elif not _fits(leaf, node):
        words = f" out of {', '.join(leaf.one_of)}" if leaf.one_of else ""
        yield f"{join_path(done)} is {show(node)}, its probe gives {leaf.type}{words} or null; write that"


def _fits(fact: Fact, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if value is None:
        return True
    if type(value) is not _KINDS[fact.type]:
        return False
    if isinstance(value, list) and any(type(one) is not _MEMBERS[fact.type] for one in value):
        return False
    return not fact.one_of or all(one in fact.one_of for one in (value if isinstance(value, list) else [value]))
