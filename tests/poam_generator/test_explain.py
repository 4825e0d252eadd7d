"""Why an item is open and what would close it."""

from dataclasses import replace
from datetime import date

import pytest

from poam_generator.explain import what_would_close, why_open
from poam_generator.model import Finding, Item, ItemHost, Policy
from tests.poam_generator.builders import CONFIRMED, NEW, OLD, POLICY, at, finding, held, item, seen

FAIL, PASS = seen("fail", 0), seen("pass", 1)
UNREAD = {"path": "sshd.port", "expected": "22", "observed": None, "status": "error", "reason": "no sshd -T"}
MIXED = ({**UNREAD, "status": "fail", "reason": "22 is not there"}, {**UNREAD, "reason": ""}, UNREAD)
ONE = item("PA-1", "open", held("a", FAIL))


def why(one: Item, *findings: Finding, policy: Policy = POLICY, day: float = 1) -> tuple[list[str], list[str]]:
    known = replace(CONFIRMED, current={"linux": NEW})
    return why_open(one, findings, policy, at(day), known), what_would_close(one, findings, policy, at(day), known)


def test_the_hosts_that_fail_are_counted_and_named() -> None:
    both = item("PA-1", "open", held("b", FAIL), held("a", FAIL), held("c", FAIL, passing=PASS))
    reasons, wishes = why(both, finding("a", FAIL), finding("b", FAIL), finding("c", FAIL, PASS))
    assert (reasons, wishes) == (["2 of 3 hosts fail (A, B)."], ["A passing scan of A, B."])


def test_of_many_hosts_that_fail_the_first_are_named() -> None:
    many = [f"ws-{number:02}" for number in range(12)]
    _, wishes = why(item("PA-1", "open", *(held(name, FAIL) for name in many)), *(finding(name, FAIL) for name in many))
    assert wishes == ["A passing scan of WS-00, WS-01, WS-02, WS-03, WS-04, WS-05, WS-06, WS-07, WS-08, WS-09 and 2 more."]


@pytest.mark.parametrize(
    ("known", "day", "reason", "wish"),
    [
        (Finding("a", "A", None), 1, "A has not been observed since it failed.", "A passing scan of A."),
        (finding("a", FAIL, seen("error", 1)), 1, "A could not be judged on 2026-11-03.", "The error on A is mended"),
        (
            finding("a", FAIL, seen("error", 1, observations=(UNREAD,))),
            1,
            "A could not be judged on 2026-11-03: no sshd -T.",
            "A is mended",
        ),
        (finding("a", FAIL, seen("error", 1, observations=MIXED, judgement=NEW)), 1, "2026-11-03: no sshd -T.", "A is mended"),
        (finding("a", FAIL, seen("not_applicable", 1)), 1, "check was not applicable on 2026-11-03", "a person retires it"),
        (finding("a", FAIL, seen("manual", 1)), 1, "check was left to a person on 2026-11-03", "a person retires it"),
        (finding("a", FAIL, seen("fail", 1, judgement=NEW)), 1, "under a judgement that is not confirmed", "judgement, and A passes."),
        (finding("a", FAIL, seen("fail", 1, reread=True)), 1, "fails by a bundle of 2026-11-03 that was only read again", "A passing scan"),
        (
            finding("a", FAIL, seen("pass", 1, judgement=NEW)),
            1,
            "A passes since 2026-11-03 under a judgement that is not",
            "A reviewer confirms the judgement.",
        ),
        (
            finding("a", FAIL, seen("pass", 1, reread=True)),
            1,
            "passes by a bundle of 2026-11-03 that was only read again",
            "A passing scan",
        ),
        (finding("a", FAIL, seen("pass", -1)), 1, "by nothing that was seen after its failure of 2026-11-02", "A later passing scan"),
        (finding("a", FAIL), 8, "A has not been observed since 2026-11-02.", "A passing scan of A."),
        (finding("a", FAIL, PASS), 9, "has not passed since 2026-11-03, longer ago than the 7 days", "A passing scan of A."),
        (
            finding("a", FAIL, PASS, changes=3),
            1,
            "passed 1 of 3 times in a row because it changed 3 times in 30 days",
            "2 more passing scans of A in",
        ),
        (finding("a", FAIL, PASS, changes=3), 8, "passed 1 of 3 times in a row", "2 more passing scans of A in a row."),
        (finding("a", FAIL, PASS, seen("pass", 9), changes=3), 9, "passed 2 of 3 times", "1 more passing scan of A in a row."),
        (finding("a", FAIL, seen("pass", 1, origin="hand-carried")), 1, "carried by hand", "A reviewer who is not the owner"),
        (finding("a", FAIL, PASS), 1, "Every host is verified; the next reconciliation closes it.", "The next reconciliation."),
        (finding("a", FAIL, PASS, seen("pass", 2, origin="hand-carried")), 2, "Every host is verified", "The next reconciliation."),
        (finding("a", FAIL, PASS, seen("pass", 2, judgement=NEW)), 2, "Every host is verified", "The next reconciliation."),
    ],
)
def test_each_reason_names_the_host_and_what_helps(known: Finding, day: float, reason: str, wish: str) -> None:
    reasons, wishes = why(ONE, known, day=day)
    assert reason in " ".join(reasons)
    assert wish in " ".join(wishes)


def test_a_draft_that_is_fixed_before_review_is_withdrawn_by_the_next_reconciliation() -> None:
    reasons, _ = why(replace(ONE, state="draft"), finding("a", FAIL, PASS))
    assert reasons == ["Every host is verified; the next reconciliation withdraws it."]


def test_a_pass_that_soaks_says_until_when() -> None:
    reasons, wishes = why(ONE, finding("a", FAIL, PASS, seen("pass", 2)), policy=replace(POLICY, soak_days=3), day=2)
    assert reasons == ["A passes since 2026-11-03 and has to hold until 2026-11-06."]
    assert wishes == ["A passing scan of A on or after 2026-11-06."]
    assert why(ONE, finding("a", FAIL, PASS), policy=replace(POLICY, soak_days=3)) == (reasons, wishes)


def test_the_only_host_of_an_item_is_told_of_as_one() -> None:
    assert why(ONE, finding("a", FAIL), day=7)[0] == ["1 of 1 host fails (A)."]


def test_a_host_that_fails_and_fell_silent_asks_for_one_thing() -> None:
    assert why(ONE, finding("a", FAIL), day=8)[1] == ["A passing scan of A."]


def test_a_host_whose_disposition_is_over_is_asked_for_again() -> None:
    waived = held("a", FAIL, disposition="accepted", disposition_until=date(2026, 11, 2))
    assert why(item("PA-1", "open", waived), finding("a", FAIL)) == why(ONE, finding("a", FAIL))


def test_a_policy_that_asks_for_a_word_says_on_which_hosts() -> None:
    reasons, _ = why(ONE, finding("a", FAIL, PASS), policy=replace(POLICY, automatic=False))
    assert reasons == ["The closing policy asks for a reviewer's word on the passes of A."]


def test_a_pass_that_waits_for_a_word_is_told_while_another_host_still_fails() -> None:
    both = item("PA-1", "open", held("a", FAIL), held("b", FAIL))
    reasons, wishes = why(both, finding("a", FAIL), finding("b", FAIL, seen("pass", 1, origin="hand-carried")))
    assert (reasons[0], reasons[1].startswith("The pass was carried by hand and a reviewer has not accepted it: B")) == (
        "1 of 2 hosts fails (A).",
        True,
    )
    assert wishes == ["A passing scan of A.", "A reviewer who is not the owner accepts those receipts."]
    reasons, _ = why(both, finding("a", FAIL), finding("b", FAIL, PASS), policy=replace(POLICY, automatic=False))
    assert reasons == ["1 of 2 hosts fails (A).", "The closing policy asks for a reviewer's word on the passes of B."]


RETIRED, WAIVED = held("a", FAIL, disposition="retired"), held("b", FAIL, disposition="temporary_deficiency")
PERSONS = "Every host in it is disposed of or retired by a person, so no scan can show it fixed."
DATED = replace(WAIVED, disposition_until=date(2026, 12, 1), progress_by=date(2026, 11, 20))


@pytest.mark.parametrize(
    ("hosts", "reason", "wish"),
    [
        ([RETIRED, WAIVED], PERSONS, "The disposition of B ends and scans decide again."),
        ([RETIRED, DATED], PERSONS, "The disposition of B ends (2026-11-20) and scans decide again."),
        (
            [RETIRED],
            "Every host in it is retired, so no scan can show it fixed.",
            "Somebody asks to dismiss it, and another person agrees.",
        ),
    ],
)
def test_an_item_whose_hosts_are_all_a_persons_says_that_no_scan_closes_it(hosts: list[ItemHost], reason: str, wish: str) -> None:
    assert why(item("PA-1", "open", *hosts), finding("a", FAIL)) == ([reason], [wish])


def test_each_pass_that_waits_for_a_word_is_named_under_its_own_reason_and_asked_for_once() -> None:
    carried, changed = seen("pass", 1, origin="hand-carried"), seen("pass", 2, judgement=NEW)
    both, strict = replace(CONFIRMED, confirmed=frozenset({OLD, NEW})), replace(POLICY, same_judgement=True, automatic=False)
    by_hand = f"The pass was carried by hand and a reviewer has not accepted it: A (receipt {carried.receipt})."
    other = f"The pass is under another judgement than the failure, and a reviewer has not accepted it: A (receipt {changed.receipt})."
    assert why_open(ONE, [finding("a", FAIL, carried)], strict, at(2), both) == [by_hand]
    assert why_open(ONE, [finding("a", FAIL, carried, changed)], strict, at(2), both) == [f"{by_hand} {other}"]


def test_an_item_of_another_source_closes_on_a_reviewers_word() -> None:
    reasons, wishes = why(item("PA-1", "open", source="attestation"))
    assert "Its source is attestation" in reasons[0]
    assert wishes == ["A reviewer accepts the final evidence."]


def test_an_item_that_has_ended_is_open_for_no_reason() -> None:
    assert why(item("PA-1", "closed", held("a", FAIL, passing=PASS), ended_on=date(2026, 11, 3))) == ([], [])


def test_without_a_judgement_what_the_findings_name_counts() -> None:
    newer = finding("a", FAIL, seen("pass", 1, judgement=NEW))
    assert why_open(ONE, [newer], POLICY, at(1)) == ["Every host is verified; the next reconciliation closes it."]
    back = finding("a", FAIL, seen("pass", 1, judgement=NEW), seen("pass", 2))
    assert why_open(ONE, [back], replace(POLICY, passes=2), at(2)) == ["Every host is verified; the next reconciliation closes it."]
    assert why_open(replace(ONE, judgement=NEW), [finding("a", FAIL)], POLICY, at(1)) == ["1 of 1 host fails (A)."]
    for silent in ([Finding("a", "A", None)], []):
        assert why_open(ONE, silent, POLICY, at(1)) == ["A has not been observed since it failed."]
