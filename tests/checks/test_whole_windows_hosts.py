"""Whole Windows hosts, from what their interfaces say to every verdict: on hardened ones each check passes, on neglected ones each fails.

No single host can show all of them (a workstation is no controller, and where antivirus is off its settings are not asked), so each check
has to come out so on one of its kind, and on none otherwise.
"""

from functools import cache
from pathlib import Path

import pytest

from checks.evaluate import evaluate, explain
from checks.model import ERROR, FAIL, NOT_APPLICABLE, PASS, Result
from collector.facts import Facts
from tests.checks.test_content import shipped
from tests.support.windows_host import read_host

FOLDER = Path(__file__).parent / "hosts"
CHECKS = {name: check for name, check in shipped()[0].checks.items() if "windows" in check.platforms}
HOSTS = {state: sorted(path.name for path in FOLDER.glob(f"windows-{state}-*")) for state in ("hardened", "neglected")}


@cache
def facts_of(host: str) -> Facts:
    return read_host(FOLDER / host, CHECKS.values())


def verdicts(name: str, state: str) -> dict[str, Result]:
    results = {host: evaluate(CHECKS[name], facts_of(host)) for host in HOSTS[state]}
    return {host: result for host, result in results.items() if result is not None}


def told(results: dict[str, Result]) -> str:
    return "\n".join(f"{host}: {one.status}: {explain(seen)}" for host, one in results.items() for seen in one.observations)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_check_passes_on_a_hardened_host(name: str) -> None:
    results = verdicts(name, "hardened")
    statuses = {result.status for result in results.values()}
    assert PASS in statuses, told(results)
    assert statuses <= {PASS, NOT_APPLICABLE}, told(results)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_check_fails_on_a_neglected_host(name: str) -> None:
    results = verdicts(name, "neglected")
    statuses = {result.status for result in results.values()}
    assert FAIL in statuses, told(results)
    assert ERROR not in statuses, told(results)


@pytest.mark.parametrize("host", HOSTS["hardened"])
def test_everything_of_a_hardened_host_was_read(host: str) -> None:
    assert facts_of(host).errors == {}
