"""Closing policies: proposed by one person, approved by another, the most specific one in force."""

from dataclasses import replace

import pytest

from poam_generator.model import Policy
from server import store
from server.errors import ServerError
from server.models import System, User
from tests.server.conftest import START, at


def test_a_policy_holds_once_another_person_has_approved_it(system: System, administrator: User, reviewer: User) -> None:
    asked = store.propose_policy(system, Policy(passes=2), "Two scans.", administrator, START)
    assert store.policies_of(system) == ()
    assert store.open_proposals(system) == [asked]
    store.approve_policy(asked, reviewer, asked.digest, at(1))
    assert store.policies_of(system) == (Policy(passes=2, approved_by="rita"),)
    assert store.open_proposals(system) == []


def test_who_proposed_it_cannot_answer(system: System, reviewer: User) -> None:
    asked = store.propose_policy(system, Policy(), "As it is.", reviewer, START)
    for deed in (
        lambda: store.approve_policy(asked, reviewer, asked.digest, at(1)),
        lambda: store.refuse_policy(asked, reviewer, "no", at(1)),
    ):
        with pytest.raises(ServerError, match="rita proposed it; another person has to answer"):
            deed()


def test_an_administrator_approves_none(system: System, administrator: User, reviewer: User) -> None:
    asked = store.propose_policy(system, Policy(), "As it is.", reviewer, START)
    with pytest.raises(ServerError, match="adam may not answer for a closing policy"):
        store.approve_policy(asked, administrator, asked.digest, at(1))


def test_what_is_approved_is_what_was_seen_and_only_once(system: System, administrator: User, reviewer: User) -> None:
    asked = store.propose_policy(system, Policy(), "As it is.", administrator, START)
    with pytest.raises(ServerError, match="not what was proposed"):
        store.approve_policy(asked, reviewer, "0" * 64, at(1))
    store.refuse_policy(asked, reviewer, "Too little.", at(1))
    with pytest.raises(ServerError, match="was refused already"):
        store.approve_policy(asked, reviewer, asked.digest, at(2))
    assert store.policies_of(system) == ()


def test_a_group_has_its_own_policy_until_that_is_withdrawn(system: System, administrator: User, reviewer: User) -> None:
    for policy in (Policy(), Policy(passes=3, group="servers")):
        asked = store.propose_policy(system, policy, "Reasons.", administrator, START)
        store.approve_policy(asked, reviewer, asked.digest, START)
    assert (store.policy_of(system, "servers", "high").passes, store.policy_of(system, "desks", "high").passes) == (3, 1)
    assert store.closing_rules_of(system, "low", START).groups["servers"].passes == 3
    asked = store.propose_withdrawal(system, Policy(group="servers"), "No longer.", administrator, at(1))
    store.approve_policy(asked, reviewer, asked.digest, at(2))
    assert store.policy_of(system, "servers", "high").passes == 1
    with pytest.raises(ServerError, match="no closing policy for group servers"):
        store.propose_withdrawal(system, Policy(group="servers"), "Again.", administrator, at(3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (replace(Policy(), fresh_days=0), "fresh days must be at least 1"),
        (replace(Policy(), passes=0), "passes must be at least 1"),
        (replace(Policy(), soak_days=1000), "soak days must be at least 0 and at most 366"),
        (replace(Policy(), severity="urgent"), "'urgent' is no severity"),
    ],
)
def test_a_policy_that_believes_anything_or_nothing_is_refused(system: System, reviewer: User, wrong: Policy, sentence: str) -> None:
    with pytest.raises(ServerError, match=sentence):
        store.propose_policy(system, wrong, "Reasons.", reviewer, START)


def test_a_policy_needs_its_reason_and_a_viewer_proposes_none(system: System, reviewer: User) -> None:
    with pytest.raises(ServerError, match="give the reason"):
        store.propose_policy(system, Policy(), " ", reviewer, START)
    viewer, _ = store.add_person(system, "vera", ("viewer",), START)
    with pytest.raises(ServerError, match="vera may not propose"):
        store.propose_policy(system, Policy(), "Reasons.", viewer, START)
