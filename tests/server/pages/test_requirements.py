"""The requirements with what proves them, and people's words on them."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from poam_generator.answers import Answers
from poam_generator.score import Ssp
from server import store
from server.models import AnswerRecord, System, User
from tests.server.pages.conftest import CHECK, Plant, make_person, signed_in

FORM = {
    "finding": "met",
    "method": ["examine", "interview"],
    "statement": "The plan names the team.",
    "review_by": "",
    "evidence_name": "plan.pdf",
    "evidence_version": "2.0",
    "evidence_owner": "J. Doe",
    "evidence_status": "final",
    "evidence_approved_on": "2026-03-01",
}


def text(client: Client, plant: Plant, path: str) -> str:
    answer = client.get(f"/systems/{plant.system.pk}/requirements/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, plant: Plant, path: str, **fields: object) -> str:
    answer = client.post(f"/systems/{plant.system.pk}/requirements/{path}", {**FORM, **fields}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def client_of_rita(rita: User) -> Client:
    return signed_in(rita)


def test_without_a_plan_the_page_says_that_there_is_no_score(plant: Plant, client_of_rita: Client) -> None:
    page = text(client_of_rita, plant, "")
    assert "There is no score: there is no system security plan on record" in page
    assert "3.14.7" in page


def test_with_a_plan_every_number_stands_beside_its_list(plant: Plant, client_of_rita: Client, rita: User) -> None:
    today = timezone.now().date()
    plan = Ssp("Plant 2", "3.1", today, "A. Official", today)
    store.record_answers(plant.system, Answers(plan), rita, timezone.now())
    page = text(client_of_rita, plant, "")
    assert "<b>-203</b> verified score of 110" in page
    assert "<b>110</b> requirements not met or not assessed" in page


def test_an_objective_says_what_contests_it_and_who_may_weigh_it(plant: Plant, client_of_rita: Client) -> None:
    page = text(client_of_rita, plant, "3.5.2/")
    assert f'value="{CHECK}"' in page
    assert f"Contested by {CHECK}" in page
    assert '?requirement=3.5.2&amp;state=draft">1 draft</a>' in page


def test_a_word_is_recorded_under_the_name_of_who_gave_it(plant: Plant, client_of_rita: Client, rita: User) -> None:
    page = post(client_of_rita, plant, "3.6.1/a/attest")
    assert "Your word on 3.6.1[a] is recorded." in page
    assert "<p>Attested.</p>" in page
    (word,) = store.answers_of(plant.system).attestations
    assert (word.by, word.methods, word.evidence[0].approved_on) == (str(rita), ("examine", "interview"), date(2026, 3, 1))
    assert AnswerRecord.objects.get().recorded_by == rita


def test_a_word_may_speak_of_the_assets_that_no_scan_shows(plant: Plant, client_of_rita: Client) -> None:
    assert "<option>ws-001</option>" in text(client_of_rita, plant, "3.5.2/")
    post(client_of_rita, plant, "3.5.2/a/attest", asset=["ws-001"])
    (word,) = store.answers_of(plant.system).attestations
    assert word.assets == {str(plant.system.assets.get(name="ws-001").pk)}
    assert "there is no asset" in post(client_of_rita, plant, "3.5.2/a/attest", asset=["ws-9"])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"finding": "maybe"}, "Say whether it is met"),
        ({"method": ["guess"]}, "Say whether it is met"),
        ({"statement": "  "}, "a word without a statement"),
        ({"evidence_approved_on": "March"}, "is no date"),
        ({"review_by": "soon"}, "is no date"),
    ],
)
def test_a_word_that_is_not_whole_is_refused(plant: Plant, client_of_rita: Client, wrong: dict[str, object], sentence: str) -> None:
    assert sentence in post(client_of_rita, plant, "3.6.1/a/attest", **wrong)
    assert not AnswerRecord.objects.exists()


@pytest.mark.parametrize(
    ("weak", "sentence"),
    [
        ({"evidence_status": "draft"}, "no final evidence"),
        ({"evidence_name": ""}, "no final evidence"),
        ({"method": []}, "names no method"),
    ],
)
def test_a_word_that_counts_for_nothing_yet_says_so(plant: Plant, client_of_rita: Client, weak: dict[str, object], sentence: str) -> None:
    page = post(client_of_rita, plant, "3.6.1/a/attest", **weak)
    assert sentence in page
    assert "No evidence yet" in page


def test_a_review_date_beyond_a_year_does_not_count(plant: Plant, client_of_rita: Client) -> None:
    far = (timezone.now().date() + timedelta(days=400)).isoformat()
    assert "more than a year" in post(client_of_rita, plant, "3.6.1/a/attest", review_by=far)


def test_that_it_does_not_apply_takes_a_second_person(plant: Plant, client_of_rita: Client) -> None:
    page = post(
        client_of_rita, plant, "3.1.16/a/attest", finding="not_applicable", justification="No wireless.", ssp_reference="SSP 3.1.16"
    )
    assert "N/A needs somebody" in page
    assert "Approve that 3.1.16[a] does not apply" in page
    assert "has attested 3.1.16[a] or recorded that, and cannot approve it" in post(client_of_rita, plant, "3.1.16/a/approve")
    olga = signed_in(make_person(plant.system, "olga", "affirming_official"))
    assert "3.1.16[a] does not apply: approved." in post(olga, plant, "3.1.16/a/approve")
    assert "<p>Not applicable.</p>" in text(olga, plant, "3.1.16/")


@pytest.mark.parametrize("path", ["3.99.1/", "nonsense/"])
def test_there_is_no_other_requirement(plant: Plant, client_of_rita: Client, path: str) -> None:
    assert client_of_rita.get(f"/systems/{plant.system.pk}/requirements/{path}").status_code == 404
    assert client_of_rita.post(f"/systems/{plant.system.pk}/requirements/3.6.1/z/attest", FORM).status_code == 404


def test_nothing_of_another_system_is_told(plant: Plant, client_of_rita: Client) -> None:
    post(client_of_rita, plant, "3.6.1/a/attest")
    other = System.objects.create(name="Elsewhere", created_at=timezone.now())
    stranger = signed_in(make_person(other, "sam", "reviewer"))
    answer = stranger.get(f"/systems/{other.pk}/requirements/3.6.1/")
    assert "The plan names the team." not in answer.content.decode()
