"""The page of standing exceptions, and the pages on which their hosts show them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from server.models import ExceptionRecord, ItemHost, User
from tests.server.pages.conftest import CHECK, Plant, make_person, signed_in

FORM = {
    "check": CHECK,
    "scope": "host",
    "target": "ws-001",
    "kind": "accepted",
    "reason": "no console there",
    "approver": "olga",
    "until": (timezone.now().date() + timedelta(days=60)).isoformat(),
}


def post(client: Client, plant: Plant, path: str, **fields: object) -> str:
    answer = client.post(f"/systems/{plant.system.pk}/tailoring/exceptions/{path}", {**FORM, **fields}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def text(client: Client, plant: Plant, path: str) -> str:
    return client.get(f"/systems/{plant.system.pk}/{path}").content.decode()


@pytest.fixture
def client(rita: User) -> Client:
    return signed_in(rita)


@pytest.fixture
def olga(plant: Plant) -> Client:
    return signed_in(make_person(plant.system, "olga", "affirming_official"))


def test_it_is_asked_for_agreed_to_shown_and_ended(plant: Plant, client: Client, olga: Client) -> None:
    assert "Every failure stands in its item as it is" in text(client, plant, "tailoring/exceptions/")
    assert "EX-1 waits for Olga." in post(client, plant, "ask")
    assert "Agree" not in text(client, plant, "tailoring/exceptions/")
    assert "EX-1 is agreed." in post(olga, plant, "1/answer", answer="agree")
    assert ItemHost.objects.get(disposition="accepted").asset.name == "ws-001"
    for path in ("results/", f"checks/{CHECK}/", f"hosts/{ItemHost.objects.get(disposition='accepted').asset_id}/"):
        assert "risk accepted" in text(client, plant, path), path
    assert "EX-1 is ended." in post(client, plant, "1/end", because="it has one now")
    assert "risk accepted" not in text(client, plant, "results/")
    assert "it has one now" in text(client, plant, "tailoring/exceptions/?state=ended")
    assert "No exception is asked" in text(client, plant, "tailoring/exceptions/?state=asked")


@pytest.mark.usefixtures("olga")
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"check": "nothing"}, "There is no check"),
        ({"scope": "planet"}, "Fill in the form"),
        ({"until": ""}, "Fill in the form"),
        ({"target": "ws-9"}, "there is no asset"),
        ({"reason": " "}, "name the reason"),
        ({"approver": "rita"}, "cannot agree to it"),
    ],
)
def test_one_that_is_not_whole_is_refused_with_a_sentence(plant: Plant, client: Client, wrong: dict[str, object], sentence: str) -> None:
    assert sentence in post(client, plant, "ask", **wrong)
    assert not ExceptionRecord.objects.exists()


def test_only_who_is_named_may_answer(plant: Plant, client: Client, olga: Client) -> None:
    post(client, plant, "ask")
    assert "names Olga as who agrees" in post(client, plant, "1/answer", answer="agree")
    assert "say why it is refused" in post(olga, plant, "1/answer", answer="refuse")
    assert "EX-1 is refused." in post(olga, plant, "1/answer", answer="refuse", because="there is a console")
    assert "EX-1 is refused already" in post(client, plant, "1/end", because="over")


def test_where_nobody_else_may_agree_the_page_says_whom_to_add(plant: Plant, client: Client) -> None:
    assert "Nobody else here may agree" in text(client, plant, "tailoring/exceptions/")
