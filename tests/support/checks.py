"""A small catalog of facts, and short ways to facts and checks, for tests of the checks engine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checks.build import build_check
from checks.model import Check
from checks.yaml_file import load_yaml
from collector.catalog import Declared
from collector.errors import CollectorError
from collector.facts import Fact, Facts, covers, split_path
from collector.probe import Probe, Source

DEMO = Probe(
    name="demo",
    sources=(Source("demo.main", "true"), Source("demo.extra", "true")),
    facts=(
        Fact("flag", "boolean", "a switch"),
        Fact("level", "integer", "a number"),
        Fact("text", "string", "any text"),
        Fact("word", "string", "one of three", one_of=("low", "high", "off")),
        Fact("names", "strings", "a list of text"),
        Fact("ports", "integers", "a list of numbers"),
        Fact("users.*.uid", "integer", "a number of each member"),
        Fact("users.*.locked", "boolean", "a switch of each member"),
        Fact("options.*", "string", "text of each member"),
    ),
    parse=lambda frames: {"text": str(frames)},
)
OTHER = Probe(
    "other", (Source("other.main", "true"),), (Fact("value", "integer", "a number"),), lambda frames: {"text": str(frames)}, version=3
)


class FixedCatalog:
    """The facts of given probes, on Linux alone."""

    def __init__(self, *probes: Probe) -> None:
        self.all = tuple(Declared(split_path(f"{probe.name}.{fact.path}"), fact, probe) for probe in probes for fact in probe.facts)

    def declared(self, platform: str) -> tuple[Declared, ...]:
        return self.all if platform == "linux" else ()

    def resolve(self, platform: str, path: str) -> Declared:
        segments = split_path(path)
        for one in self.declared(platform):
            if len(one.segments) == len(segments) and covers(one.segments, segments):
                return one
        raise CollectorError(f"no probe declares {path} on {platform}; mend it")


CATALOG = FixedCatalog(DEMO, OTHER)
VALUES: dict[str, Any] = {
    "flag": True, "level": 3, "text": "plain", "word": "high", "names": ["a", "b"], "ports": [22],
    "users": {"ann": {"uid": 0, "locked": False}, "bob": {"uid": 7, "locked": True}}, "options": {"x.y": "1"},
}  # fmt: skip


def facts_of(errors: Mapping[str, str] | None = None, platform: str = "linux", **values: Any) -> Facts:  # noqa: ANN401
    """Facts of a demo host: VALUES with these values instead."""
    tree = {"demo": {**VALUES, **values}, "other": {"value": 1}}
    return Facts(platform, {}, datetime(2026, 11, 23, tzinfo=UTC), "0.1.0", "", tree, dict(errors or {}))


def check_of(expect: list[dict[str, Any]], check_id: str = "demo-check", **part: Any) -> Check:  # noqa: ANN401
    """A check that expects these clauses on Linux; `parameters`, `when`, `unless`, `remediation` ... as in a file."""
    parameters = part.pop("parameters", {})
    data = {
        "id": check_id, "title": "All is well", "assesses": {"3.1.5[b]": "supports"}, "severity": "medium", "weakness": "It is not.",
        "rationale": "It matters.", "parameters": parameters, "platforms": {"linux": {"expect": expect, "remediation": "mend", **part}},
    }  # fmt: skip
    return build_check(data, "demo-check.yml")


GOOD = """\
id: demo-check
title: All is well
assesses: {"3.1.5[b]": supports}
severity: medium
weakness: It is not.
rationale: It matters.
parameters:
  least: {label: Least level, type: integer, default: 3, minimum: 1, maximum: 9}
platforms:
  linux:
    when:
      - {path: demo.flag, equals: true}
    expect:
      - {path: demo.level, at_least: $least}
      - any_of:
          - {path: demo.word, one_of: [low, high]}
          - {path: demo.names, contains: [a]}
    remediation: |
      demo set level $least
    effort: 15
    tests:
      - {name: as wanted, facts: {demo: {flag: true, level: 3, word: low, names: []}}, status: pass}
      - {name: too low, facts: {demo: {flag: true, level: 2, word: low, names: []}}, status: fail}
      - {name: more is asked, parameters: {least: 4}, facts: {demo: {flag: true, level: 3, word: low, names: []}}, status: fail}
      - {name: switched off, facts: {demo: {flag: false}}, status: not_applicable}
      - {name: unreadable, facts: {demo: {flag: true, word: low, names: []}}, errors: {demo.level: denied}, status: error}
references: {cac: demo_rule, cci: [CCI-000001]}
"""


def change(old: str, new: str, text: str = GOOD) -> str:
    """The good check file with one thing changed."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
    return text.replace(old, new)


def write_check(directory: Path, text: str, name: str = "demo-check.yml") -> Path:
    """The path of a check file with this text."""
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def line_of(text: str, part: str) -> int:
    """The line, from 1, on which a part first stands."""
    return text[: text.index(part)].count("\n") + 1


def good_check() -> Check:
    """The check that the good file says."""
    return build_check(load_yaml(GOOD, "demo-check.yml").data, "demo-check.yml")
