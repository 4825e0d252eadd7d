from dataclasses import replace
from datetime import date

import pytest

from server import store
from server.errors import ServerError
from server.models import Approval, Ask, Asset, Item, ItemHost, System, User
from server.store import Wish
from tests.server.conftest import START, at
from tests.support.items import make_item

UNTIL = date(2027, 6, 30)
FALSE_POSITIVE = Wish("dismissed", "the parser misreads this host", UNTIL)
RISK = Wish("accepted", "replaced next year", UNTIL)


@pytest.fixture
def hosts(system: System) -> list[Asset]:
    return [store.add_host(system, store.NewAsset(f"ws-{n:03}"), START) for n in range(2)]


@pytest.fixture
def row(system: System, hosts: list[Asset]) -> Item:
    return make_item(system, "password-age", hosts)


def again(row: Item) -> Item:
    return store.find_item(row.system, row.identifier)


def test_asking_changes_nothing(row: Item, administrator: User) -> None:
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(1))
    assert (again(row).state, asked.state, asked.hosts.count()) == ("draft", "asked", 2)
    assert store.open_asks(row) == [asked]
    assert not ItemHost.objects.exclude(disposition="").exists()


def test_another_person_approves_and_the_item_ends_where_every_host_is_covered(row: Item, administrator: User, reviewer: User) -> None:
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(1))
    approval = store.approve_ask(asked, reviewer, asked.digest, at(2))
    assert again(row).state == "dismissed"
    assert set(ItemHost.objects.values_list("disposition", "disposition_until")) == {("dismissed", UNTIL)}
    assert (approval.ask, approval.sha256, Approval.objects.count()) == (asked, asked.digest, 1)
    assert [event.kind for event in row.events.all()] == ["drafted", "disposition_asked", "disposition_approved"]


def test_the_one_who_asked_cannot_answer(row: Item, reviewer: User) -> None:
    asked = store.ask(row, reviewer, FALSE_POSITIVE, at(1))
    with pytest.raises(ServerError, match="rita asked for it; another person has to answer"):
        store.approve_ask(asked, reviewer, asked.digest, at(2))
    with pytest.raises(ServerError, match="another person"):
        store.refuse_ask(asked, reviewer, "no", at(2))
    assert again(row).state == "draft"


def test_a_risk_is_accepted_by_the_affirming_official_alone(row: Item, administrator: User, reviewer: User, official: User) -> None:
    asked = store.ask(row, administrator, RISK, at(1))
    with pytest.raises(ServerError, match="rita may not approve a risk acceptance"):
        store.approve_ask(asked, reviewer, asked.digest, at(2))
    store.approve_ask(asked, official, asked.digest, at(2))
    assert again(row).state == "accepted"


def test_a_disposition_covers_the_hosts_that_it_names_and_no_other(
    row: Item, hosts: list[Asset], administrator: User, reviewer: User
) -> None:
    asked = store.ask(row, administrator, replace(FALSE_POSITIVE, hosts=(str(hosts[0].pk),)), at(1))
    store.approve_ask(asked, reviewer, asked.digest, at(2))
    assert again(row).state == "draft"
    assert {one.asset.name: one.disposition for one in ItemHost.objects.all()} == {"ws-000": "dismissed", "ws-001": ""}
    rest = store.ask(row, administrator, FALSE_POSITIVE, at(3))
    assert [one.asset for one in rest.hosts.all()] == [hosts[1]]


def test_an_ask_that_was_answered_is_answered_no_more(row: Item, administrator: User, reviewer: User) -> None:
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(1))
    store.refuse_ask(asked, reviewer, "it is real", at(2))
    assert Ask.objects.get().answer == "it is real"
    with pytest.raises(ServerError, match="was refused already"):
        store.approve_ask(asked, reviewer, asked.digest, at(3))
    with pytest.raises(ServerError, match="only while nobody has answered"):
        store.withdraw_ask(asked, administrator, at(3))


def test_who_asked_may_take_it_back(row: Item, administrator: User, reviewer: User) -> None:
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(1))
    with pytest.raises(ServerError, match="only the one who asked"):
        store.withdraw_ask(asked, reviewer, at(2))
    assert store.withdraw_ask(asked, administrator, at(2)).state == "withdrawn"
    assert store.open_asks(row) == []


def test_what_was_not_seen_is_not_approved(row: Item, administrator: User, reviewer: User) -> None:
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(1))
    with pytest.raises(ServerError, match="not what was asked"):
        store.approve_ask(asked, reviewer, "0" * 64, at(2))
    Ask.objects.update(until=date(2099, 1, 1))
    with pytest.raises(ServerError, match="was changed; ask again"):
        store.approve_ask(asked, reviewer, asked.digest, at(2))


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (replace(RISK, reason=" "), "give the reason of the risk acceptance"),
        (replace(RISK, until=date(2026, 1, 1)), "2026-01-01 is past"),
        (replace(RISK, kind="enduring_exception"), "needs its section of the SSP"),
        (replace(RISK, hosts=("nobody",)), "does not hold the host nobody"),
        (replace(RISK, kind="forgotten"), "'forgotten' is no disposition"),  # type: ignore[arg-type] # what a person may type
    ],
)
def test_what_cannot_be_asked_is_told(row: Item, administrator: User, wish: Wish, said: str) -> None:
    with pytest.raises(ServerError, match=said):
        store.ask(row, administrator, wish, START)


def test_an_ended_item_takes_no_disposition(row: Item, administrator: User) -> None:
    Item.objects.update(state="closed")
    with pytest.raises(ServerError, match="PA-0001 is closed"):
        store.ask(row, administrator, RISK, START)
