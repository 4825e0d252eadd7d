"""A made-up system whose history is generated: what is seen, what people do, and what reconcile makes of it after each step.

Every law that poam-lifecycle states is asserted after each step from the raw history, with none of reconcile's own helpers.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count, pairwise

from collector.canonical import canonical_bytes
from poam_generator.apply import apply_changes
from poam_generator.evidence import verify_record
from poam_generator.json_form import change_from_json, to_json
from poam_generator.model import (
    Change,
    CloseItem,
    Disposition,
    DraftItem,
    Finding,
    Item,
    ItemHost,
    JoinHost,
    Judgement,
    LapseDisposition,
    Origin,
    Policy,
    Seen,
    Status,
    VerifyHost,
    WithdrawItem,
)
from poam_generator.reconcile import hosts_that_decide, reconcile
from tests.poam_generator.builders import CHECK, START, hexed

HOSTS = ("h1", "h2", "h3")
DRAWN = {("draft", "withdrawn"), ("open", "closed")}
ENDED = {"closed", "withdrawn", "accepted", "enduring_exception", "temporary_deficiency", "dismissed"}


@dataclass(frozen=True)
class Scan:
    """One observation of each host; None is a silent host."""

    outcomes: tuple[Status | None, ...]


@dataclass(frozen=True)
class Carry:
    """Bundles of these hosts brought by hand, observed so many hours ago."""

    hosts: tuple[int, ...]
    status: Status
    hours: int


@dataclass(frozen=True)
class Reread:
    """The host's newest bundle is read again, and gives another status."""

    host: int
    status: Status


@dataclass(frozen=True)
class Wait:
    hours: int


@dataclass(frozen=True)
class Rejudge:
    """The check is changed: a new judgement, which nobody has confirmed."""


@dataclass(frozen=True)
class Confirm:
    """A reviewer confirms the current judgement."""


@dataclass(frozen=True)
class Approve:
    """A reviewer approves every draft."""


@dataclass(frozen=True)
class AcceptReceipts:
    """A reviewer accepts every pass that is there now of one host, however it came."""

    host: int


@dataclass(frozen=True)
class Dispose:
    """A person disposes of one host in its live item, or of that whole item, for so many days."""

    host: int
    kind: Disposition
    days: int
    whole: bool


Event = Scan | Carry | Reread | Wait | Rejudge | Confirm | Approve | AcceptReceipts | Dispose


@dataclass
class World:
    """The raw history and the items; step() plays an event, reconciles, and asserts the laws."""

    policy: Policy
    now: datetime = START
    seen: dict[str, list[Seen]] = field(default_factory=lambda: {host: [] for host in HOSTS})
    items: tuple[Item, ...] = ()
    judgement: Judgement = field(default_factory=lambda: Judgement(CHECK, {"linux": hexed("0")}, frozenset({hexed("0")})))
    receipts: int = 0
    drafted: int = 7
    log: list[Change] = field(default_factory=list)

    def step(self, event: Event) -> None:
        # Time moves first and alone, so that what a step changes comes of its event and not of a date.
        self.now += timedelta(minutes=1)
        self._settle()
        self._play(event)
        if isinstance(event, Scan):
            self._assert_few_hosts_decide_alike({host for host, status in zip(HOSTS, event.outcomes, strict=True) if status})
        changes = self._settle()
        if _says_nothing(event):
            assert not [one for one in changes if isinstance(one, (DraftItem, JoinHost, CloseItem, WithdrawItem))]

    def findings(self) -> list[Finding]:
        return [self._finding(host) for host in HOSTS if self.seen[host]]

    def _play(self, event: Event) -> None:  # noqa: C901 - one line a kind of event
        match event:
            case Scan(outcomes):
                for host, status in zip(HOSTS, outcomes, strict=True):
                    if status:
                        self._observe(host, status, self.now, "ssh")
            case Carry(hosts, status, hours):
                for one in hosts:
                    self._observe(HOSTS[one], status, self.now - timedelta(hours=hours), "hand-carried")
            case Reread(host, status):
                self._reread(HOSTS[host], status)
            case Wait(hours):
                self.now += timedelta(hours=hours)
            case Rejudge():
                self.judgement = replace(self.judgement, current={"linux": hexed(f"judgement {self.receipts}")})
            case Confirm():
                self.judgement = replace(self.judgement, confirmed=self.judgement.confirmed | {self.judgement.current["linux"]})
            case Approve():
                self.items = tuple(replace(one, state="open") if one.state == "draft" else one for one in self.items)
            case AcceptReceipts(host):
                self._accept(HOSTS[host])
            case Dispose(host, kind, days, whole):
                self._dispose(HOSTS[host], kind, days, whole=whole)

    def _observe(self, host: str, status: Status, when: datetime, origin: Origin) -> None:
        self.receipts += 1
        label = f"r{self.receipts}"
        new = Seen(status, when, label, hexed(label), hexed("facts" + label), self.judgement.current["linux"], origin)
        self.seen[host] = sorted([*self.seen[host], new], key=lambda one: one.observed_at)

    def _reread(self, host: str, status: Status) -> None:
        if self.seen[host]:
            newest = self.seen[host][-1]
            self.seen[host][-1] = replace(newest, status=status, judgement=self.judgement.current["linux"], reread=True)

    def _accept(self, host: str) -> None:
        carried = tuple(one.receipt for one in self.seen[host] if one.status == "pass")
        self._change_host(host, lambda entry: replace(entry, accepted_receipts=carried))

    def _dispose(self, host: str, kind: Disposition, days: int, *, whole: bool) -> None:
        until = None if kind == "retired" else self.now.date() + timedelta(days=days)
        if not whole or kind == "retired":
            self._change_host(host, lambda entry: replace(entry, disposition=kind, disposition_until=until))
            return
        for one in self.items:
            if one.state in {"draft", "open"} and any(entry.host == host for entry in one.hosts):
                hosts = tuple(replace(entry, disposition=kind, disposition_until=until) for entry in one.hosts)
                changed = replace(one, state=kind, hosts=hosts, ended_on=self.now.date())
                self.items = tuple(changed if item.id == one.id else item for item in self.items)

    def _change_host(self, host: str, change: Callable[[ItemHost], ItemHost]) -> None:
        self.items = tuple(
            replace(one, hosts=tuple(change(entry) if entry.host == host else entry for entry in one.hosts))
            if one.state in {"draft", "open"}
            else one
            for one in self.items
        )

    def _finding(self, host: str) -> Finding:
        history = self.seen[host]
        failures = [one for one in history if one.status == "fail"]
        run: list[Seen] = []
        for before, one in zip([None, *history], history, strict=False):
            if one.status == "fail":
                run = []
            elif one.status == "pass":
                run = [*run, one] if before and before.status == "pass" else [one]
        since = self.now - timedelta(days=self.policy.flapping_days)
        judged = [one.status for one in history if one.status in {"pass", "fail"} and one.observed_at >= since]
        turns = sum(before != after for before, after in pairwise(judged))
        return Finding(host, host.upper(), history[-1], failures[-1] if failures else None, tuple(run), turns)

    def _settle(self) -> tuple[Change, ...]:
        changes = reconcile(self.findings(), self.items, self.judgement, self.policy, self.now)
        before = self.items
        self._assert_order_does_not_matter(changes)
        assert [change_from_json(to_json(one)) for one in changes] == list(changes)
        for change in changes:
            self._assert_change(change, before)
        if changes:
            self._assert_resumed(before, changes)
        self.items = apply_changes(before, changes, self._next_id, self.now.date())
        self._assert_only_drawn_steps(before)
        for change in changes:
            self._assert_outcome(change)
        self._assert_live_items_differ()
        self._assert_every_failure_stands_once()
        assert reconcile(self.findings(), self.items, self.judgement, self.policy, self.now) == ()
        self.log.extend(changes)
        return changes

    def _next_id(self) -> str:
        self.drafted += 1
        return f"PA-{self.drafted}"

    def _assert_few_hosts_decide_alike(self, heard: set[str]) -> None:
        """What the hosts that were heard of change is the same without those that wait for nothing of theirs."""
        few = [one for one in self.findings() if one.host in hosts_that_decide(self.items, heard)]
        if heard:
            whole = reconcile(self.findings(), self.items, self.judgement, self.policy, self.now)
            assert reconcile(few, self.items, self.judgement, self.policy, self.now) == whole

    def _assert_resumed(self, before: Sequence[Item], changes: Sequence[Change]) -> None:
        """Cut off between any two changes and reconciled anew, all comes to the same, save where a date ends.

        The end of a disposition in an ended item is known by nothing but the disposition, so what follows from it has to be
        saved with it; the store saves all changes or none.
        """
        if any(isinstance(one, LapseDisposition) for one in changes):
            return
        cut = random.Random(self.now.timestamp()).randint(0, len(changes))  # noqa: S311 - a place, not a secret
        new = self._ids()
        some = apply_changes(before, changes[:cut], new, self.now.date())
        rest = reconcile(self.findings(), some, self.judgement, self.policy, self.now)
        assert apply_changes(some, rest, new, self.now.date()) == apply_changes(before, changes, self._ids(), self.now.date())

    def _ids(self) -> Callable[[], str]:
        """The ids that new items would get from now on."""
        numbers = count(self.drafted + 1)
        return lambda: f"PA-{next(numbers)}"

    def _assert_order_does_not_matter(self, changes: Sequence[Change]) -> None:
        chance = random.Random(self.receipts)  # noqa: S311 - an order, not a secret
        findings, items = self.findings(), list(self.items)
        chance.shuffle(findings)
        chance.shuffle(items)
        assert reconcile(findings, items, self.judgement, self.policy, self.now) == tuple(changes)

    def _assert_change(self, change: Change, before: Sequence[Item]) -> None:
        if isinstance(change, (CloseItem, WithdrawItem)):
            assert verify_record(canonical_bytes(change.record)) == []
            item = next(one for one in before if one.id == change.item)
            shown = [entry for entry in item.hosts if not self._covered(entry)]
            assert shown
            for entry in shown:
                self._assert_fresh_pass(entry)
        if isinstance(change, DraftItem):
            for entry in change.item.hosts:
                self._assert_predecessor(entry.host, change.item.predecessor, before, {change.item.predecessor, ""})
        if isinstance(change, JoinHost):
            joined = next(one for one in before if one.id == change.item)
            self._assert_predecessor(change.host.host, joined.predecessor, before, {joined.predecessor, ""})

    def _assert_outcome(self, change: Change) -> None:
        if isinstance(change, VerifyHost):
            assert self._counts(change.before)
            assert self._counts(change.after)
        if isinstance(change, LapseDisposition):
            item = next(one for one in self.items if one.id == change.item)
            entry = next(one for one in item.hosts if one.host == change.host)
            assert entry.disposition_until is not None
            assert entry.disposition_until < self.now.date()
            passes = self.seen[change.host][-1].status == "pass"
            assert (
                passes
                or self._live_with(change.host)
                or any(self._covered(other) for one in self.items for other in one.hosts if other.host == change.host)
            )

    def _assert_live_items_differ(self) -> None:
        """One weakness, one item: a second live one only where it comes back from another ended item."""
        live = [one.predecessor for one in self.items if one.state in {"draft", "open"}]
        assert len(set(live)) == len(live)

    def _counts(self, seen: Seen) -> bool:
        return not seen.reread and seen.judgement in self.judgement.confirmed

    def _live_with(self, host: str) -> list[Item]:
        return [one for one in self.items if one.state in {"draft", "open"} and any(entry.host == host for entry in one.hosts)]

    def _assert_fresh_pass(self, entry: ItemHost) -> None:
        """From the raw history: the newest is a pass, a pass that counts is fresh, and none that counts failed since."""
        history = self.seen[entry.host]
        assert history[-1].status == "pass"
        real = [one for one in history if self._counts(one)]
        passes = [one for one in real if one.status == "pass" and (one.origin == "ssh" or one.receipt in entry.accepted_receipts)]
        newest = passes[-1]
        assert self.now - newest.observed_at <= timedelta(days=self.policy.fresh_days)
        failures = [one.observed_at for one in real if one.status == "fail"]
        assert newest.observed_at > max([entry.failing.observed_at, *failures])
        since = [one for one in passes if one.observed_at > max([entry.failing.observed_at, *failures])]
        assert len(since) >= self.policy.passes
        assert self.policy.automatic or {one.receipt for one in since} & set(entry.accepted_receipts)
        assert self.now - since[0].observed_at >= timedelta(days=self.policy.soak_days)
        if self._finding(entry.host).changes >= self.policy.flapping_changes:
            assert len(since) >= self.policy.flapping_passes

    def _assert_predecessor(self, host: str, named: str, before: Sequence[Item], allowed: set[str]) -> None:
        ended = [one for one in before if one.state in ENDED and any(entry.host == host for entry in one.hosts)]
        newest = max((int(one.id[3:]) for one in ended), default=None)
        assert named in allowed
        if newest is not None:
            assert named == f"PA-{newest}"

    def _assert_only_drawn_steps(self, before: Sequence[Item]) -> None:
        old = {one.id: one for one in before}
        for one in self.items:
            if one.id not in old:
                assert one.state == "draft"
            elif one.state != old[one.id].state:
                assert (old[one.id].state, one.state) in DRAWN
            elif one.state in ENDED:
                # Nothing is rewritten in an ended item; only a disposition's end is noted.
                assert [(e.host, e.failing, e.disposition_until) for e in one.hosts] == [
                    (e.host, e.failing, e.disposition_until) for e in old[one.id].hosts
                ]

    def _assert_every_failure_stands_once(self) -> None:
        for host in HOSTS:
            live = self._live_with(host)
            assert len(live) <= 1
            entries = [entry for one in self.items for entry in one.hosts if entry.host == host]
            if self.seen[host] and self.seen[host][-1].status == "fail" and self._counts(self.seen[host][-1]):
                assert live or any(self._covered(entry) for entry in entries)
            last = self._finding(host).last_failure if self.seen[host] else None
            if last and self._counts(last):
                # What failed after its pass is nowhere shown as fixed in a live item.
                verified = [entry for one in live for entry in one.hosts if entry.host == host and not self._covered(entry)]
                assert all(entry.passing is None or entry.passing.observed_at > last.observed_at for entry in verified)

    def _covered(self, entry: ItemHost) -> bool:
        if entry.disposition is None:
            return False
        return entry.disposition_until is None or self.now.date() <= entry.disposition_until


def _says_nothing(event: Event) -> bool:
    """True for an event that neither opens nor closes: no pass and no fail from a new receipt, no person's word."""
    if isinstance(event, Scan):
        return all(status not in {"pass", "fail"} for status in event.outcomes)
    return isinstance(event, (Reread, Rejudge)) or (isinstance(event, Carry) and event.status not in {"pass", "fail"})
