"""What changed checks would do to the items, were they in force: the decisions of reconcile over what was seen, judged again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from collector.canonical import digest
from poam_generator.model import Change, CloseItem, DraftItem, Finding, JoinHost, Seen, WithdrawItem

BackTestKind = Literal["added", "judgement", "removed"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one check of new content would do.

    judgements: platform -> digest of how it would judge. stands: "fail to pass" -> hosts whose status would go from what stands
    now to what it would be. opens: names of the hosts of a new item. joins: item -> hosts that would join it. closes, withdraws:
    items that would end. left: items that no scan would verify any more, since nothing judges them.
    """

    check: str
    kind: BackTestKind
    judgements: Mapping[str, str] = field(default_factory=dict)
    stands: Mapping[str, int] = field(default_factory=dict)
    opens: tuple[str, ...] = ()
    joins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closes: tuple[str, ...] = ()
    withdraws: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The effect as JSON data."""
        return {
            "check": self.check,
            "kind": self.kind,
            "judgements": dict(sorted(self.judgements.items())),
            "stands": dict(sorted(self.stands.items())),
            "opens": list(self.opens),
            "joins": {item: list(hosts) for item, hosts in sorted(self.joins.items())},
            "closes": list(self.closes),
            "withdraws": list(self.withdraws),
            "left": list(self.left),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What content would do, by its digest.

    basis: the digest of what was judged by, values included; hosts: how many were judged again; days: how far back was looked.
    """

    content: str
    basis: str
    days: int
    hosts: int
    effects: tuple[Effect, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of what a person sees, and what their word on it binds to."""
        return digest(self.to_json())

    @property
    def opened(self) -> int:
        """How many items would open."""
        return sum(bool(one.opens) for one in self.effects)

    @property
    def ended(self) -> int:
        """How many items would close or be withdrawn."""
        return sum(len(one.closes) + len(one.withdraws) for one in self.effects)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON data."""
        return {
            "schema": "closeout/content-report/2",
            "content": self.content,
            "basis": self.basis,
            "days": self.days,
            "hosts": self.hosts,
            "effects": [one.to_json() for one in self.effects],
        }


def find_effect(
    check: str, kind: BackTestKind, judgements: Mapping[str, str], stands: Iterable[tuple[str, str]], changes: Sequence[Change]
) -> Effect:
    """What reconcile's changes come to. stands: for each host, its status now ("" where it has none) and what it would be."""
    joins: dict[str, tuple[str, ...]] = {}
    for change in changes:
        if isinstance(change, JoinHost):
            joins[change.item] = (*joins.get(change.item, ()), change.host.host_name)
    return Effect(
        check=check,
        kind=kind,
        judgements=judgements,
        stands=Counter(f"{before or 'not judged'} to {after}" for before, after in stands if before != after),
        opens=tuple(sorted(host.host_name for change in changes if isinstance(change, DraftItem) for host in change.item.hosts)),
        joins=joins,
        closes=tuple(change.item for change in changes if isinstance(change, CloseItem)),
        withdraws=tuple(change.item for change in changes if isinstance(change, WithdrawItem)),
    )


def finding_of(host: str, name: str, seen: Sequence[Seen], since: datetime) -> Finding:
    """What observations of one check on one host, oldest first, are to reconcile. since: where the policy's flapping window begins."""
    if not seen:
        return Finding(host, name, None)
    known = [one for one in seen if one.status in {"pass", "fail"}]
    changes = sum(before.status != after.status and after.observed_at >= since for before, after in pairwise(known))
    failures = [place for place, one in enumerate(seen) if one.status == "fail"]
    if not failures:
        return Finding(host, name, seen[-1], None, _trailing_passes(seen), changes)
    return Finding(host, name, seen[-1], seen[failures[-1]], _trailing_passes(seen), changes)


def _trailing_passes(seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """The passes at the end, without another status between."""
    first = next((place + 1 for place in range(len(seen) - 1, -1, -1) if seen[place].status != "pass"), 0)
    return tuple(seen[first:])
