"""Says in sentences why an item is still open and what would close it; computed each time, never stored."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from poam_generator.model import LIVE, Finding, Item, ItemHost, Judgement, Policy
from poam_generator.standing import Standing, accepted, disposed, stand

BY_WORD = "No check decides on it: it closes on final evidence and the word of a reviewer who is not its owner; scans only inform it."


def reviewer_reason(item: Item, standings: Mapping[str, Standing]) -> str:
    """Why a person's word is needed before the item can end; empty when it is not. standings: of the hosts scans decide on."""
    waiting = [(host, standings[host.host]) for host in item.hosts if host.host in standings and standings[host.host].kind == "word"]
    carried = [_receipts(host, now, "hand-carried") for host, now in waiting if _of_origin(now, carried=True)]
    changed = [_receipts(host, now, "") for host, now in waiting if _of_origin(now, carried=False)]
    asked = [
        host.host_name
        for host in item.hosts
        if (now := standings.get(host.host)) and not now.policy.automatic and now.kind != "word" and not accepted(host, now)
    ]
    sentences = {
        "The pass was carried by hand and a reviewer has not accepted it": carried,
        "The pass is under another judgement than the failure, and a reviewer has not accepted it": changed,
        "The closing policy asks for a reviewer's word on the passes of": asked,
    }
    return " ".join(f"{words}{':' * (names is not asked)} {', '.join(names)}." for words, names in sentences.items() if names)


def _of_origin(standing: Standing, *, carried: bool) -> bool:
    return any((seen.origin == "hand-carried") == carried for seen in standing.carried)


def _receipts(host: ItemHost, standing: Standing, origin: str) -> str:
    mine = [seen.receipt for seen in standing.carried if (seen.origin == "hand-carried") == bool(origin)]
    return f"{host.host_name} (receipt {', '.join(mine)})"


def why_open(item: Item, findings: Iterable[Finding], policy: Policy, now: datetime, judgement: Judgement | None = None) -> list[str]:
    """The reasons for which the item is not closed, one sentence each; empty for an item that has ended.

    Without a judgement, the one that the item was opened under and all that the findings name count as confirmed.
    """
    return [sentence for sentence, _ in _reasons(item, tuple(findings), policy, now, judgement)]


def what_would_close(
    item: Item, findings: Iterable[Finding], policy: Policy, now: datetime, judgement: Judgement | None = None
) -> list[str]:
    """What has to happen before the item can close, one sentence each, in the order of why_open."""
    wanted = [wish for _, wish in _reasons(item, tuple(findings), policy, now, judgement)]
    return list(dict.fromkeys(wish for wish in wanted if wish))


def _reasons(item: Item, findings: Sequence[Finding], policy: Policy, now: datetime, judgement: Judgement | None) -> list[tuple[str, str]]:
    """Pairs of what holds the item open, and what would change that."""
    if item.state not in LIVE:
        return []
    if item.source != "check":
        return [(f"Its source is {item.source}. {BY_WORD}", "A reviewer accepts the final evidence.")]
    known = {finding.host: finding for finding in findings}
    word = judgement or _all_confirmed(item, findings)
    active = [host for host in item.hosts if not disposed(host, now.date())]
    standings = {host.host: stand(host, known.get(host.host), word, policy, now) for host in active}
    if not active:
        return _nobody_left(item)
    failing = [host.host_name for host in active if standings[host.host].kind == "fails"]
    each = [_reason(host, known.get(host.host), standings[host.host], now) for host in active]
    return [*_failing(failing, len(item.hosts)), *(pair for pair in each if pair), *_waiting(item, standings)]


def _nobody_left(item: Item) -> list[tuple[str, str]]:
    """Of an item whose hosts were all taken out of the scans' hands."""
    held = [host for host in item.hosts if host.disposition != "retired"]
    if not held:
        return [("Every host in it is retired, so no scan can show it fixed.", "Somebody asks to dismiss it, and another person agrees.")]
    until = min((day for host in held for day in (host.disposition_until, host.progress_by) if day), default=None)
    names = ", ".join(host.host_name for host in held)
    back = f"The disposition of {names} ends{f' ({until})' if until else ''} and scans decide again."
    return [("Every host in it is disposed of or retired by a person, so no scan can show it fixed.", back)]


def _all_confirmed(item: Item, findings: Iterable[Finding]) -> Judgement:
    seen = {one.latest.judgement for one in findings if one.latest} | {item.judgement}
    passes = {seen.judgement for finding in findings for seen in finding.passes}
    return Judgement(item.source_key, {}, frozenset(seen | passes))


def _failing(names: Sequence[str], total: int) -> list[tuple[str, str]]:
    if not names:
        return []
    verb = "fails" if len(names) == 1 else "fail"
    hosts = ", ".join(sorted(names))
    return [(f"{len(names)} of {total} hosts {verb} ({hosts}).", f"A passing scan of {hosts}.")]


def _waiting(item: Item, standings: Mapping[str, Standing]) -> list[tuple[str, str]]:
    if any(standing.kind not in {"verified", "word"} for standing in standings.values()):
        return []
    reason = reviewer_reason(item, standings)
    if reason:
        return [(reason, "A reviewer who is not the owner accepts those receipts.")]
    return [("Every host is verified; the next reconciliation closes it.", "The next reconciliation.")]


def _reason(host: ItemHost, finding: Finding | None, standing: Standing, now: datetime) -> tuple[str, str] | None:
    """What is said of one host that neither fails nor is verified."""
    latest = finding.latest if finding else None
    if finding is None or latest is None:
        return (f"{host.host_name} has not been observed since it failed.", f"A passing scan of {host.host_name}.")
    if standing.kind == "unknown":
        return _unknown(host.host_name, latest.status, latest.observed_at)
    return _short(host.host_name, finding, standing, now) if standing.kind == "short" else None


def _unknown(name: str, status: str, when: datetime) -> tuple[str, str]:
    day = when.date().isoformat()
    if status == "fail":
        return (
            f"{name} fails since {day} under a judgement that is not confirmed.",
            f"A reviewer confirms the judgement, and {name} passes.",
        )
    if status == "pass":
        return _no_new_pass(name)
    if status == "error":
        return (f"{name} could not be judged on {day}.", f"The error on {name} is mended, and a scan of it passes.")
    word = {"not_applicable": "not applicable", "manual": "left to a person"}.get(status, status)
    return (f"On {name} the check was {word} on {day}, which does not show it fixed.", f"A passing scan of {name}, or a person retires it.")


def _no_new_pass(name: str) -> tuple[str, str]:
    return (
        f"{name} passes, but not by an observation that counts after its last failure.",
        f"A passing scan of {name} by a new receipt.",
    )


def _short(name: str, finding: Finding, standing: Standing, now: datetime) -> tuple[str, str]:
    """Why its passes are not enough."""
    policy = standing.policy
    passes = (*standing.passes, *standing.carried)
    if not passes:
        return _no_new_pass(name)
    newest, first = max(seen.observed_at for seen in passes), min(seen.observed_at for seen in passes)
    if now - newest > timedelta(days=policy.fresh_days):
        day = newest.date().isoformat()
        return (f"{name} has not passed since {day}, longer ago than the {policy.fresh_days} days allowed.", f"A passing scan of {name}.")
    if len(passes) < standing.needed:
        why = f" because it changed {finding.changes} times in {policy.flapping_days} days" if standing.needed > policy.passes else ""
        more = standing.needed - len(passes)
        return (f"{name} passed {len(passes)} of {standing.needed} times in a row{why}.", f"{more} more passing scans of {name} in a row.")
    until = (first + timedelta(days=policy.soak_days)).date().isoformat()
    return (
        f"{name} passes since {first.date().isoformat()} and has to hold until {until}.",
        f"A passing scan of {name} on or after {until}.",
    )
