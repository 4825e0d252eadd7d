"""Run the cases that stand in a check's own file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from checks.evaluate import evaluate_plan, make_plan
from checks.judgement import CATALOG, Catalog
from checks.model import NOT_APPLICABLE, Check, CheckTest, Result, Status
from checks.reader import FactReader
from collector.errors import CollectorError
from collector.facts import EVERY, Facts, Segments, Value, covers, join_path, split_path

_OBSERVED_AT: Final = datetime(2000, 1, 1, tzinfo=UTC)  # no verdict depends on it: ages are facts by then


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """What one case gave. missing: paths that the check reads and the case does not give; index: its place in the file."""

    check: str
    platform: str
    index: int
    case: CheckTest
    result: Result
    missing: tuple[str, ...]

    __test__ = False  # a test runner must not take this for a test

    @property
    def name(self) -> str:
        """What the case is called."""
        return self.case.name

    @property
    def wanted(self) -> Status:
        """The stated verdict."""
        return self.case.status

    @property
    def got(self) -> Status:
        """The verdict that came out."""
        return self.result.status

    @property
    def passed(self) -> bool:
        """True when the verdict is the stated one and no path was left out."""
        return self.got == self.wanted and not self.missing

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON data."""
        return {
            "check": self.check,
            "platform": self.platform,
            "case": self.name,
            "wanted": self.wanted,
            "got": self.got,
            "passed": self.passed,
            "missing": list(self.missing),
            "observations": [observation.to_json() for observation in self.result.observations],
        }


def run_tests(check: Check, *, catalog: Catalog = CATALOG) -> list[TestOutcome]:
    """The outcome of every case of a check, platform by platform, in the order of the file.

    Facts of a case may be a partial tree, but must give every path that the check reads (null for "not set", a map whole)
    or name it among the errors. A case that turns out not_applicable needs only what shows that.
    """
    return [
        _run(check, platform, index, case, catalog) for platform, part in check.platforms.items() for index, case in enumerate(part.tests)
    ]


def _run(check: Check, platform: str, index: int, case: CheckTest, catalog: Catalog) -> TestOutcome:
    missing = tuple(dict.fromkeys(_list_missing(check, platform, case, catalog)))
    errors = {**dict.fromkeys(missing, "not given in this case"), **case.errors}
    facts = Facts(platform, {}, _OBSERVED_AT, "", "", case.facts, errors)
    plan = make_plan(check, platform, case.parameters, catalog=catalog)
    if plan is None:
        raise KeyError(platform)
    result = evaluate_plan(plan, FactReader(facts))
    return TestOutcome(check.id, platform, index, case, result, () if result.status == NOT_APPLICABLE else missing)


def _list_missing(check: Check, platform: str, case: CheckTest, catalog: Catalog) -> Iterator[str]:
    errors = [split_path(path) for path in case.errors]
    for path in check.platforms[platform].paths():
        try:
            declared = catalog.resolve(platform, path).segments
        except CollectorError:
            continue  # an error of its own, in lint and in the verdict
        yield from (join_path(gap) for gap in _gaps(case.facts, split_path(path), declared, ()) if not any(covers(e, gap) for e in errors))


def _gaps(node: Value, path: Segments, declared: Segments, done: Segments) -> Iterator[Segments]:
    """Places below which nothing is given; a member that is absent from a given map is no gap, it is "not set"."""
    depth = len(done)
    if depth == len(path):
        return
    members = node if isinstance(node, Mapping) else {}
    name, is_map = path[depth], declared[depth] == EVERY
    if name == EVERY:
        for key, member in members.items():
            yield from _gaps(member, path, declared, (*done, key))
    elif name in members:
        yield from _gaps(members[name], path, declared, (*done, name))
    elif not is_map:
        yield (*done, *path[depth:])
