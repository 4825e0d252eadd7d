"""The shipped checks: every file lints, and every case in a file comes out as stated."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import pytest

from checks.cases import TestOutcome, run_tests
from checks.evaluate import explain
from checks.framework import ProofSet, load_framework
from checks.lint import Problem, lint
from checks.load import Content, read_directory
from checks.model import PASS, AnyOf, PlatformPart, Reference
from checks.operators import judge
from checks.parameters import resolve_parameters
from checks.remediation import remediation_text
from collector.facts import Value


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


def remediations(platform: str) -> list[tuple[str, str]]:
    checks = shipped()[0].checks.values()
    return [(check.id, check.platforms[platform].remediation) for check in checks if platform in check.platforms]


def test_a_policy_of_users_is_named_only_for_values_of_users() -> None:
    """One of the machine is left as it is by a policy that writes to each user."""
    checks = shipped()[0].checks
    named = [name for name, text in remediations("windows") if "User Configuration >" in text]
    paths = {name: [one.path for one in checks[name].platforms["windows"].conditions()] for name in named}
    assert [name for name in named if not any("user" in path for path in paths[name])] == []


TEMPLATES = {"MSS (Legacy)": "MSS-legacy.admx", "MS Security Guide": "SecGuide.admx"}  # policies that Windows itself does not bring


def test_a_policy_that_windows_does_not_bring_comes_with_its_template_and_its_whole_name() -> None:
    texts = [(name, text, path) for name, text in remediations("windows") for path in TEMPLATES if path in text]
    assert [name for name, text, path in texts if TEMPLATES[path] not in text] == []
    assert [name for name, text, path in texts if path == "MSS (Legacy)" and not re.search(r"MSS \(Legacy\) >\s+MSS: \(", text)] == []


def test_no_remark_stands_in_the_middle_of_a_command() -> None:
    """A shell refuses the line: `dnf install clamd (EPEL) && ...`."""
    assert [name for name, text in remediations("linux") if re.search(r"\w \([A-Za-z ]+\) (&&|\|\|)", text)] == []


@pytest.mark.parametrize("proof", load_framework().proof_sets, ids=lambda p: f"{p.objective}-{p.platform}")
def test_a_proof_set_names_members_that_exist_and_judge_its_platform(proof: ProofSet) -> None:
    checks = shipped()[0].checks
    assert proof.checks
    for name in proof.checks:
        assert name in checks, f"the framework names {name}, there is no such check"
        assert checks[name].assesses.get(proof.objective) == "member", f"{name} must say {proof.objective}: member"
        assert proof.platform in checks[name].platforms, f"{name} does not judge {proof.platform}"


def asked_of(part: PlatformPart, value: str, settings: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    """What the platform expects of this value of the registry, each condition with its parameters filled in."""
    for clause in part.expect:
        for one in clause.alternatives if isinstance(clause, AnyOf) else (clause,):
            if one.path in (f"registry[{value}].number", f"registry[{value}].text"):
                yield {name: settings[o.name] if isinstance(o, Reference) else o for name, o in one.operators.items()}


WRITTEN = re.compile(r"(HKLM\\[^|\n]*\|[^=|\n]*?) = (\d+)(?:, REG_(?:DWORD|SZ)| or \d)")


def test_a_value_of_the_registry_that_mends_a_check_is_one_that_it_takes() -> None:
    checks = [check for check in shipped()[0].checks.values() if "windows" in check.platforms]
    pasted = [(check, *found) for check in checks for found in WRITTEN.findall(remediation_text(check, "windows"))]
    refused = [
        f"{check.id}: {value} = {written}"
        for check, value, written in pasted
        for operators in asked_of(check.platforms["windows"], value, resolve_parameters(check))
        if PASS not in [judge(operators, candidate).status for candidate in (int(written), written)]
    ]
    assert refused == []


# Their remediation sets nothing: what is old or unused is looked at, renewed or taken away.
STATES = {"certificates-valid", "malware-signatures-recent", "package-lists-recent", "password-age"}


def test_a_number_of_the_organization_stands_in_the_remediation() -> None:
    """Where another number than its own would be pasted, the next scan fails again."""
    checks = [check for check in shipped()[0].checks.values() if check.id not in STATES]
    used = [(c, part, name) for c in checks for part in c.platforms.values() for name in part.used_parameters()]
    left = [(c.id, name) for c, part, name in used if c.parameters[name].type == "integer" and f"${name}" not in part.remediation]
    assert left == []


ALL_OR_NOTHING = re.compile(r"\bapt(?:-get)? (?:purge|remove) [a-z0-9.+-]+ [a-z0-9]|systemctl disable(?: --now)? [\w@][\w@.-]* [\w@]")


def test_no_command_does_nothing_over_one_name_that_a_release_lacks() -> None:
    """The whole line of apt is refused over one unknown package; systemctl disables nothing over one unit that is not there."""
    assert [name for name, text in remediations("linux") if ALL_OR_NOTHING.search(text)] == []


# What the tools that write PAM's files on RHEL and SUSE know: features of authselect's own profiles, modules of pam-config.
FEATURES = {"with-faillock", "with-pwhistory", "with-silent-lastlog", "with-smartcard-required", "without-nullok"}
MODULES = {"cracklib", "pwhistory", "pwquality", "unix"}


def test_the_tools_of_pam_are_told_what_they_know() -> None:
    texts = [text for _, text in remediations("linux")]
    told = [options for text in texts for options in re.findall(r"pam-config -[ad]((?: --[\w=$-]+)+)", text)]
    assert {feature for text in texts for feature in re.findall(r"(?:enable|disable)-feature ([a-z-]+)", text)} <= FEATURES
    assert {module for options in told for module in re.findall(r"--([a-z0-9]+)", options)} <= MODULES


def test_a_policy_that_is_to_record_successes_keeps_the_failures_that_another_check_asks_for() -> None:
    asked: dict[str, set[str]] = {}
    parts = [check.platforms["windows"] for check in shipped()[0].checks.values() if "windows" in check.platforms]
    for path in (path for part in parts for path in part.paths() if path.startswith("audit_policy.")):
        asked.setdefault(path.split(".")[1], set()).add(path.split(".")[-1])
    both = {name for name, kinds in asked.items() if {"success", "failure"} <= kinds}
    alone = [part for part in parts if any(path.split(".")[1:2] == [name] for path in part.paths() for name in both)]
    assert alone
    assert [part.remediation for part in alone if "= Success and Failure" not in part.remediation] == []
