"""The page of coverage: every objective and platform, and every number leads to its list."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from checks.coverage import coverage
from checks.framework import load_framework
from server.views.content import content

Get = Callable[[str], str]


def rows(page: str) -> int:
    return page.partition("data-rows")[2].count("<tr>") - 1


def test_all_320_objectives_stand_there_for_each_platform(get: Get) -> None:
    assert rows(get("coverage/")) == 2 * 320


@pytest.mark.parametrize("query", ["", "family=AC&platform=linux", "platform=windows"])
def test_every_number_is_the_length_of_the_list_that_it_leads_to(get: Get, query: str) -> None:
    page = get(f"coverage/?{query}")
    numbers = re.findall(r'<a href="[^"]*coverage/\?([^"]*)">(\d+)</a>', page)
    assert len(numbers) >= 3
    for address, number in numbers:
        assert rows(get(f"coverage/?{address.replace('&amp;', '&')}")) == int(number), address


def test_a_proof_set_stands_with_its_reason_and_its_checks(get: Get) -> None:
    page = get("coverage/?family=AC&platform=linux&state=provable")
    (line,) = [one for one in coverage(content(), load_framework()) if (one.objective, one.platform) == ("3.1.8[b]", "linux")]
    assert line.state == "provable"
    assert line.reason in unescape(page)
    assert all(f"/checks/{name}/" in page for name in line.proof_set)


def test_an_unknown_filter_is_no_filter(get: Get) -> None:
    assert rows(get("coverage/?family=XX&state=bogus")) == 2 * 320
