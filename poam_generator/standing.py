"""Where one host of an item stands: whether what was seen of it counts, and whether its passes are enough to be believed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from poam_generator.model import Finding, Item, ItemHost, Judgement, Policy, Seen

Kind = Literal["fails", "unknown", "short", "word", "verified"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known now of one host against what would close it.

    fails: its newest observation is a failure that counts. unknown: the newest tells nothing (error, silence,
    not_applicable, manual, a failure under an unconfirmed judgement, what was only read again). short: it passes, but not
    as the policy asks.
    word: it would be verified if a reviewer accepted passes that need one. verified: it passes as the policy asks.
    before: the last failure that counts. passes: those that count without a further word, oldest first. carried: those that
    wait for a word, carried by hand or (where the policy says so) under another judgement than the failure's. needed: so
    many passes are asked of this host. policy: the one that holds for it.
    """

    kind: Kind
    before: Seen
    passes: tuple[Seen, ...]
    carried: tuple[Seen, ...]
    needed: int
    policy: Policy


def item_order(item_id: str) -> tuple[int, str]:
    """Sort key of item ids, PA-9 before PA-10."""
    return (len(item_id), item_id)


def end_order(item: Item) -> tuple[date, tuple[int, str]]:
    """Sort key of items, that which ended last behind the others; one that lives has the day on which it began."""
    return (item.ended_on or item.detected_on, item_order(item.id))


def counts(seen: Seen, judgement: Judgement) -> bool:
    """False for what neither opens nor closes: a judgement that nobody has confirmed, a stored bundle that was read again."""
    return not seen.reread and seen.judgement in judgement.confirmed


def failing_now(finding: Finding, judgement: Judgement) -> Seen | None:
    """The newest observation when it is a failure that counts; an older failure under an error says nothing of now."""
    latest = finding.latest
    return latest if latest and latest.status == "fail" and counts(latest, judgement) else None


def disposed(host: ItemHost, today: date) -> bool:
    """True while a person's disposition of this host holds; its end date is the last day on which it does."""
    return host.disposition is not None and not lapsed(host, today)


def lapsed(host: ItemHost, today: date) -> bool:
    """True when the end date of its disposition has passed, or the day by which progress had to be shown."""
    return any(day is not None and day < today for day in (host.disposition_until, host.progress_by))


def needed_passes(finding: Finding, policy: Policy) -> int:
    """How many passes in a row the policy asks of this host: more of one that keeps going to and fro."""
    flapping = finding.changes >= policy.flapping_changes
    return max(policy.passes, policy.flapping_passes) if flapping else policy.passes


def enough(passes: tuple[Seen, ...], needed: int, policy: Policy, now: datetime) -> bool:
    """True when there are so many passes and at least one, the newest is fresh and the first has soaked."""
    if len(passes) < max(needed, 1):
        return False
    fresh = now - passes[-1].observed_at <= timedelta(days=policy.fresh_days)
    return fresh and now - passes[0].observed_at >= timedelta(days=policy.soak_days)


def stand(host: ItemHost, finding: Finding | None, judgement: Judgement, policy: Policy, now: datetime) -> Standing:
    """Where the host stands now, by its finding's own policy where it has one; a host without finding is unknown."""
    before = _last_failure(host, finding, judgement)
    own = policy_of(finding, policy)
    if finding is None:
        return Standing("unknown", before, (), (), own.passes, own)
    run = _run_of_passes(finding, before, judgement, now)
    firm = tuple(seen for seen in run if _needs_no_word(seen, host, before, own))
    carried = tuple(seen for seen in run if not _needs_no_word(seen, host, before, own))
    needed = needed_passes(finding, own)
    return Standing(_kind(finding, firm, run, judgement, needed, own, now), before, firm, carried, needed, own)


def policy_of(finding: Finding | None, policy: Policy) -> Policy:
    """The policy that holds for a host: its finding's own, else the system's."""
    return policy if finding is None or finding.policy is None else finding.policy


def _kind(  # noqa: PLR0913, PLR0917 - the parts of one decision
    finding: Finding, firm: tuple[Seen, ...], run: tuple[Seen, ...], judgement: Judgement, needed: int, policy: Policy, now: datetime
) -> Kind:
    if failing_now(finding, judgement):
        return "fails"
    if finding.latest is None or finding.latest.status != "pass" or finding.latest.reread:
        return "unknown"
    if enough(firm, needed, policy, now):
        return "verified"
    return "word" if enough(run, needed, policy, now) else "short"


def still_counts(host: ItemHost, before: Seen, judgement: Judgement, policy: Policy) -> bool:
    """False when the pass that verified a host counts no longer: a later failure, a judgement or an acceptance withdrawn."""
    passing = host.passing
    if passing is None or not counts(passing, judgement):
        return False
    return passing.observed_at > before.observed_at and _needs_no_word(passing, host, before, policy)


def accepted(host: ItemHost, standing: Standing) -> bool:
    """True when a reviewer has accepted one of the passes that are relied upon; a word on an earlier run is none on this."""
    return any(seen.receipt in host.accepted_receipts for seen in standing.passes)


def index_holders(items: Iterable[Item]) -> dict[str, list[tuple[Item, ItemHost]]]:
    """By host, the items that hold it, newest last, each with the host in it."""
    ordered = sorted(items, key=end_order)
    index: dict[str, list[tuple[Item, ItemHost]]] = {}
    for item in ordered:
        for entry in item.hosts:
            index.setdefault(entry.host, []).append((item, entry))
    return index


def _needs_no_word(seen: Seen, host: ItemHost, before: Seen, policy: Policy) -> bool:
    plain = seen.origin != "hand-carried" and (not policy.same_judgement or seen.judgement == before.judgement)
    return plain or seen.receipt in host.accepted_receipts


def _last_failure(host: ItemHost, finding: Finding | None, judgement: Judgement) -> Seen:
    """The failure that passes have to come after: the newest that counts, and the newest observation wins if it is one."""
    if finding is None:
        return host.failing
    if newest := failing_now(finding, judgement):
        return newest
    last = finding.last_failure
    if last and counts(last, judgement) and last.observed_at > host.failing.observed_at:
        return last
    return host.failing


def _run_of_passes(finding: Finding, before: Seen, judgement: Judgement, now: datetime) -> tuple[Seen, ...]:
    """The passes after the last failure that count, a receipt once, oldest first; none from the future, as clocks go wrong.

    The newest observation counts also where nothing failed under this entry and the finding names no passes (see merge.stand_in).
    """
    seen = {one.receipt: one for one in (*finding.passes, *((finding.latest,) if finding.latest else ()))}
    run = [one for one in seen.values() if one.status == "pass" and counts(one, judgement)]
    return tuple(one for one in run if before.observed_at < one.observed_at <= now)
