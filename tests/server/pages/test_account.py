from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.test import Client

from server import store
from server.models import System, User
from server.views import throttle
from tests.server.pages.conftest import PASSWORD

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def sign_in(client: Client, name: str, password: str, **extra: str) -> int:
    return client.post("/sign-in", {"name": name, "password": password, **extra}).status_code


def test_a_person_signs_in_and_comes_to_the_page_they_asked_for(rita: User, system: System) -> None:
    client = Client()
    answer = client.get(f"/systems/{system.pk}/items/?state=open")
    assert answer["Location"] == f"/sign-in?next=/systems/{system.pk}/items/%3Fstate%3Dopen"
    answer = client.post("/sign-in", {"name": rita.username, "password": PASSWORD, "next": f"/systems/{system.pk}/items/?state=open"})
    assert answer["Location"] == f"/systems/{system.pk}/items/?state=open"


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_sign_in_leads_to_no_other_server(rita: User, onward: str) -> None:
    answer = Client().post("/sign-in", {"name": rita.username, "password": PASSWORD, "next": onward})
    assert answer["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(rita: User) -> None:
    texts = []
    for name in (rita.username, "nobody"):
        answer = Client().post("/sign-in", {"name": name, "password": "wrong"})
        assert answer.status_code == 403
        texts.append(answer.content.decode().split('role="alert">')[1].split("</p>")[0])
    assert texts[0] == texts[1]


def test_after_five_failures_even_the_right_password_has_to_wait(rita: User) -> None:
    client = Client()
    assert [sign_in(client, "Rita", "wrong") for _ in range(throttle.ATTEMPTS)] == [403] * 5
    assert sign_in(client, "rita", PASSWORD) == 429
    assert Client(REMOTE_ADDR="192.0.2.9").post("/sign-in", {"name": "rita", "password": PASSWORD}).status_code == 302
    assert rita.is_active


def test_a_success_forgets_the_failures(rita: User) -> None:
    client = Client()
    for _ in range(throttle.ATTEMPTS - 1):
        sign_in(client, rita.username, "wrong")
    assert sign_in(client, rita.username, PASSWORD) == 302
    assert [sign_in(Client(), rita.username, "wrong") for _ in range(2)] == [403, 403]


def test_a_deactivated_person_does_not_come_in(rita: User) -> None:
    rita.is_active = False
    rita.save()
    assert sign_in(Client(), rita.username, PASSWORD) == 403


def test_a_one_time_password_opens_nothing_but_the_choice_of_another(system: System) -> None:
    user, once = store.first_administrator(system, "admin", NOW)
    client = Client()
    assert sign_in(client, user.username, once) == 302
    for path in ("/", f"/systems/{system.pk}/", f"/systems/{system.pk}/items/", "/design"):
        assert client.get(path)["Location"] == "/password"
    assert "one-time password" in client.get("/password").content.decode()
    chosen = {"old": once, "new": PASSWORD, "again": PASSWORD}
    assert client.post("/password", chosen)["Location"] == "/"
    assert client.get(f"/systems/{system.pk}/").status_code == 200
    user.refresh_from_db()
    assert not user.must_change_password
    assert not user.check_password(once)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("wrong", "another good long one", "another good long one"), "The present password is another one."),
        ((PASSWORD, "another good long one", "and yet another one"), "are not the same"),
        ((PASSWORD, "short", "short"), "too short"),
        ((PASSWORD, "1234567890123", "1234567890123"), "entirely numeric"),
        ((PASSWORD, PASSWORD, PASSWORD), "is the old one"),
    ],
)
def test_a_bad_choice_of_password_is_refused_with_the_reason(page: Client, rita: User, typed: tuple[str, str, str], says: str) -> None:
    answer = page.post("/password", dict(zip(("old", "new", "again"), typed, strict=True)))
    assert answer.status_code == 400
    assert says in answer.content.decode()
    rita.refresh_from_db()
    assert rita.check_password(PASSWORD)


def test_signing_out_ends_the_session_and_takes_a_post(page: Client) -> None:
    assert page.get("/sign-out").status_code == 405
    assert page.post("/sign-out")["Location"] == "/sign-in"
    assert page.get("/").headers["Location"].startswith("/sign-in")
    assert isinstance(page.get("/sign-in").wsgi_request.user, AnonymousUser) or not page.get("/sign-in").wsgi_request.user.is_authenticated


def test_light_and_dark_are_remembered_and_nothing_else_is(page: Client) -> None:
    assert 'data-theme="dark"' not in page.get("/design").content.decode()
    assert page.post("/theme", {"theme": "dark", "next": "/design"})["Location"] == "/design"
    assert 'data-theme="dark"' in page.get("/design").content.decode()
    page.post("/theme", {"theme": 'x"><script>', "next": "https://evil.example/"})
    assert "data-theme" not in page.get("/design").content.decode()


def test_the_name_that_was_typed_stands_in_no_cache_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []

    def note(key: str, default: int) -> int:
        keys.append(key)
        return default

    monkeypatch.setattr(cache, "get", note)
    throttle.too_many(Client().get("/sign-in").wsgi_request, "my secret by mistake")
    assert len(keys) == 1
    assert "secret" not in keys[0]
