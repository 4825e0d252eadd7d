from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.model import Result
from collector.bundle import read_bundle
from poam_generator.standing import disposed, lapsed
from server import store
from server.errors import ServerError
from server.models import Approval, Ask, Asset, Item, ItemHost, System, User
from server.store import Wish
from server.store.dispositions import asks_for
from tests.server.conftest import START, at
from tests.support.bundles import set_clock
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


def test_a_form_that_is_sent_twice_asks_once_and_waits_for_those_alone_who_may_answer(
    row: Item, administrator: User, reviewer: User, official: User
) -> None:
    made = store.ask(row, administrator, RISK, at(1))
    with pytest.raises(ServerError, match=f"asked for already, as number {made.pk}, and waits for another person"):
        store.ask(row, reviewer, RISK, at(2))

    def waiting(user: User) -> list[Ask]:
        return list(asks_for(row.system, user, store.roles_of(row.system, user)))

    assert (waiting(official), waiting(reviewer), waiting(administrator)) == ([made], [], [])
    other = store.ask(row, administrator, FALSE_POSITIVE, at(3))
    assert waiting(reviewer) == [other]
    store.approve_ask(made, official, made.digest, at(4))
    assert waiting(reviewer) == [], "the item has ended, and nobody can answer any more"


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


EXCEPTION = Wish("enduring_exception", "It cannot.", UNTIL, (), "SSP 3.5", "An isolated network.")
DEFERRED = Wish("temporary_deficiency", "The patch broke it.", UNTIL, (), "", "Patch 7 is in test.", "was_implemented", 30)


@pytest.fixture
def passed(row: Item, hosts: list[Asset], raw: bytes) -> list[str]:
    """Receipts by which a scan saw it implemented on both hosts."""
    found = []
    for host in hosts:
        bundle = read_bundle(set_clock(raw, int(at(-48).timestamp())))
        receipt = store.save_bundle(row.system, host, bundle, store.Delivery("ssh", at(-48), at(-48), "scan")).receipt
        store.record_results(receipt, [Result("password-age", "pass", (), "1" * 64)], {"password-age": frozenset({"login_defs"})}, at(-48))
        found.append(str(receipt.pk))
    return found


def test_a_temporary_deficiency_shows_the_last_pass_of_each_host(row: Item, passed: list[str], administrator: User) -> None:
    asked = store.ask(row, administrator, DEFERRED, START)
    assert [one["receipt"] for one in asked.shown] in (passed, passed[::-1])


def test_what_was_never_implemented_is_no_temporary_deficiency(row: Item, administrator: User) -> None:
    with pytest.raises(ServerError, match="no scan ever saw it implemented there"):
        store.ask(row, administrator, DEFERRED, START)


def test_a_rollout_is_a_very_limited_subset_in_one_request_or_in_several(
    row: Item, hosts: list[Asset], administrator: User, reviewer: User
) -> None:
    with pytest.raises(ServerError, match="2 of 2 hosts are no very limited subset"):
        store.ask(row, administrator, replace(DEFERRED, basis="rollout"), START)
    one, other = (replace(DEFERRED, basis="rollout", hosts=(str(host.pk),)) for host in hosts)
    asked = store.ask(row, administrator, one, START)
    assert asked.shown == []
    for moment, meanwhile in ((at(1), "it waits"), (at(3), "it holds")):
        with pytest.raises(ServerError, match="2 of 2 hosts, with those of earlier requests for password-age, are no very limited subset"):
            store.ask(row, administrator, other, moment)
        if meanwhile == "it waits":
            store.approve_ask(asked, reviewer, asked.digest, at(2))


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (replace(DEFERRED, basis=""), "what was never implemented is none"),
        (replace(DEFERRED, progress_days=None), "after how many days without progress"),
        (replace(DEFERRED, progress_days=91), "1 to 90"),
        (replace(DEFERRED, mitigation=" "), "name the fix that is known"),
        (replace(RISK, progress_days=30), "a risk acceptance has no basis and no days of progress"),
        (replace(EXCEPTION, until=date(2027, 11, 25)), "more than a year away"),
    ],
)
def test_what_is_no_temporary_deficiency_or_has_no_end_is_told(
    row: Item, passed: list[str], administrator: User, wish: Wish, said: str
) -> None:
    assert passed
    with pytest.raises(ServerError, match=said):
        store.ask(row, administrator, wish, START)


def test_hosts_lapse_when_no_progress_was_noted_in_time(row: Item, passed: list[str], administrator: User, reviewer: User) -> None:
    assert passed
    asked = store.ask(row, administrator, DEFERRED, START)
    store.approve_ask(asked, reviewer, asked.digest, START)
    (first, _) = store.items(row.system, ["password-age"])["password-age"][0].hosts
    assert (first.disposition, first.progress_by) == ("temporary_deficiency", START.date() + timedelta(days=30))
    assert disposed(first, START.date() + timedelta(days=30))
    assert lapsed(first, START.date() + timedelta(days=31))
    with pytest.raises(ServerError, match="say what was done"):
        store.note_progress(asked, administrator, " ", at(1))


def test_only_an_approved_temporary_deficiency_waits_for_progress(row: Item, administrator: User) -> None:
    asked = store.ask(row, administrator, RISK, START)
    with pytest.raises(ServerError, match="only an approved temporary deficiency"):
        store.note_progress(asked, administrator, "Done.", at(1))


def test_an_item_whose_hosts_are_all_retired_is_dismissed_as_a_whole(
    row: Item, hosts: list[Asset], administrator: User, reviewer: User
) -> None:
    for host in hosts:
        store.retire_host(host, administrator, "scrapped", at(1))
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(2))
    assert asked.hosts.count() == 0
    store.approve_ask(asked, reviewer, asked.digest, at(3))
    assert again(row).state == "dismissed"


def test_a_disposition_that_is_ended_early_brings_its_hosts_back_the_same_day(row: Item, administrator: User, reviewer: User) -> None:
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(1))
    store.approve_ask(asked, reviewer, asked.digest, at(2))
    assert again(row).ended_on == START.date()
    with pytest.raises(ServerError, match="say why"):
        store.end_early(asked, administrator, " ", at(3))
    ended = store.end_early(asked, administrator, "the parser was mended", at(3))
    assert (ended.until, ended.last_day, ended.ended_by) == (UNTIL, START.date() - timedelta(days=1), administrator)
    assert all(lapsed(host, START.date()) for host in store.items(row.system, ["password-age"])["password-age"][0].hosts)
    assert row.events.filter(text=f"adam ended the false positive before {UNTIL}: the parser was mended").exists()
    with pytest.raises(ServerError, match="only a disposition that is in force"):
        store.end_early(asked, administrator, "again", at(4))


def test_the_cover_of_an_item_as_a_whole_ends_with_its_disposition(
    row: Item, hosts: list[Asset], administrator: User, reviewer: User
) -> None:
    for host in hosts:
        store.retire_host(host, administrator, "scrapped", at(1))
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(2))
    store.approve_ask(asked, reviewer, asked.digest, at(3))
    store.end_early(asked, administrator, "it was none", at(4))
    assert store.covered_until(row.system) == {row.identifier: START.date() - timedelta(days=1)}


def test_a_host_that_is_retired_keeps_its_disposition_in_an_item_that_has_ended(
    row: Item, hosts: list[Asset], administrator: User, reviewer: User
) -> None:
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(1))
    store.approve_ask(asked, reviewer, asked.digest, at(2))
    store.retire_host(hosts[0], administrator, "scrapped", at(3))
    assert set(ItemHost.objects.values_list("disposition", flat=True)) == {"dismissed"}


def test_what_was_asked_for_is_refused_when_its_date_is_past_or_its_hosts_have_left(
    row: Item, hosts: list[Asset], administrator: User, reviewer: User
) -> None:
    soon = replace(FALSE_POSITIVE, until=START.date())
    asked = store.ask(row, administrator, soon, START)
    with pytest.raises(ServerError, match="is past; ask again"):
        store.approve_ask(asked, reviewer, asked.digest, at(48))
    asked = store.ask(row, administrator, FALSE_POSITIVE, at(49))
    store.retire_host(hosts[0], administrator, "scrapped", at(50))
    with pytest.raises(ServerError, match="ws-000 left PA-0001 after it was asked for"):
        store.approve_ask(asked, reviewer, asked.digest, at(51))
    with pytest.raises(ServerError, match="ws-000 left PA-0001 when it was retired"):
        store.ask(row, administrator, replace(FALSE_POSITIVE, hosts=(str(hosts[0].pk),)), at(52))
    assert again(row).state == "draft"
