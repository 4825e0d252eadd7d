from datetime import UTC, date, datetime, timedelta

import pytest

from server.views import shown

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (timedelta(seconds=5), "just now"), (timedelta(minutes=3, seconds=20), "3 min ago"), (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=47), "47 h ago"), (timedelta(days=2), "2 days ago"), (timedelta(days=59), "59 days ago"),
        (timedelta(days=90), "2026-08-25"), (timedelta(hours=-5), "in 5 h"),
    ],
)  # fmt: skip
def test_a_moment_is_told_by_its_distance(before: timedelta, says: str) -> None:
    assert shown.ago(NOW - before, NOW) == says


@pytest.mark.parametrize(("day", "says"), [(22, "yesterday"), (23, "today"), (24, "tomorrow"), (30, "in 7 days"), (1, "22 days ago")])
def test_a_promised_date_is_told_by_its_distance(day: int, says: str) -> None:
    assert shown.distance(date(2026, 11, day), NOW.date()) == says


def test_the_exact_time_names_its_zone() -> None:
    assert shown.exact(NOW) == "2026-11-23 14:00:00 UTC"


def test_what_was_not_seen_is_told_by_its_reason() -> None:
    assert shown.observed({"observed": None, "reason": "permission denied"}) == "permission denied"
    assert shown.observed({"observed": None, "reason": ""}) == "not set"
    assert shown.observed({"observed": 0, "reason": ""}) == "0"
    assert shown.observed({"observed": ["a", "b"]}) == "a, b"


@pytest.mark.parametrize(("minutes", "says"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (150, "2 h 30 min")])
def test_effort_is_told_in_hours_and_minutes(minutes: int, says: str) -> None:
    assert shown.effort(minutes) == says


def test_every_status_and_state_has_a_sign_and_a_word() -> None:
    assert shown.glyph("fail") == "✕"
    assert shown.phrase("not_applicable") == "not applicable"
    assert shown.phrase("dismissed") == "false positive"
    assert [shown.plural(count, "host") for count in (0, 1, 2)] == ["0 hosts", "1 host", "2 hosts"]
