"""Official wording that was attached stands beside our own on the pages."""

import pytest
from django.test import Client
from django.utils import timezone

from checks.catalogs import read_catalog
from server.errors import ServerError
from server.models import System, User
from server.store.wording import attach_wording, wording_of

R2 = b"id,text\n3.1.8,Limit the <b>tries</b>.\n3.1.8[b],The limit holds.\n"
R3 = b"id,text\n03.01.08,Limit them by value.\n"


def attach(system: System, raw: bytes, user: User) -> None:
    attach_wording(system, read_catalog(raw, "words.csv"), raw, "words.csv", user, timezone.now())


def test_without_a_catalog_there_is_our_wording_alone(page: Client, system: System) -> None:
    assert wording_of(system, "r2") == {}
    assert "Official wording" not in page.get(f"/systems/{system.pk}/requirements/3.1.8/").content.decode()


def test_it_stands_beside_requirement_and_objective_as_text(page: Client, system: System, rita: User) -> None:
    attach(system, R2, rita)
    shown = page.get(f"/systems/{system.pk}/requirements/3.1.8/").content.decode()
    assert "Limit the &lt;b&gt;tries&lt;/b&gt;." in shown
    assert "The limit holds." in shown
    assert "words.csv" in shown


def test_each_revision_has_its_own_and_level_1_that_of_revision_2(page: Client, system: System, rita: User) -> None:
    attach(system, R3, rita)
    attach(system, b"id,text\n3.1.1,Limit access.\n", rita)
    assert "Limit them by value." in page.get(f"/systems/{system.pk}/frameworks/r3/03.01.08/").content.decode()
    assert "Limit access." in page.get(f"/systems/{system.pk}/frameworks/cmmc-l1/3.1.1/").content.decode()


def test_of_one_id_the_newest_text_counts_and_others_stay(system: System, rita: User) -> None:
    attach(system, R2, rita)
    attach(system, b"id,text\n3.1.8,Limit them anew.\n", rita)
    held = wording_of(system, "r2")
    assert {name: one.text for name, one in held.items()} == {"3.1.8": "Limit them anew.", "3.1.8[b]": "The limit holds."}
    assert held["3.1.8"].sha256 != held["3.1.8[b]"].sha256


def test_who_may_not_decide_attaches_nothing(system: System, victor: User) -> None:
    with pytest.raises(ServerError, match="attach an official wording"):
        attach(system, R3, victor)
    assert wording_of(system, "r3") == {}
