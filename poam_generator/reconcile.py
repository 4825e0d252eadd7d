"""Decides what the findings of one check do to its items; it never saves, and never looks at what was imported before."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from poam_generator.apply import apply_changes
from poam_generator.evidence import closure_record
from poam_generator.explain import reviewer_reason
from poam_generator.model import (
    LIVE,
    AwaitReviewer,
    Change,
    CloseItem,
    ClosureContext,
    DraftItem,
    Finding,
    Item,
    ItemHost,
    JoinHost,
    Judgement,
    LapseDisposition,
    Pending,
    Policy,
    UnverifyHost,
    VerifyHost,
    WithdrawItem,
)
from poam_generator.standing import (
    Standing,
    counts,
    disposed,
    end_order,
    failing_now,
    index_holders,
    item_order,
    lapsed,
    stand,
    still_counts,
)

NO_CONTEXTS: Final[Mapping[str, ClosureContext]] = {}


@dataclass(frozen=True, slots=True)
class _View:
    """What every decision looks at."""

    known: Mapping[str, Finding]
    judgement: Judgement
    policy: Policy
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()

    def stand(self, host: ItemHost) -> Standing:
        return stand(host, self.known.get(host.host), self.judgement, self.policy, self.now)


def reconcile(  # noqa: PLR0913, PLR0917 - the six things that the decision depends on, each a value of its own
    findings: Iterable[Finding],
    items: Sequence[Item],
    judgement: Judgement,
    policy: Policy,
    now: datetime,
    contexts: Mapping[str, ClosureContext] = NO_CONTEXTS,
) -> tuple[Change, ...]:
    """The changes that make the items of one system and check agree with what is true now, in a fixed order.

    Level-triggered: applied once, the same input gives none. The decisions, each in its place below:

    What opens. Only a host whose newest observation is a fail, from a new receipt and under a confirmed judgement. Error,
    silence, absence, not_applicable and manual open nothing and close nothing; no findings at all change nothing, not
    even a date, since a run that saw nothing must not decide. A pass that is carried by hand closes nothing by itself.
    Where it stands. A host that a live item holds stands there, disposed or not. One that any item of this check holds
    under a disposition that is still valid is covered by it; a disposition covers its own host and no other. Every other
    failing host stands new: when an ended item held it, in a draft that names the newest such item as predecessor (or in
    the live item that names it already); when none did, in the open item, else in a draft. What an entry that was merged into
    the host stood in counts as the host's own past, and its dispositions do not.
    Dates. A disposition counts through its end date. In a live item the host then stands as failing in its place. An
    ended item (closed with a disposed host in it, accepted or dismissed as a whole) never comes back to life: its host
    gets a draft that names it, from its last failure, also when it is silent or in error today, because the end date
    opens it and not the error; not when a pass that counts came after that failure, and not before the host is among the
    findings: one that is in none is retired, or was not asked about.
    Verification. A host is verified by passes as standing.stand says. It stays so through errors and silence, which say
    nothing, and loses it by a later failure or when its pass counts no longer (a judgement or acceptance withdrawn). A host
    that is in no finding stays as it was.
    Policy. Each host by its finding's own (Finding.policy), else by the one given; the record names it host by host.
    Closing. Every host without valid disposition is verified now, fresh included, so a host that was verified and fell
    silent holds its item open. A host that a person disposed of or retired is left out, and at least one has to be
    verified: an item with none is never closed as fixed. A draft is withdrawn by the same proof. Where a policy or a
    hand-carried pass asks for it, the item waits for a reviewer who accepts the very receipts (ItemHost.accepted_receipts).
    What is not touched. Items of another source or another check, and the state of every ended item.
    """
    view = _View(_by_host(findings), judgement, policy, now)
    if not view.known:
        return ()
    own = sorted((item for item in items if item.source == "check" and item.source_key == judgement.check), key=lambda i: item_order(i.id))
    lapses = list(_lapse(own, view))
    lapsed_items = _after(own, lapses, view)
    moves = [change for item in lapsed_items if item.state in LIVE for change in _move_hosts(item, view)]
    moved = _after(lapsed_items, moves, view)
    joins, drafts = _place(moved, frozenset(lapse.host for lapse in lapses), view)
    closings = [change for item in _after(moved, joins, view) if item.state in LIVE for change in _finish(item, view, contexts)]
    return (*lapses, *moves, *joins, *drafts, *closings)


def pending_confirmation(findings: Iterable[Finding], judgement: Judgement) -> tuple[Pending, ...]:
    """The hosts whose newest pass or fail counts for nothing yet, and why; the pages ask a reviewer about them."""
    return tuple(
        Pending(one.host, one.host_name, one.latest, "reread" if one.latest.reread else "judgement")
        for one in sorted(findings, key=lambda finding: finding.host)
        if one.latest and one.latest.status in {"pass", "fail"} and not counts(one.latest, judgement)
    )


def hosts_that_decide(items: Iterable[Item], hosts: Collection[str]) -> frozenset[str]:
    """The hosts whose findings decide what these hosts change: themselves, and all of every live item that waits for nobody else.

    A live item in which another host is neither verified nor disposed of cannot end, whatever these show; so the findings of
    those few give the very changes that the whole fleet's would, if the others were reconciled before. Only that a reviewer is
    asked for a word on a pass of another host waits until the whole check is looked at, once a day.
    """
    known = frozenset(hosts)
    return known.union(*({host.host for host in item.hosts} for item in items if item.state in LIVE and not _waits(item, known)))


def _waits(item: Item, known: frozenset[str]) -> bool:
    """True when the item waits for a host that is none of the known; one that awaits a reviewer waits for no host."""
    return not item.awaiting and any(not (host.host in known or host.passing or host.disposition) for host in item.hosts)


def _by_host(findings: Iterable[Finding]) -> dict[str, Finding]:
    """The findings by host in the order of hosts; of two for one host, the one that saw it last."""
    ordered = sorted(findings, key=lambda one: (one.host, one.latest.observed_at.timestamp() if one.latest else 0))
    return {finding.host: finding for finding in ordered}


def _after(items: Sequence[Item], changes: Sequence[Change], view: _View) -> tuple[Item, ...]:
    return apply_changes(items, changes, lambda: "", view.today)


def _lapse(items: Iterable[Item], view: _View) -> Iterator[LapseDisposition]:
    """The ends of dispositions; in an ended item only of hosts that there still are, since their drafts come of it."""
    for item in items:
        for host in item.hosts:
            if host.disposition and lapsed(host, view.today) and (item.state in LIVE or host.host in view.known):
                yield LapseDisposition(item.id, host.host, host.disposition)


def _move_hosts(item: Item, view: _View) -> Iterator[VerifyHost | UnverifyHost]:
    """What was seen of the hosts that scans decide on; a disposed host is a person's until its date.

    Of a host without finding nothing is known here, not even its policy, and it stays as it was.
    """
    for host in item.hosts:
        if disposed(host, view.today) or host.host not in view.known:
            continue
        now = view.stand(host)
        if now.kind != "fails" and still_counts(host, now.before, view.judgement, now.policy):
            continue
        if now.kind == "verified":
            yield VerifyHost(item.id, host.host, now.before, now.passes[-1])
        elif host.passing:
            yield UnverifyHost(item.id, host.host, now.before)


def _place(items: Sequence[Item], just_lapsed: frozenset[str], view: _View) -> tuple[list[JoinHost], list[DraftItem]]:
    """Every host that stands nowhere, by the predecessor that it comes back from: into a live item, or into a draft."""
    holders = index_holders(items)
    groups: dict[str, list[ItemHost]] = {}
    for host in sorted(just_lapsed | {name for name, one in view.known.items() if failing_now(one, view.judgement)}):
        placed = _stands_nowhere(host, holders, view)
        if placed:
            groups.setdefault(placed[0], []).append(placed[1])
    new = groups.pop("", [])
    joins: list[JoinHost] = []
    drafts: list[DraftItem] = []
    for predecessor in sorted(groups, key=item_order):
        _put(groups[predecessor], predecessor, _live_after(predecessor, items), (joins, drafts), view)
    if new and not _live(items) and drafts:
        # One weakness, one item: what is new today goes with what comes back today.
        drafts[0] = _draft((*drafts[0].item.hosts, *new), drafts[0].item.predecessor, view)
    elif new:
        _put(new, "", _live(items), (joins, drafts), view)
    return joins, drafts


def _put(
    hosts: Sequence[ItemHost], predecessor: str, live: Sequence[Item], out: tuple[list[JoinHost], list[DraftItem]], view: _View
) -> None:
    joins, drafts = out
    if not live:
        drafts.append(_draft(hosts, predecessor, view))
        return
    approved = live[0].state == "open"
    joins.extend(JoinHost(live[0].id, replace(host, added_after_approval=approved)) for host in hosts)


def _live(items: Iterable[Item]) -> list[Item]:
    """The live items, open ones first."""
    return sorted((item for item in items if item.state in LIVE), key=lambda item: (item.state != "open", item_order(item.id)))


def _live_after(predecessor: str, items: Iterable[Item]) -> list[Item]:
    return [item for item in _live(items) if item.predecessor == predecessor]


def _stands_nowhere(host: str, holders: Mapping[str, list[tuple[Item, ItemHost]]], view: _View) -> tuple[str, ItemHost] | None:
    """The predecessor ("" when none) and the host as it would enter an item; None when it stands or is covered somewhere."""
    held = holders.get(host, [])
    if any(item.state in LIVE or disposed(entry, view.today) for item, entry in held):
        return None
    finding = view.known[host]  # a date that ends where a host is in no finding ends in a live item only
    past = [item for name in (host, *finding.formerly) for item, _ in holders.get(name, ()) if item.state not in LIVE]
    predecessor = max(past, key=end_order).id if past else ""
    if failing := failing_now(finding, view.judgement):
        return (predecessor, ItemHost(host, finding.host_name, failing))
    _, entry = held[-1]
    now = view.stand(entry)
    if still_counts(entry, now.before, view.judgement, now.policy) or (now.kind != "unknown" and now.passes):
        return None
    return (predecessor, ItemHost(host, entry.host_name, now.before))


def _draft(hosts: Sequence[ItemHost], predecessor: str, view: _View) -> DraftItem:
    ordered = tuple(sorted(hosts, key=lambda host: host.host))
    newest = max(ordered, key=lambda host: (host.failing.observed_at, host.host)).failing
    first = min(host.failing.observed_at for host in ordered)
    check = view.judgement.check
    item = Item("", "check", check, "draft", newest.judgement, ordered, first.date(), predecessor)
    # A host that comes back by a date may have a hand-carried pass already, which waits for its word from the first day.
    return DraftItem(replace(item, awaiting=_judge_item(item, view)[2]))


def _finish(item: Item, view: _View, contexts: Mapping[str, ClosureContext]) -> Iterator[Change]:
    """What ends the item, or the word that it waits for."""
    standings, proven, reason = _judge_item(item, view)
    if proven and not reason:
        yield from _end(item, standings, view, contexts.get(item.id, ClosureContext()))
    elif reason != item.awaiting:
        yield AwaitReviewer(item.id, reason)


def _judge_item(item: Item, view: _View) -> tuple[dict[str, Standing], bool, str]:
    """The standings of the hosts that scans decide on, whether all of them are shown as fixed, and the word that this needs.

    One host that is not shown as fixed decides, and the others are not looked at any more.
    """
    standings: dict[str, Standing] = {}
    for host in item.hosts:
        if disposed(host, view.today):
            continue
        standings[host.host] = view.stand(host)
        if standings[host.host].kind not in {"verified", "word"}:
            return standings, False, ""
    return standings, bool(standings), reviewer_reason(item, standings)


def _end(item: Item, standings: Mapping[str, Standing], view: _View, context: ClosureContext) -> Iterator[Change]:
    """The fresh passes that the record shows, and the end."""
    fresh = [
        VerifyHost(item.id, host.host, standings[host.host].before, standings[host.host].passes[-1])
        for host in item.hosts
        if host.host in standings and (host.failing, host.passing) != (standings[host.host].before, standings[host.host].passes[-1])
    ]
    (shown,) = _after([item], fresh, view)
    record = closure_record(shown, standings, view.policy, view.now, view.judgement, context)
    yield from fresh
    yield CloseItem(item.id, record) if item.state == "open" else WithdrawItem(item.id, record)
