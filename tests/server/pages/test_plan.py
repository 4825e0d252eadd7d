"""Home, the plan and the reports: where the system stands, what to do, and numbers that lead to what they count."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from poam_generator.answers import Answers
from poam_generator.assessment import CmmcAssessment, Entry
from poam_generator.score import Ssp
from server import store
from server.models import Item, User
from server.score import record
from server.views.content import content
from tests.server.pages.conftest import Plant

Get = Callable[[str], str]


@pytest.fixture
def scored(plant: Plant, rita: User) -> Plant:
    """The plant with a system security plan on record, and so with a score."""
    today = timezone.now().date()
    store.record_answers(plant.system, Answers(Ssp("Plant 2", "3.1", today, "A. Official", today)), rita, timezone.now())
    record(plant.system, content(), timezone.now())
    return plant


def plain(text: str) -> str:
    """The words of a page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_without_a_plan_on_record_home_says_that_there_is_no_score(get: Get, plant: Plant) -> None:
    del plant
    words = plain(get(""))
    assert "There is no system security plan on record" in words
    assert "the system security plan, approved and reviewed within a year" in words


def test_home_shows_both_scores_and_what_they_come_of(get: Get, scored: Plant) -> None:
    del scored
    words = plain(get(""))
    assert "Verified score -203 of 110" in words
    assert re.search(r"because of \d+ requirements? not met and \d+ not assessed", words)
    assert "291 short of 88" in words
    assert "open requirements may not be on a POA&amp;M" in words
    assert "180-day clock: not started" in words


def test_home_shows_the_first_steps_of_the_cheapest_way(get: Get, scored: Plant) -> None:
    del scored
    text = get("")
    assert "Open the plan" in text
    assert text.count("/plan/#r-3.") == 3


def test_a_running_clock_is_shown_with_its_entries(get: Get, scored: Plant, rita: User) -> None:
    today = timezone.now().date()
    given = CmmcAssessment(0, "self", "J. Doe", today, "conditional", 109, today, entries=(Entry("3.1.8", ("3.1.8[a]",), 1),))
    store.record_assessment(scored.system, given, rita, timezone.now())
    words = plain(get(""))
    assert f"due {today + timedelta(days=180)} (in 180 days) ; 1 open entry, 0 ready" in words


def test_what_changed_is_counted_since_the_visit_before(page: Client, scored: Plant) -> None:
    address = f"/systems/{scored.system.pk}/"
    assert "This is your first" in page.get(address).content.decode()
    assert "This is your first" in page.get(address).content.decode()
    visited = int((timezone.now() - timedelta(days=2)).timestamp())
    page.cookies[f"visited-{scored.system.pk}"] = f".{visited}"
    words = plain(page.get(address).content.decode())
    assert "2 days ago" in words
    assert "0 closed · 0 fixed before review · 0 came back" in words
    assert page.cookies[f"visited-{scored.system.pk}"].value.startswith(f"{visited}.")


@pytest.mark.parametrize("cookie", ["", "x.y", "99999999999999.99999999999999", "-1.2", "1", "٣.٣"])
def test_a_cookie_that_says_what_cannot_be_is_no_visit(page: Client, scored: Plant, cookie: str) -> None:
    page.cookies[f"visited-{scored.system.pk}"] = cookie.encode().decode("latin-1")
    assert page.get(f"/systems/{scored.system.pk}/").status_code == 200


def test_the_plan_shows_every_step_and_what_stays_open(get: Get, scored: Plant) -> None:
    del scored
    words = plain(get("plan/"))
    assert "-203 verified score now" in words
    assert re.search(r"(8[89]|9\d) at the end", words)
    assert "are not assessed, and Conditional status asks for a finding on each" in words
    assert "110 at the end" in plain(get("plan/?to=110"))
    assert "at the end" in get("plan/?to=99")


def test_what_if_shows_what_would_come_of_steps(get: Get, scored: Plant) -> None:
    del scored
    assert "-202 then" in plain(get("plan/?steps=3.10.5"))
    assert "nothing that could be done" in get("plan/?steps=PA-0099")
    assert "&lt;script&gt;" in get("plan/?steps=<script>")


def test_where_the_solver_is_missing_a_sentence_says_so(get: Get, scored: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    del scored
    monkeypatch.setitem(__import__("sys").modules, "highspy", None)
    assert "the solver is not installed" in get("plan/")
    assert "the solver is not installed" in get("")


def test_each_number_of_the_reports_leads_to_the_items_that_it_counts(get: Get, scored: Plant, rita: User) -> None:
    late = timezone.now().date() - timedelta(days=1)
    store.create_item(scored.system, store.read_item(scored.item(), scored.system), store.read_draft(scored.item()), timezone.now(), rita)
    Item.objects.filter(number=1).update(state="open", scheduled_completion=late)
    text = get("reports/")
    links = set(re.findall(r'href="/systems/\d+/(items/\?(?:count|live_on)=[^"]+)">(?:<b>)?(\d+)<', text))
    assert len(links) > 10
    assert any("live_on" in address for address, _ in links)
    for address, number in links:
        listed = set(re.findall(r"items/(PA-\d+)/", get(address.replace("&amp;", "&"))))
        assert len(listed) == int(number), address


def test_the_reports_draw_the_score_and_the_open_items_with_their_tables(get: Get, scored: Plant) -> None:
    del scored
    text = get("reports/?days=30")
    assert text.count("<polyline") >= 3
    assert text.count("The same as a table") == 2
    assert "88</text>" in text
    (address,) = re.findall(r'href="/systems/\d+/(reports/[^"]+)">-203<', text)
    then = get(address.replace("&amp;", "&")).partition('id="score-then"')[2].partition("</section>")[0]
    taken = [int(points) for points in re.findall(r'<td class="number">(\d+)</td>', then)]
    assert "-203 of 110" in then
    assert 110 - sum(taken) == -203
    assert "No score was recorded on 2020-01-01" in get("reports/?score_on=2020-01-01")


def test_the_reports_of_an_empty_system_teach_what_to_do(get: Get) -> None:
    text = get("reports/")
    assert "closeout score record" in text
    assert "No items yet" in text
