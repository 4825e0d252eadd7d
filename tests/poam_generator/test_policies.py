"""Which closing policy holds for a host and a check, and what follows from it for the item."""

from dataclasses import replace

import pytest

from poam_generator.explain import what_would_close, why_open
from poam_generator.model import AwaitReviewer, CloseItem, Judgement, Policy, VerifyHost
from poam_generator.policies import choose_policy, closing_rules, describe_policy, describe_scope
from poam_generator.reconcile import reconcile
from tests.poam_generator.builders import CHECK, CONFIRMED, NEW, OLD, POLICY, at, finding, held, item, seen

ALL, SERVERS = Policy(passes=1), Policy(passes=2, group="servers")
HIGH, BOTH = Policy(passes=3, severity="high"), Policy(passes=4, group="servers", severity="high")


@pytest.mark.parametrize(
    ("group", "severity", "wanted"),
    [("servers", "high", BOTH), ("servers", "low", SERVERS), ("desks", "high", HIGH), ("desks", "low", ALL), ("", "high", HIGH)],
)
def test_the_most_specific_policy_holds_in_whatever_order_they_stand(group: str, severity: str, wanted: Policy) -> None:
    assert choose_policy((ALL, SERVERS, HIGH, BOTH), group, severity) == wanted
    assert choose_policy((BOTH, HIGH, SERVERS, ALL), group, severity) == wanted


def test_the_group_of_a_host_outweighs_the_severity_of_a_check() -> None:
    assert choose_policy((ALL, SERVERS, HIGH), "servers", "high") == SERVERS


def test_without_any_policy_the_default_holds_which_nobody_approved() -> None:
    assert choose_policy((), "servers", "high") == Policy()
    assert choose_policy((SERVERS,), "desks", "low") == Policy()


def test_the_window_of_changes_is_that_of_the_hosts_own_policy() -> None:
    rules = closing_rules((ALL, replace(SERVERS, flapping_days=3)), "low", at(10))
    assert (rules.of("servers"), rules.of("desks")) == (replace(SERVERS, flapping_days=3), None)
    assert rules.of("") is None
    assert (rules.since("servers"), rules.since("desks")) == (at(7), at(-20))


def test_a_policy_is_told_in_a_sentence() -> None:
    strict = Policy(passes=2, soak_days=3, automatic=False, same_judgement=True, group="servers", severity="high")
    assert describe_policy(strict) == (
        "2 passes in a row, the newest at most 7 days old; the first at least 3 days old; 3 of a host that changed 3 times in 30 days; "
        "under the judgement that it failed by, another one on a reviewer's word; then on a reviewer's word."
    )
    assert describe_policy(Policy(fresh_days=1)) == (
        "1 pass in a row, the newest at most 1 day old; 3 of a host that changed 3 times in 30 days; then it closes by itself."
    )
    assert (describe_scope(strict), describe_scope(Policy())) == ("group servers, severity high", "every host and check")


FAIL, PASS = seen("fail", 0), seen("pass", 1)


def test_each_host_closes_by_its_own_policy_and_the_record_names_both() -> None:
    strict = replace(POLICY, passes=2, group="servers")
    one = item("PA-1", "open", held("a", FAIL), held("b", FAIL))
    slow = replace(finding("b", FAIL, PASS), policy=strict)
    assert [type(change) for change in reconcile([finding("a", FAIL, PASS), slow], [one], CONFIRMED, POLICY, at(1))] == [VerifyHost]
    assert why_open(one, [finding("a", FAIL, PASS), slow], POLICY, at(1), CONFIRMED) == ["B passed 1 of 2 times in a row."]
    done = replace(finding("b", FAIL, PASS, seen("pass", 2)), policy=strict)
    changes = reconcile([finding("a", FAIL, PASS), done], [one], CONFIRMED, POLICY, at(2))
    assert isinstance(changes[-1], CloseItem)
    assert [(host["host"], host["policy"]["passes"]) for host in changes[-1].record["hosts"]] == [("a", 1), ("b", 2)]


def test_one_host_whose_policy_asks_for_a_word_holds_the_item_for_it() -> None:
    one = item("PA-1", "open", held("a", FAIL), held("b", FAIL))
    asking = replace(finding("b", FAIL, PASS), policy=replace(POLICY, automatic=False))
    changes = reconcile([finding("a", FAIL, PASS), asking], [one], CONFIRMED, POLICY, at(1))
    assert changes[-1] == AwaitReviewer("PA-1", "The closing policy asks for a reviewer's word on the passes of B.")


BOTH_CONFIRMED = Judgement(CHECK, {"linux": NEW}, frozenset({OLD, NEW}))
LATER = seen("pass", 1, judgement=NEW)


def test_a_pass_under_a_confirmed_other_judgement_counts_unless_the_policy_asks_for_the_same() -> None:
    one = item("PA-1", "open", held("a", FAIL))
    assert isinstance(reconcile([finding("a", FAIL, LATER)], [one], BOTH_CONFIRMED, POLICY, at(1))[-1], CloseItem)
    same = replace(POLICY, same_judgement=True)
    (waiting,) = reconcile([finding("a", FAIL, LATER)], [one], BOTH_CONFIRMED, same, at(1))
    reason = f"The pass is under another judgement than the failure, and a reviewer has not accepted it: A (receipt {LATER.receipt})."
    assert waiting == AwaitReviewer("PA-1", reason)
    assert what_would_close(one, [finding("a", FAIL, LATER)], same, at(1), BOTH_CONFIRMED) == [
        "A reviewer who is not the owner accepts those receipts."
    ]
    accepted = item("PA-1", "open", held("a", FAIL, accepted_receipts=(LATER.receipt,)))
    assert isinstance(reconcile([finding("a", FAIL, LATER)], [accepted], BOTH_CONFIRMED, same, at(1))[-1], CloseItem)
