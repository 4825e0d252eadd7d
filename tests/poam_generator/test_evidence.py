"""The closure record, and what its verification refuses."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from collector.canonical import canonical_bytes, digest, time_text
from poam_generator.errors import PoamError
from poam_generator.evidence import closure_record, state_claim, verify_record
from poam_generator.json_form import to_json
from poam_generator.model import CloseItem, ClosureContext, ParameterValue, PassWord, Seen
from poam_generator.reconcile import reconcile
from poam_generator.standing import stand
from tests.poam_generator.builders import CHECK, CONFIRMED, NEW, OLD, POLICY, at, finding, held, hexed, item, seen

FAIL, PASS, LATER = seen("fail", 0), seen("pass", 1), seen("pass", 1.5)
UNKNOWN = hexed("judgement 3")
CARRIED, CHANGED, PASS_TIME = seen("pass", 1, origin="hand-carried"), seen("pass", 1, judgement=NEW), time_text(PASS.observed_at)
STRICT = to_json(replace(POLICY, automatic=False, same_judgement=True))
BOTH = replace(CONFIRMED, confirmed=frozenset({OLD, NEW}))
CONTEXT = ClosureContext(
    title="Accounts lock after repeated failed logons",
    supports=("3.1.8[b]",),
    not_shown=("3.1.8[a]",),
    parameters=(ParameterValue("max_attempts", "5", "R. Approver", "Access policy 2.1, section 4"),),
    assets_not_scanned=("PRN-01",),
    confirmed_by={OLD: "R. Approver"},
)


def record() -> dict[str, Any]:
    one = item("PA-43", "open", held("a", FAIL), held("b", FAIL, disposition="accepted", disposition_until=date(2027, 1, 1)))
    changes = reconcile([finding("a", FAIL, PASS), finding("b", FAIL)], [one], BOTH, POLICY, at(2), {"PA-43": CONTEXT})
    assert isinstance(changes[-1], CloseItem)
    read: dict[str, Any] = json.loads(canonical_bytes(changes[-1].record))
    return read


def test_the_record_names_who_gave_a_word_on_a_pass_that_it_rests_on_and_no_other() -> None:
    word = PassWord("R. Viewer", at(1.5), "R. Viewer accepted 1 pass: seen on site")
    context = replace(CONTEXT, words={PASS.receipt: word, "of another pass": word})
    one = item("PA-43", "open", held("a", FAIL))
    changes = reconcile([finding("a", FAIL, PASS)], [one], CONFIRMED, POLICY, at(2), {"PA-43": context})
    assert isinstance(changes[-1], CloseItem)
    assert changes[-1].record["words"] == {PASS.receipt: to_json(word)}
    assert verify_record(changes[-1].record) == []


def sealed(change: Callable[[dict[str, Any]], None]) -> list[str]:
    """The problems of a record that was changed and given a right statement and digest again."""
    changed = record()
    change(changed)
    changed["statement"] = state_claim(changed)
    changed["digest"] = digest({key: value for key, value in changed.items() if key != "digest"})
    return verify_record(changed)


def test_the_record_puts_failure_and_pass_side_by_side_with_their_evidence() -> None:
    (host,) = record()["hosts"]
    assert (host["failing"]["receipt"], host["passing"]["receipt"]) == (FAIL.receipt, PASS.receipt)
    assert host["passing"]["bundle"] == PASS.bundle
    assert host["passing"]["account"] == "svc-scan"
    assert host["failing"]["observations"][0]["expected"] == "at least 1"
    assert (record()["kind"], record()["left_out"][0]["until"]) == ("closure", "2027-01-01")


def test_the_record_names_parameters_judgement_and_policy_with_who_stood_for_each() -> None:
    whole = record()
    assert whole["parameters"] == [
        {"name": "max_attempts", "value": "5", "confirmed_by": "R. Approver", "document": "Access policy 2.1, section 4"}
    ]
    assert whole["judgement"] == {"current": {"linux": OLD}, "confirmed": {OLD: "R. Approver"}}
    assert whole["policy"]["approved_by"] == "R. Approver"


def test_the_record_claims_no_more_than_it_shows() -> None:
    assert record()["statement"] == (
        f"Shows check {CHECK} passing on A at 2026-11-03T02:13:00.000000Z; supports 3.1.8[b]; not shown: 3.1.8[a]; "
        "hosts left out by a person: B (accepted); assets not scanned: PRN-01; test evidence only, examine: none, interview: none."
    )


def test_a_record_without_context_claims_no_objective() -> None:
    one = item("PA-1", "draft", held("a", FAIL))
    bare = reconcile([finding("a", FAIL, PASS)], [one], CONFIRMED, POLICY, at(1))[-1]
    assert "supports no objective; not shown: not stated" in bare.record["statement"]  # type: ignore[union-attr]


def test_a_statement_names_its_links_and_says_what_is_not_there() -> None:
    said = state_claim(record() | {"hosts": [], "left_out": [], "assets_not_scanned": [], "examine": ["SSP 3.1"], "interview": ["J. Doe"]})
    assert said == (
        f"Shows check {CHECK} passing on no host; supports 3.1.8[b]; not shown: 3.1.8[a]; hosts left out by a person: none; "
        "assets not scanned: none named; test evidence only, examine: SSP 3.1, interview: J. Doe."
    )


def test_a_record_verifies_as_data_and_as_canonical_bytes() -> None:
    assert verify_record(record()) == []
    assert verify_record(canonical_bytes(record())) == []


def test_bytes_that_are_not_canonical_are_named() -> None:
    assert verify_record(json.dumps(record(), indent=1).encode()) == ["The bytes are not in canonical form."]


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"{}", b'{"schema": 1}', b"null"])
def test_what_is_no_record_is_a_problem_and_not_a_crash(data: bytes) -> None:
    assert verify_record(data)


def test_a_truncated_record_is_a_problem() -> None:
    assert "not whole" in verify_record(canonical_bytes(record())[:-20])[0]


def test_a_changed_word_breaks_the_digest() -> None:
    changed = record()
    changed["hosts"][0]["passing"]["account"] = "somebody-else"
    assert verify_record(changed)[0] == "The digest is not the one of this record: something in it was changed."


def test_a_statement_that_claims_more_is_a_problem() -> None:
    changed = record()
    changed["statement"] = "Shows everything."
    changed["digest"] = digest({key: value for key, value in changed.items() if key != "digest"})
    assert verify_record(changed) == ["The statement says something else than the record shows."]


def in_host(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(changed: dict[str, Any]) -> None:
        changed["hosts"][0][key] = value

    return change


def in_pass(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(changed: dict[str, Any]) -> None:
        host = changed["hosts"][0]
        host["passing"][key] = value
        host["passes"] = [host["passing"]]

    return change


def passing_by(*passes: Seen, **changes: object) -> Callable[[dict[str, Any]], None]:
    """The host's passes instead, the last as the one that it shows, and fields of it that are changed."""

    def change(changed: dict[str, Any]) -> None:
        forms = to_json(passes)
        changed["hosts"][0] |= {"passes": forms, "passing": forms[-1], **changes}

    return change


def asking_for_none(changed: dict[str, Any]) -> None:
    """No pass, under a policy that would ask for none."""
    host = changed["hosts"][0]
    host |= {"passes": [], "needed": 0, "policy": {**host["policy"], "passes": 0}}


def in_record(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(changed: dict[str, Any]) -> None:
        changed[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (in_host("passes", []), "no pass after its failure"),
        (asking_for_none, "not what the closing policy asks"),
        (in_pass("status", "error"), "not a pass"),
        (in_pass("reread", True), "not a pass"),
        (in_pass("observed_at", "2026-11-01T00:00:00.000000Z"), "is not after its failure"),
        (in_pass("observed_at", "2026-11-30T00:00:00.000000Z"), "not what the closing policy asks"),
        (in_pass("observed_at", "2026-11-02T02:13:00.000000Z"), "is not after its failure"),
        (in_record("at", "2026-11-03T02:12:59.999999Z"), "not what the closing policy asks"),
        (in_host("passing", to_json(LATER)), "is not among the passes that were relied upon"),
        (passing_by(PASS, PASS), "not distinct receipts in the order of time"),
        (passing_by(LATER, PASS), "not distinct receipts in the order of time"),
        (in_pass("origin", "hand-carried"), "no reviewer has accepted it"),
        (in_pass("judgement", UNKNOWN), f"the judgement {UNKNOWN[:12]} of 2026-11-03T02:13:00.000000Z is not among the confirmed"),
        (in_pass("bundle", "short"), "does not name its evidence by SHA-256"),
        (in_host("needed", 2), "not what the closing policy asks"),
        (in_host("needed", 0), "not what the closing policy asks"),
        (in_record("at", "2026-12-03T02:13:00.000000Z"), "not what the closing policy asks"),
        (in_record("hosts", []), "No host is shown as fixed"),
        (in_record("schema", "closeout.closure/9"), "The schema is"),
    ],
)
def test_a_record_that_proves_less_than_a_closing_is_refused_though_its_digest_is_right(
    change: Callable[[dict[str, Any]], None], problem: str
) -> None:
    assert problem in " ".join(sealed(change))


@pytest.mark.parametrize(
    "change",
    [
        in_record("at", PASS_TIME),
        passing_by(PASS, LATER, policy=STRICT, accepted_receipts=[LATER.receipt]),
        passing_by(CARRIED, accepted_receipts=[CARRIED.receipt]),
        passing_by(CHANGED, policy=STRICT, accepted_receipts=[CHANGED.receipt]),
        passing_by(CHANGED),
    ],
)
def test_a_record_that_shows_what_its_policy_asks_for_holds(change: Callable[[dict[str, Any]], None]) -> None:
    def and_confirmed(changed: dict[str, Any]) -> None:
        changed["judgement"]["confirmed"][NEW] = "R. Approver"
        change(changed)

    assert sealed(and_confirmed) == []


def test_a_pass_of_after_the_closing_is_none_that_it_rests_on() -> None:
    def earlier(changed: dict[str, Any]) -> None:
        passing_by(PASS, LATER)(changed)
        in_record("at", time_text(at(1.2)))(changed)

    assert sealed(earlier) == ["A: its passes are not what the closing policy asks for."]


def test_a_host_shown_twice_or_left_out_without_a_reason_is_a_problem() -> None:
    def twice(changed: dict[str, Any]) -> None:
        changed["hosts"] = changed["hosts"] * 2

    def unexplained(changed: dict[str, Any]) -> None:
        changed["left_out"][0]["disposition"] = None

    assert "A host stands in the record twice." in sealed(twice)
    assert "B: it is left out without a disposition." in sealed(unexplained)


def test_a_record_under_a_policy_that_asks_for_a_word_needs_one() -> None:
    def asking(changed: dict[str, Any]) -> None:
        changed["hosts"][0]["policy"]["automatic"] = False

    assert "none of its passes has one" in " ".join(sealed(asking))


def test_a_pass_under_another_judgement_needs_a_word_where_the_policy_says_so() -> None:
    def strict(changed: dict[str, Any]) -> None:
        changed["hosts"][0]["policy"]["same_judgement"] = True
        changed["hosts"][0]["failing"]["judgement"] = hexed("before")

    assert "under another judgement than its failure" in " ".join(sealed(strict))


def test_a_failing_observation_that_did_not_fail_is_a_problem() -> None:
    def passed(changed: dict[str, Any]) -> None:
        changed["hosts"][0]["failing"]["status"] = "pass"

    assert "A: its failing observation says pass." in sealed(passed)


def test_no_record_is_written_of_a_host_without_a_pass() -> None:
    one = item("PA-1", "open", held("a", FAIL))
    standing = stand(one.hosts[0], finding("a", FAIL), CONFIRMED, POLICY, at(1))
    with pytest.raises(PoamError, match="A has no passing observation"):
        closure_record(one, {"a": standing}, POLICY, at(1), CONFIRMED)


def test_all_passes_that_the_policy_relied_upon_stand_in_the_record() -> None:
    second = seen("pass", 2)
    one = item("PA-1", "open", held("a", FAIL))
    changes = reconcile([finding("a", FAIL, PASS, second)], [one], CONFIRMED, replace(POLICY, passes=2, soak_days=1), at(2))
    assert isinstance(changes[-1], CloseItem)
    (host,) = changes[-1].record["hosts"]
    assert [one["receipt"] for one in host["passes"]] == [PASS.receipt, second.receipt]
    assert hexed("") not in host["passes"]
