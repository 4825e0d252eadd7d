"""The laws of an item's life over generated histories; world.py asserts each of them after every step."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poam_generator.model import Policy
from tests.poam_generator.events import (
    AcceptReceipts,
    Approve,
    Carry,
    Confirm,
    Dispose,
    Event,
    Merge,
    Move,
    Progress,
    Reinstate,
    Rejudge,
    Reread,
    Scan,
    Split,
    Wait,
    Workers,
)
from tests.poam_generator.world import World

HOST = st.integers(0, 2)
STATUS = st.sampled_from(["pass", "pass", "pass", "fail", "fail", "error", "not_applicable", "manual"])
DISPOSITIONS = st.sampled_from(["accepted", "enduring_exception", "temporary_deficiency", "dismissed", "retired"])
NOTHING = st.sampled_from(["error", "not_applicable", "manual", None])
ALL_PASS, ALL_FAIL = Scan(("pass",) * 3), Scan(("fail",) * 3)
OUTCOMES = st.tuples(*[st.one_of(STATUS, st.none())] * 3)
POLICIES = st.builds(
    Policy,
    fresh_days=st.sampled_from([1, 7]),
    passes=st.sampled_from([1, 1, 2]),
    soak_days=st.sampled_from([0, 0, 2]),
    automatic=st.sampled_from([True, True, False]),
    same_judgement=st.sampled_from([False, False, True]),
    approved_by=st.just("R. Approver"),
)
# Weighted, so that histories get as far as closing and coming back: many scans, people now and then.
WEIGHTS: tuple[tuple[int, st.SearchStrategy[Event]], ...] = (
    (6, st.just(ALL_PASS)),
    (1, st.just(ALL_FAIL)),
    (4, st.builds(Scan, st.permutations(["fail", None, None]).map(tuple))),
    (2, st.builds(Scan, st.permutations(["pass", "pass", "fail"]).map(tuple))),
    (3, st.builds(Scan, OUTCOMES)),
    (2, st.builds(Workers, OUTCOMES, st.sampled_from([1, 2]))),
    (2, st.builds(Scan, st.tuples(*[NOTHING] * 3))),
    (4, st.builds(Wait, st.sampled_from([1, 24, 24, 48, 24 * 9]))),
    (3, st.just(Approve())),
    (2, st.builds(Carry, st.sampled_from([(0,), (1,), (0, 1, 2)]), STATUS, st.sampled_from([0, 0, 1, 60]))),
    (1, st.builds(Reread, HOST, STATUS)),
    (1, st.just(Rejudge())),
    (2, st.just(Confirm())),
    (2, st.builds(AcceptReceipts, HOST)),
    (2, st.builds(Dispose, HOST, DISPOSITIONS, st.integers(-1, 5), st.booleans(), st.sampled_from([None, 0, 1, 2]))),
    (2, st.builds(Reinstate, HOST)),
    (1, st.builds(Progress, st.sampled_from([1, 3]))),
    (2, st.just(Split())),
    (1, st.builds(Merge, HOST, HOST)),
    (1, st.builds(Move, HOST, st.one_of(st.none(), POLICIES))),
)
EVENTS: st.SearchStrategy[Event] = st.sampled_from([kind for weight, kind in WEIGHTS for _ in range(weight)]).flatmap(lambda kind: kind)
HISTORIES = st.lists(EVENTS, min_size=12, max_size=40).map(lambda events: [Scan(("fail", None, None)), *events])


@settings(max_examples=int(os.environ.get("CLOSEOUT_HISTORIES", "2000")), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES, POLICIES)
def test_every_law_holds_after_every_step_of_every_history(events: list[Event], policy: Policy) -> None:
    world = World(policy)
    for event in events:
        world.step(event)
