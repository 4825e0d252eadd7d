"""A new CMMC assessment, drawn up from where the system stands, for the command and the page alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from checks.framework import load_framework
from checks.load import Content
from poam_generator.assessment import CmmcAssessment, Entry
from poam_generator.objectives import ESTABLISHED
from server import store
from server.errors import ServerError
from server.models import AssessmentRecord, System, User
from server.score import Assessment, assess


def record_new(  # noqa: PLR0913, PLR0917 - what a person said, and who and when
    system: System, given: CmmcAssessment, wanted: Sequence[str], score: int | None, content: Content, user: User, now: datetime
) -> AssessmentRecord:
    """Freeze an assessment with the entries that are wanted, or with all that is not MET today; Final status leaves none by itself.

    score: None takes the maximum less the points of the entries. Raises ServerError and ContentError with what is wrong.
    """
    entries = () if given.status == "final" and not wanted else _entries_now(assess(system, content, now), wanted)
    came_to = load_framework().maximum - sum(one.points for one in entries) if score is None else score
    return store.record_assessment(system, replace(given, entries=entries, score=came_to), user, now)


def _entries_now(found: Assessment, wanted: Sequence[str]) -> tuple[Entry, ...]:
    if not wanted and found.score.verified is None:
        raise ServerError(f"Its entries cannot be taken from today: {found.score.because}. Mend that, or name what was found NOT MET.")
    return entries_of(found, wanted)


def entries_of(found: Assessment, wanted: Sequence[str] = ()) -> tuple[Entry, ...]:
    """The entries of a POA&M as things stand: all that is not MET, or the requirements that are wanted; ContentError on an unknown one."""
    framework = load_framework()
    lost = {one.requirement: one.points for one in found.score.not_met}
    chosen = [framework.requirement(one) for one in wanted or lost]
    return tuple(
        Entry(
            one.id,
            tuple(part.id for part in one.objectives if found.objectives[part.id].state not in ESTABLISHED),
            lost.get(one.id, one.points or 0),
        )
        for one in chosen
    )
