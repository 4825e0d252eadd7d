"""The page on what nobody should sign."""

from collections.abc import Callable

from server import store
from server.models import User
from tests.server.pages.conftest import Plant

Get = Callable[[str], str]


def test_what_to_mend_stands_by_item_with_a_link_to_each(get: Get, plant: Plant) -> None:
    text = get("lint/")
    assert "1 of 1 draft and open item lacks something" in text
    assert f'/systems/{plant.system.pk}/items/PA-0001/">PA-0001</a>' in text
    assert "The impact is the unedited text of the template; say what this system would lose." in text


def test_an_item_that_says_everything_is_not_named(get: Get, plant: Plant, rita: User) -> None:
    told = {"impact": "Whoever guesses one reads the drawings.", "point_of_contact": "Rita", "cost_cents": 0}
    store.edit(plant.item(), rita, told, plant.now())
    assert "PA-0001" not in get("lint/")
    assert "Before you sign" not in get("items/PA-0001/")


def test_the_review_shows_what_to_mend_before_anybody_signs(get: Get, plant: Plant, rita: User) -> None:
    assert plant.item().state == "draft"
    text = get("review/PA-0001/")
    assert text.index("Before you sign") < text.index("Approve <kbd>")
    assert "Nobody is named who sees to it; name a point of contact." in text
    store.approve(plant.item(), rita, store.review_digest(plant.item()), plant.now())
    assert "What it still lacks" in get("items/PA-0001/")
