"""Reconcile, one decision a test."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from poam_generator.apply import apply_changes
from poam_generator.model import (
    AwaitReviewer,
    Change,
    CloseItem,
    DraftItem,
    Finding,
    Item,
    JoinHost,
    Judgement,
    LapseDisposition,
    Policy,
    Seen,
    Status,
    UnverifyHost,
    VerifyHost,
    WithdrawItem,
)
from poam_generator.reconcile import hosts_that_decide, pending_confirmation, reconcile
from poam_generator.standing import stand
from tests.poam_generator.builders import CHECK, CONFIRMED, NEW, OLD, POLICY, at, finding, held, item, seen

FAIL = seen("fail", 0)
PASS = seen("pass", 1)
NOTHING: tuple[Status, ...] = ("error", "not_applicable", "manual")


def decide(
    findings: list[Finding], *items: Item, judgement: Judgement = CONFIRMED, policy: Policy = POLICY, now: datetime | None = None
) -> tuple[Change, ...]:
    return reconcile(findings, items, judgement, policy, now or at(1))


def kinds(changes: tuple[Change, ...]) -> list[str]:
    return [type(change).__name__ for change in changes]


def test_a_failing_host_makes_a_draft_that_holds_its_failure() -> None:
    (change,) = decide([finding("a", FAIL)])
    assert isinstance(change, DraftItem)
    assert change.item == item("", "draft", held("a", FAIL))


def test_no_findings_change_nothing_not_even_a_date() -> None:
    accepted = item("PA-1", "accepted", held("a", FAIL, disposition="accepted", disposition_until=date(2026, 11, 2)))
    live = item("PA-2", "open", held("b", FAIL), *accepted.hosts)
    assert decide([], accepted, live, now=at(30)) == ()


@pytest.mark.parametrize("status", NOTHING)
def test_what_says_nothing_opens_nothing_even_after_an_old_failure(status: Status) -> None:
    assert decide([finding("a", FAIL, seen(status, 1))]) == ()
    assert decide([finding("a", seen(status, 1))]) == ()


@pytest.mark.parametrize("status", NOTHING)
def test_what_says_nothing_closes_nothing(status: Status) -> None:
    assert stand(held("a", FAIL), finding("a", FAIL, seen(status, 1)), CONFIRMED, POLICY, at(1)).passes == ()
    assert decide([finding("a", FAIL, seen(status, 1))], item("PA-1", "open", held("a", FAIL))) == ()
    assert decide([finding("a", FAIL, PASS, seen(status, 1.1))], item("PA-1", "open", held("a", FAIL, passing=PASS)), now=at(2)) == ()


def test_a_host_that_is_absent_holds_the_item_open() -> None:
    both = item("PA-1", "open", held("a", FAIL), held("b", FAIL))
    assert kinds(decide([finding("a", FAIL, PASS)], both)) == ["VerifyHost"]
    assert kinds(decide([finding("a", FAIL, PASS), Finding("b", "B", None)], both)) == ["VerifyHost"]


def test_the_last_passing_host_closes_an_open_item_with_its_record() -> None:
    changes = decide([finding("a", FAIL, PASS)], item("PA-1", "open", held("a", FAIL)))
    assert changes[0] == VerifyHost("PA-1", "a", FAIL, PASS)
    assert isinstance(changes[1], CloseItem)
    assert changes[1].record["hosts"][0]["passing"]["receipt"] == PASS.receipt


def test_a_draft_whose_hosts_pass_is_withdrawn_with_its_record() -> None:
    changes = decide([finding("a", FAIL, PASS)], item("PA-1", "draft", held("a", FAIL)))
    assert kinds(changes) == ["VerifyHost", "WithdrawItem"]
    assert isinstance(changes[1], WithdrawItem)
    assert changes[1].record["kind"] == "withdrawal"


@pytest.mark.parametrize("day", [1, 1.5])
def test_a_pass_before_the_last_failure_or_of_its_very_moment_shows_nothing(day: float) -> None:
    late = seen("fail", day)
    unordered = Finding("a", "A", PASS, late, (PASS,))
    assert decide([unordered], item("PA-1", "open", held("a", FAIL)), now=at(2)) == ()
    assert decide([unordered], item("PA-1", "open", held("a", FAIL, passing=PASS)), now=at(2)) == (UnverifyHost("PA-1", "a", late),)
    older = Finding("a", "A", PASS, FAIL, (PASS,))
    assert decide([older], item("PA-1", "open", held("a", late)), now=at(2)) == ()


def test_a_host_that_failed_only_as_another_entry_is_shown_fixed_by_its_newest_pass() -> None:
    assert kinds(decide([Finding("a", "A", PASS)], item("PA-1", "open", held("a", FAIL)))) == ["VerifyHost", "CloseItem"]


def test_a_pass_from_the_future_closes_nothing() -> None:
    assert decide([finding("a", FAIL, seen("pass", 3))], item("PA-1", "open", held("a", FAIL)), now=at(2)) == ()


def test_a_stale_pass_closes_nothing_though_the_host_stays_verified() -> None:
    verified = item("PA-1", "open", held("a", FAIL, passing=PASS), held("b", FAIL))
    both = [finding("a", FAIL, PASS), finding("b", FAIL, seen("pass", 20))]
    assert kinds(decide(both, verified, now=at(20))) == ["VerifyHost"]


def test_the_record_shows_the_fresh_pass_of_a_host_that_was_verified_long_ago() -> None:
    verified = item("PA-1", "open", held("a", FAIL, passing=PASS), held("b", FAIL))
    fresh = seen("pass", 19)
    passes = (PASS, seen("pass", 10), fresh)
    changes = decide([finding("a", FAIL, *passes), finding("b", FAIL, seen("pass", 20))], verified, now=at(20))
    assert VerifyHost("PA-1", "a", FAIL, fresh) in changes
    assert isinstance(changes[-1], CloseItem)
    assert [host["passing"]["observed_at"][:10] for host in changes[-1].record["hosts"]] == ["2026-11-21", "2026-11-22"]


def test_the_policy_asks_for_repeated_passes_from_different_receipts() -> None:
    twice = replace(POLICY, passes=2)
    one = item("PA-1", "open", held("a", FAIL))
    assert decide([Finding("a", "A", PASS, FAIL, (PASS, PASS))], one, policy=twice) == ()
    assert kinds(decide([finding("a", FAIL, PASS, seen("pass", 2))], one, policy=twice, now=at(2))) == ["VerifyHost", "CloseItem"]


def test_a_flapping_host_needs_more_passes() -> None:
    one = item("PA-1", "open", held("a", FAIL))
    assert decide([finding("a", FAIL, PASS, changes=3)], one) == ()
    many = finding("a", FAIL, PASS, seen("pass", 2), seen("pass", 3), changes=3)
    assert kinds(decide([many], one, now=at(3))) == ["VerifyHost", "CloseItem"]


def test_a_pass_has_to_soak() -> None:
    soaking = replace(POLICY, soak_days=2)
    one = item("PA-1", "open", held("a", FAIL))
    assert decide([finding("a", FAIL, PASS)], one, policy=soaking, now=at(2.9)) == ()
    assert kinds(decide([finding("a", FAIL, PASS)], one, policy=soaking, now=at(3))) == ["VerifyHost", "CloseItem"]


def test_an_unconfirmed_judgement_neither_opens_nor_closes() -> None:
    newly = replace(CONFIRMED, current={"linux": NEW})
    assert decide([finding("a", seen("fail", 0, judgement=NEW))], judgement=newly) == ()
    assert decide([finding("a", FAIL, seen("pass", 1, judgement=NEW))], item("PA-1", "open", held("a", FAIL)), judgement=newly) == ()


def test_a_failure_under_an_unconfirmed_judgement_holds_the_item_open_and_unverifies_nothing() -> None:
    verified = item("PA-1", "open", held("a", FAIL, passing=PASS))
    failing = finding("a", FAIL, PASS, seen("fail", 2, judgement=NEW))
    assert decide([failing], verified, judgement=replace(CONFIRMED, current={"linux": NEW}), now=at(2)) == ()


def test_confirming_the_judgement_lets_the_same_observations_count() -> None:
    confirmed = Judgement(CHECK, {"linux": NEW}, frozenset({OLD, NEW}))
    assert kinds(decide([finding("a", seen("fail", 0, judgement=NEW))], judgement=confirmed)) == ["DraftItem"]
    closing = decide([finding("a", FAIL, seen("pass", 1, judgement=NEW))], item("PA-1", "open", held("a", FAIL)), judgement=confirmed)
    assert kinds(closing) == ["VerifyHost", "CloseItem"]


def test_a_bundle_that_is_read_again_neither_opens_nor_closes() -> None:
    assert decide([finding("a", seen("fail", 0, reread=True))]) == ()
    assert decide([finding("a", FAIL, seen("pass", 1, reread=True))], item("PA-1", "open", held("a", FAIL))) == ()


def test_a_failure_that_was_read_again_is_not_the_failure_that_a_pass_comes_after() -> None:
    again = seen("fail", 0.5, reread=True)
    closing = decide([finding("a", FAIL, again, PASS)], item("PA-1", "open", held("a", FAIL)))
    assert closing[0] == VerifyHost("PA-1", "a", FAIL, PASS)


def test_what_waits_for_a_confirmation_is_named_with_its_reason() -> None:
    again, unconfirmed = seen("pass", 1, reread=True), seen("fail", 1, judgement=NEW)
    findings = [finding("b", unconfirmed), finding("a", FAIL, again), finding("c", FAIL), finding("d", seen("error", 1, judgement=NEW))]
    findings.append(Finding("e", "E", None))
    waiting = pending_confirmation(findings, replace(CONFIRMED, current={"linux": NEW}))
    assert [(one.host, one.seen, one.reason) for one in waiting] == [("a", again, "reread"), ("b", unconfirmed, "judgement")]


def test_a_hand_carried_pass_waits_for_a_reviewer_who_accepts_that_receipt() -> None:
    carried = seen("pass", 1, origin="hand-carried")
    one = item("PA-1", "open", held("a", FAIL))
    (waiting,) = decide([finding("a", FAIL, carried)], one)
    assert isinstance(waiting, AwaitReviewer)
    assert carried.receipt in waiting.reason
    told = item("PA-1", "open", held("a", FAIL, accepted_receipts=(carried.receipt,)), awaiting=waiting.reason)
    assert kinds(decide([finding("a", FAIL, carried)], told)) == ["VerifyHost", "CloseItem"]
    other = item("PA-1", "open", held("a", FAIL, accepted_receipts=("another",)), awaiting=waiting.reason)
    assert decide([finding("a", FAIL, carried)], other) == ()


def test_an_accepted_hand_carried_pass_does_not_supersede_a_later_failure() -> None:
    carried = seen("pass", 1, origin="hand-carried")
    one = item("PA-1", "open", held("a", FAIL, accepted_receipts=(carried.receipt,)))
    assert decide([Finding("a", "A", seen("fail", 2), seen("fail", 2), (carried,))], one, now=at(2)) == ()


def test_a_word_that_is_needed_no_longer_is_taken_back() -> None:
    waiting = item("PA-1", "open", held("a", FAIL), awaiting="The pass was carried by hand.")
    assert decide([finding("a", FAIL, seen("fail", 2))], waiting, now=at(2)) == (AwaitReviewer("PA-1", ""),)


def test_a_policy_without_automatic_closing_waits_for_a_word_on_those_receipts() -> None:
    asking = replace(POLICY, automatic=False)
    one = item("PA-1", "open", held("a", FAIL))
    assert kinds(decide([finding("a", FAIL, PASS)], one, policy=asking)) == ["VerifyHost", "AwaitReviewer"]
    told = item("PA-1", "open", held("a", FAIL, accepted_receipts=(PASS.receipt,)))
    assert kinds(decide([finding("a", FAIL, PASS)], told, policy=asking)) == ["VerifyHost", "CloseItem"]
    twice = [finding("a", FAIL, seen("pass", 0.5), PASS)]
    assert kinds(decide(twice, told, policy=replace(asking, passes=2))) == ["VerifyHost", "CloseItem"]


def test_a_policy_that_asks_for_the_same_judgement_closes_by_a_pass_under_it() -> None:
    one = item("PA-1", "open", held("a", FAIL))
    assert kinds(decide([finding("a", FAIL, PASS)], one, policy=replace(POLICY, same_judgement=True))) == ["VerifyHost", "CloseItem"]


def test_a_word_on_an_earlier_fix_does_not_close_a_later_one() -> None:
    asking = replace(POLICY, automatic=False)
    again = seen("fail", 2)
    told = item("PA-1", "open", held("a", again, accepted_receipts=(PASS.receipt,)))
    assert kinds(decide([finding("a", FAIL, PASS, again, seen("pass", 3))], told, policy=asking, now=at(3))) == [
        "VerifyHost",
        "AwaitReviewer",
    ]


def test_a_further_failing_host_joins_the_open_item_after_its_approval() -> None:
    one, draft = item("PA-2", "open", held("a", FAIL)), item("PA-1", "draft", held("c", FAIL))
    assert decide([finding("a", FAIL), finding("b", FAIL)], one, draft) == (JoinHost("PA-2", held("b", FAIL, added_after_approval=True)),)


def test_a_further_failing_host_joins_the_draft_when_there_is_no_open_item() -> None:
    assert decide([finding("b", FAIL)], item("PA-1", "draft", held("a", FAIL))) == (JoinHost("PA-1", held("b", FAIL)),)


def test_a_host_that_is_accepted_hides_no_other_host() -> None:
    accepted = item("PA-1", "accepted", held("a", FAIL, disposition="accepted", disposition_until=date(2027, 1, 1)))
    (change,) = decide([finding("a", FAIL), finding("b", FAIL)], accepted)
    assert isinstance(change, DraftItem)
    assert [host.host for host in change.item.hosts] == ["b"]


@pytest.mark.parametrize(("until", "progress_by"), [(5, None), (29, 5), (5, 29), (None, 5)])
def test_a_disposition_holds_through_the_first_of_its_dates_and_lapses_on_the_next_day(until: int | None, progress_by: int | None) -> None:
    ends = [date(2026, 11, day) if day else None for day in (until, progress_by)]
    waived = held("a", FAIL, disposition="temporary_deficiency", disposition_until=ends[0], progress_by=ends[1])
    one, lapse = item("PA-1", "open", waived), LapseDisposition("PA-1", "a", "temporary_deficiency")
    assert decide([finding("a", FAIL)], one, now=at(3)) == ()
    assert decide([finding("a", FAIL)], one, now=at(4)) == (lapse,)
    assert decide([finding("b", PASS)], one, now=at(4)) == (lapse,)


def test_a_host_is_not_verified_by_what_was_seen_before_its_disposition_lapsed() -> None:
    entry = held("a", FAIL, passing=PASS, disposition="accepted", disposition_until=date(2026, 11, 5))
    one = item("PA-1", "open", entry, held("b", FAIL))
    changes = decide([finding("a", FAIL, PASS, seen("error", 4)), finding("b", FAIL)], one, now=at(4))
    assert changes == (LapseDisposition("PA-1", "a", "accepted"),)
    (after,) = apply_changes((one,), changes, str, date(2026, 11, 6))
    assert (after.hosts[0].passing, after.hosts[0].disposition_until) == (None, date(2026, 11, 5))


def test_a_host_whose_acceptance_of_the_whole_item_lapses_stands_in_a_draft_that_names_it() -> None:
    accepted = item("PA-1", "accepted", held("a", FAIL, disposition="accepted", disposition_until=date(2026, 11, 5)))
    lapse, draft = decide([finding("a", FAIL, seen("error", 4))], accepted, now=at(4))
    assert lapse == LapseDisposition("PA-1", "a", "accepted")
    assert isinstance(draft, DraftItem)
    assert (draft.item.predecessor, draft.item.hosts[0].failing) == ("PA-1", FAIL)


def test_a_silent_host_comes_back_when_its_acceptance_lapses_but_one_that_is_no_longer_asked_about_does_not() -> None:
    accepted = item("PA-1", "accepted", held("a", FAIL, disposition="accepted", disposition_until=date(2026, 11, 5)))
    assert kinds(decide([Finding("a", "A", None)], accepted, now=at(4))) == ["LapseDisposition", "DraftItem"]
    assert decide([finding("b", PASS)], accepted, now=at(4)) == ()


def test_a_draft_of_a_lapsed_host_waits_from_the_first_day_for_the_word_on_its_hand_carried_pass() -> None:
    accepted = item("PA-1", "accepted", held("a", FAIL, disposition="accepted", disposition_until=date(2026, 11, 5)))
    carried = finding("a", FAIL, seen("pass", 3, origin="hand-carried"))
    changes = decide([carried], accepted, now=at(4))
    assert isinstance(changes[1], DraftItem)
    assert "a reviewer has not accepted it: A" in changes[1].item.awaiting
    after = apply_changes((accepted,), changes, lambda: "PA-2", date(2026, 11, 6))
    assert decide([carried], *after, now=at(4)) == ()


def test_a_host_that_was_fixed_while_it_was_accepted_comes_back_in_nothing() -> None:
    accepted = item("PA-1", "accepted", held("a", FAIL, disposition="accepted", disposition_until=date(2026, 11, 5)))
    assert kinds(decide([finding("a", FAIL, PASS)], accepted, now=at(4))) == ["LapseDisposition"]
    again = Finding("a", "A", seen("pass", 3, reread=True), FAIL, (PASS,))
    assert kinds(decide([again], accepted, now=at(4))) == ["LapseDisposition", "DraftItem"]


def test_a_silent_host_does_not_come_back_by_a_date_when_the_item_that_ended_last_shows_it_fixed() -> None:
    waived = held("a", FAIL, disposition="accepted", disposition_until=date(2026, 11, 5))
    accepted = item("PA-2", "accepted", waived, ended_on=date(2026, 11, 2))
    closed = item("PA-1", "closed", held("a", FAIL, passing=PASS), ended_on=date(2026, 11, 3))
    assert kinds(decide([Finding("a", "A", None)], accepted, closed, now=at(4))) == ["LapseDisposition"]


def test_an_item_with_only_disposed_or_retired_hosts_does_not_close_by_a_scan() -> None:
    gone = item("PA-1", "open", held("a", FAIL, disposition="retired"), held("b", FAIL, disposition="accepted"))
    assert decide([finding("a", FAIL, PASS), finding("b", FAIL, PASS)], gone) == ()


def test_a_disposed_host_is_left_out_of_the_closing_and_named_in_the_record() -> None:
    mixed = item("PA-1", "open", held("a", FAIL), held("b", FAIL, disposition="retired"))
    changes = decide([finding("a", FAIL, PASS), finding("b", FAIL)], mixed)
    assert isinstance(changes[-1], CloseItem)
    assert [host["disposition"] for host in changes[-1].record["left_out"]] == ["retired"]


def test_a_verified_host_that_fails_again_is_unverified() -> None:
    again = seen("fail", 2)
    both = item("PA-1", "open", held("a", FAIL, passing=PASS), held("b", FAIL))
    assert decide([finding("a", FAIL, PASS, again), finding("b", FAIL)], both, now=at(2)) == (UnverifyHost("PA-1", "a", again),)


def test_a_failure_between_two_passes_unverifies_until_the_passes_are_enough_again() -> None:
    between, twice = seen("fail", 2), replace(POLICY, passes=2)
    one = item("PA-1", "open", held("a", FAIL, passing=PASS))
    once_more = [PASS, between, seen("pass", 3)]
    assert decide([finding("a", FAIL, *once_more)], one, policy=twice, now=at(3)) == (UnverifyHost("PA-1", "a", between),)
    again = decide([finding("a", FAIL, *once_more, seen("pass", 4))], one, policy=twice, now=at(4))
    assert again[0] == VerifyHost("PA-1", "a", between, seen("pass", 4))
    assert kinds(again) == ["VerifyHost", "CloseItem"]


def test_the_newest_failure_unverifies_though_the_clock_of_the_host_was_set_back() -> None:
    behind = seen("fail", -0.5)
    both = item("PA-1", "open", held("a", FAIL, passing=PASS), held("b", FAIL))
    assert decide([Finding("a", "A", behind, behind)], both, now=at(2)) == (UnverifyHost("PA-1", "a", behind),)


@pytest.mark.parametrize("passing", [seen("pass", 1, judgement=NEW), seen("pass", 1, origin="hand-carried")])
def test_a_verified_host_is_unverified_when_its_judgement_or_its_receipt_is_accepted_no_longer(passing: Seen) -> None:
    verified = item("PA-1", "open", held("a", FAIL, passing=passing), held("b", FAIL))
    assert decide([finding("a", FAIL, passing)], verified) == (UnverifyHost("PA-1", "a", FAIL),)


def test_an_error_leaves_a_verified_host_verified() -> None:
    both = item("PA-1", "open", held("a", FAIL, passing=PASS), held("b", FAIL))
    assert decide([finding("a", FAIL, PASS, seen("error", 2)), finding("b", FAIL)], both, now=at(2)) == ()


@pytest.mark.parametrize("state", ["closed", "withdrawn"])
def test_a_regression_makes_a_new_draft_that_names_the_newest_ended_item_with_that_host(state: str) -> None:
    older = item("PA-9", "closed", held("a", FAIL, passing=PASS), ended_on=date(2026, 11, 3))
    newer = replace(older, id="PA-10", state="closed" if state == "closed" else "withdrawn")
    other = replace(older, id="PA-11", hosts=(held("b", FAIL, passing=PASS),))
    (change,) = decide([finding("a", FAIL, PASS, seen("fail", 4))], newer, older, other, now=at(4))
    assert isinstance(change, DraftItem)
    assert change.item.predecessor == "PA-10"


def test_a_host_comes_back_from_what_was_merged_into_it_and_stands_under_none_of_its_dispositions() -> None:
    fails = replace(finding("b", seen("fail", 5)), formerly=("a",))
    accepted = held("a", seen("fail", 0), disposition="accepted", disposition_until=at(90).date())
    for ended in (item("PA-1", "closed", held("a", seen("fail", 0))), item("PA-1", "accepted", accepted)):
        (draft,) = decide([fails], ended, now=at(5))
        assert isinstance(draft, DraftItem)
        assert (draft.item.predecessor, [host.host for host in draft.item.hosts]) == ("PA-1", ["b"])
    live = item("PA-1", "draft", replace(accepted, disposition="retired", disposition_until=None), held("c", FAIL))
    assert decide([fails], live, now=at(5)) == (JoinHost("PA-1", held("b", seen("fail", 5))),)


def test_a_regression_does_not_join_an_item_that_would_not_name_its_predecessor() -> None:
    closed = item("PA-1", "closed", held("a", FAIL, passing=PASS), held("c", FAIL, passing=PASS), ended_on=date(2026, 11, 3))
    live = item("PA-2", "open", held("b", FAIL))
    failing = [finding("a", FAIL, PASS, seen("fail", 4)), finding("b", FAIL)]
    (change,) = decide(failing, closed, live, now=at(4))
    assert isinstance(change, DraftItem)
    assert decide([*failing, finding("d", FAIL)], closed, live, now=at(4)) == (
        JoinHost("PA-2", held("d", FAIL, added_after_approval=True)),
        change,
    )
    later = [*failing, finding("c", FAIL, PASS, seen("fail", 5))]
    drafted = apply_changes((closed, live), (change,), lambda: "PA-3", date(2026, 11, 6))
    assert decide(later, *drafted, now=at(5)) == (JoinHost("PA-3", held("c", seen("fail", 5))),)


def test_what_fails_for_the_first_time_goes_with_what_comes_back_on_the_same_day() -> None:
    closed = item("PA-1", "closed", held("a", FAIL, passing=PASS), ended_on=date(2026, 11, 3))
    (change,) = decide([finding("a", seen("fail", 4)), finding("z", seen("fail", 4))], closed, now=at(4))
    assert isinstance(change, DraftItem)
    assert ([host.host for host in change.item.hosts], change.item.predecessor) == (["a", "z"], "PA-1")


def test_what_comes_back_is_drafted_in_the_order_of_items_and_the_first_draft_takes_what_is_new() -> None:
    ended = [item(f"PA-{number}", "closed", held(host, FAIL, passing=PASS)) for number, host in ((10, "b"), (9, "c"))]
    newest = seen("fail", 5, judgement=NEW)
    both = replace(CONFIRMED, confirmed=frozenset({OLD, NEW}))
    changes = decide(
        [finding("c", seen("fail", 3)), finding("b", seen("fail", 4)), finding("a", newest)], *ended, judgement=both, now=at(5)
    )
    drafts = [change.item for change in changes if isinstance(change, DraftItem)]
    assert [(one.predecessor, [host.host for host in one.hosts]) for one in drafts] == [("PA-9", ["a", "c"]), ("PA-10", ["b"])]
    assert (drafts[0].judgement, drafts[0].detected_on) == (NEW, at(3).date())


def test_changes_come_in_the_order_of_items_and_hosts_whatever_the_order_of_what_is_read() -> None:
    live = [item(one, "open", held(one, FAIL, disposition="accepted", disposition_until=date(2026, 11, 3))) for one in ("PA-10", "PA-9")]
    assert [change.item for change in decide([finding("a", PASS)], *live, now=at(4)) if isinstance(change, LapseDisposition)] == [
        "PA-9",
        "PA-10",
    ]
    joins = decide([finding(host, FAIL) for host in "fbdeca"], item("PA-1", "open"))
    assert [change.host.host for change in joins if isinstance(change, JoinHost)] == list("abcdef")


OTHER = held("b", FAIL)


@pytest.mark.parametrize(
    ("other", "decide_too"),
    [
        (item("PA-1", "open", held("a", FAIL), OTHER), ""),
        (item("PA-1", "draft", held("a", FAIL), replace(OTHER, passing=PASS)), "b"),
        (item("PA-1", "open", held("a", FAIL), replace(OTHER, disposition="retired")), "b"),
        (item("PA-1", "open", held("a", FAIL), OTHER, awaiting="A reviewer's word."), "b"),
        (item("PA-1", "closed", held("a", FAIL), replace(OTHER, passing=PASS)), ""),
    ],
)
def test_a_host_decides_with_those_of_every_live_item_that_waits_for_no_other(other: Item, decide_too: str) -> None:
    assert hosts_that_decide([other], ["a"]) == {"a", *decide_too}


def test_items_of_another_source_or_check_are_never_touched_by_a_scan() -> None:
    attested = item("PA-1", "open", held("a", FAIL), source="attestation")
    foreign = item("PA-2", "open", held("a", FAIL), source_key="another-check")
    assert decide([finding("a", FAIL, PASS)], attested, foreign) == ()


def test_an_item_does_not_close_by_what_a_bundle_says_when_it_is_read_again_whatever_was_seen_before() -> None:
    """The pass before it has soaked meanwhile; a new receipt has to say that the host still passes."""
    policy = replace(POLICY, soak_days=2)
    there = item("PA-1", "open", held("a", FAIL))
    again = seen("pass", 1.5, reread=True)
    before = decide([finding("a", FAIL, seen("pass", 1), again)], there, policy=policy, now=at(4))
    assert "CloseItem" not in kinds(before)
    after = decide([finding("a", FAIL, seen("pass", 1), again, seen("pass", 4))], there, policy=policy, now=at(4))
    assert kinds(after)[-1] == "CloseItem"


def test_a_host_of_which_no_finding_is_given_stays_verified_by_the_policy_of_its_own() -> None:
    """Only the hosts that decide are given where few were heard of, and a host's own policy comes with its finding."""
    both = replace(CONFIRMED, current={"linux": NEW}, confirmed=frozenset({OLD, NEW}))
    strict = replace(POLICY, same_judgement=True)
    passing = seen("pass", 1, judgement=NEW)
    there = item("PA-1", "open", held("a", FAIL, passing=passing), held("b", FAIL))
    own = replace(finding("a", FAIL, passing), policy=POLICY)
    heard = finding("b", FAIL, seen("fail", 2, judgement=NEW))
    assert decide([own, heard], there, judgement=both, policy=strict, now=at(2.5)) == ()
    assert decide([heard], there, judgement=both, policy=strict, now=at(2.5)) == ()


def test_a_failure_that_was_only_read_again_hides_none_before_it() -> None:
    """What failed under a judgement that was confirmed later lies behind it."""
    both = replace(CONFIRMED, current={"linux": NEW}, confirmed=frozenset({OLD, NEW}))
    word = replace(POLICY, automatic=False)
    there = item("PA-1", "open", held("a", FAIL, passing=PASS, accepted_receipts=(PASS.receipt,)), awaiting="A reviewer's word.")
    failed, again = seen("fail", 1.5, judgement=NEW), seen("fail", 2, judgement=NEW, reread=True)
    before = decide([finding("a", FAIL, PASS, failed, again)], there, judgement=both, policy=word, now=at(2.5))
    assert before == (UnverifyHost("PA-1", "a", failed), AwaitReviewer("PA-1", ""))
    after = decide([finding("a", FAIL, PASS, failed, again, seen("pass", 3, judgement=NEW))], there, judgement=both, now=at(3))
    assert kinds(after)[-1] == "CloseItem"
    (shown,) = next(one for one in after if isinstance(one, CloseItem)).record["hosts"]
    assert [shown[one]["observed_at"][:10] for one in ("failing", "passing")] == [at(1.5).date().isoformat(), at(3).date().isoformat()]


def test_of_two_findings_of_one_host_the_later_one_decides() -> None:
    early, late = finding("a", FAIL), finding("a", FAIL, PASS)
    one = item("PA-1", "open", held("a", FAIL))
    assert kinds(decide([late, early], one)) == kinds(decide([early, late], one)) == ["VerifyHost", "CloseItem"]


def test_days_are_counted_to_the_moment() -> None:
    one = item("PA-1", "open", held("a", FAIL))
    limit = PASS.observed_at + timedelta(days=POLICY.fresh_days)
    assert kinds(decide([finding("a", FAIL, PASS)], one, now=limit)) == ["VerifyHost", "CloseItem"]
    assert decide([finding("a", FAIL, PASS)], one, now=limit + timedelta(microseconds=1)) == ()
