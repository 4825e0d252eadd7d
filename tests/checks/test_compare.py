from dataclasses import replace

from checks.compare import Difference, list_differences
from checks.load import Content
from tests.support.checks import CATALOG, check_of, good_check

OLD = Content({"demo-check": good_check()})


def test_equal_checks_do_not_differ() -> None:
    assert list_differences(OLD, Content({"demo-check": replace(good_check(), file="elsewhere.yml")}), catalog=CATALOG) == []


def test_checks_come_and_go() -> None:
    new = Content({"other-check": check_of([{"path": "demo.flag", "equals": True}], "other-check")})
    assert list_differences(OLD, new, catalog=CATALOG) == [Difference("demo-check", "removed"), Difference("other-check", "added")]


def test_what_can_change_a_verdict_is_told_apart_from_text() -> None:
    judged = replace(good_check(), platforms=check_of([{"path": "demo.flag", "equals": True}]).platforms)
    worded = replace(good_check(), title="All is fine")
    moved = replace(good_check(), assesses={"3.1.5[b]": "member"})
    assert list_differences(OLD, Content({"demo-check": judged}), catalog=CATALOG) == [Difference("demo-check", "judgement", "linux")]
    assert list_differences(OLD, Content({"demo-check": worded}), catalog=CATALOG) == [Difference("demo-check", "text")]
    assert list_differences(OLD, Content({"demo-check": moved}), catalog=CATALOG) == [Difference("demo-check", "objectives")]
