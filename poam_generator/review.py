"""A first reading of a draft: what a reviewer should not sign as it stands."""

from collections.abc import Iterator
from datetime import date

from poam_generator.model import Draft, DraftSettings
from poam_generator.schedule import target_day
from poam_generator.working_days import is_working_day


def review_problems(draft: Draft, settings: DraftSettings, today: date, generated: Draft | None = None) -> list[str]:
    """What is missing, vague or unrealistic in a draft, one sentence each with what would mend it; empty when nothing is.

    generated: what write_draft gives for the same item, to tell whether a person has touched the impact.
    """
    return [*_missing(draft), *_unedited(draft, generated), *_bad_dates(draft, settings, today)]


def _missing(draft: Draft) -> Iterator[str]:
    wanted = {
        "point of contact": draft.point_of_contact,
        "resources": draft.resources,
        "impact": draft.impact,
        "risk before": draft.risk_before,
        "residual risk": draft.risk_residual,
        "way of identification": draft.identified_by,
    }
    for name, text in wanted.items():
        if not text.strip():
            yield f"The {name} is not stated; fill it in."
    if not draft.remediation or not all(text.strip() for text in draft.remediation.values()):
        yield "There is no remediation for every platform; write the commands or the path of the setting."
    if not draft.milestones:
        yield "There are no milestones; give at least one with its date."


def _unedited(draft: Draft, generated: Draft | None) -> Iterator[str]:
    if generated and draft.impact.strip() and draft.impact == generated.impact:
        yield "The impact is the unedited text of the template; say what this system would lose."


def _bad_dates(draft: Draft, settings: DraftSettings, today: date) -> Iterator[str]:
    dates = [(f"The milestone {one.title!r}", one.due) for one in draft.milestones if one.done_on is None]
    for name, day in [*dates, ("The scheduled completion", draft.scheduled_completion)]:
        if day < today:
            yield f"{name} lies in the past ({day}); set a date that can be kept."
        elif not is_working_day(day, settings.holidays):
            yield f"{name} is not on a working day ({day}); set one that is."
    if len({day for _, day in dates}) != len(dates):
        yield "Two milestones have the same date; give each step its own."
    if dates and max(day for _, day in dates) > draft.scheduled_completion:
        yield "A milestone comes after the scheduled completion; move one of them."
    target = target_day(draft.severity, settings, today)
    if draft.scheduled_completion > target:
        yield f"The scheduled completion is later than the target of severity {draft.severity} ({target}); say why, or find more capacity."
