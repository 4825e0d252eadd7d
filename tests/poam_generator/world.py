"""A made-up system whose history is generated: what is seen, what people do, and what reconcile makes of it after each step.

The laws that poam-lifecycle states are asserted after each step (laws.py) from the raw history, with none of reconcile's own helpers.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from poam_generator.apply import apply_changes
from poam_generator.errors import PoamError
from poam_generator.merge import stand_in
from poam_generator.model import (
    Change,
    CloseItem,
    DraftItem,
    Finding,
    Item,
    ItemHost,
    JoinHost,
    Judgement,
    Origin,
    Policy,
    Seen,
    Status,
    WithdrawItem,
)
from poam_generator.reconcile import hosts_that_decide, reconcile
from poam_generator.split import split_item
from tests.poam_generator import laws
from tests.poam_generator.builders import CHECK, START, hexed
from tests.poam_generator.events import (
    HOSTS,
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
    says_nothing,
)

LIVE = {"draft", "open"}


@dataclass
class World:
    """The raw history and the items; step() plays an event, reconciles, and asserts the laws.

    gone: host -> the one that it was merged into. split: ids of the items that were split off another.
    """

    policy: Policy
    now: datetime = START
    seen: dict[str, list[Seen]] = field(default_factory=lambda: {host: [] for host in HOSTS})
    items: tuple[Item, ...] = ()
    judgement: Judgement = field(default_factory=lambda: Judgement(CHECK, {"linux": hexed("0")}, frozenset({hexed("0")})))
    receipts: int = 0
    drafted: int = 7
    gone: dict[str, str] = field(default_factory=dict)
    split: set[str] = field(default_factory=set)
    own: dict[str, Policy] = field(default_factory=dict)

    def step(self, event: Event) -> None:
        # Time moves first and alone, so that what a step changes comes of its event and not of a date.
        self.now += timedelta(minutes=1)
        self._settle(self.findings())
        self._play(event)
        if isinstance(event, Workers):
            self._work_apart(event)
        findings = self.findings()
        changes = self.decide(findings)
        laws.assert_order_does_not_matter(self, findings, changes)
        if isinstance(event, Scan):
            laws.assert_few_hosts_decide_alike(self, findings, heard(event.outcomes), changes)
        self._settle(findings, changes)
        if isinstance(event, Workers):
            laws.assert_nothing_left(changes)
        if says_nothing(event):
            assert not [one for one in changes if isinstance(one, (DraftItem, JoinHost, CloseItem, WithdrawItem))]

    def findings(self) -> list[Finding]:
        """What is true now of every host that is there: seen, or held by an item."""
        held = {entry.host for one in self.items for entry in one.hosts}
        return [self.finding(host) for host in HOSTS if host not in self.gone and (self.seen[host] or host in held)]

    def finding(self, host: str) -> Finding:
        history, policy = self.seen[host], self.policy_of(host)
        failures = [one for one in history if one.status == "fail" and not one.reread]
        run: list[Seen] = []
        for before, one in zip([None, *history], history, strict=False):
            if one.status == "fail":
                run = []
            elif one.status == "pass":
                run = [*run, one] if before and before.status == "pass" else [one]
        since = self.now - timedelta(days=policy.flapping_days)
        judged = [one.status for one in history if one.status in {"pass", "fail"} and one.observed_at >= since]
        turns = sum(before != after for before, after in pairwise(judged))
        last = (history[-1] if history else None, failures[-1] if failures else None)
        return Finding(host, host.upper(), *last, tuple(run), turns, self.own.get(host), laws.entries_of(self, host))

    def policy_of(self, host: str) -> Policy:
        return self.own.get(host, self.policy)

    def decide(self, findings: Iterable[Finding]) -> tuple[Change, ...]:
        return reconcile(findings, self.items, self.judgement, self.policy, self.now)

    def next_id(self) -> str:
        self.drafted += 1
        return f"PA-{self.drafted}"

    def _settle(self, findings: Sequence[Finding], changes: tuple[Change, ...] | None = None) -> None:
        changes = self.decide(findings) if changes is None else changes
        if changes:
            before = self.items
            laws.assert_changes(self, changes)
            laws.assert_resumed(self, findings, changes)
            self.items = apply_changes(before, changes, self.next_id, self.now.date())
            laws.assert_outcomes(self, before, changes)
            assert self.decide(findings) == ()
        laws.assert_standing(self, {one.host for one in findings})

    def _work_apart(self, event: Workers) -> None:
        """Two workers who each bring in the hosts that they heard of, as the store does it: the few that decide, under its lock."""
        everybody = [host for host, status in zip(HOSTS, event.outcomes, strict=True) if status and host not in self.gone]
        for mine in (everybody[: event.first], everybody[event.first :]):
            if mine:
                few = hosts_that_decide(self.items, mine)
                self._settle([one for one in self.findings() if one.host in few])

    def _play(self, event: Event) -> None:  # noqa: C901, PLR0912 - one line a kind of event
        match event:
            case Scan(outcomes) | Workers(outcomes):
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
                self.items = tuple(_approved(one) for one in self.items)
            case AcceptReceipts(host):
                self._accept(HOSTS[host])
            case Dispose():
                self._dispose(event)
            case Reinstate(host):
                self._reinstate(HOSTS[host])
            case Progress(days):
                self._note_progress(days)
            case Split():
                self._split()
            case Merge(host, into):
                self._merge(HOSTS[host], HOSTS[into])
            case Move(host, policy):
                self.own = {name: one for name, one in self.own.items() if name != HOSTS[host]} | ({HOSTS[host]: policy} if policy else {})

    def _observe(self, host: str, status: Status, when: datetime, origin: Origin) -> None:
        if host in self.gone:
            return
        self.receipts += 1
        label = f"r{self.receipts}"
        new = Seen(status, when, label, hexed(label), hexed("facts" + label), self.judgement.current["linux"], origin)
        self.seen[host] = sorted([*self.seen[host], new], key=lambda one: one.observed_at)

    def _reread(self, host: str, status: Status) -> None:
        if self.seen[host] and host not in self.gone:
            newest = self.seen[host][-1]
            self.seen[host][-1] = replace(newest, status=status, judgement=self.judgement.current["linux"], reread=True)

    def _accept(self, host: str) -> None:
        carried = tuple(one.receipt for one in self.seen[host] if one.status == "pass")
        self._change_host(host, lambda entry: replace(entry, accepted_receipts=carried))

    def _dispose(self, event: Dispose) -> None:
        host, today = HOSTS[event.host], self.now.date()
        until = None if event.kind == "retired" else today + timedelta(days=event.days)
        progress = today + timedelta(days=event.progress) if event.progress is not None and event.kind == "temporary_deficiency" else None

        def dispose(entry: ItemHost) -> ItemHost:
            return replace(entry, disposition=event.kind, disposition_until=until, progress_by=progress)

        if not event.whole or event.kind == "retired":
            self._change_host(host, dispose)
            return
        for one in self.items:
            if one.state in LIVE and any(entry.host == host for entry in one.hosts):
                changed = replace(one, state=event.kind, hosts=tuple(dispose(entry) for entry in one.hosts), ended_on=today, awaiting="")
                self.items = tuple(changed if item.id == one.id else item for item in self.items)

    def _reinstate(self, host: str) -> None:
        """Its retirement ends in every item, as the store ends it; what was merged into another entry stays gone."""
        yesterday = self.now.date() - timedelta(days=1)

        def end(entry: ItemHost) -> ItemHost:
            ends = entry.host == host and entry.disposition == "retired" and host not in self.gone
            return replace(entry, disposition_until=yesterday) if ends else entry

        self.items = tuple(replace(one, hosts=tuple(map(end, one.hosts))) for one in self.items)

    def _note_progress(self, days: int) -> None:
        due = self.now.date() + timedelta(days=days)
        self.items = tuple(
            replace(one, hosts=tuple(replace(entry, progress_by=due) if entry.progress_by else entry for entry in one.hosts))
            for one in self.items
        )

    def _split(self) -> None:
        for one in self.items:
            with suppress(PoamError):  # what cannot be split stays whole
                staying, leaving = split_item(one, ())
                made = replace(leaving, id=self.next_id(), state="open")
                self.items = (*(staying if item.id == one.id else item for item in self.items), made)
                self.split.add(made.id)

    def _merge(self, host: str, into: str) -> None:
        if host == into or {host, into} & self.gone.keys():
            return
        for one in self.items:
            leaving = next((entry for entry in one.hosts if entry.host == host), None)
            if one.state in LIVE and leaving and not self._stands(into):
                new = ItemHost(into, into.upper(), leaving.failing, added_after_approval=one.state == "open")
                hosts = tuple(sorted((*one.hosts, new), key=lambda entry: entry.host))
                self.items = tuple(replace(one, hosts=hosts) if item.id == one.id else item for item in self.items)
        entries = (host, *laws.entries_of(self, host), *laws.entries_of(self, into))
        failures = [one for entry in entries for one in self.seen[entry] if one.status == "fail"]
        self._change_host(into, lambda entry: stand_in(entry, failures))
        self._change_host(host, lambda entry: replace(entry, disposition="retired", disposition_until=None, progress_by=None))
        self.gone[host] = into

    def _stands(self, host: str) -> bool:
        return any(one.state in LIVE and entry.host == host for one in self.items for entry in one.hosts)

    def _change_host(self, host: str, change: Callable[[ItemHost], ItemHost]) -> None:
        self.items = tuple(
            replace(one, hosts=tuple(change(entry) if entry.host == host else entry for entry in one.hosts)) if one.state in LIVE else one
            for one in self.items
        )


def _approved(item: Item) -> Item:
    if item.state not in LIVE:
        return item
    return replace(item, state="open", hosts=tuple(replace(entry, added_after_approval=False) for entry in item.hosts))


def heard(outcomes: Sequence[Status | None]) -> set[str]:
    """The hosts that answered."""
    return {host for host, status in zip(HOSTS, outcomes, strict=True) if status}
