"""Who gets an item while the person whom a rule names is away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from poam_generator.model import Assignment, DraftSettings
from server import store
from server.delegation import delegate
from server.errors import ServerError
from server.models import Asset, Item, System, User
from server.store.absences import owner_by_rule
from tests.server.conftest import START, at
from tests.support.items import make_item

TODAY = START.date()
WEEK = TODAY + timedelta(days=7)


def drafted_for(system: System, host: Asset, name: str) -> Item:
    """A new item of which a rule names the point of contact."""
    like = make_item(system, "password-age", [host])
    text = replace(store.read_draft(like), point_of_contact=name)
    return store.create_item(system, store.read_item(like, system), text, at(1), None)


def test_a_new_item_goes_to_who_stands_in_and_its_history_says_for_whom(
    system: System, host: Asset, administrator: User, reviewer: User
) -> None:
    store.go_away(system, store.Absence("rita", "adam", WEEK), reviewer, START)
    made = drafted_for(system, host, "rita")
    assert made.owner == administrator
    assert made.events.filter(kind="assigned", text=f"It is adam's, who stands in for rita through {WEEK}; the rule names rita.").exists()


def test_the_last_day_is_one_of_the_absence_and_the_next_is_not(system: System, administrator: User, reviewer: User) -> None:
    store.go_away(system, store.Absence("rita", "adam", WEEK), administrator, START)
    assert owner_by_rule(system, "rita", WEEK)[0] == administrator
    assert owner_by_rule(system, "rita", WEEK + timedelta(days=1))[0] == reviewer
    store.come_back(system, reviewer, reviewer, at(1))
    assert owner_by_rule(system, "rita", TODAY)[0] == reviewer
    with pytest.raises(ServerError, match="rita is not away"):
        store.come_back(system, reviewer, reviewer, at(2))


def test_two_who_stand_in_for_each_other_leave_it_with_the_one_whom_the_rule_names(
    system: System, administrator: User, reviewer: User
) -> None:
    store.go_away(system, store.Absence("rita", "adam", WEEK), reviewer, START)
    store.go_away(system, store.Absence("adam", "rita", WEEK), administrator, START)
    owner, why = owner_by_rule(system, "rita", TODAY)
    assert (owner, "nobody who is there stands in" in why) == (reviewer, True)
    assert owner_by_rule(system, "nobody.here", TODAY) == (None, "")


def test_what_is_no_absence_and_who_may_not_say_so_is_told(system: System, administrator: User, reviewer: User) -> None:
    vera = store.add_person(system, "vera", ("viewer",), START)[0]
    with pytest.raises(ServerError, match="vera may not say that rita is away"):
        store.go_away(system, store.Absence("rita", "vera", WEEK), vera, START)
    with pytest.raises(ServerError, match="adam cannot stand in for adam"):
        store.go_away(system, store.Absence("adam", "adam", WEEK), administrator, START)
    with pytest.raises(ServerError, match="is past"):
        store.go_away(system, store.Absence("rita", "adam", TODAY - timedelta(days=1)), reviewer, START)
    store.go_away(system, store.Absence("vera", "rita", WEEK), vera, START)
    assert [one.away for one in store.absences(system, TODAY)] == ["vera"]


def test_the_rules_give_items_that_there_are_by_a_persons_act_with_its_history(
    system: System, host: Asset, administrator: User, reviewer: User
) -> None:
    made = make_item(system, "password-age", [host])
    assert [one.why for one in delegate(system, (), reviewer, at(1))] == [f"no rule fits {made}; say whose it is: closeout items assign"]
    rules = (Assignment("nobody.here", "windows"), Assignment("adam"))
    store.set_draft_settings(system, DraftSettings(assignments=rules), administrator, at(1))
    (given,) = delegate(system, (), reviewer, at(2))
    assert (given.owner, store.find_item(system, made.identifier).owner) == (administrator, administrator)
    told = made.events.filter(kind="assigned").get()
    assert (told.by, told.text) == (reviewer, "It is adam's by the rule that names the point of contact. rita applied the rules.")
    assert delegate(system, (), reviewer, at(3)) == [], "it belongs to somebody"
    assert [one.why for one in delegate(system, [made.identifier], reviewer, at(3))] == [f"{made} is adam's already"]
    store.set_draft_settings(system, DraftSettings(assignments=(Assignment("nobody.here"),)), administrator, at(4))
    assert "names 'nobody.here', who is no person" in delegate(system, [made.identifier], reviewer, at(5))[0].why
    vera = store.add_person(system, "vera", ("viewer",), START)[0]
    with pytest.raises(ServerError, match="vera may not assign items"):
        delegate(system, (), vera, at(6))
