"""Whole hosts, one hardened and one neglected of each family: every check that applies passes on the one and fails on the other.

Each bundle is what the collection script prints: frames of a real host, and some written by hand that a test host cannot give: the
kernel's audit, units that run, encrypted disks, a boot loader.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from checks.evaluate import evaluate_all, explain
from checks.load import load_content
from checks.model import FAIL, NOT_APPLICABLE, PASS, Result
from collector.bundle import read_bundle
from collector.facts import Facts
from collector.read import read_facts

HOSTS = Path(__file__).parent / "hosts"
FAMILIES = ("debian", "rhel")
NEVER_NEGLECTED = {"inventory-hardware", "inventory-software"}  # a host that says anything says what it is
FEWEST = {"debian": 620, "rhel": 635}  # checks that apply to a host


@cache
def facts_of(name: str) -> Facts:
    return read_facts(read_bundle((HOSTS / f"{name}.bundle").read_bytes()))


@cache
def verdicts(name: str) -> Mapping[str, Result]:
    return {result.check: result for result in evaluate_all(load_content(), facts_of(name))}


def others(name: str, status: str) -> dict[str, list[str]]:
    """The checks that say something else than this, or that they do not apply, with what they saw."""
    odd = {check: one for check, one in verdicts(name).items() if one.status not in (status, NOT_APPLICABLE)}
    return {check: [f"{result.status}: {explain(o)}" for o in result.observations] for check, result in odd.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_check_that_applies_passes_on_a_hardened_host(family: str) -> None:
    assert others(f"{family}-hardened", PASS) == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_check_that_applies_fails_on_a_neglected_host(family: str) -> None:
    assert set(others(f"{family}-neglected", FAIL)) == NEVER_NEGLECTED


@pytest.mark.parametrize("family", FAMILIES)
def test_most_checks_apply_to_a_host(family: str) -> None:
    for state in ("hardened", "neglected"):
        assert sum(result.status in (PASS, FAIL) for result in verdicts(f"{family}-{state}").values()) >= FEWEST[family]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("state", ["hardened", "neglected"])
def test_a_host_is_of_its_family(family: str, state: str) -> None:
    assert facts_of(f"{family}-{state}").values["os"]["family"] == family
