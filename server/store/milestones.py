"""Milestones as rows: made with an item, and kept up with what scans have verified, each change beside the original."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db.models import Q

from poam_generator import model as poam
from poam_generator.progress import cover_host, follow_scan, measure_progress
from server.models import Item, ItemEvent, ItemHost, Milestone, MilestoneChange
from server.store.seam import read_milestone


def make_milestones(row: Item, text: poam.Draft) -> Iterator[Milestone]:
    """The rows of a new item's milestones, not yet saved."""
    for number, one in enumerate(text.milestones, 1):
        yield Milestone(
            system=row.system,
            item=row,
            number=number,
            title=one.title,
            due=one.due,
            original_title=one.title,
            original_due=one.original_due,
            done_on=one.done_on,
            hosts=list(one.hosts),
        )


def follow_hosts(row: Item, joined: Iterable[poam.ItemHost], now: datetime) -> list[ItemEvent]:
    """Bring an item's milestones up to what its saved hosts show now, and give the history entries for it, not yet saved.

    A host that joined is covered by the verification from now on. A date that a person set stays.
    """
    rows = list(row.milestones.order_by("number"))
    before = tuple(read_milestone(one) for one in rows)
    covered = before
    for host in joined:
        covered = cover_host(covered, host)
    verified = _standing(row)
    after = follow_scan(covered, verified, [_said_by_person(one) for one in rows], now.date())
    changed = [(one, old, new) for one, old, new in zip(rows, before, after, strict=True) if old != new]
    for one, _, new in changed:
        one.done_on, one.hosts = new.done_on, list(new.hosts)
        one.save(update_fields=["done_on", "hosts"])
    return [_note(one, old, new, verified, now) for one, old, new in changed if old.done_on != new.done_on]


def _standing(row: Item) -> dict[str, bool]:
    """Host -> whether it is verified, of those that no person disposed of (progress.standing, without reading what was observed)."""
    hosts = ItemHost.objects.filter(item=row, disposition="").annotate(verified=Q(passing__isnull=False))
    return {str(host): verified for host, verified in hosts.values_list("asset_id", "verified")}


def _said_by_person(row: Milestone) -> bool:
    """True when the newest word on whether it is done is a person's."""
    if row.done_on is None:
        return False
    newest = row.changes.filter(field="done_on").order_by("-id").first()
    return newest is None or newest.by_id is not None


def _note(row: Milestone, before: poam.Milestone, after: poam.Milestone, verified: Mapping[str, bool], now: datetime) -> ItemEvent:
    progress = measure_progress(after, verified)
    old, new = (str(one.done_on) if one.done_on else "" for one in (before, after))
    reason = f"{progress} by scan"
    MilestoneChange.objects.create(system=row.system, milestone=row, field="done_on", before=old, after=new, reason=reason, by=None, at=now)
    word = "is done" if after.done_on else "is done no longer"
    text = f"The milestone {row.title!r} {word}: {reason}."
    return ItemEvent(system=row.system, item=row.item, kind="milestone_followed", text=text, detail={"milestone": row.number}, at=now)
