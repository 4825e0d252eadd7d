from pathlib import Path

import pytest

from checks.framework import load_framework
from checks.lint import Problem, lint, lint_files, problems_of
from checks.lint_facts import pattern_problem
from checks.load import CheckFileError, load_check, load_directory
from tests.support.checks import CATALOG, GOOD, change, line_of, write_check

FRAMEWORK = load_framework()


def problems(directory: Path, text: str) -> list[Problem]:
    write_check(directory, text)
    return lint(load_directory(directory, str(directory)), FRAMEWORK, catalog=CATALOG)


def test_there_is_nothing_to_mend_in_a_good_file(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


EXPECT = "platforms.linux.expect"
TESTS = "platforms.linux.tests"
PROBLEMS = {
    # what is changed: (old, new, key path, a part of the line it is told at, a part of what is said)
    "no passing case": ("status: pass}", "status: fail}", TESTS, "    tests:", "no case has the status pass"),
    "no case that does not apply": (
        "      - {name: switched off, facts: {demo: {flag: false}}, status: not_applicable}\n", "", TESTS, "    tests:", "not_applicable"),
    "a path that no probe declares": (
        "demo.level, at_least", "demo.levels, at_least", f"{EXPECT}[0].path", "demo.levels", "no probe declares"),
    "a star where there is no map": ("demo.level, at_least", "demo.*, at_least", f"{EXPECT}[0].path", "demo.*", "no probe declares"),
    "a value of another type than the fact": (
        "one_of: [low, high]", "one_of: [1, 2]", f"{EXPECT}[1].any_of[0].one_of", "one_of:", "can never be among values that are text"),
    "a word that never comes": (
        "[low, high]", "[low, medium]", f"{EXPECT}[1].any_of[0].one_of", "one_of:", "never comes; this path says one of"),
    "an operator that does not judge the type": (
        "contains: [a]", "matches: a", f"{EXPECT}[1].any_of[1].matches", "matches: a", "lists of text, matches does not judge them"),
    "a comparison of a switch": ("equals: true}", "at_least: 1}", "platforms.linux.when[0].at_least", "demo.flag", "does not judge them"),
    "a parameter that is not of the fact's type": (
        "{path: demo.level, at_least: $least}", "{path: demo.text, equals: $least}", f"{EXPECT}[0].equals", "$least}",
        "values that are text"),
    "an unknown objective": ('"3.1.5[b]"', '"3.1.5[z]"', 'assesses."3.1.5[z]"', "assesses:", "has no objective 3.1.5[z]"),
    "an objective that only a person attests": ('"3.1.5[b]"', '"3.1.8[a]"', 'assesses."3.1.8[a]"', "assesses:", "a person attests it"),
    "an unused parameter": ("at_least: $least", "at_least: 3", "parameters.least", "  least:", "no condition uses the parameter"),
    "a bound that is missing": ("minimum: 1, ", "", "parameters.least", "  least:", "without minimum"),
    "keys out of order": (
        "severity: medium\nweakness: It is not.\n", "weakness: It is not.\nseverity: medium\n", "weakness", "weakness:", "not in order"),
    "no effort": ("    effort: 15\n", "", "platforms.linux", "  linux:", "effort is missing"),
    "a title that asks": ("All is well", "Ensure all is well", "title", "title:", "state the good condition"),
    "a title with a full stop": ("All is well", "All is well.", "title", "title:", "without a full stop"),
    "a weakness that is no sentence": ("It is not.", "not well", "weakness", "weakness:", "full stop"),
    "an empty remediation": ("    remediation: |\n      demo set level $least\n", "    remediation: ' '\n", "platforms.linux.remediation",
        "    remediation", "empty"),
    "a placeholder that nothing fills": (
        "level $least", "level $leest", "platforms.linux.remediation", "    remediation", "$leest is no parameter"),
    "a pattern in the place of a value": (
        "{path: demo.names, contains: [a]}\n    remediation: |\n      demo set level $least",
        "{path: demo.word, matches: '(?i)low'}\n    remediation: |\n      demo set level $least, word (?i)low",
        "platforms.linux.remediation", "    remediation", "write the value"),
    "a mark of the scaffold": ("It matters.", '"FILL IN: why."', "rationale", "rationale:", "FILL IN is still there"),
    "a verdict that is not as stated": (
        "level: 2", "level: 5", f"{TESTS}[1].status", "name: too low", "comes out as pass (demo.level: expected"),
    "a case that leaves a path out": ("level: 2, ", "", f"{TESTS}[1].facts", "name: too low", "the check reads demo.level"),
    "a case with a fact that no probe gives": (
        "{demo: {flag: false}}", "{demo: {flag: false, flog: 1}}", f"{TESTS}[3].facts", "switched off", "no probe declares demo.flog"),
    "a case with a value of the wrong type": (
        "{demo: {flag: false}}", "{demo: {flag: false, level: '3'}}", f"{TESTS}[3].facts", "switched off", "its probe gives integer"),
    "a case with a word that never comes": (
        "{demo: {flag: false}}", "{demo: {flag: false, word: no}}", f"{TESTS}[3].facts", "switched off", "out of low, high, off"),
    "a case with a value in the place of a map": (
        "{demo: {flag: false}}", "{demo: {flag: false, users: null}}", f"{TESTS}[3].facts", "switched off",
        "demo.users holds further facts"),
    "a case with a list of the wrong type": (
        "{demo: {flag: false}}", "{demo: {flag: false, ports: [a]}}", f"{TESTS}[3].facts", "switched off", "its probe gives integers"),
    "a case with an error that cannot be": (
        "{demo.level: denied}", "{demo.level: denied, demo.lovel: denied}", f'{TESTS}[4].errors."demo.lovel"', "unreadable",
        "no probe declares"),
    "a pattern that passes where nothing is": (
        "one_of: [low, high]", "matches: '(low)?'", f"{EXPECT}[1].any_of[0].matches", "matches:", "matches empty text"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_told_with_its_line_its_key_and_its_mending(tmp_path: Path, name: str) -> None:
    old, new, key, place, said = PROBLEMS[name]
    text = change(old, new)
    told = problems(tmp_path, text)
    found = [problem for problem in told if problem.path == key and said in problem.message]
    assert found, "told instead: " + "\n".join(str(problem) for problem in told)
    assert found[0].file == f"{tmp_path}/demo-check.yml"
    assert found[0].line == line_of(text, place)
    assert ";" in found[0].message, "the message says how to mend it"


@pytest.mark.parametrize(
    ("declared", "key", "said"),
    [
        ("type: strings, default: [a]", "parameters.least", "without maximum"),
        ("type: string, default: a", "parameters.least", "without never"),
        ("type: string, default: a, never: ['(b+)+']", "parameters.least.never", "for ever"),
    ],
)
def test_a_text_and_a_list_are_bounded(tmp_path: Path, declared: str, key: str, said: str) -> None:
    text = change("type: integer, default: 3, minimum: 1, maximum: 9", declared)
    text = change("{path: demo.level, at_least: $least}", "{path: demo.names, excludes: $least}", text).replace(
        "parameters: {least: 4}, ", ""
    )
    assert [problem.path for problem in problems(tmp_path, text) if said in problem.message] == [key]


def test_facts_that_only_support_an_objective_are_no_members_of_a_proof_set(tmp_path: Path) -> None:
    only = next(o.id for o in FRAMEWORK.objectives if o.linux == "supports")
    text = change('{"3.1.5[b]": supports}', f'{{"{only}": member}}')
    assert [problem.message for problem in problems(tmp_path, text)] == ["facts of a host can never prove this objective; write supports"]


def test_two_alternatives_over_all_members_are_refused_because_they_mean_something_else(tmp_path: Path) -> None:
    text = change("{path: demo.word, one_of: [low, high]}", "{path: demo.users.*.locked, equals: true}")
    text = change("{path: demo.names, contains: [a]}", "{path: demo.users.*.uid, at_least: 1}", text)
    assert any("for all members" in problem.message for problem in problems(tmp_path, text))


def test_a_map_given_whole_gives_the_members_that_are_not_in_it(tmp_path: Path) -> None:
    text = change("{path: demo.word, one_of: [low, high]}", '{path: "demo.options[a.b]", set: false}').replace("word: low", "options: {}")
    assert problems(tmp_path, text) == []


def test_a_member_is_given_with_every_fact_that_is_read(tmp_path: Path) -> None:
    text = change("{path: demo.word, one_of: [low, high]}", "{path: demo.users.*.locked, equals: true}")
    text = text.replace("word: low", "users: {ann: {uid: 5}}")
    assert {p.message for p in problems(tmp_path, text)} == {
        "the check reads demo.users.ann.locked, which the case does not give; give it, null where it is not set, or under errors"
    }


@pytest.mark.parametrize("pattern", [r"^\sno", "(a+)+", "(?:a*b)*", r"([a-z]+\.)+x", "(a{2,})*", "a*", "", "(a|b)?", "x|"])
def test_a_pattern_that_is_not_to_be_trusted_is_refused(pattern: str) -> None:
    assert pattern_problem(pattern)


@pytest.mark.parametrize("pattern", ["a+", "[0-7]{3,4}", r"[(+)]+", r"\(a+\)+", "(ab)+", "(a|b)+", "(a{2}b)+", "/.+", "[^]x]+"])
def test_a_plain_pattern_is_taken(pattern: str) -> None:
    assert pattern_problem(pattern) is None


def test_files_that_do_not_load_are_told_beside_those_that_do(tmp_path: Path) -> None:
    write_check(tmp_path, change("It is not.", "not well"))
    broken = write_check(tmp_path, "id: 5\n", "broken.yml")
    told = lint_files([tmp_path], FRAMEWORK, catalog=CATALOG)
    assert {Path(problem.file).name for problem in told} == {"broken.yml", "demo-check.yml"}
    assert lint_files([broken], FRAMEWORK) == [problem for problem in told if problem.file == str(broken)]
    with pytest.raises(CheckFileError) as caught:
        load_check(broken)
    assert problems_of(caught.value) == lint_files([broken], FRAMEWORK)


def test_a_problem_reads_as_compilers_write_it(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, change("All is well", "All is well."))
    assert str(problem) == f"{tmp_path}/demo-check.yml:2: title: a title is one line without a full stop; shorten it"
