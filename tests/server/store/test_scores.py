"""The score day by day, and what the system decides about it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.framework import load_framework
from checks.load import Content, load_content
from collector.bundle import read_bundle
from poam_generator.answers import Answers
from poam_generator.score import Ssp
from poam_generator.steps import Efforts, ScorePolicy
from server import score, store
from server.assess import make_assessor
from server.errors import ServerError
from server.intake import save_judged
from server.models import Asset, AssetStanding, Confirmation, Conflict, JudgementRecord, ScoreRecord, System, User
from tests.server.conftest import START, at
from tests.support.bundles import set_password_age, small_bundle

SSP = Ssp("Plant 2", "3.1", START.date(), "A. Official", START.date())


def test_the_last_record_of_a_day_is_the_days(system: System, reviewer: User, content: Content) -> None:
    assert score.record(system, content, START) is not None
    assert score.record(system, content, at(1)) is None
    store.record_answers(system, Answers(SSP), reviewer, at(2))
    assert score.record(system, content, at(3)) is not None
    assert score.record(system, content, at(30)) is not None
    assert [(row.day, row.verified) for row in store.score_days(system, START.date())] == [(START.date(), -203), (at(30).date(), -203)]
    assert ScoreRecord.objects.count() == 3


def test_a_record_holds_every_list_and_its_digest(system: System, content: Content) -> None:
    row = score.record(system, content, START)
    assert row is not None
    kept = json.loads(bytes(row.canonical))
    assert (kept["schema"], kept["inputs"], len(kept["score"]["not_met"])) == ("closeout/score/1", row.inputs, 110)


def test_what_a_host_shows_changes_the_digest_of_the_inputs(system: System, host: Asset, content: Content) -> None:
    before = score.record(system, content, START)
    bundle = read_bundle(set_password_age(small_bundle(), 99999))
    save_judged(make_assessor(system, content), host, bundle, store.Delivery("ssh", START, START), START)
    after = score.record(system, content, at(1))
    assert before
    assert after
    assert before.inputs != after.inputs


def test_a_shorter_policy_lets_older_observations_say_nothing(system: System, host: Asset, reviewer: User, content: Content) -> None:
    bundle = read_bundle(set_password_age(small_bundle(), 99999))
    save_judged(make_assessor(system, content), host, bundle, store.Delivery("ssh", START, START), START)
    assert any(one.state == "contested" for one in score.assess(system, content, at(48)).objectives.values())
    store.set_score_policy(system, ScorePolicy(fresh_days=1), reviewer, at(48))
    assert all(one.state == "missing" for one in score.assess(system, content, at(48)).objectives.values())
    assert store.policy_of(system).fresh_days == 7


def test_only_a_reviewer_decides_and_not_everything(system: System, reviewer: User, administrator: User) -> None:
    with pytest.raises(ServerError, match="decide what counts for the score"):
        store.set_score_policy(system, ScorePolicy(), administrator, START)
    with pytest.raises(ServerError, match="at least 1"):
        store.set_score_policy(system, ScorePolicy(fresh_days=0), reviewer, START)
    with pytest.raises(ServerError, match="the minutes of mfa"):
        store.set_score_policy(system, ScorePolicy(efforts=replace(Efforts(), mfa=-1)), reviewer, START)
    assert store.score_policy(system) == ScorePolicy()


def test_a_pass_of_an_asset_that_may_be_another_proves_nothing_and_a_failure_counts(system: System, host: Asset, content: Content) -> None:
    shipped = load_content()
    proof = next(one for one in load_framework().proof_sets if one.platform == "linux" and len(one.checks) > 1)
    rows = [JudgementRecord(system=system, check_id=one, platform="linux", digest="0" * 64, first_used_at=START) for one in proof.checks]
    fails, passes = JudgementRecord.objects.bulk_create(rows)[:2]
    Confirmation.objects.bulk_create(Confirmation(system=system, judgement=one, by=None, at=START, reason="first") for one in rows)
    text = json.dumps({"fail": [fails.pk], "pass": [passes.pk]})
    AssetStanding.objects.create(system=system, asset=host, shown=text, since=START - timedelta(days=31), oldest=START, newest=START)

    def statuses() -> dict[str, str]:
        (shown,) = (one for one in score.gather(system, shipped, at(1)).assets if str(host.pk) in one.assets)
        return dict(shown.statuses)

    assert statuses() == {fails.check_id: "fail", passes.check_id: "pass"}
    twin = store.add_host(system, store.NewAsset("ws-015", way_in="ssh", address="192.0.2.15", account="scan"), START)
    bundle = read_bundle(small_bundle())
    receipt = save_judged(make_assessor(system, content), twin, bundle, store.Delivery("ssh", START, START), START)[0].receipt
    conflict = Conflict.objects.create(system=system, asset=twin, other=host, kind="machine-id", value="1", receipt=receipt, noted_at=START)
    assert statuses() == {fails.check_id: "fail"}
    Conflict.objects.filter(pk=conflict.pk).update(resolved_at=at(1))
    assert statuses() == {fails.check_id: "fail", passes.check_id: "pass"}
