"""What is alike on many hosts is judged once, and never judges a host by another's facts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checks import evaluate
from checks.evaluate import Plan, evaluate_plans, make_plan, make_plans
from checks.load import Content, load_content
from checks.model import Result
from collector.bundle import Bundle, read_bundle
from collector.catalog import probes, sources
from collector.facts import Facts
from collector.read import read_facts
from collector.script import build_script
from collector.transports.local import collect_local
from tests.support.checks import CATALOG, check_of, facts_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


@pytest.fixture
def plans(content: Content) -> tuple[Plan, ...]:
    return make_plans(content, "linux")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(collect_local(build_script(sources(probes("linux")))).raw)


def judged_alone(plans: Sequence[Plan], facts: Facts) -> list[Result]:
    return evaluate_plans(plans, replace(facts, marks={}))


def test_every_host_is_judged_as_if_there_were_no_other(plans: tuple[Plan, ...], bundle: Bundle) -> None:
    before = evaluate_plans(plans, read_facts(bundle, NOW))
    differing = 0
    for name, frame in sorted(bundle.frames.items()):
        if name.startswith("host."):
            continue
        for other in (replace(frame, output="", exit_code=1, stderr="refused"), replace(frame, output="", exit_code=69)):
            facts = read_facts(replace(bundle, frames={**bundle.frames, name: other}), NOW)
            verdicts = evaluate_plans(plans, facts)
            assert verdicts == judged_alone(plans, facts), name
            differing += verdicts != before
    assert differing > len(bundle.frames)
    assert evaluate_plans(plans, read_facts(bundle, NOW)) == before == judged_alone(plans, read_facts(bundle, NOW))


def test_another_script_is_another_reason(plans: tuple[Plan, ...], bundle: Bundle) -> None:
    """What was not collected names its script, in the verdicts too."""
    for script in ("a" * 64, "b" * 64):
        facts = read_facts(replace(bundle, script=script, frames={"host.clock": bundle.frames["host.clock"]}), NOW)
        verdicts = evaluate_plans(plans, facts)
        assert verdicts == judged_alone(plans, facts)
        reasons = {one.reason for verdict in verdicts for one in verdict.observations if "not collected" in one.reason}
        assert reasons
        assert all(script[:12] in reason for reason in reasons)


def test_facts_that_were_not_parsed_here_are_judged_each_time() -> None:
    check = check_of([{"path": "demo.level", "at_least": 3}])
    plan = make_plan(check, "linux", catalog=CATALOG)
    assert plan
    assert [evaluate_plans([plan], facts_of(level=level))[0].status for level in (3, 2, 3)] == ["pass", "fail", "pass"]


def test_few_verdicts_are_kept(plans: tuple[Plan, ...], bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "_MOST_KNOWN", 3)
    for number in range(8):
        frame = replace(bundle.frames["sysctl.running"], output=f"kernel.dmesg_restrict = {number}\n")
        facts = read_facts(replace(bundle, frames={**bundle.frames, "sysctl.running": frame}), NOW)
        assert evaluate_plans(plans, facts) == judged_alone(plans, facts)
    kept = [len(plan.known) for plan in plans if plan.roots == ("sysctl",)]
    assert 0 < max(kept) <= 3
