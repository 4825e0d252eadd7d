"""What each change does to an item, and the steps that the life of an item does not have."""

from dataclasses import replace
from datetime import date

import pytest

from poam_generator.apply import apply_change, apply_changes
from poam_generator.errors import PoamError
from poam_generator.model import (
    AwaitReviewer,
    Change,
    CloseItem,
    DraftItem,
    Item,
    JoinHost,
    LapseDisposition,
    UnverifyHost,
    VerifyHost,
    WithdrawItem,
)
from tests.poam_generator.builders import held, item, seen

FAIL, AGAIN, PASS = seen("fail", 0), seen("fail", 2), seen("pass", 1)
TODAY = date(2026, 11, 3)
WAITING = item("PA-1", "open", held("b", FAIL, passing=PASS), awaiting="A reviewer's word.")
UNSORTED = item("PA-1", "open", held("c", FAIL), held("b", FAIL))
WAIVED = held("b", FAIL, passing=PASS, disposition="temporary_deficiency", disposition_until=TODAY, progress_by=TODAY)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (WAITING, VerifyHost("PA-1", "b", AGAIN, PASS), replace(WAITING, hosts=(held("b", AGAIN, passing=PASS),))),
        (WAITING, UnverifyHost("PA-1", "b", AGAIN), replace(WAITING, hosts=(held("b", AGAIN),))),
        (WAITING, JoinHost("PA-1", held("a", AGAIN)), replace(WAITING, hosts=(held("a", AGAIN), *WAITING.hosts))),
        (
            item("PA-1", "open", WAIVED),
            LapseDisposition("PA-1", "b", "temporary_deficiency"),
            item("PA-1", "open", held("b", FAIL, disposition_until=TODAY)),
        ),
        (WAITING, AwaitReviewer("PA-1", ""), replace(WAITING, awaiting="")),
        (UNSORTED, AwaitReviewer("PA-1", ""), UNSORTED),
        (WAITING, CloseItem("PA-1"), replace(WAITING, state="closed", awaiting="", ended_on=TODAY)),
        (item("PA-1", "draft", WAIVED), WithdrawItem("PA-1"), item("PA-1", "withdrawn", WAIVED, ended_on=TODAY)),
    ],
)
def test_a_change_does_what_it_says_and_nothing_else(before: Item, change: Change, after: Item) -> None:
    assert apply_change(before, change, TODAY) == after


def test_a_new_item_comes_last_by_the_id_that_it_is_given() -> None:
    new = item("", "draft", held("c", FAIL))
    assert apply_changes((WAITING,), (DraftItem(new),), lambda: "PA-2", TODAY) == (WAITING, replace(new, id="PA-2"))
    with pytest.raises(PoamError, match="a draft is made and not applied"):
        apply_change(WAITING, DraftItem(new), TODAY)


def test_a_change_to_an_item_that_is_not_there_is_refused() -> None:
    with pytest.raises(PoamError, match="no item 'PA-9'"):
        apply_changes((), (AwaitReviewer("PA-9", ""),), str, TODAY)


def test_a_change_to_a_host_that_the_item_does_not_hold_is_refused() -> None:
    with pytest.raises(PoamError, match="does not hold the host 'z'"):
        apply_changes((item("PA-1", "open"),), (VerifyHost("PA-1", "z", FAIL, PASS),), str, TODAY)


def test_only_an_open_item_closes_and_only_a_draft_is_withdrawn() -> None:
    with pytest.raises(PoamError, match="open items become closed"):
        apply_changes((item("PA-1", "draft"),), (CloseItem("PA-1"),), str, TODAY)
    with pytest.raises(PoamError, match="draft items become withdrawn"):
        apply_changes((item("PA-1", "open"),), (WithdrawItem("PA-1"),), str, TODAY)


def test_a_host_joins_no_item_that_has_ended_and_none_twice() -> None:
    with pytest.raises(PoamError, match="is closed"):
        apply_changes((item("PA-1", "closed"),), (JoinHost("PA-1", held("a", FAIL)),), str, TODAY)
    with pytest.raises(PoamError, match="holds A already"):
        apply_changes((item("PA-1", "open", held("a", FAIL)),), (JoinHost("PA-1", held("a", FAIL)),), str, TODAY)
