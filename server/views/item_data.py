"""Everything that the pages of one item show, gathered in a number of queries that does not grow with its hosts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects

from poam_generator import model as poam
from poam_generator.json_form import from_json
from poam_generator.model import Policy, Seen
from poam_generator.policies import describe_policy, describe_scope
from poam_generator.progress import Progress, measure_progress, standing
from server.models import Approval, Ask, Asset, Closure, Item, ItemEvent, ItemHost, Milestone, MilestoneChange, Receipt, Result, System
from server.store.reviews import needs_approval, review_digest
from server.store.seam import item_id, read_host, read_milestone
from server.views.strips import Cell, strips


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host of an item: what was seen of it then, what is seen now, and its strip."""

    row: ItemHost
    asset: Asset
    host: poam.ItemHost
    now: Result | None
    cells: list[Cell]

    @property
    def failing(self) -> Seen:
        """What it was found failing by."""
        return self.host.failing

    @property
    def passing(self) -> Seen | None:
        """The pass that stands beside its failure; None where it is not verified."""
        return self.host.passing

    @property
    def verified(self) -> bool:
        """True when a pass stands beside its failure."""
        return self.passing is not None

    @property
    def status(self) -> str:
        """How the check stands on the host by the newest observation; silent where there is none."""
        return self.now.status if self.now else "silent"

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The observations that decide its status now, else those it was found failing by."""
        return list(self.now.observations) if self.now else [dict(one) for one in self.failing.observations]


@dataclass(frozen=True, slots=True)
class Closed:
    """The record that an item ended with: its row, and what it says."""

    row: Closure
    record: Mapping[str, Any]

    @property
    def policies(self) -> list[str]:
        """The closing policies that its hosts answered, each once, with who approved it; none where a reviewer's word closed it."""
        held = dict.fromkeys(from_json(Policy, host["policy"]) for host in self.record.get("hosts", []))
        return [f"For {describe_scope(one)}: {describe_policy(one)} Approved by {one.approved_by or 'nobody'}." for one in held]


def host_rows(item: Item) -> list[HostRow]:
    """The hosts of an item: those that are not verified first, each part by name."""
    held = list(ItemHost.objects.filter(item=item).select_related("asset").order_by("asset__name"))
    assets = [one.asset_id for one in held]
    is_check = item.source == "check"
    results = Result.objects.filter(asset__in=assets, check_id=item.source_key, system=item.system) if is_check else ()
    current = {result.asset_id: result for result in results}
    cells = strips(item.system, item.source_key, assets) if is_check else {}
    rows = [_host_row(one, current.get(one.asset_id), cells.get(one.asset_id, [])) for one in held]
    return sorted(rows, key=lambda one: one.verified)


def _host_row(row: ItemHost, now: Result | None, cells: list[Cell]) -> HostRow:
    return HostRow(row, row.asset, read_host(row), now, cells)


def review_state(whole: Item) -> tuple[str, bool]:
    """The digest of what a reviewer sees now, and whether it waits for an approval. whole: as store.find_item gives it."""
    prefetch_related_objects([whole], "milestones")  # both questions read them
    digest = review_digest(whole)
    return digest, needs_approval(whole, digest)


def passes_to_accept(item: Item, hosts: Iterable[HostRow]) -> list[HostRow]:
    """The hosts whose newest pass counts only on a reviewer's word, while nobody has given one."""
    passing = {one.now.receipt_id: one for one in hosts if one.now and one.now.status == "pass" and not one.row.disposition}
    waiting = {receipt: one for receipt, one in passing.items() if str(receipt) not in one.row.accepted_receipts}
    if item.awaiting or not waiting:
        return list(waiting.values())
    carried = Receipt.objects.filter(pk__in=waiting, origin="hand-carried").values_list("pk", flat=True)
    return [waiting[receipt] for receipt in carried]


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone, the changes that stand beside the original, and how far scans show it to be."""

    row: Milestone
    changes: list[MilestoneChange]
    progress: Progress

    @property
    def seen(self) -> str:
        """What a form that changes it was opened on."""
        return seen_milestone(self.row)


def seen_milestone(row: Milestone) -> str:
    """What a form can change of a milestone, as it is now."""
    return f"{row.due} {row.done_on} {row.title}"


def milestones(item: Item, hosts: Iterable[HostRow]) -> list[MilestoneRow]:
    """The milestones of an item with these hosts."""
    rows = item.milestones.prefetch_related("changes__by")
    verified = standing(one.host for one in hosts)
    return [MilestoneRow(row, list(row.changes.all()), measure_progress(read_milestone(row), verified)) for row in rows]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of the text as it stood and as it stands."""

    field: str
    before: Any
    after: Any


def edits(events: Iterable[ItemEvent], approvals: Sequence[Approval]) -> list[Difference]:
    """What edits have made of the text since the last of the approvals, each field once; nothing before the first approval."""
    given = [one.at for one in approvals if one.ask_id is None]
    later = [one for one in events if given and one.kind == "edited" and one.at > max(given)]
    found: dict[str, Difference] = {}
    for event in sorted(later, key=lambda one: one.pk):
        for name, said in event.detail.items():
            found[name] = Difference(name, found[name].before if name in found else said["before"], said["after"])
    return [one for one in found.values() if one.before != one.after]


def asks_of(item: Item) -> list[Ask]:
    """What was asked for the item, newest first, with the hosts that it names and the progress that was noted."""
    rows = Ask.objects.filter(item=item).select_related("asked_by", "answered_by", "ended_by")
    return list(rows.prefetch_related("hosts__asset", "progress__by").order_by("-id"))


def closed_by(item: Item) -> Closed | None:
    """The record that the item ended with; None while it lives."""
    row = Closure.objects.filter(item=item).select_related("by").first()
    return Closed(row, json.loads(bytes(row.canonical))) if row else None


def drafts_around(system: System, number: int) -> tuple[int, int, str, str]:
    """Place of a draft among the drafts and their count, and the ids of the one before and the one after it, empty at the ends."""
    numbers = list(Item.objects.filter(system=system, state="draft").order_by("number").values_list("number", flat=True))
    place = numbers.index(number) if number in numbers else -1
    before = numbers[place - 1] if place > 0 else 0
    after = numbers[place + 1] if -1 < place < len(numbers) - 1 else 0
    return place + 1, len(numbers), _identifier(system, before), _identifier(system, after)


def _identifier(system: System, number: int) -> str:
    return item_id(system, number) if number else ""
