"""The page of a check, and the search for checks."""

import re

import pytest

from checks.framework import load_framework
from checks.load import load_content
from checks.markdown import block, escape, page_text, table, write_pages
from checks.page import Page, make_page
from checks.search import matches

CONTENT, FRAMEWORK = load_content(), load_framework()
SHAPE = ["What", "Why", "How it judges", "How to fix it", "How it is verified", "References"]


def page_of(check: str, **values: object) -> Page:
    return make_page(CONTENT.checks[check], FRAMEWORK, values)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return dict(write_pages(CONTENT, FRAMEWORK))


def test_there_is_a_page_for_each_check_with_an_index_and_the_references(pages: dict[str, str]) -> None:
    assert set(pages) == {f"{name}.md" for name in CONTENT.checks} | {"index.md", "references.md"}


def test_every_page_has_the_same_shape(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        if name not in {"index.md", "references.md"}:
            outside = re.sub(r"^(`{3,})\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
            assert re.findall(r"^## (.*)$", outside, re.MULTILINE) == SHAPE, name


def test_every_link_of_the_index_leads_to_a_page(pages: dict[str, str]) -> None:
    linked = set(re.findall(r"\]\(([a-z0-9-]+\.md)\)", pages["index.md"]))
    assert linked == set(pages) - {"index.md"}


def test_a_rule_elsewhere_leads_to_its_check(pages: dict[str, str]) -> None:
    assert "| cac | `sshd_disable_root_login` | [ssh-root-login](ssh-root-login.md) |" in pages["references.md"]


def test_the_page_says_what_is_expected_with_values_and_bounds() -> None:
    page = page_of("account-lockout-threshold")
    (allowed,) = page.parameters
    assert (allowed.name, allowed.value, allowed.bounds, allowed.is_default) == ("max_attempts", "5", "at least 1, at most 10", True)
    assert any("at most 5 ($max_attempts)" in words for one in page.platforms for line in one.expect for _, words in line.alternatives)


def test_the_values_of_the_organization_stand_in_the_page() -> None:
    page = page_of("account-lockout-threshold", max_attempts=3)
    assert [(one.value, one.is_default) for one in page.parameters] == [("3", False)]
    assert "max_attempts" not in page.platforms[-1].remediation


def test_alternatives_of_which_one_is_enough_stand_together() -> None:
    named = (page_of(name) for name in CONTENT.checks)
    page = next(page for page in named if any(len(line.alternatives) > 1 for one in page.platforms for line in one.expect))
    assert " or `" in page_text(page)


def test_text_of_a_check_is_never_markup() -> None:
    assert escape("a <b> [c](d) `e` *f*") == r"a \<b\> \[c\](d) \`e\` \*f\*"
    assert table(("A",), [("x|y",)]).endswith("| x\\|y |")
    assert block("```\ninner\n```").startswith("````\n")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ssh-root-login", True),
        ("root SSH", True),
        ("3.1.5", True),
        ("3.1.5[b]", True),
        ("sshd_disable_root_login", True),
        ("cac:sshd_disable_root_login", True),
        ("sshd.settings.permitrootlogin", True),
        ("3.1.1", False),
        ("root bitlocker", False),
        ("", True),
    ],
)
def test_a_check_is_found_by_words_requirement_fact_and_reference(words: str, found: bool) -> None:  # noqa: FBT001 - the wanted answer
    assert matches(CONTENT.checks["ssh-root-login"], words) is found
