"""Says in sentences why an item is still open and what would close it; computed each time, never stored."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from poam_generator.model import LIVE, Finding, Item, ItemHost, Judgement, Policy, Seen
from poam_generator.names import join_names
from poam_generator.standing import Standing, accepted, counts, disposed, stand

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
    each = [_reason(host, known.get(host.host), standings[host.host], word, now) for host in active]
    return [*_failing(failing, len(item.hosts)), *(pair for pair in each if pair), *_waiting(item, standings)]


def _nobody_left(item: Item) -> list[tuple[str, str]]:
    """Of an item whose hosts were all taken out of the scans' hands."""
    held = [host for host in item.hosts if host.disposition != "retired"]
    if not held:
        return [("Every host in it is retired, so no scan can show it fixed.", "Somebody asks to dismiss it, and another person agrees.")]
    until = min((day for host in held for day in (host.disposition_until, host.progress_by) if day), default=None)
    names = join_names(host.host_name for host in held)
    back = f"The disposition of {names} ends{f' ({until})' if until else ''} and scans decide again."
    return [("Every host in it is disposed of or retired by a person, so no scan can show it fixed.", back)]


def _all_confirmed(item: Item, findings: Iterable[Finding]) -> Judgement:
    seen = {one.latest.judgement for one in findings if one.latest} | {item.judgement}
    passes = {seen.judgement for finding in findings for seen in finding.passes}
    return Judgement(item.source_key, {}, frozenset(seen | passes))


def _failing(names: Sequence[str], total: int) -> list[tuple[str, str]]:
    if not names:
        return []
    noun, verb = "host" if total == 1 else "hosts", "fails" if len(names) == 1 else "fail"
    hosts = join_names(sorted(names))
    return [(f"{len(names)} of {total} {noun} {verb} ({hosts}).", f"A passing scan of {hosts}.")]


def _waiting(item: Item, standings: Mapping[str, Standing]) -> list[tuple[str, str]]:
    """What waits for a word, also while other hosts still fail; and what waits for nothing any more."""
    passing = {host: one for host, one in standings.items() if one.kind in {"verified", "word"}}
    reason = reviewer_reason(item, passing)
    if reason:
        return [(reason, "A reviewer who is not the owner accepts those receipts.")]
    if len(passing) < len(standings):
        return []
    ends = "closes" if item.state == "open" else "withdraws"
    return [(f"Every host is verified; the next reconciliation {ends} it.", "The next reconciliation.")]


def _reason(host: ItemHost, finding: Finding | None, standing: Standing, judgement: Judgement, now: datetime) -> tuple[str, str] | None:
    """What is said of one host beside that it fails, or why it is not verified."""
    latest, name = finding.latest if finding else None, host.host_name
    if standing.kind in {"verified", "word"}:
        return None
    if finding is None or latest is None:
        return (f"{name} has not been observed since it failed.", f"A passing scan of {name}.")
    day = latest.observed_at.date().isoformat()
    if standing.kind == "fails":
        silent = now - latest.observed_at > timedelta(days=standing.policy.fresh_days)
        return (f"{name} has not been observed since {day}.", "") if silent else None
    if latest.status in {"pass", "fail"} and not counts(latest, judgement):
        return _counts_for_nothing(name, latest, judgement)
    return _unknown(name, latest, day) if standing.kind == "unknown" else _short(name, finding, standing, now)


def _counts_for_nothing(name: str, latest: Seen, judgement: Judgement) -> tuple[str, str]:
    """Of a pass or a failure that neither opens nor closes, whatever else was seen of the host."""
    says, day = "passes" if latest.status == "pass" else "fails", latest.observed_at.date().isoformat()
    if latest.judgement not in judgement.confirmed:
        helps = "A reviewer confirms the judgement" + (f", and {name} passes." if says == "fails" else ".")
        return (f"{name} {says} since {day} under a judgement that is not confirmed.", helps)
    return (f"{name} {says} by a bundle of {day} that was only read again, which neither opens nor closes.", f"A passing scan of {name}.")


def _unknown(name: str, latest: Seen, day: str) -> tuple[str, str]:
    if latest.status == "error":
        why = next((one["reason"] for one in latest.observations if one.get("status") == "error" and one.get("reason")), "").rstrip(".")
        return (
            f"{name} could not be judged on {day}{f': {why}' if why else ''}.",
            f"The error on {name} is mended, and a scan of it passes.",
        )
    word = {"not_applicable": "not applicable", "manual": "left to a person"}.get(latest.status, latest.status)
    return (f"On {name} the check was {word} on {day}, which does not show it fixed.", f"A passing scan of {name}, or a person retires it.")


def _short(name: str, finding: Finding, standing: Standing, now: datetime) -> tuple[str, str]:
    """Why its passes are not enough."""
    policy = standing.policy
    passes = (*standing.passes, *standing.carried)
    if not passes:
        return _no_new_pass(name, standing.before)
    newest, first = max(seen.observed_at for seen in passes), min(seen.observed_at for seen in passes)
    if now - newest > timedelta(days=policy.fresh_days):
        day = newest.date().isoformat()
        return (f"{name} has not passed since {day}, longer ago than the {policy.fresh_days} days allowed.", f"A passing scan of {name}.")
    if len(passes) < standing.needed:
        why = f" because it changed {finding.changes} times in {policy.flapping_days} days" if standing.needed > policy.passes else ""
        more = standing.needed - len(passes)
        return (
            f"{name} passed {len(passes)} of {standing.needed} times in a row{why}.",
            f"{more} more passing {'scan' if more == 1 else 'scans'} of {name} in a row.",
        )
    until = (first + timedelta(days=policy.soak_days)).date().isoformat()
    return (
        f"{name} passes since {first.date().isoformat()} and has to hold until {until}.",
        f"A passing scan of {name} on or after {until}.",
    )


def _no_new_pass(name: str, before: Seen) -> tuple[str, str]:
    day = before.observed_at.date().isoformat()
    return (f"{name} passes, but by nothing that was seen after its failure of {day}.", f"A later passing scan of {name}.")
