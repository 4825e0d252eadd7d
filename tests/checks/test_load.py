import shutil
from pathlib import Path

import pytest

from checks.errors import ContentError, format_path
from checks.load import CheckFileError, load_check, load_content, load_directory, read_directory
from checks.mistakes import check_schema
from checks.model import AnyOf, Condition, Reference
from tests.support.checks import GOOD, change, line_of, write_check


def mistakes_of(directory: Path, text: str) -> tuple[ContentError, ...]:
    path = write_check(directory, text)
    with pytest.raises(CheckFileError) as caught:
        load_check(path)
    assert all(mistake.file == str(path) for mistake in caught.value.mistakes)
    return caught.value.mistakes


def test_a_good_file_becomes_a_check(tmp_path: Path) -> None:
    check = load_check(write_check(tmp_path, GOOD))
    part = check.platforms["linux"]
    first, second = part.expect
    assert (check.id, check.severity, check.assesses) == ("demo-check", "medium", {"3.1.5[b]": "supports"})
    assert check.references == {"cac": ("demo_rule",), "cci": ("CCI-000001",)}
    assert first == Condition("demo.level", ("demo", "level"), {"at_least": Reference("least")})
    assert isinstance(second, AnyOf)
    assert part.paths() == ("demo.flag", "demo.level", "demo.word", "demo.names")
    assert (part.effort, set(part.used_parameters()), len(part.tests)) == (15, {"least"}, 5)


def test_a_bare_no_is_text(tmp_path: Path) -> None:
    check = load_check(write_check(tmp_path, change("one_of: [low, high]", "equals: no")))
    clause = check.platforms["linux"].expect[1]
    assert isinstance(clause, AnyOf)
    assert clause.alternatives[0].operators == {"equals": "no"}


MISTAKES = {
    # what is changed: (old, new, key path, a part of the line it is told at, a part of what is said)
    "missing key": ("severity: medium\n", "", "", "id: demo-check", "severity is missing"),
    "unknown key": ("severity:", "severty:", "severty", "severty:", "did you mean severity?"),
    "unknown severity": ("severity: medium", "severity: urgent", "severity", "severity:", "low, medium or high"),
    "id in capitals": ("id: demo-check", "id: Demo-Check", "id", "id:", "lower case"),
    "id is not the file's name": ("id: demo-check", "id: demo-chek", "id", "id:", "the file is demo-check.yml"),
    "empty title": ("title: All is well", "title: ''", "title", "title:", "one line of text"),
    "title is a number": ("title: All is well", "title: 5", "title", "title:", "one line of text"),
    "no objective": ('{"3.1.5[b]": supports}', "{}", "assesses", "assesses:", "mapping of assessment objectives"),
    "unknown bearing": ("supports}", "proves}", 'assesses."3.1.5[b]"', "assesses:", "member (of the objective's proof set) or supports"),
    "no platform": ("platforms:\n  linux:", "platforms:\n  plan9:", "platforms.plan9", "plan9:", "use linux, windows"),
    "nothing expected": ("    expect:", "    unless:", "platforms.linux", "  linux:", "expect is missing"),
    "part with an unknown key": ("    remediation: |", "    fix: |", "platforms.linux.fix", "    fix:", "there is no such key"),
    "effort in words": ("effort: 15", "effort: an hour", "platforms.linux.effort", "effort:", "minutes"),
    "effort of nothing": ("effort: 15", "effort: 0", "platforms.linux.effort", "effort:", "minutes"),
    "condition without operator": (
        "{path: demo.flag, equals: true}", "{path: demo.flag}", "platforms.linux.when[0]", "- {path: demo.flag",
        "at least one of the operators"),
    "condition without path": (
        "{path: demo.flag, equals: true}", "{equals: true, set: true}", "platforms.linux.when[0]", "- {equals", "path is missing"),
    "unknown operator": (
        "demo.level, at_least", "demo.level, at_leest", "platforms.linux.expect[0].at_leest", "at_leest", "did you mean at_least?"),
    "bad path": ("path: demo.level", "path: demo..level", "platforms.linux.expect[0].path", "demo..level", "not a fact path"),
    "null as a value": ("equals: true", "equals: null", "platforms.linux.when[0].equals", "demo.flag", "set: false"),
    "text where a number is asked": (
        "at_least: $least", "at_least: three", "platforms.linux.expect[0].at_least", "at_least", "not a whole number"),
    "a number in quotes": ("at_least: $least", 'at_least: "3"', "platforms.linux.expect[0].at_least", "at_least", "not a whole number"),
    "true where a number is asked": (
        "at_least: $least", "at_least: true", "platforms.linux.expect[0].at_least", "at_least", "whole number"),
    "a word where a list is asked": (
        "one_of: [low, high]", "one_of: low", "platforms.linux.expect[1].any_of[0].one_of", "one_of: low", "not a list"),
    "an empty list": ("one_of: [low, high]", "one_of: []", "platforms.linux.expect[1].any_of[0].one_of", "one_of:", "list of different"),
    "a list of mixed types": (
        "[low, high]", "[low, 5]", "platforms.linux.expect[1].any_of[0].one_of", "one_of:", "mixes integer and text"),
    "a parameter inside a list": (
        "[low, high]", "[low, $least]", "platforms.linux.expect[1].any_of[0].one_of", "one_of:", "only as the whole value"),
    "an unknown parameter": (
        "at_least: $least", "at_least: $leest", "platforms.linux.expect[0].at_least", "$leest", "did you mean $least?"),
    "a parameter of the wrong type": (
        "one_of: [low, high]", "one_of: $least", "platforms.linux.expect[1].any_of[0].one_of", "one_of:", "takes strings"),
    "a parameter as a pattern": (
        "one_of: [low, high]", "matches: $least", "platforms.linux.expect[1].any_of[0].matches", "matches:", "takes no parameter"),
    "a broken pattern": (
        "one_of: [low, high]", "matches: '(low'", "platforms.linux.expect[1].any_of[0].matches", "matches:", "not a regular expression"),
    "set that is not a boolean": ("equals: true", "set: yes", "platforms.linux.when[0].set", "demo.flag", "true (has a value)"),
    "set false beside a value": ("equals: true", "equals: true, set: false", "platforms.linux.when[0].set", "demo.flag", "any_of"),
    "bounds that no number meets": (
        "at_least: $least", "at_least: 5, at_most: 1", "platforms.linux.expect[0].at_least", "at_least: 5", "no number is"),
    "any_of with a neighbour": (
        "      - any_of:", "      - path: demo.level\n        any_of:", "platforms.linux.expect[1].path", "- path: demo.level",
        "no such key"),
    "any_of inside any_of": (
        "- {path: demo.names, contains: [a]}", "- {any_of: []}", "platforms.linux.expect[1].any_of[1].any_of", "- {any_of", "no such key"),
    "any_of of one": (
        "          - {path: demo.names, contains: [a]}\n", "", "platforms.linux.expect[1].any_of", "- any_of:", "at least two conditions"),
    "parameter without default": ("default: 3, ", "", "parameters.least", "  least:", "default is missing"),
    "parameter of no type": ("type: integer", "type: number", "parameters.least.type", "  least:", "integer, string, boolean or strings"),
    "default of another type": ("default: 3", "default: three", "parameters.least.default", "  least:", "write a whole number"),
    "default out of bounds": ("default: 3", "default: 10", "parameters.least.default", "  least:", "at most 9"),
    "bounds the wrong way round": ("minimum: 1", "minimum: 10", "parameters.least.minimum", "  least:", "above the maximum"),
    "bounds on text": (
        "type: integer, default: 3, minimum: 1, maximum: 9", "type: string, default: a, maximum: 9", "parameters.least.maximum", "  least:",
        "has no maximum"),
    "what a number may never be": ("minimum: 1, ", "never: ['3'], ", "parameters.least.never", "  least:", "has no never"),
    "what may never be, beside a choice": (
        "type: integer, default: 3, minimum: 1, maximum: 9", "type: string, default: a, one_of: [a, b], never: [b]",
        "parameters.least.never", "  least:", "one_of says already"),
    "what may never be, as no pattern": (
        "type: integer, default: 3, minimum: 1, maximum: 9", "type: string, default: a, never: ['(']", "parameters.least.never", "  least:",
        "not a regular expression"),
    "a list with more members by default than it may have": (
        "type: integer, default: 3, minimum: 1, maximum: 9", "type: strings, default: [a, b], maximum: 1", "parameters.least.default",
        "  least:", "write at most 1"),
    "a default that may never be": (
        "type: integer, default: 3, minimum: 1, maximum: 9", "type: strings, default: [a, B], maximum: 2, never: [b]",
        "parameters.least.default", "  least:", "B would hollow"),
    "choice of another type": ("maximum: 9}", "one_of: [low]}", "parameters.least.one_of", "  least:", "not of the type integer"),
    "parameter's name in capitals": ("  least: {", "  Least: {", "parameters.Least", "  Least:", "a parameter's name"),
    "case without status": ("[]}}, status: pass}", "[]}}}", "platforms.linux.tests[0]", "- {name: as wanted", "status is missing"),
    "case with an unknown status": ("status: pass}", "status: ok}", "platforms.linux.tests[0].status", "- {name: as wanted", "pass, fail"),
    "case with an unknown key": (
        "name: as wanted, facts", "name: as wanted, fact", "platforms.linux.tests[0].fact", "fact: {", "did you mean facts?"),
    "two cases of one name": ("name: too low", "name: as wanted", "platforms.linux.tests[1].name", "status: fail", "case 1 has this name"),
    "case with an unknown parameter": (
        "parameters: {least: 4}", "parameters: {most: 4}", "platforms.linux.tests[2].parameters.most", "most: 4", "no parameter most"),
    "case with a value out of bounds": (
        "parameters: {least: 4}", "parameters: {least: 0}", "platforms.linux.tests[2].parameters.least", "least: 0", "at least 1"),
    "case with a bad error path": (
        "{demo.level: denied}", "{demo level: denied}", 'platforms.linux.tests[4].errors."demo level"', "name: unreadable",
        "not a fact path"),
    "case with an empty reason": (
        "{demo.level: denied}", "{demo.level: ''}", 'platforms.linux.tests[4].errors."demo.level"', "name: unreadable", "the reason why"),
    "unknown kind of reference": ("cac: demo_rule", "cca: demo_rule", "references.cca", "references:", "did you mean cci?"),
    "reference that is a number": ("cci: [CCI-000001]", "cci: [1]", "references.cci[0]", "references:", "id as text"),
    "yaml that is none": ("[CCI-000001]}", "[CCI-000001}", None, "references:", "not valid YAML"),
    "a key twice": ("severity: medium", "severity: low\nseverity: medium", "severity", "severity: medium", "stands already on line 4"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_line_its_key_and_its_mending(tmp_path: Path, name: str) -> None:
    old, new, key, place, said = MISTAKES[name]
    text = change(old, new)
    told = {(format_path(m.path), m.line): m.problem for m in mistakes_of(tmp_path, text)}
    found = {(path, line): problem for (path, line), problem in told.items() if key is None or path == key}
    assert found, f"told instead: {told}"
    ((_, line), problem) = next(iter(found.items()))
    assert said in problem
    assert ";" in problem, "the message says how to mend it"
    assert line == line_of(text, place)


def test_every_mistake_of_a_file_is_told_and_not_only_the_first(tmp_path: Path) -> None:
    text = change("severity: medium", "severity: urgent", change("effort: 15", "effort: soon", change("$least}", "$most}")))
    told = [format_path(mistake.path) for mistake in mistakes_of(tmp_path, text)]
    assert told == ["severity", "platforms.linux.expect[0].at_least", "platforms.linux.effort"]


def test_the_text_of_the_error_has_a_line_for_every_mistake(tmp_path: Path) -> None:
    text = change("severity: medium", "severity: urgent", change("effort: 15", "effort: soon"))
    with pytest.raises(CheckFileError) as caught:
        load_check(write_check(tmp_path, text))
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["4", str(line_of(text, "effort"))]


def test_the_schema_itself_is_one() -> None:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - this test alone needs it

    Draft202012Validator.check_schema(check_schema())


def other(name: str, title: str = "All is well") -> str:
    return change("id: demo-check", f"id: {name}", change("title: All is well", f"title: {title}"))


def test_a_directory_is_read_with_its_folders_in_the_order_of_ids(tmp_path: Path) -> None:
    write_check(tmp_path, other("zebra"), "access-control/zebra.yml")
    write_check(tmp_path, other("ant"), "media-protection/ant.yml")
    (tmp_path / "README.md").write_text("read me")
    write_check(tmp_path, "not: a check", ".hidden.yml")
    content = load_directory(tmp_path, "mine")
    assert list(content.checks) == ["ant", "zebra"]
    assert content.checks["zebra"].file == "mine/access-control/zebra.yml"


def test_the_mistakes_of_all_files_are_told_at_once_and_the_good_ones_are_read(tmp_path: Path) -> None:
    write_check(tmp_path, other("ant"), "ant.yml")
    write_check(tmp_path, "id: 5\n", "bee.yml")
    write_check(tmp_path, other("cat"), "dog.yml")
    write_check(tmp_path, other("eel"), "eel.yaml")
    content, mistakes = read_directory(tmp_path, "mine")
    assert list(content.checks) == ["ant"]
    assert {mistake.file for mistake in mistakes} == {"mine/bee.yml", "mine/dog.yml", "mine/eel.yaml"}
    with pytest.raises(CheckFileError, match=r"eel\.yaml:1: check files end with \.yml"):
        load_directory(tmp_path, "mine")


def test_an_id_stands_once_in_a_directory(tmp_path: Path) -> None:
    write_check(tmp_path, other("ant"), "a/ant.yml")
    write_check(tmp_path, other("ant"), "b/ant.yml")
    with pytest.raises(CheckFileError, match=r"mine/b/ant\.yml:1: id: the id stands already in mine/a/ant\.yml"):
        load_directory(tmp_path, "mine")


def test_a_users_directory_adds_checks_and_replaces_shipped_ones(tmp_path: Path) -> None:
    shipped = load_content()
    write_check(tmp_path, other("my-own-check"), "my-own-check.yml")
    for check_id in list(shipped.checks)[:1]:
        write_check(tmp_path, other(check_id, "Mine"), f"{check_id}.yml")
    content = load_content(tmp_path)
    assert set(content.checks) == {*shipped.checks, "my-own-check"}
    assert list(content.checks) == sorted(content.checks)
    assert [c.title for c in content.checks.values() if c.file.startswith(str(tmp_path)) and c.id in shipped.checks] == ["Mine"] * min(
        1, len(shipped.checks)
    )


def test_what_is_no_directory_or_no_longer_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="is not a directory"):
        load_content(tmp_path / "nowhere")
    path = write_check(tmp_path, GOOD)
    path.unlink()
    with pytest.raises(CheckFileError, match="cannot be read"):
        load_check(path)
    shutil.rmtree(tmp_path)
