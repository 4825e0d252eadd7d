"""The pages of changes, and their texts."""

from collections.abc import Callable

from django.test import Client

from server.changes import changes_of
from server.views.content import content
from tests.server.pages.conftest import Plant

Get = Callable[[str], str]


def key_of(plant: Plant) -> str:
    return changes_of(plant.system, content(), plant.clock.date())[0].key


def test_what_is_left_stands_by_the_place_where_it_is_mended(get: Get, plant: Plant) -> None:
    text = get("changes/")
    assert "the file /etc/login.defs" in text
    assert f'/systems/{plant.system.pk}/items/PA-0001/">PA-0001</a>' in text
    plant.fix()
    plant.scan()
    assert "Nothing is left to change" in get("changes/")


def test_a_change_names_its_hosts_items_and_settings_and_what_is_left_to_a_person(get: Get, plant: Plant) -> None:
    text = get(f"changes/{key_of(plant)}/")
    for part in (
        "The file /etc/login.defs",
        "ws-000",
        "ws-002",
        "PASS_MAX_DAYS",
        "Shell script",
        "Ansible tasks",
        "closeout never changes a host",
    ):
        assert part in text


def test_the_text_of_a_change_comes_as_a_file_and_never_as_a_page(page: Client, plant: Plant) -> None:
    answer = page.get(f"/systems/{plant.system.pk}/changes/{key_of(plant)}/shell")
    assert answer["Content-Disposition"] == f'attachment; filename="change-{key_of(plant)}.sh"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert b"set_line '/etc/login.defs' 'PASS_MAX_DAYS' 'PASS_MAX_DAYS 1095'" in answer.content


def test_a_language_that_does_not_fit_is_refused_with_a_sentence(page: Client, plant: Plant) -> None:
    answer = page.get(f"/systems/{plant.system.pk}/changes/{key_of(plant)}/powershell", follow=True)
    assert "is mended on Linux; export it as shell or ansible" in answer.content.decode()
    assert page.get(f"/systems/{plant.system.pk}/changes/{key_of(plant)}/cobol").status_code == 404


def test_a_change_of_which_nothing_is_left_is_not_there(page: Client, plant: Plant) -> None:
    address = f"/systems/{plant.system.pk}/changes/{key_of(plant)}/"
    plant.fix()
    plant.scan()
    assert page.get(address).status_code == 404
