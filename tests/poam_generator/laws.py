"""The laws of an item's life, each asserted of a world and its raw history."""

import random
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from collector.canonical import canonical_bytes
from poam_generator.apply import apply_changes
from poam_generator.evidence import verify_record
from poam_generator.json_form import change_from_json, to_json
from poam_generator.model import (
    AwaitReviewer,
    Change,
    CloseItem,
    DraftItem,
    Finding,
    Item,
    ItemHost,
    JoinHost,
    LapseDisposition,
    Policy,
    Seen,
    VerifyHost,
    WithdrawItem,
)
from poam_generator.reconcile import hosts_that_decide, reconcile
from tests.poam_generator.events import HOSTS

if TYPE_CHECKING:
    from tests.poam_generator.world import World

DRAWN = {("draft", "withdrawn"), ("open", "closed")}
ENDED = {"closed", "withdrawn", "accepted", "enduring_exception", "temporary_deficiency", "dismissed"}


def assert_order_does_not_matter(world: "World", findings: Sequence[Finding], changes: Sequence[Change]) -> None:
    chance = random.Random(world.receipts)  # noqa: S311 - an order, not a secret
    other, items = list(findings), list(world.items)
    chance.shuffle(other)
    chance.shuffle(items)
    assert reconcile(other, items, world.judgement, world.policy, world.now) == tuple(changes)


def assert_few_hosts_decide_alike(world: "World", findings: Sequence[Finding], heard: set[str], changes: Sequence[Change]) -> None:
    """What the hosts that were heard of change is the same without those that wait for nothing of theirs.

    Save that a reviewer is asked for a word only when the whole check is looked at, where another host's pass waits for one.
    """
    decide = hosts_that_decide(world.items, heard - world.gone.keys())
    few = [one for one in findings if one.host in decide]
    if heard - world.gone.keys() and len(few) < len(findings):
        assert _but_asking(world.decide(few)) == _but_asking(changes)


def assert_nothing_left(changes: Sequence[Change]) -> None:
    """After the few: nothing but to ask a reviewer for a word."""
    assert _but_asking(changes) == []


def _but_asking(changes: Sequence[Change]) -> list[Change]:
    return [one for one in changes if not isinstance(one, AwaitReviewer)]


def assert_changes(world: "World", changes: Sequence[Change]) -> None:
    """Before they are applied: each reads back from JSON, what ends an item proves it, what opens one names what came before."""
    assert [change_from_json(to_json(one)) for one in changes] == list(changes)
    for change in changes:
        if isinstance(change, (CloseItem, WithdrawItem)):
            _assert_end(world, change)
        elif isinstance(change, DraftItem):
            for entry in change.item.hosts:
                _assert_predecessor(world, entry.host, change.item.predecessor)
        elif isinstance(change, JoinHost):
            joined = next(one for one in world.items if one.id == change.item)
            _assert_predecessor(world, change.host.host, joined.predecessor)
        elif isinstance(change, LapseDisposition):
            item = next(one for one in world.items if one.id == change.item)
            entry = next(one for one in item.hosts if one.host == change.host)
            assert not _covered(world, entry)


def assert_resumed(world: "World", findings: Sequence[Finding], changes: Sequence[Change]) -> None:
    """Cut off between any two changes and reconciled anew, all comes to the same, save where a date ends.

    The end of a disposition in an ended item is known by nothing but the disposition, so what follows from it has to be
    saved with it; the store saves all changes or none.
    """
    if any(isinstance(one, LapseDisposition) for one in changes):
        return
    cut = random.Random(world.now.timestamp()).randint(0, len(changes))  # noqa: S311 - a place, not a secret
    new, today = _ids(world), world.now.date()
    some = apply_changes(world.items, changes[:cut], new, today)
    rest = reconcile(findings, some, world.judgement, world.policy, world.now)
    assert apply_changes(some, rest, new, today) == apply_changes(world.items, changes, _ids(world), today)


def assert_outcomes(world: "World", before: Sequence[Item], changes: Sequence[Change]) -> None:
    """After they were applied."""
    _assert_only_drawn_steps(world, before)
    for change in changes:
        if isinstance(change, VerifyHost):
            assert _counts(world, change.after)
        if isinstance(change, LapseDisposition):
            history = world.seen[change.host]
            passes = bool(history) and history[-1].status == "pass"
            assert passes or _live_with(world, change.host) or _covered_anywhere(world, change.host)


def assert_standing(world: "World", looked_at: Collection[str]) -> None:
    """Whatever has happened: every failure that was looked at stands once, nothing that failed since is shown as fixed."""
    # One weakness, one item: a second live one only where it comes back from another ended item, or was split off.
    live = [one.predecessor for one in world.items if one.state in {"draft", "open"} and one.id not in world.split]
    assert len(set(live)) == len(live)
    for host in HOSTS:
        _assert_stands_once(world, host, looked_at=host in looked_at)


def _assert_stands_once(world: "World", host: str, *, looked_at: bool) -> None:
    live, history = _live_with(world, host), world.seen[host]
    assert len(live) <= 1
    if not looked_at or not history:
        return
    if history[-1].status == "fail" and _counts(world, history[-1]):
        assert live or _covered_anywhere(world, host)
    failures = _real_failures(world, host)
    if failures:
        newest = max(one.observed_at for one in failures)
        held = [entry for one in live for entry in one.hosts if entry.host == host and not _covered(world, entry)]
        assert all(entry.passing is None or entry.passing.observed_at > newest for entry in held)


def _assert_end(world: "World", change: CloseItem | WithdrawItem) -> None:
    assert verify_record(canonical_bytes(change.record)) == []
    item = next(one for one in world.items if one.id == change.item)
    shown = [entry for entry in item.hosts if not _covered(world, entry)]
    assert shown
    assert {one["host"] for one in change.record["hosts"]} == {entry.host for entry in shown}
    for entry in shown:
        _assert_fresh_pass(world, entry)


def _assert_fresh_pass(world: "World", entry: ItemHost) -> None:
    """From the raw history: the newest is a pass, a pass that counts is fresh, and none that counts failed since."""
    history, policy = world.seen[entry.host], world.policy_of(entry.host)
    assert history[-1].status == "pass"
    before = max([entry.failing, *_real_failures(world, entry.host)], key=lambda one: one.observed_at)
    passes = [one for one in history if one.status == "pass" and _counts(world, one) and one.observed_at > before.observed_at]
    relied = [one for one in passes if _plain(one, before, policy) or one.receipt in entry.accepted_receipts]
    assert world.now - relied[-1].observed_at <= timedelta(days=policy.fresh_days)
    assert len(relied) >= policy.passes
    assert policy.automatic or {one.receipt for one in relied} & set(entry.accepted_receipts)
    assert world.now - relied[0].observed_at >= timedelta(days=policy.soak_days)
    if world.finding(entry.host).changes >= policy.flapping_changes:
        assert len(relied) >= policy.flapping_passes


def _plain(seen: Seen, before: Seen, policy: Policy) -> bool:
    """True for a pass that needs no word: it came by itself, and under the failure's own judgement where that is asked."""
    return seen.origin == "ssh" and (not policy.same_judgement or seen.judgement == before.judgement)


def _real_failures(world: "World", host: str) -> list[Seen]:
    """Every failure that counts of the machine, under whichever of its entries it was seen."""
    return [one for name in (host, *entries_of(world, host)) for one in world.seen[name] if one.status == "fail" and _counts(world, one)]


def entries_of(world: "World", host: str) -> tuple[str, ...]:
    """The entries that were merged into the host."""
    return tuple(sorted(gone for gone in world.gone if _machine(world, gone) == host))


def _machine(world: "World", host: str) -> str:
    return _machine(world, world.gone[host]) if host in world.gone else host


def _assert_predecessor(world: "World", host: str, named: str) -> None:
    """A regression names the newest item that held the host, or an entry that was merged into it."""
    names = {host, *entries_of(world, host)}
    ended = [one for one in world.items if one.state in ENDED and any(entry.host in names for entry in one.hosts)]
    if ended:
        assert named == max(ended, key=lambda one: (one.ended_on, int(one.id[3:]))).id


def _assert_only_drawn_steps(world: "World", before: Sequence[Item]) -> None:
    old = {one.id: one for one in before}
    for one in world.items:
        if one.id not in old:
            assert one.state == "draft"
        elif one.state != old[one.id].state:
            assert (old[one.id].state, one.state) in DRAWN
        elif one.state in ENDED:
            # Nothing is rewritten in an ended item; only a disposition's end is noted.
            assert [(e.host, e.failing, e.disposition_until) for e in one.hosts] == [
                (e.host, e.failing, e.disposition_until) for e in old[one.id].hosts
            ]


def _counts(world: "World", seen: Seen) -> bool:
    return not seen.reread and seen.judgement in world.judgement.confirmed


def _live_with(world: "World", host: str) -> list[Item]:
    return [one for one in world.items if one.state in {"draft", "open"} and any(entry.host == host for entry in one.hosts)]


def _covered_anywhere(world: "World", host: str) -> bool:
    return any(_covered(world, entry) for one in world.items for entry in one.hosts if entry.host == host)


def _covered(world: "World", entry: ItemHost) -> bool:
    """True while a disposition holds: through its last day, and through the day by which progress is due."""
    today = world.now.date()
    ends = [day for day in (entry.disposition_until, entry.progress_by) if day]
    return entry.disposition is not None and all(today <= day for day in ends)


def _ids(world: "World") -> Callable[[], str]:
    """The ids that new items would get from now on."""
    numbers = count(world.drafted + 1)
    return lambda: f"PA-{next(numbers)}"
