"""Dates of milestones, worked by hand: 2026-11-23 is a Monday, and five hours a week are an hour a working day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from poam_generator.model import Capacity, DraftSettings
from poam_generator.schedule import Plan, Work, plan_milestones
from poam_generator.working_days import add_working_days
from poam_generator.workload import NOTHING_PROMISED

TODAY = date(2026, 11, 23)
NONE: frozenset[date] = frozenset()


def work(count: int, minutes: int = 30, platforms: str = "l") -> list[Work]:
    return [Work(f"h{number}", f"H{number}", platforms[number % len(platforms)], minutes) for number in range(count)]


def plan(some: list[Work], hours: int = 5, target: int = 30, completions: Mapping[date, int] | None = None) -> Plan:
    settings = DraftSettings(hours_per_week=hours, target_days={"high": target}, overhead_minutes=60)
    workload = replace(NOTHING_PROMISED, completions=completions or {})
    return plan_milestones(some, "high", settings, Capacity(hours), workload, TODAY)


def offset(number: int) -> date:
    return add_working_days(TODAY, number, NONE)


@pytest.mark.parametrize(
    ("some", "hours", "offsets"),
    [
        (work(1, 0), 5, [1, 2]),
        (work(2), 5, [2, 3]),  # 60 + 2 * 30 minutes are all that two days hold
        (work(2, 31), 5, [3, 4]),
        (work(3), 40, [1, 2, 3]),  # all fits into a day, and each step has one of its own
        (work(3, 60), 5, [2, 4, 5]),
        (work(3, 0), 5, [1, 2, 3]),
    ],
)
def test_without_room_before_the_target_each_step_is_due_when_it_can_be_done(some: list[Work], hours: int, offsets: list[int]) -> None:
    found = plan(some, hours, target=1)
    assert [one.due for one in found.milestones] == [offset(number) for number in offsets]


def test_a_plan_whose_scan_alone_comes_after_the_target_is_late_and_says_why() -> None:
    found = plan(work(2), target=2)
    assert [one.due for one in found.milestones] == [offset(2), offset(3)]
    assert found.late_because == (
        "The target of severity high (2026-11-25) cannot be met: this is 2 h of work in 2 steps, each on a day of its own; "
        "until then the team has 2 h (5 a week)."
    )
    assert plan(work(2), target=3).late_because == ""


def taken(*numbers: int) -> dict[date, int]:
    return {offset(number): 1 for number in numbers}


@pytest.mark.parametrize(
    ("some", "completions", "offsets"),
    [
        (work(2), {}, [21, 22]),
        (work(2), taken(*range(12, 23)), [10, 11]),  # the second half of the 22 working days is where it may end
        (work(2), taken(22, 21), [19, 20]),
        (work(2, 420), taken(*range(16, 23)), [21, 22]),  # not before the 16 days that the work takes
        (work(3, 60), {}, [10, 21, 22]),
    ],
)
def test_where_there_is_room_the_end_is_the_latest_of_the_freest_days(
    some: list[Work], completions: dict[date, int], offsets: list[int]
) -> None:
    assert [one.due for one in plan(some, completions=completions).milestones] == [offset(number) for number in offsets]


@pytest.mark.parametrize(
    ("some", "titles"),
    [
        (work(2), ["Remediate H0, H1", "Verify 2 hosts by a scan"]),
        (work(3, platforms="lwm"), ["Pilot on H0, H1", "Wave 1: 1 host", "Verify 3 hosts by a scan"]),
        (
            work(14),
            [
                "Pilot on H0, H1, H2",
                "Wave 1: 3 hosts",
                "Wave 2: 3 hosts",
                "Wave 3: 3 hosts",
                "Wave 4: 2 hosts",
                "Verify 14 hosts by a scan",
            ],
        ),
        (work(40, 1), ["Pilot on H0, H1, H2, H3, H4", "Wave 1: 35 hosts", "Verify 40 hosts by a scan"]),
        (work(6, 1, "llllw"), ["Pilot on H0, H4", "Wave 1: 4 hosts", "Verify 6 hosts by a scan"]),
    ],
)
def test_hosts_are_cut_into_a_pilot_and_waves_of_a_week_at_most_four(some: list[Work], titles: list[str]) -> None:
    assert [one.title for one in plan(some, hours=1).milestones] == titles
