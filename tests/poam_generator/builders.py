"""Short ways to write observations, findings and items in tests."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from poam_generator.model import Finding, Item, ItemHost, Judgement, Policy, Seen, State, Status

START = datetime(2026, 11, 2, 2, 13, tzinfo=UTC)
CHECK = "account-lockout-threshold"


def hexed(text: str) -> str:
    """A digest that tells two texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()


OLD, NEW = hexed("judgement 1"), hexed("judgement 2")
CONFIRMED = Judgement(CHECK, {"linux": OLD}, frozenset({OLD}))
POLICY = Policy(approved_by="R. Approver")


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def seen(status: Status, day: float, **changes: Any) -> Seen:  # noqa: ANN401 - any field of Seen
    label = f"{status} {day} {sorted(changes.items())}"
    observed = {"path": "pam.deny", "expected": "at least 1", "observed": 0, "status": status, "reason": ""}
    plain = Seen(
        status, at(day), f"receipt {label}", hexed(label), hexed("facts" + label), OLD, "ssh", (observed,), "svc-scan", "closeout 0.1.0"
    )
    return replace(plain, **changes)


def finding(host: str, *history: Seen, changes: int = 0) -> Finding:
    """The finding that this history gives: latest, last failure and the run of passes that it ends with."""
    failures = [one for one in history if one.status == "fail" and not one.reread]
    run: list[Seen] = []
    for one in history:
        run = [*run, one] if one.status == "pass" else []
    return Finding(host, host.upper(), history[-1] if history else None, failures[-1] if failures else None, tuple(run), changes)


def held(host: str, failing: Seen, **changes: Any) -> ItemHost:  # noqa: ANN401 - any field of ItemHost
    return replace(ItemHost(host, host.upper(), failing), **changes)


def item(item_id: str, state: State, *hosts: ItemHost, **changes: Any) -> Item:  # noqa: ANN401 - any field of Item
    return replace(Item(item_id, "check", CHECK, state, OLD, hosts, date(2026, 11, 2)), **changes)
