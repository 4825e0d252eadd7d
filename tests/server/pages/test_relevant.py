"""What security protection assets answer for, chosen on a page."""

from collections.abc import Callable

from server import store
from server.models import User
from tests.server.pages.conftest import Plant, signed_in


def test_objectives_are_chosen_shown_with_who_chose_and_taken_back(plant: Plant, get: Callable[[str], str], rita: User) -> None:
    assert "so they answer for all 320 objectives" in get("tailoring/relevant/")
    page, address = signed_in(rita), f"/systems/{plant.system.pk}/tailoring/relevant"
    page.post(f"{address}/choose", {"objective": ["3.3.8[a]", "3.14.2[b]"]})
    text = page.post(f"{address}/choose", {"objective": ["3.3.8[a]", "3.3.8[b]"]}, follow=True).content.decode()
    assert "They answer for <b>2</b> of 320 objectives." in text
    assert "added 3.3.8[b]" in text
    assert "left out 3.14.2[b]" in text
    assert store.answers_of(plant.system).relevant == ("3.3.8[a]", "3.3.8[b]")
    assert "every objective again" in page.post(f"{address}/withdraw", follow=True).content.decode()
    assert store.answers_of(plant.system).relevant is None


def test_a_choice_of_nothing_or_of_what_there_is_not_is_refused_with_a_sentence(plant: Plant, rita: User) -> None:
    page = signed_in(rita)
    address = f"/systems/{plant.system.pk}/tailoring/relevant/choose"
    assert "choose at least one objective" in page.post(address, {}, follow=True).content.decode()
    assert "no objective 3.99.1" in page.post(address, {"objective": ["3.99.1[a]"]}, follow=True).content.decode()
    assert store.answers_of(plant.system).relevant is None
