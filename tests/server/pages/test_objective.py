"""One objective on every asset: the numbers of the requirement's page lead to the assets that they count."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from poam_generator.tailoring import StandingException
from server import store
from server.models import User
from tests.server.pages.conftest import CHECK, Plant, make_person, signed_in

OBJECTIVE = "3.5.2/a"  # hosts bear on it, and the check of the plant supports it


@pytest.fixture
def client(rita: User) -> Client:
    return signed_in(rita)


def text(client: Client, plant: Plant, path: str) -> str:
    answer = client.get(f"/systems/{plant.system.pk}/requirements/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_number_leads_to_the_assets_that_it_counts(plant: Plant, client: Client) -> None:
    assert "/3.5.2/a/?stands=missing" in text(client, plant, "3.5.2/")
    page = text(client, plant, f"{OBJECTIVE}/?stands=missing")
    assert all(name in page for name in ("ws-000", "ws-001", "ws-002"))
    assert "no scan proves it and no word names it" in page
    assert "ws-000" not in text(client, plant, f"{OBJECTIVE}/?stands=proven")


def test_what_no_host_shows_is_told_so(plant: Plant, client: Client) -> None:
    assert "No asset to count" in text(client, plant, "3.6.1/a/")


def test_an_exception_is_shown_where_its_check_bears_on_the_objective(plant: Plant, client: Client, rita: User) -> None:
    olga = make_person(plant.system, "olga", "affirming_official")
    until = timezone.now().date() + timedelta(days=30)
    store.ask_exceptions(
        plant.system, [StandingException(CHECK, "host", "ws-001", "accepted", "a bench", "olga", until)], rita, timezone.now()
    )
    one = store.find_exception(plant.system, 1, timezone.now().date())
    store.answer_exception(one, olga, agree=True, because="", now=timezone.now())
    store.apply_exceptions(plant.system, [CHECK], timezone.now())
    page = text(client, plant, f"{OBJECTIVE}/")
    assert "Under an exception" in page
    assert "risk accepted" in page


@pytest.mark.parametrize("path", ["3.5.2/z/", "3.99.1/a/"])
def test_there_is_no_other_objective(plant: Plant, client: Client, path: str) -> None:
    assert client.get(f"/systems/{plant.system.pk}/requirements/{path}").status_code == 404
