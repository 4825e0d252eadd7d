"""The items of a system as lint reads them, with everything around them that it asks for."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Subquery

from checks.load import Content
from poam_generator.assessment import clock
from poam_generator.lint import Entry, Problem, Standards, lint_entry, lint_plan
from poam_generator.lint.entries import Around, entry_of
from poam_generator.model import LIVE
from poam_generator.weakness import OWN_IMPACT
from server import store
from server.changes import central_of
from server.models import Comment, Item, ItemEvent, System
from server.score import assess
from server.store.documents import evidence_of_items
from server.store.seam import item_id


def item_problems(row: Item, content: Content, today: date) -> list[Problem]:
    """What lint says of one item."""
    return [
        problem
        for entry in _entries(row.system, content, today, [row.number])
        for problem in lint_entry(entry, _standards(row.system, today))
    ]


def plan_problems(system: System, content: Content, now: datetime) -> list[Problem]:
    """What lint says of the live items of a system, one by one and together, and of the requirements that lack one."""
    rows = Item.objects.filter(system=system, state__in=LIVE).order_by("number")
    numbers = list(rows.values_list("number", flat=True))
    standards = _standards(system, now.date(), _unmet(system, content, now))
    return lint_plan(_entries(system, content, now.date(), numbers), standards)


def _entries(system: System, content: Content, today: date, numbers: Sequence[int]) -> list[Entry]:
    edits = ItemEvent.objects.filter(item=OuterRef("pk"), kind="edited", detail__has_key="impact")
    words = Comment.objects.filter(item=OuterRef("pk")).order_by("-at").values("at")[:1]
    rows = Item.objects.filter(system=system, number__in=numbers).select_related("predecessor", "owner").prefetch_related("milestones")
    evidence, platforms = evidence_of_items(system), store.platforms_of(system, numbers)
    found = list(rows.annotate(impact_edited=Exists(edits), last_word=Subquery(words)).order_by("number"))
    on_windows = [row.number for row in found if "windows" in row.remediation]
    central = central_of(system, content, today, on_windows) if on_windows else {}
    return [
        entry_of(
            store.read_item(row, system, hosts=()),
            store.read_draft(row),
            Around(
                owner=str(row.owner or ""),
                original_completion=row.original_completion,
                late_because=row.late_because,
                impact_edited=row.impact_edited or _brought_along(row),
                updated_on=max(row.changed_at, row.last_word or row.changed_at).date(),
                evidence=evidence.get(item_id(system, row.number), ()),
                central=central.get(item_id(system, row.number), ()),
                platforms=platforms[row.number],
                left=(row.hosts_total - row.hosts_verified, row.hosts_total),
            ),
        )
        for row in found
    ]


def _brought_along(row: Item) -> bool:
    """True for an impact that a person or another tool has written; a scan's comes from the template, and so may that of others."""
    return row.source != "check" and not row.impact.startswith(OWN_IMPACT)


def _standards(system: System, today: date, unmet: dict[str, tuple[str, ...]] | None = None) -> Standards:
    """The system's own, with the clock of its newest conditional assessment that is not closed."""
    running = [one for one in store.assessments(system) if clock(one, today) in {"running", "expired"}]
    newest = running[-1] if running else None
    return Standards(
        today=today,
        settings=store.draft_settings(system),
        closeout_due=newest.due if newest else None,
        clocked=frozenset(item for entry in newest.entries for item in entry.items) if newest else None,
        unmet=unmet or {},
    )


def _unmet(system: System, content: Content, now: datetime) -> dict[str, tuple[str, ...]]:
    """Every requirement that is NOT MET, with the items that are for it; one that is set aside with a person's word counts too."""
    rows = Item.objects.filter(system=system).exclude(state__in=("closed", "withdrawn")).values_list("number", "requirements")
    held: dict[str, list[str]] = {}
    for number, requirements in rows:
        for one in requirements:
            held.setdefault(one, []).append(item_id(system, number))
    statuses = assess(system, content, now).requirements
    return {one: tuple(held.get(one, ())) for one, status in statuses.items() if status.finding == "NOT MET"}


def sentences(problems: Iterable[Problem]) -> list[str]:
    """The sentences alone, as the page of an item shows them."""
    return [problem.sentence for problem in problems]
