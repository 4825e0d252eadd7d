"""Milestones that scans keep up, with their history."""

from dataclasses import replace

import pytest

from poam_generator import model as poam
from server import store
from server.models import Asset, Item, Milestone, System, User
from tests.server.conftest import START, at
from tests.support.items import draft, seen


@pytest.fixture
def planned(system: System, host: Asset) -> Item:
    """An item whose steps name the host that they cover."""
    text = draft()
    covered = replace(text, milestones=tuple(replace(one, hosts=(str(host.pk),)) for one in text.milestones))
    held = (poam.ItemHost(str(host.pk), host.name, seen()),)
    return store.create_item(system, poam.Item("", "check", "passwords", "open", "1" * 64, held, START.date()), covered, START, None)


def verify(row: Item, host: Asset) -> None:
    change = poam.VerifyHost(row.identifier, str(host.pk), seen(), seen("pass", 1, "r-2"))
    store.apply(row.system, [change], [], at(2))


def test_a_verified_host_ends_the_milestones_that_cover_it_with_a_word_in_the_history(planned: Item, host: Asset) -> None:
    verify(planned, host)
    assert [one.done_on for one in planned.milestones.all()] == [at(2).date()] * 2
    change = planned.milestones.get(number=1).changes.get()
    assert (change.field, change.after, change.reason, change.by) == ("done_on", str(at(2).date()), "1 of 1 host verified by scan", None)
    assert "The milestone 'Remediate ws-014' is done: 1 of 1 host verified by scan." in planned.events.values_list("text", flat=True)


def test_a_host_that_fails_again_opens_the_milestones_that_a_scan_had_ended(planned: Item, host: Asset) -> None:
    verify(planned, host)
    store.apply(planned.system, [poam.UnverifyHost(planned.identifier, str(host.pk), seen(hours=3, receipt="r-3"))], [], at(4))
    assert [one.done_on for one in planned.milestones.all()] == [None, None]
    assert planned.milestones.get(number=1).changes.count() == 2


def test_what_a_person_said_of_a_milestone_stands(planned: Item, host: Asset, administrator: User) -> None:
    pilot = planned.milestones.get(number=1)
    store.change_milestone(pilot, administrator, {"done_on": at(1).date()}, "seen with my own eyes", at(1))
    verify(planned, host)
    store.apply(planned.system, [poam.UnverifyHost(planned.identifier, str(host.pk), seen(hours=3, receipt="r-3"))], [], at(4))
    assert Milestone.objects.get(pk=pilot.pk).done_on == at(1).date()


def test_a_host_that_joins_is_covered_by_the_verification(planned: Item, system: System) -> None:
    other = store.add_host(system, store.NewAsset("ws-015", way_in="ssh", address="192.0.2.15"), START)
    joined = poam.ItemHost(str(other.pk), other.name, seen())
    store.apply(system, [poam.JoinHost(planned.identifier, joined)], [], at(1))
    pilot, verification = planned.milestones.all()
    assert str(other.pk) not in pilot.hosts
    assert str(other.pk) in verification.hosts
