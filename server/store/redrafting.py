"""Drafts that hosts have joined since their text was written, and the text that takes its place before anybody has approved it."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from poam_generator import model as poam
from server.models import Item, ItemEvent, Milestone, MilestoneChange, System
from server.store.items import whole_items
from server.store.milestones import make_milestones
from server.store.seam import draft_columns, item_number

BY_PEOPLE: Final = ("edited", "milestone_added", "milestone_changed")
SMALL: Final = 25  # hosts of a draft that is written anew for each that joins; a larger one waits until all of its check is looked at


def outgrown_drafts(system: System, checks: Collection[str], joined: Collection[str] | None = None) -> QuerySet[Item]:
    """The drafts of checks that tell of fewer hosts than they hold, in the order of their numbers; not those that people have changed.

    joined: only the small ones of these ids; None for all.
    """
    told = ItemEvent.objects.filter(item=OuterRef("pk")).order_by("-id").values("id")
    rows = whole_items(system).filter(source="check", source_key__in=checks, state="draft").order_by("number")
    if joined is not None:
        rows = rows.filter(number__in=[item_number(one) for one in joined], hosts_total__lte=SMALL)
    grown = rows.annotate(grown=Subquery(told.filter(kind="host_joined")[:1])).exclude(grown=None)
    written_since = told.filter(kind="redrafted", id__gt=OuterRef("grown"))
    return grown.exclude(Exists(written_since)).exclude(Exists(told.filter(kind__in=BY_PEOPLE)))


def checks_with_outgrown_drafts(system: System, checks: Collection[str], joined: Collection[str] | None = None) -> frozenset[str]:
    """Those of the checks that have such drafts; joined as above."""
    if joined is not None and not joined:
        return frozenset()
    return frozenset(outgrown_drafts(system, checks, joined).order_by().values_list("source_key", flat=True))


def rewrite_draft(row: Item, text: poam.Draft, now: datetime) -> None:
    """Put the text of all its hosts in the place of that of the first ones; where a scan has ended a milestone, the dates stay."""
    columns = draft_columns(text)
    if MilestoneChange.objects.filter(milestone__item=row).exists():
        del columns["scheduled_completion"]
    else:
        row.milestones.all().delete()
        Milestone.objects.bulk_create(make_milestones(row, text))
        columns["original_completion"] = text.scheduled_completion
    for name, value in columns.items():
        setattr(row, name, value)
    row.changed_at = now
    row.save(update_fields=[*columns, "changed_at"])
    told = f"Written anew for {row.hosts_total} hosts, since some joined before anybody approved it."
    ItemEvent.objects.create(system=row.system, item=row, kind="redrafted", text=told, at=now)
