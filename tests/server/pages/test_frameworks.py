"""The same results under other frameworks."""

from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from poam_generator.tailoring import Source
from server import store
from server.models import System, User
from tests.server.pages.conftest import Plant

Get = Callable[[str], str]


def test_the_requirements_lead_to_the_other_frameworks_and_back(plant: Plant, get: Get) -> None:
    assert f'href="/systems/{plant.system.pk}/frameworks/r3/"' in get("requirements/")
    page = get("frameworks/r3/")
    assert f'href="/systems/{plant.system.pk}/requirements/"' in page
    assert "Supply Chain Risk Management Plan" in page
    assert "Asked no longer" in page


def test_the_judging_framework_is_the_list_with_the_score(page: Client, system: System) -> None:
    assert page.get(f"/systems/{system.pk}/frameworks/r2/")["Location"] == f"/systems/{system.pk}/requirements/"


def test_a_framework_or_requirement_that_there_is_not_is_not_found(page: Client, system: System) -> None:
    for address in ("frameworks/r4/", "frameworks/r3/03.99.01/", "frameworks/cmmc-l1/3.1.3/"):
        assert page.get(f"/systems/{system.pk}/{address}").status_code == 404


def test_every_number_is_the_length_of_the_list_behind_it(get: Get) -> None:
    assert "<b>18</b> new" in get("frameworks/r3/")
    new = get("frameworks/r3/?standing=new")
    assert new.count("nothing of Revision 2") == 18
    assert "03.01.08" not in new
    asking = get("frameworks/r3/?gap=yes")
    assert "03.01.02" not in asking
    assert "Failed logons in a row that are allowed" in asking


def test_level_1_has_17_requirements_under_its_own_ids(get: Get) -> None:
    page = get("frameworks/cmmc-l1/")
    assert page.count("<code>") == 17
    assert "PE.L1-b.1.ix" in page


def test_a_value_says_whether_the_organization_has_confirmed_it(get: Get, system: System, rita: User) -> None:
    assert "not confirmed" in get("frameworks/r3/03.01.08/")
    source = Source("AC policy", "4.2", "A. Official", timezone.now().date())
    store.confirm_parameters(system, {"account-lockout-threshold.max_attempts": (3, source)}, rita, timezone.now())
    page = get("frameworks/r3/03.01.08/")
    assert "account-lockout-threshold.max_attempts</a>: 3" in page
    assert "by AC policy, 4.2" in page


def test_a_failing_check_is_seen_through_the_requirement_behind(plant: Plant, get: Get) -> None:
    plant.scan()
    page = get("frameworks/r3/03.05.02/")
    assert "contested" in page
    assert "3.5.2 Authentication" in page
