"""What an entry promises, and whether that can be kept."""

from collections.abc import Iterator
from datetime import timedelta

from poam_generator.lint.model import Entry, Problem, Standards
from poam_generator.schedule import target_day
from poam_generator.working_days import is_working_day


def lint_dates(entry: Entry, standards: Standards) -> Iterator[Problem]:
    """Dates of a live entry that are missing, cannot be kept, were moved without a word, or that nobody has looked at for long."""
    yield from _lint_each(entry, standards)
    yield from _lint_milestones(entry)
    yield from _lint_target(entry, standards)
    yield from _lint_moved(entry)
    yield from _lint_closeout(entry, standards)
    yield from _lint_stale(entry, standards)


def _lint_each(entry: Entry, standards: Standards) -> Iterator[Problem]:
    if entry.completion is None:
        yield Problem(entry.id, "bad_date", "There is no scheduled completion date; set one that can be kept.")
    dates = [(f"The milestone {one.title!r}", one.due) for one in entry.milestones or () if one.done_on is None]
    for name, day in [*dates, *([("The scheduled completion", entry.completion)] if entry.completion else [])]:
        if day < standards.today:
            yield Problem(entry.id, "bad_date", f"{name} lies in the past ({day}); set a date that can be kept, with the reason.")
        elif not is_working_day(day, standards.settings.holidays):
            yield Problem(entry.id, "bad_date", f"{name} is not on a working day ({day}); set one that is.")


def _lint_milestones(entry: Entry) -> Iterator[Problem]:
    if entry.milestones is None:
        return
    if not entry.milestones:
        yield Problem(entry.id, "no_milestones", "There are no milestones; give at least one with its date.")
    left = [one.due for one in entry.milestones if one.done_on is None]
    if len(set(left)) != len(left):
        yield Problem(entry.id, "same_day", "Two milestones have the same date; give each step its own.")
    if left and entry.completion and max(left) > entry.completion:
        yield Problem(entry.id, "bad_date", "A milestone comes after the scheduled completion; move one of them.")


def _lint_target(entry: Entry, standards: Standards) -> Iterator[Problem]:
    """A draft is measured by the target of its severity, unless it says why that cannot be met."""
    if entry.state != "draft" or entry.completion is None or entry.severity not in standards.settings.target_days:
        return
    target = target_day(entry.severity, standards.settings, standards.today)
    if entry.completion > target and "cannot be met" not in (entry.resources or "") and not entry.late_because:
        yield Problem(
            entry.id,
            "too_late",
            f"The scheduled completion is later than the target of severity {entry.severity} ({target}); say why, or find more capacity.",
        )


def _lint_moved(entry: Entry) -> Iterator[Problem]:
    if entry.completion and entry.earlier and entry.completion != entry.earlier and not (entry.late_because or "").strip():
        yield Problem(
            entry.id,
            "date_moved",
            f"The completion date {entry.earlier} became {entry.completion} without a reason; keep the original date and write down why it "
            "was moved.",
        )


def _lint_closeout(entry: Entry, standards: Standards) -> Iterator[Problem]:
    limit, due, lead = standards.closeout_limit, standards.closeout_due, standards.settings.closeout_lead_days
    held = standards.clocked is None or entry.id in standards.clocked
    if limit and due and held and entry.completion and entry.completion > limit:
        yield Problem(
            entry.id,
            "closeout_limit",
            f"The scheduled completion {entry.completion} is later than {limit}, which leaves {lead} days for the closeout assessment due "
            f"by {due} (32 CFR 170.21(b), no extension); set an earlier date.",
        )


def _lint_stale(entry: Entry, standards: Standards) -> Iterator[Problem]:
    days = standards.settings.stale_days
    if entry.updated_on and standards.today - entry.updated_on > timedelta(days=days):
        said, mend = ("said anything of it", "write how far it is")
        if entry.state == "draft":
            said, mend = ("looked at this draft", "approve it, or give it back with a reason")
        yield Problem(entry.id, "stale", f"Nobody has {said} since {entry.updated_on}, more than {days} days ago; {mend}.")
