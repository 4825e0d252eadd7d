"""Dates that take what earlier promises have left of the team."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from poam_generator.draft import write_draft
from poam_generator.model import Capacity, Draft, DraftSettings, Milestone
from poam_generator.team import find_capacity, minutes_a_day
from poam_generator.working_days import add_working_days, is_working_day
from poam_generator.workload import NOTHING_PROMISED, Promise, Step, Workload, add_promises, remaining_promise
from tests.poam_generator.test_draft import FRAMEWORK, LOCKOUT, TODAY, hosts

NONE: frozenset[date] = frozenset()
TEAM = Capacity(5)  # an hour a working day


def planned(count: int, given_settings: DraftSettings, before: int = 1) -> list[Draft]:
    """So many drafts of one scan, one after another."""
    work, drafts = NOTHING_PROMISED, []
    for _ in range(before):
        one = write_draft(LOCKOUT, FRAMEWORK, hosts(count), given_settings, TODAY, workload=work)
        capacity = find_capacity(given_settings, {"AC"}, [""])
        promise = remaining_promise(capacity, one.milestones, one.effort_minutes, one.scheduled_completion)
        work = add_promises(work, [promise], NONE, TODAY)
        drafts.append(one)
    return drafts


def test_a_promise_is_laid_as_late_as_its_day_allows() -> None:
    friday = date(2026, 11, 27)
    work = add_promises(NOTHING_PROMISED, [Promise(TEAM, (Step(friday, 90),), friday)], NONE, TODAY)
    assert work.taken == {(TEAM, friday): 60, (TEAM, date(2026, 11, 26)): 30}


def test_what_does_not_fit_before_its_day_is_work_of_the_days_after_it() -> None:
    tomorrow = date(2026, 11, 24)
    work = add_promises(NOTHING_PROMISED, [Promise(TEAM, (Step(tomorrow, 100),), tomorrow)], NONE, TODAY)
    assert work.taken == {(TEAM, tomorrow): 60, (TEAM, date(2026, 11, 25)): 40}


def test_an_overdue_promise_takes_the_next_days() -> None:
    past = date(2026, 11, 2)
    work = add_promises(NOTHING_PROMISED, [Promise(TEAM, (Step(past, 60),), past)], NONE, TODAY)
    assert work.free(TEAM, date(2026, 11, 24)) == 0
    assert work.free(TEAM, date(2026, 11, 25)) == 60


def test_work_that_is_left_is_shared_by_the_steps_that_are_not_done_without_the_verification() -> None:
    days = [date(2026, 12, day) for day in (1, 4, 8, 9)]
    done, *rest = [Milestone("step", day, day) for day in days]
    stones = [Milestone(done.title, done.due, done.due, done.due), *rest]
    assert remaining_promise(TEAM, stones, 61, days[-1]).steps == (Step(days[1], 31), Step(days[2], 30))


def test_hours_of_a_family_or_a_group_are_apart_from_those_of_the_team() -> None:
    given_settings = DraftSettings(hours_per_week=8, capacities=(Capacity(4, family="IA"), Capacity(20, group="plant-2")))
    assert find_capacity(given_settings, {"AC"}, ["plant-1"]) == Capacity(8)
    assert find_capacity(given_settings, {"IA"}, ["plant-2"]) == Capacity(4, family="IA")
    assert find_capacity(given_settings, {"AC"}, ["plant-2", "plant-2"]) == Capacity(20, group="plant-2")
    assert find_capacity(given_settings, {"AC"}, ["plant-2", "plant-1"]) == Capacity(8)


def test_resources_name_the_team_whose_hours_count() -> None:
    own = DraftSettings(capacities=(Capacity(20, family="AC", group="plant-2"),))
    text = write_draft(LOCKOUT, FRAMEWORK, hosts(3, group="plant-2"), own, TODAY).resources
    assert text.endswith("The team for AC in plant-2 has 20 hours a week.")


def test_drafts_of_one_scan_end_on_different_days_while_there_is_room() -> None:
    days = [one.scheduled_completion for one in planned(3, DraftSettings(), 10)]
    assert len(set(days)) == 10
    assert max(days) == date(2027, 1, 22)


def test_drafts_of_one_scan_share_the_hours_that_there_are() -> None:
    # 60 + 40 * 15 minutes are 11 hours; 60 days of 5 hours a week hold 44: the fifth has to wait.
    drafts = planned(40, DraftSettings(hours_per_week=5), 6)
    on_time = [one.scheduled_completion <= date(2027, 1, 22) for one in drafts]
    assert on_time[:3] == [True] * 3
    assert not on_time[-1]


def test_a_date_that_cannot_be_met_is_said_with_the_reason() -> None:
    late = planned(40, DraftSettings(hours_per_week=5), 6)[-1]
    assert "The target of severity medium (2027-01-22) cannot be met: this is 11 h of work in " in late.resources
    assert "until then the team has 44 h (5 a week), of which 44 h are promised to other items." in late.resources
    assert "cannot be met" not in planned(40, DraftSettings())[0].resources


def test_a_draft_leaves_room_for_what_is_agreed_and_for_drafts_that_are_no_less_severe() -> None:
    agreed, *drafts = [Promise(TEAM, (Step(TODAY, 60),), TODAY, unapproved) for unapproved in ("", "high", "medium", "low")]
    assert agreed.binds("high")
    binding = {severity: [one.unapproved for one in drafts if one.binds(severity)] for severity in ("high", "medium", "low")}
    assert binding == {"high": ["high"], "medium": ["high", "medium"], "low": ["high", "medium", "low"]}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-10, 60), st.integers(0, 2000)), max_size=12),
    st.integers(1, 60),
    st.frozensets(st.dates(date(2026, 11, 1), date(2027, 6, 1)), max_size=20),
)
def test_no_day_is_promised_beyond_its_hours_and_no_minute_is_lost(
    steps: list[tuple[int, int]], hours: int, holidays: frozenset[date]
) -> None:
    team = Capacity(hours)
    dated = [Step(add_working_days(TODAY, max(0, offset), NONE) if offset > 0 else TODAY, minutes) for offset, minutes in steps]
    work: Workload = add_promises(NOTHING_PROMISED, [Promise(team, (one,), one.due) for one in dated], holidays, TODAY)
    assert sum(work.taken.values()) == sum(minutes for _, minutes in steps)
    assert all(minutes <= minutes_a_day(team) for minutes in work.taken.values())
    assert all(day > TODAY and is_working_day(day, holidays) for _, day in work.taken)
