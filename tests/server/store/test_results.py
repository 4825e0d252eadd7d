import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from checks.manifest import Manifest
from checks.model import Observation, Status
from checks.model import Result as Verdict
from collector.bundle import read_bundle
from collector.canonical import canonical_bytes, sha256
from collector.script import build_script
from collector.transports.local import collect_local
from poam_generator import model as poam
from poam_generator.policies import ClosingRules
from server import store
from server.errors import ServerError
from server.models import Asset, Confirmation, Item, JudgementRecord, Receipt, Result, System, Transition, User
from server.store import Delivery
from tests.server.conftest import START, at
from tests.support.bundles import set_clock, small_sources
from tests.support.items import make_item

CHECK = "password-age"
SOURCES = {"linux": frozenset({"login_defs"})}
NEEDS = {CHECK: SOURCES["linux"]}
ONE, TWO = "1" * 64, "2" * 64
IN_USE = {CHECK: {"linux": "a" * 64}}  # how the content judges, whatever the values are
Observe = Callable[..., Receipt]


def verdict(status: Status, observed: int = 0, judgement: str = ONE) -> Verdict:
    return Verdict(CHECK, status, (Observation("login_defs.pass_max_days", "at most 60", observed, status),), judgement)


@pytest.fixture
def observe(system: System, host: Asset, raw: bytes) -> Observe:
    """Save a bundle of an hour and what it came to; carried: by hand and not by SSH."""

    def run(hours: float, status: Status, observed: int = 0, judgement: str = ONE, *, carried: bool = False) -> Receipt:
        bundle = read_bundle(set_clock(raw, int(at(hours).timestamp())))
        delivery = Delivery("hand-carried", at(1000)) if carried else Delivery("ssh", at(hours) + timedelta(seconds=1), at(hours), "scan")
        receipt = store.save_bundle(system, host, bundle, delivery).receipt
        store.record_results(receipt, [verdict(status, observed, judgement)], NEEDS, at(hours))
        return receipt

    return run


@pytest.fixture
def strip(host: Asset) -> Callable[[], list[str]]:
    return lambda: [seen.status for seen in store.history(host, CHECK, SOURCES)]


def rules(since: datetime) -> ClosingRules:
    """Policies whose window begins at a moment."""
    return ClosingRules(poam.Policy(flapping_days=1), since + timedelta(days=1), {})


def hold(system: System, host: Asset) -> Item:
    """An item that the host stands in, so that its past is looked at."""
    return make_item(system, CHECK, [host])


def known(system: System, closing: ClosingRules) -> tuple[poam.Finding, ...]:
    return store.findings(system, [store.Question(CHECK, SOURCES, closing)])[CHECK]


def finding(system: System) -> poam.Finding:
    (found,) = known(system, rules(at(-1000)))
    return found


def test_the_first_observation_is_a_transition_from_nothing(observe: Observe) -> None:
    receipt = observe(0, "fail", 99999)
    row = Transition.objects.get()
    assert (row.before, row.status, row.cause, row.receipt) == ("", "fail", "observation", receipt)
    assert row.sha256 == sha256(bytes(row.canonical))
    result = Result.objects.get()
    assert (result.status, result.receipt, result.changed_by, result.status_since) == ("fail", receipt, receipt, START)
    assert result.observations[0]["observed"] == 99999


def test_an_unchanged_observation_renews_the_result_and_adds_no_transition(observe: Observe) -> None:
    first, second = observe(0, "fail"), observe(1, "fail")
    result = Result.objects.get()
    assert Transition.objects.count() == 1
    assert (result.receipt, result.changed_by, result.ordered_at, result.status_since) == (second, first, at(1), START)


def test_another_value_under_the_same_status_is_kept(observe: Observe, host: Asset) -> None:
    observe(0, "fail", 100)
    observe(1, "fail", 200)
    assert Transition.objects.count() == 2
    assert Result.objects.get().status_since == START
    assert [seen.observations[0]["observed"] for seen in store.history(host, CHECK, SOURCES)] == [100, 200]


def test_recording_a_receipt_twice_changes_nothing(observe: Observe) -> None:
    receipt = observe(0, "fail")
    assert store.record_results(receipt, [verdict("fail")], NEEDS, at(5)) == 0
    assert Transition.objects.count() == 1


def test_another_judgement_is_its_own_cause(observe: Observe) -> None:
    observe(0, "pass")
    observe(1, "fail", judgement=TWO)
    assert list(Transition.objects.values_list("before", "status", "cause")) == [("", "pass", "observation"), ("pass", "fail", "judgement")]


def test_the_first_judgement_needs_no_word_and_the_next_one_does(observe: Observe, system: System, reviewer: User) -> None:
    observe(0, "pass")
    observe(1, "fail", judgement=TWO)
    store.keep_first_content(system, IN_USE, at(1))
    assert store.judgement_of(system, CHECK, {"linux": TWO}) == poam.Judgement(CHECK, {"linux": TWO}, frozenset({ONE}))
    assert [one.digest for one in store.pending_judgements(system)] == [TWO]
    with pytest.raises(ServerError, match="why it may count"):
        store.confirm_judgement(system, CHECK, TWO, IN_USE, reviewer, " ", at(2))
    store.confirm_judgement(system, CHECK, TWO, IN_USE, reviewer, "the policy says 30", at(2))
    store.confirm_judgement(system, CHECK, TWO, IN_USE, reviewer, "again", at(3))
    assert store.judgement_of(system, CHECK, {"linux": TWO}).confirmed == {ONE, TWO}
    assert store.confirmed_by(system, CHECK)[TWO] == "rita"
    assert (Confirmation.objects.count(), JudgementRecord.objects.count()) == (2, 2)


def test_an_unknown_judgement_cannot_be_confirmed(system: System, reviewer: User) -> None:
    with pytest.raises(ServerError, match="scan first"):
        store.confirm_judgement(system, CHECK, TWO, IN_USE, reviewer, "because", START)


@pytest.mark.parametrize("present", [{CHECK: {"linux": "b" * 64}}, {CHECK: {"windows": "a" * 64}}, {}])
def test_a_known_check_that_changed_with_new_content_is_not_confirmed_by_itself(
    observe: Observe, system: System, reviewer: User, present: Manifest
) -> None:
    observe(0, "pass")
    store.keep_first_content(system, IN_USE, at(0))
    observe(1, "fail", judgement=TWO)
    with pytest.raises(ServerError, match="came with new content"):
        store.confirm_judgement(system, CHECK, TWO, present, reviewer, "because", at(2))


@pytest.mark.parametrize(
    ("pulled", "late", "wanted"),
    [
        (["pass", "pass"], (0.5, "fail"), ["pass", "fail", "pass"]),
        (["pass", "pass"], (0.5, "pass"), ["pass", "pass", "pass"]),
        (["fail", "pass"], (0.5, "pass"), ["fail", "pass", "pass"]),
        (["fail", "pass"], (0.5, "error"), ["fail", "error", "pass"]),
        (["fail", "pass", "pass"], (-1, "pass"), ["pass", "fail", "pass", "pass"]),
        (["pass", "pass", "pass"], (1.5, "fail"), ["pass", "pass", "fail", "pass"]),
        (["pass"], (-1, "pass"), ["pass", "pass"]),
    ],
)
def test_a_late_bundle_takes_its_place_and_leaves_the_rest_as_it_was(
    observe: Observe, strip: Callable[[], list[str]], pulled: Sequence[Status], late: tuple[float, Status], wanted: list[str]
) -> None:
    for hours, status in enumerate(pulled):
        observe(hours, status)
    observe(*late, carried=True)
    assert strip() == wanted
    assert Result.objects.get().status == pulled[-1]
    assert Result.objects.get().ordered_at == at(len(pulled) - 1)


def test_a_finding_knows_the_last_failure_and_the_passes_since(observe: Observe, system: System, host: Asset) -> None:
    hold(system, host)
    receipts = [observe(hours, status) for hours, status in enumerate(("pass", "fail", "fail", "pass", "pass"))]
    found = finding(system)
    assert found.latest
    assert found.last_failure
    assert (found.latest.receipt, found.last_failure.receipt) == (str(receipts[4].pk), str(receipts[2].pk))
    assert [seen.receipt for seen in found.passes] == [str(receipts[3].pk), str(receipts[4].pk)]
    assert found.changes == 2


def test_another_status_between_ends_the_run_of_passes(observe: Observe, system: System, host: Asset) -> None:
    hold(system, host)
    for hours, status in enumerate(("fail", "pass", "error", "pass")):
        observe(hours, status)
    found = finding(system)
    assert [seen.observed_at for seen in found.passes] == [at(3)]
    assert found.changes == 1


def test_an_error_now_has_no_passes(observe: Observe, system: System, host: Asset) -> None:
    hold(system, host)
    for hours, status in enumerate(("fail", "pass", "error")):
        observe(hours, status)
    found = finding(system)
    assert found.latest
    assert (found.latest.status, found.passes) == ("error", ())


def test_a_long_run_of_passes_keeps_its_first_and_its_newest(
    observe: Observe, system: System, host: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.observations.MOST_PASSES", 3)
    hold(system, host)
    observe(0, "fail")
    for hours in range(1, 8):
        observe(hours, "pass")
    assert [seen.observed_at for seen in finding(system).passes] == [at(1), at(5), at(6), at(7)]


def test_changes_before_the_window_do_not_count(observe: Observe, system: System, host: Asset) -> None:
    hold(system, host)
    for hours, status in enumerate(("fail", "pass", "fail", "pass")):
        observe(hours, status)
    (found,) = known(system, rules(at(2.5)))
    assert found.changes == 1


def test_a_receipt_that_did_not_cover_a_check_says_nothing_of_it(
    observe: Observe, system: System, host: Asset, strip: Callable[[], list[str]]
) -> None:
    hold(system, host)
    observe(0, "fail")
    partial = tuple(source for source in small_sources() if source.name != "login_defs")
    bundle = read_bundle(collect_local(build_script(partial)).raw)
    receipt = store.save_bundle(system, host, bundle, Delivery("ssh", at(1), at(1))).receipt
    assert store.record_results(receipt, [verdict("error")], NEEDS, at(1)) == 0
    observe(2, "pass")
    assert strip() == ["fail", "pass"]
    assert len(finding(system).passes) == 1
    assert Result.objects.get().ordered_at == at(2)


def test_a_silent_host_of_an_item_is_a_finding_without_observation(system: System, host: Asset) -> None:
    assert known(system, rules(START)) == ()
    hold(system, host)
    assert finding(system) == poam.Finding(str(host.pk), "ws-014", None)


def test_a_retired_host_and_one_of_another_platform_are_no_findings(system: System, host: Asset, reviewer: User) -> None:
    store.add_host(system, store.NewAsset("dc-01", platform="windows", way_in="winrm"), START)
    store.retire_host(host, reviewer, "scrapped", START)
    assert known(system, rules(START)) == ()


def test_what_a_bundle_said_when_read_again_is_marked_until_a_new_one_says_it(observe: Observe, system: System, host: Asset) -> None:
    hold(system, host)
    receipt = observe(0, "fail")
    assert store.record_results(receipt, [verdict("pass", judgement=TWO)], NEEDS, at(1), reread=True) == 1
    found = finding(system)
    assert found.latest
    assert (found.latest.status, found.latest.reread, found.last_failure) == ("pass", True, None)
    observe(2, "pass", judgement=TWO)
    (after,) = known(system, rules(START))
    assert after.latest
    assert not after.latest.reread


def test_a_failure_that_was_only_read_again_hides_no_failure_before_it(observe: Observe, system: System, host: Asset) -> None:
    hold(system, host)
    observe(0, "fail")
    receipt = observe(1, "pass")
    store.record_results(receipt, [verdict("fail", judgement=TWO)], NEEDS, at(2), reread=True)
    found = finding(system)
    assert found.latest
    assert found.last_failure
    assert (found.latest.status, found.latest.reread, found.passes) == ("fail", True, ())
    assert (found.last_failure.observed_at, found.last_failure.reread) == (at(0), False)
    observe(3, "pass", judgement=TWO)
    after = finding(system)
    assert after.last_failure
    assert (after.last_failure.observed_at, [one.observed_at for one in after.passes]) == (at(0), [at(3)])


def test_a_receipt_after_what_was_only_read_again_is_an_observation_of_its_own(observe: Observe, system: System, host: Asset) -> None:
    hold(system, host)
    observe(0, "fail")
    receipt = observe(1, "pass")
    store.record_results(receipt, [verdict("pass", judgement=TWO)], NEEDS, at(2), reread=True)
    observe(3, "pass", judgement=TWO)
    assert [(one.observed_at, one.reread) for one in finding(system).passes] == [(at(1), True), (at(3), False)]


def test_an_older_bundle_read_again_changes_its_own_place_only(observe: Observe, strip: Callable[[], list[str]]) -> None:
    first = observe(0, "fail")
    observe(1, "fail")
    store.record_results(first, [verdict("pass")], NEEDS, at(2), reread=True)
    assert strip() == ["pass", "fail"]
    assert Result.objects.get().status == "fail"


def test_counters_of_a_host_follow_its_results(observe: Observe, host: Asset, system: System) -> None:
    observe(0, "fail")
    host.refresh_from_db()
    assert (host.failing, host.passing, host.last_seen_at) == (1, 0, START)
    observe(1, "pass")
    host.refresh_from_db()
    assert (host.failing, host.passing) == (0, 1)
    Asset.objects.update(failing=7)
    assert store.recount(system) == ["ws-014"]
    assert store.recount(system) == []


def test_a_nul_character_is_written_as_other_bytes_are(system: System, host: Asset, raw: bytes) -> None:
    receipt = store.save_bundle(system, host, read_bundle(raw), Delivery("ssh", at(0), at(0))).receipt
    odd = Verdict(CHECK, "fail", (Observation("banners.motd.text", "empty", ["a\0b", "c"], "fail"),), ONE)
    store.record_results(receipt, [odd], NEEDS, at(0))
    assert Result.objects.get().observations[0]["observed"] == ["a\\x00b", "c"]
    assert store.record_results(receipt, [odd], NEEDS, at(1)) == 0


def test_a_transition_is_canonical(observe: Observe) -> None:
    observe(0, "fail")
    content = bytes(Transition.objects.get().canonical)
    assert canonical_bytes(json.loads(content)) == content
