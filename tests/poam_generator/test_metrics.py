"""The numbers that leadership asks for, counted by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poam_generator.metrics import MEASURES, Facts, Period, measure_by, measure_items, moved_to_met, open_on, promised_on, weeks

TODAY = date(2026, 11, 24)
PERIOD = Period(TODAY - timedelta(days=90), TODAY)
OPEN = Facts("PA-0001", "open", "high", 5, ("AC",), "j.doe", ("servers",), TODAY - timedelta(days=10), TODAY + timedelta(days=20), hosts=3)


def item(number: int, **changes: object) -> Facts:
    return replace(OPEN, id=f"PA-{number:04d}", **changes)  # type: ignore[arg-type] # the words are its fields


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("changes", "measures"),
    [
        ({}, {"open", "found", "unpriced", "young"}),
        ({"state": "draft"}, {"drafts", "found", "unpriced", "young"}),
        ({"due": ago(1)}, {"open", "overdue", "found", "unpriced", "young"}),
        ({"due": TODAY}, {"open", "found", "unpriced", "young"}),
        ({"state": "draft", "due": ago(1)}, {"drafts", "found", "unpriced", "young"}),
        ({"detected_on": ago(31)}, {"open", "found", "unpriced", "middling"}),
        ({"detected_on": ago(90)}, {"open", "found", "unpriced", "middling"}),
        ({"detected_on": ago(91)}, {"open", "unpriced", "old"}),
        ({"state": "closed", "ended_on": TODAY}, {"found", "closed", "remediated"}),
        ({"state": "closed", "detected_on": ago(200), "ended_on": ago(91)}, set()),
        ({"state": "withdrawn", "ended_on": ago(2)}, {"found", "withdrawn", "remediated"}),
        ({"state": "accepted"}, {"found", "held"}),
        ({"state": "dismissed", "detected_on": ago(200)}, {"held"}),
        ({"came_back": True}, {"open", "found", "came_back", "unpriced", "young"}),
        ({"blocked": True, "cents": 100}, {"open", "found", "blocked", "priced", "unfunded", "young"}),
        ({"cents": 100, "funded": True}, {"open", "found", "priced", "young"}),
        ({"cents": 0}, {"open", "found", "young"}),
        ({"detected_on": TODAY}, {"open", "found", "unpriced", "young"}),
        ({"detected_on": ago(30)}, {"open", "found", "unpriced", "young"}),
        ({"state": "withdrawn", "detected_on": ago(200), "ended_on": ago(91)}, set()),
        ({"state": "closed"}, {"found"}),
        ({"state": "accepted", "ended_on": TODAY}, {"found", "held"}),
        ({"came_back": True, "detected_on": ago(100)}, {"open", "unpriced", "old"}),
        ({"state": "closed", "ended_on": TODAY, "blocked": True, "cents": 5}, {"found", "closed", "remediated"}),
    ],
)
def test_an_item_is_counted_where_it_belongs_and_nowhere_else(changes: dict[str, object], measures: set[str]) -> None:
    row = measure_items([item(1, **changes)], PERIOD)
    assert {name for name, ids in row.counts.items() if ids} - {"live"} == measures
    assert bool(row.counts["live"]) == bool(measures & {"open", "drafts"})


def test_the_mean_time_to_remediate_is_over_what_ended_in_the_period() -> None:
    ended = [
        item(1, state="closed", detected_on=ago(20), ended_on=ago(10)),
        item(2, state="withdrawn", detected_on=ago(5), ended_on=ago(4)),
    ]
    before = item(3, state="closed", detected_on=ago(300), ended_on=ago(100))
    row = measure_items([*ended, before, OPEN], PERIOD)
    assert (row.days, row.mean_days) == ((10, 1), 6)
    assert measure_items([OPEN], PERIOD).mean_days is None


def test_risk_before_and_after_are_the_items_and_hosts_found_and_left() -> None:
    row = measure_items([item(1, hosts=5, hosts_left=2), item(2, state="closed", hosts=4, hosts_left=0, ended_on=TODAY)], PERIOD)
    assert (row.found, row.left) == ((2, 9), (1, 2))
    assert (row.to_json()["found"], row.to_json()["left"]) == ({"items": 2, "hosts": 9}, {"items": 1, "hosts": 2})


def test_the_items_of_a_count_stand_in_their_order() -> None:
    assert measure_items([item(10000), item(2), item(9999)], PERIOD).counts["open"] == ("PA-0002", "PA-9999", "PA-10000")


def test_money_is_that_of_live_items() -> None:
    some = [item(1, cents=500), item(2, cents=300, funded=True), item(3, cents=900, state="closed", ended_on=TODAY), item(4)]
    row = measure_items(some, PERIOD)
    assert (row.cents, row.unfunded_cents) == (800, 500)


def test_an_item_of_two_families_is_counted_in_both_and_one_of_nobody_under_nobody() -> None:
    some = [item(1, families=("AC", "IA"), owner="", groups=("",)), item(2)]
    assert {row.key: len(row.counts["open"]) for row in measure_by(some, "family", PERIOD)} == {"AC": 2, "IA": 1}
    assert [row.key for row in measure_by([item(3, owner="z.last"), *some], "owner", PERIOD)] == ["j.doe", "nobody", "z.last"]
    assert {row.key for row in measure_by(some, "group", PERIOD)} == {"servers", "no group"}


def test_severities_stand_from_the_highest_down() -> None:
    some = [item(number, severity=word) for number, word in enumerate(("low", "high", "medium"))]
    assert [row.key for row in measure_by(some, "severity", PERIOD)] == ["high", "medium", "low"]


def test_what_was_open_on_a_day_and_what_is_promised_for_one() -> None:
    some = [item(1, detected_on=ago(10)), item(2, state="closed", detected_on=ago(10), ended_on=ago(3)), item(3, state="accepted")]
    assert dict(open_on(some, [ago(11), ago(10), ago(4), ago(3), TODAY])) == {ago(11): 0, ago(10): 2, ago(4): 2, ago(3): 1, TODAY: 1}
    due = OPEN.due
    assert dict(promised_on(some, [TODAY, due, due + timedelta(days=1)])) == {TODAY: 1, due: 1, due + timedelta(days=1): 0}


def test_weeks_end_today() -> None:
    assert weeks(ago(15), TODAY) == (ago(14), ago(7), TODAY)
    assert weeks(ago(13), TODAY) == (ago(7), TODAY)
    assert weeks(TODAY, TODAY) == (TODAY,)


def test_requirements_that_take_no_points_any_more_moved_to_met() -> None:
    assert moved_to_met(["3.1.1", "3.1.2"], ["3.1.2", "3.1.3"]) == ("3.1.1",)


STATES = st.sampled_from(["draft", "open", "closed", "accepted"])
ITEMS = st.lists(st.builds(item, st.integers(1, 99), state=STATES, hosts=st.integers(0, 9)), unique_by=lambda one: one.id)


@given(ITEMS)
def test_every_item_is_live_ended_or_held_and_its_age_is_counted_once(items: list[Facts]) -> None:
    ended = [replace(one, ended_on=TODAY) if one.state == "closed" else one for one in items]
    counts = measure_items(ended, PERIOD).counts
    assert sum(len(counts[name]) for name in ("open", "drafts", "closed", "held")) == len(items)
    assert sum(len(counts[name]) for name in ("young", "middling", "old")) == len(counts["open"]) + len(counts["drafts"])
    assert set(counts) == set(MEASURES)
