"""An entry a requirement or a host, for those whose format demands it."""

from dataclasses import replace

import pytest

from checks.framework import load_framework
from poam_generator.cut import WAYS, cut_items
from poam_generator.draft import write_draft
from poam_generator.exporters import formats
from poam_generator.model import DraftSettings, ExportItem, MilestoneChange
from poam_generator.team import count_hours
from tests.poam_generator.builders import item
from tests.poam_generator.test_draft import LOCKOUT, TODAY, hosts

FRAMEWORK = load_framework()


@pytest.fixture
def wide() -> ExportItem:
    """An item of two requirements on seven hosts."""
    check = replace(LOCKOUT, assesses={"3.1.8[b]": "member", "3.1.1[a]": "supports", "3.1.8[a]": "supports"})
    text = write_draft(check, FRAMEWORK, hosts(7), DraftSettings(hourly_cents=9001), TODAY)
    moved = MilestoneChange(text.milestones[0].title, TODAY, TODAY, TODAY, "freeze")
    return ExportItem("Plant 1", item("PA-0043", "open", *(one.host for one in hosts(7))), text, milestone_changes=(moved,))


def test_an_item_is_one_entry_by_itself(wide: ExportItem) -> None:
    assert cut_items([wide], "weakness", FRAMEWORK) == [wide]


def test_an_entry_a_requirement_has_its_own_objectives_points_and_eligibility(wide: ExportItem) -> None:
    one, two = cut_items([wide], "requirement", FRAMEWORK)
    assert (one.item.id, two.item.id) == ("PA-0043/3.1.1", "PA-0043/3.1.8")
    assert (one.draft.objectives, two.draft.objectives) == (("3.1.1[a]",), ("3.1.8[b]", "3.1.8[a]"))
    assert (one.draft.points, two.draft.points) == (5, 1)
    assert one.draft.eligibility.startswith("3.1.1 may not stand")
    assert two.item.hosts == wide.item.hosts


def test_an_entry_of_a_requirement_whose_partial_value_holds_has_that(wide: ExportItem) -> None:
    mfa = replace(wide, draft=replace(wide.draft, requirements=("3.1.8", "3.5.3")))
    for partial, points in ((frozenset[str](), [1, 5]), (frozenset({"3.5.3"}), [1, 3])):
        assert [one.draft.points for one in cut_items([mfa], "requirement", FRAMEWORK, partial)] == points


def test_an_entry_a_host_has_the_steps_that_cover_it(wide: ExportItem) -> None:
    entries = cut_items([wide], "host", FRAMEWORK)
    assert [one.item.id for one in entries] == [f"PA-0043/LINUX-{n:03}" for n in range(7)]
    assert [stone.title for stone in entries[0].draft.milestones] == ["Pilot on LINUX-000, LINUX-001", "Verify 7 hosts by a scan"]
    assert [stone.title for stone in entries[6].draft.milestones] == ["Wave 1: 5 hosts", "Verify 7 hosts by a scan"]
    assert [len(one.milestone_changes) for one in entries] == [1, 1, 0, 0, 0, 0, 0]
    assert entries[6].draft.weakness.endswith("\nOn LINUX-006.")


@pytest.mark.parametrize("per", ["requirement", "host"])
def test_effort_and_cost_of_the_entries_add_up_to_the_items(wide: ExportItem, per: str) -> None:
    entries = cut_items([wide], next(way for way in WAYS if way == per), FRAMEWORK)
    assert sum(one.draft.effort_minutes for one in entries) == wide.draft.effort_minutes
    assert sum(one.draft.cost_cents or 0 for one in entries) == wide.draft.cost_cents
    assert entries[0].draft.resources.startswith(
        f"{count_hours(entries[0].draft.effort_minutes)} h as its share. PA-0043 as a whole: 2.8 hours"
    )
    unknown = replace(wide, draft=replace(wide.draft, cost_cents=None))
    assert {one.draft.cost_cents for one in cut_items([unknown], "host", FRAMEWORK)} == {None}


def test_an_item_of_one_requirement_and_host_stays_whole_and_one_without_hosts_too(wide: ExportItem) -> None:
    single = replace(wide, item=replace(wide.item, hosts=wide.item.hosts[:1]), draft=replace(wide.draft, requirements=("3.1.8",)))
    for per in WAYS:
        assert cut_items([single], per, FRAMEWORK) == [single]
    empty = replace(wide, item=replace(wide.item, hosts=()))
    assert cut_items([empty], "host", FRAMEWORK) == [empty]


def test_every_format_takes_the_entries(wide: ExportItem) -> None:
    for form in formats().values():
        for per in WAYS:
            assert form.export(cut_items([wide], per, FRAMEWORK))
