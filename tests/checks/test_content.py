"""The shipped checks: every file lints, and every case in a file comes out as stated."""

from functools import cache
from importlib.resources import files

import pytest

from checks.cases import TestOutcome, run_tests
from checks.evaluate import explain
from checks.framework import ProofSet, load_framework
from checks.lint import Problem, lint
from checks.load import Content, read_directory


@cache
def shipped() -> tuple[Content, list[str]]:
    content, mistakes = read_directory(files("checks") / "content", "checks/content")
    return content, [str(mistake) for mistake in mistakes]


@cache
def problems() -> list[Problem]:
    return lint(shipped()[0], load_framework())


def outcomes() -> list[TestOutcome]:
    return [outcome for check in shipped()[0].checks.values() for outcome in run_tests(check)]


def test_every_file_loads() -> None:
    assert not shipped()[1], "\n".join(shipped()[1])


@pytest.mark.parametrize("check_id", list(shipped()[0].checks))
def test_a_check_lints(check_id: str) -> None:
    file = shipped()[0].checks[check_id].file
    found = [str(problem) for problem in problems() if problem.file == file]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("outcome", outcomes(), ids=lambda o: f"{o.check}-{o.platform}-{o.case.name.replace(' ', '-')}")
def test_a_case_comes_out_as_stated(outcome: TestOutcome) -> None:
    seen = "\n".join(explain(observation) for observation in outcome.result.observations)
    assert (outcome.result.status, outcome.missing) == (outcome.case.status, ()), seen


@pytest.mark.parametrize("proof", load_framework().proof_sets, ids=lambda p: f"{p.objective}-{p.platform}")
def test_a_proof_set_names_members_that_exist_and_judge_its_platform(proof: ProofSet) -> None:
    checks = shipped()[0].checks
    assert proof.checks
    for name in proof.checks:
        assert name in checks, f"the framework names {name}, there is no such check"
        assert checks[name].assesses.get(proof.objective) == "member", f"{name} must say {proof.objective}: member"
        assert proof.platform in checks[name].platforms, f"{name} does not judge {proof.platform}"
