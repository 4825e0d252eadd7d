from dataclasses import replace
from typing import Any

import pytest

from checks.build import build_check
from checks.judgement import judgement_digest, probes_of, sources_of
from checks.model import Check
from checks.parameters import ParameterError
from checks.yaml_file import load_yaml
from tests.support.checks import CATALOG, DEMO, GOOD, OTHER, FixedCatalog, change, good_check

EXPECTED = "87726d33"


def digest_of_text(text: str, parameters: dict[str, Any] | None = None) -> str:
    return judgement_digest(build_check(load_yaml(text, "x.yml").data, "x.yml"), "linux", parameters, catalog=CATALOG)


def digest(check: Check) -> str:
    return judgement_digest(check, "linux", catalog=CATALOG)


def test_it_is_a_sha_256() -> None:
    assert len(digest(good_check())) == 64
    assert set(digest(good_check())) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("All is well", "All is very well"), ("It is not.", "It never is."), ("It matters.", "It matters a lot."),
        ("demo set level", "demo level"), ("effort: 15", "effort: 20"), ("name: too low", "name: far too low"),
        ("cac: demo_rule", "cac: other"),
        ("severity: medium", "severity: low"), ("Least level", "The least level"), ("supports}", "member}"), ("maximum: 9", "maximum: 8"),
    ],
)  # fmt: skip
def test_what_does_not_judge_does_not_change_it(old: str, new: str) -> None:
    assert digest_of_text(change(old, new)) == digest_of_text(GOOD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("default: 3", "default: 4"), ("path: demo.flag, equals: true", "path: demo.flag, equals: false"),
        ("one_of: [low, high]", "one_of: [low]"),
        ("    when:", "    unless:"), ("at_least: $least", "at_most: $least"), ("at_least: $least", "at_least: 3"),
        ("demo.names", "demo.ports"),
    ],
)  # fmt: skip
def test_what_judges_changes_it(old: str, new: str) -> None:
    assert digest_of_text(change(old, new)) != digest_of_text(GOOD)


def test_the_organizations_value_changes_it_and_the_same_value_does_not() -> None:
    assert digest_of_text(GOOD, {"least": 4}) == digest_of_text(change("default: 3", "default: 4"))
    assert digest_of_text(GOOD, {"least": 3}) == digest_of_text(GOOD)
    with pytest.raises(ParameterError):
        digest_of_text(GOOD, {"least": 0})


def test_a_mended_parser_changes_it_where_its_facts_are_read_and_nowhere_else() -> None:
    mended = FixedCatalog(replace(DEMO, version=2), OTHER)
    elsewhere = FixedCatalog(DEMO, replace(OTHER, version=9))
    assert judgement_digest(good_check(), "linux", catalog=mended) != digest(good_check())
    assert judgement_digest(good_check(), "linux", catalog=elsewhere) == digest(good_check())


def test_one_value_or_a_list_of_one_is_the_same() -> None:
    assert digest_of_text(change("contains: [a]", "contains: a")) == digest_of_text(GOOD)


def test_the_scope_that_a_check_needs_is_told() -> None:
    assert probes_of(good_check(), "linux", catalog=CATALOG) == {"demo"}
    assert sources_of(good_check(), "linux", catalog=CATALOG) == {"demo.main", "demo.extra"}
    assert sources_of(good_check(), "windows", catalog=CATALOG) == frozenset()


def test_a_stored_digest_stays_what_it_is() -> None:
    assert digest(good_check()).startswith(EXPECTED), "a new digest asks every reviewer again: raise EVALUATOR only when verdicts change"
