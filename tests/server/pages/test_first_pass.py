"""The guided first pass on its page."""

import pytest
from django.test import Client
from django.utils import timezone

from checks.framework import load_framework
from poam_generator.first_pass import in_order
from server import store
from server.models import User
from tests.server.pages.conftest import Plant, signed_in

FIRST, SECOND = (objective for _, objective in in_order(load_framework())[:2])
WORD = {"finding": "met", "method": "examine", "statement": "The list names them.", "then": "first-pass"}


@pytest.fixture
def client(rita: User) -> Client:
    return signed_in(rita)


def text(client: Client, plant: Plant, query: str = "") -> str:
    return client.get(f"/systems/{plant.system.pk}/first-pass/{query}").content.decode()


def test_it_begins_with_the_first_objective_and_its_advice(plant: Plant, client: Client) -> None:
    page = text(client, plant)
    assert f"#{FIRST.letter}" in page
    assert FIRST.summary in page
    assert "What would answer it" in page


def test_a_word_goes_on_to_the_next_objective_with_the_document_that_was_chosen(plant: Plant, client: Client, rita: User) -> None:
    day = timezone.now().date()
    new = store.NewDocument("accounts.pdf", b"the list", "final", "J. Doe", day)
    document = store.add_document(plant.system, new, rita, timezone.now())
    requirement = load_framework().requirement_of(FIRST.id)
    address = f"/systems/{plant.system.pk}/requirements/{requirement.id}/{FIRST.letter}/attest"
    page = client.post(address, {**WORD, "document": [str(document.pk)]}, follow=True).content.decode()
    assert f"Your word on {FIRST.id} is recorded." in page
    assert SECOND.summary in page
    (word,) = store.answers_of(plant.system).attestations
    assert (word.evidence[0].name, word.evidence[0].sha256) == ("accounts.pdf", document.blob_id)


def test_a_document_that_calls_itself_a_draft_is_warned_of(plant: Plant, client: Client) -> None:
    told = {**WORD, "evidence_name": "policy DRAFT 2.pdf", "evidence_status": "final", "evidence_approved_on": "2026-02-01"}
    page = client.post(f"/systems/{plant.system.pk}/requirements/3.6.1/a/attest", told, follow=True).content.decode()
    assert "Its name calls it a draft" in page


def test_what_is_put_off_is_listed_and_comes_back(plant: Plant, client: Client) -> None:
    page = client.post(f"/systems/{plant.system.pk}/first-pass/put-off", {"objective": FIRST.id}, follow=True).content.decode()
    assert f"{FIRST.id} is put off" in page
    assert SECOND.summary in page
    assert FIRST.summary in text(client, plant, f"?objective={FIRST.id}")


def test_there_is_no_other_objective(plant: Plant, client: Client) -> None:
    assert client.get(f"/systems/{plant.system.pk}/first-pass/?objective=3.99.1[a]").status_code == 404
    page = client.post(f"/systems/{plant.system.pk}/first-pass/put-off", {"objective": "nonsense"}, follow=True).content.decode()
    assert "no objective" in page
