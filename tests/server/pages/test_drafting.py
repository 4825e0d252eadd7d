"""The page on how the team works."""

from django.test import Client

from poam_generator.model import Assignment, Capacity, DraftSettings
from server import store
from server.drafting_form import write_fields
from server.models import System, User
from tests.server.pages.conftest import signed_in

FULL = DraftSettings(hours_per_week=12, capacities=(Capacity(10, "AC", "plant-2"),), assignments=(Assignment("J. Doe", "windows"),))


def test_the_page_takes_the_fields_and_says_what_is_wrong_with_what_was_typed(page: Client, system: System) -> None:
    address = f"/systems/{system.pk}/drafting/"
    assert page.post(f"{address}change", write_fields(FULL)).status_code == 302
    assert store.draft_settings(system) == FULL
    refused = page.post(f"{address}change", write_fields(FULL) | {"hours_per_week": "0", "funding": "line 7"})
    assert refused.status_code == 400
    assert "hours per week must be at least 1" in refused.content.decode()
    assert 'value="line 7"' in refused.content.decode()
    assert "Rita: 12 hours a week" in page.get(address).content.decode()
    assert page.post(f"{address}delegate").status_code == 302
    assert "0 of 0 items that belonged to nobody" in page.get(address).content.decode()


def test_somebody_who_may_not_edit_reads_the_settings_only(system: System, victor: User) -> None:
    client = signed_in(victor)
    address = f"/systems/{system.pk}/drafting/"
    assert "<textarea" not in client.get(address).content.decode()
    assert client.post(f"{address}change", write_fields(FULL)).status_code == 403
    assert store.draft_settings(system) == DraftSettings()
