"""The page of the organization's own values."""

import pytest
from django.test import Client

from server.models import ParameterValue, User
from tests.server.pages.conftest import CHECK, Plant, signed_in

KEY = f"{CHECK}.days"
FORM = {
    "choose": [KEY],
    f"value:{KEY}": "60",
    "document": "Access Control Policy",
    "section": "4.2",
    "approver": "A. Official",
    "approved_on": "2026-02-01",
}


def post(client: Client, plant: Plant, **fields: object) -> str:
    answer = client.post(f"/systems/{plant.system.pk}/tailoring/confirm", {**FORM, **fields}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def client(rita: User) -> Client:
    return signed_in(rita)


def test_a_value_is_a_default_until_it_is_confirmed(plant: Plant, client: Client) -> None:
    address = f"/systems/{plant.system.pk}/tailoring/?text={CHECK}"
    assert "not confirmed" in client.get(address).content.decode()
    assert "1 confirmed, 0 as they were." in post(client, plant)
    page = client.get(address).content.decode()
    assert "Access Control Policy, 4.2" in page
    assert "recorded by Rita" in page
    assert f'"{KEY}"' in client.get(f"/systems/{plant.system.pk}/tailoring/?only=confirmed").content.decode()
    assert f'"{KEY}"' not in client.get(f"/systems/{plant.system.pk}/tailoring/?only=unconfirmed").content.decode()


def test_another_value_says_that_it_waits_for_a_reviewer(plant: Plant, client: Client) -> None:
    assert f"which waits for a reviewer: {CHECK}." in post(client, plant, **{f"value:{KEY}": "30"})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"choose": []}, "Choose the values"),
        ({"choose": ["nothing.max"]}, "there is no check nothing"),
        ({f"value:{KEY}": "0"}, "would hollow the check out"),
        ({f"value:{KEY}": ""}, "write a whole number"),
        ({"section": " "}, "name the section"),
        ({"approved_on": ""}, "Say on which day"),
        ({"approved_on": "March"}, "is no date"),
    ],
)
def test_a_value_that_is_not_good_is_refused_with_a_sentence(plant: Plant, client: Client, wrong: dict[str, object], sentence: str) -> None:
    assert sentence in post(client, plant, **wrong)
    assert not ParameterValue.objects.exists()


def test_a_viewer_sees_values_and_no_form(plant: Plant, victor: User) -> None:
    page = signed_in(victor).get(f"/systems/{plant.system.pk}/tailoring/").content.decode()
    assert KEY in page
    assert "Confirm the chosen values" not in page


def test_a_value_stands_beside_what_the_dod_has_published_for_it(plant: Plant, client: Client) -> None:
    page = client.get(f"/systems/{plant.system.pk}/tailoring/?text=account-lockout-threshold").content.decode()
    assert "DoD: at most 5 (" in page
    assert "frameworks/r3/03.01.08/" in page
