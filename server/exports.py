"""Items with everything that stands around them, as the export formats take them."""

from collections.abc import Iterable
from datetime import date

from poam_generator import model as poam
from server.models import Item, MilestoneChange, System
from server.store import read_draft, read_item, whole_items


def export_items(system: System, numbers: Iterable[int] | None = None) -> list[poam.ExportItem]:
    """The items of a system in the order of their numbers; only those numbers where some are given."""
    rows = whole_items(system).prefetch_related("milestones__changes", "approvals__by", "comments__by").order_by("number")
    if numbers is not None:
        rows = rows.filter(number__in=list(numbers))
    return [_export_item(row, system) for row in rows]


def _export_item(row: Item, system: System) -> poam.ExportItem:
    return poam.ExportItem(
        system=system.name,
        item=read_item(row, system),
        draft=read_draft(row),
        approvals=tuple(poam.Approval(str(one.by), one.at, one.digest) for one in row.approvals.all() if one.ask_id is None),
        milestone_changes=tuple(
            _milestone_change(change) for stone in row.milestones.all() for change in stone.changes.all() if change.field == "due"
        ),
        original_completion=row.original_completion,
        comments=tuple(f"{one.at:%Y-%m-%d} {one.by}: {one.text}" for one in row.comments.all()),
    )


def _milestone_change(change: MilestoneChange) -> poam.MilestoneChange:
    def day(text: str) -> date:
        return date.fromisoformat(text)

    return poam.MilestoneChange(change.milestone.title, day(change.before), day(change.after), change.at.date(), change.reason)
