"""The CMMC POA&M of an assessment (32 CFR 170.21): requirements that were NOT MET on the day, frozen, and closed by a closeout alone.

It is kept apart from the operational plan: scans close operational items, and only a recorded closeout assessment closes an
entry here. Without Conditional status there is no clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from checks.framework import Framework
from poam_generator.score import CONDITIONAL, RequirementStatus, why_barred

AssessmentKind = Literal["self", "c3pao"]
CmmcStatus = Literal["none", "conditional", "final"]
Clock = Literal["none", "running", "closed", "expired"]
CLOSEOUT_DAYS: Final = 180  # 32 CFR 170.21(b): calendar days after the Conditional CMMC Status Date, no extension
VALID_YEARS: Final = 3  # 32 CFR 170.16(a)(1)(ii), 170.17(a)(1)(ii): a status is valid for three years


@dataclass(frozen=True, slots=True)
class Entry:
    """A requirement that was NOT MET on the Conditional Status Date, with its unmet objectives and the points that it took.

    items: ids of the operational items that mend it.
    """

    requirement: str
    objectives: tuple[str, ...]
    points: int
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closeout:
    """A closeout assessment as it was recorded. met: the requirements that it found MET; score: the one that it came to.

    organization: the C3PAO, empty for a self-assessment. not_ready: what was not yet shown here when it was recorded.
    """

    kind: AssessmentKind
    assessor: str
    on: date
    met: tuple[str, ...]
    score: int
    affirmed_by: str
    affirmed_on: date
    organization: str = ""
    not_ready: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CmmcAssessment:
    """An assessment with the POA&M that it left. status_on: the Conditional or Final CMMC Status Date, None without a status."""

    number: int
    kind: AssessmentKind
    assessor: str
    assessed_on: date
    status: CmmcStatus
    score: int
    status_on: date | None = None
    organization: str = ""
    entries: tuple[Entry, ...] = ()
    closeouts: tuple[Closeout, ...] = ()

    @property
    def due(self) -> date | None:
        """The last day on which a closeout may confirm the closing; None without Conditional status."""
        if self.status != "conditional" or self.status_on is None:
            return None
        return self.status_on + timedelta(days=CLOSEOUT_DAYS)

    @property
    def closed_on(self) -> date | None:
        """The day of the closeout that left no entry open; None while one is, and where there never was one."""
        left = {entry.requirement for entry in self.entries}
        for closeout in sorted(self.closeouts, key=lambda one: one.on):
            left -= set(closeout.met)
            if self.entries and not left:
                return closeout.on
        return None


@dataclass(frozen=True, slots=True)
class EntryStanding:
    """Where an entry stands. lacking: one sentence for its register, and one an objective that is not proven, attested, inherited or N/A.

    closed_on: the day of the closeout that found it MET; readiness never closes it.
    """

    entry: Entry
    lacking: tuple[str, ...]
    closed_on: date | None

    @property
    def ready(self) -> bool:
        """True when its requirement is MET here, so that a closeout could find it MET."""
        return not self.lacking


def clock(assessment: CmmcAssessment, today: date) -> Clock:
    """Whether the 180 days run, were met, or passed."""
    due = assessment.due
    if due is None:
        return "none"
    if assessment.closed_on is not None:
        return "closed"
    return "running" if today <= due else "expired"


def entry_standings(assessment: CmmcAssessment, statuses: Mapping[str, RequirementStatus]) -> tuple[EntryStanding, ...]:
    """Every entry with what keeps its requirement from being MET: one unmet objective does (170.24(b)(2)), and so does its register."""
    return tuple(
        EntryStanding(entry, tuple(f"{one}." for one in statuses[entry.requirement].because), _closed_on(assessment, entry))
        for entry in assessment.entries
    )


def _closed_on(assessment: CmmcAssessment, entry: Entry) -> date | None:
    days = [closeout.on for closeout in assessment.closeouts if entry.requirement in closeout.met]
    return min(days) if days else None


def assessment_faults(assessment: CmmcAssessment, framework: Framework, today: date) -> tuple[str, ...]:
    """Why this cannot be the record of an assessment, one sentence each; empty when it can."""
    return tuple(_assessment_faults(assessment, framework, today))


def _assessment_faults(assessment: CmmcAssessment, framework: Framework, today: date) -> Iterator[str]:
    yield from _person_faults(assessment.kind, assessment.assessor, assessment.organization)
    if assessment.assessed_on > today:
        yield f"The assessment is dated {assessment.assessed_on}, which has not come yet."
    if (assessment.status == "none") != (assessment.status_on is None):
        yield "A status needs its date, and without a status there is no date."
    if assessment.status_on and not assessment.assessed_on <= assessment.status_on <= today:
        yield f"The status date {assessment.status_on} is before the assessment or has not come yet."
    named = [entry.requirement for entry in assessment.entries]
    if len(set(named)) != len(named):
        yield "A requirement is named twice; give each one entry."
    lost = sum(entry.points for entry in assessment.entries)
    if assessment.score + lost != framework.maximum:
        yield (
            f"The score is {assessment.score}, and the entries take {lost} of {framework.maximum}: every requirement that is NOT MET "
            "needs an entry (32 CFR 170.24(c)(2)(i)(B)(6))."
        )
    yield from _status_faults(assessment, framework)


def _person_faults(kind: AssessmentKind, assessor: str, organization: str) -> Iterator[str]:
    if not assessor.strip():
        yield "Name the assessor."
    if kind == "c3pao" and not organization.strip():
        yield "Name the C3PAO (32 CFR 170.21(b)(2))."


def _status_faults(assessment: CmmcAssessment, framework: Framework) -> Iterator[str]:
    if assessment.status == "final" and assessment.entries:
        yield "Final status leaves no POA&M: record it as conditional, or without entries."
    if assessment.status != "conditional":
        return
    if not assessment.entries:
        yield "Conditional status is one with a POA&M: name its entries, or record the status as final."
    if assessment.score < CONDITIONAL:
        yield f"The score {assessment.score} is below {CONDITIONAL}, so there is no Conditional status (32 CFR 170.21(a)(2)(i))."
    for entry in assessment.entries:
        if reason := why_barred(framework.requirement(entry.requirement), entry.points):
            yield f"{reason}."


def closeout_faults(assessment: CmmcAssessment, closeout: Closeout, standings: tuple[EntryStanding, ...], today: date) -> tuple[str, ...]:
    """Why a closeout cannot be recorded, one sentence each; empty when it can.

    A self-assessment finds MET only what is established here; what a C3PAO found is its own word (32 CFR 170.21(b)).
    """
    return tuple(_closeout_faults(assessment, closeout, standings, today))


def _closeout_faults(assessment: CmmcAssessment, closeout: Closeout, standings: tuple[EntryStanding, ...], today: date) -> Iterator[str]:
    due = assessment.due
    if due is None or assessment.status_on is None:
        yield "It has no Conditional status, so there is no POA&M to close out; record a new assessment."
        return
    if closeout.kind != assessment.kind:
        whose = "a C3PAO" if assessment.kind == "c3pao" else "the organization itself, as the assessment was"
        yield f"Its closeout is for {whose} (32 CFR 170.21(b)(1)-(2))."
    yield from _person_faults(closeout.kind, closeout.assessor, closeout.organization)
    if not assessment.status_on <= closeout.on <= today:
        yield f"The closeout is dated {closeout.on}, before the status date {assessment.status_on} or after today."
    if closeout.on > due:
        yield f"The Conditional status expired on {due}; a closeout on {closeout.on} comes too late, record a new assessment."
    if not closeout.affirmed_by.strip() or not closeout.on <= closeout.affirmed_on <= today:
        yield "Name the affirming official and the day of the affirmation, on or after the closeout (32 CFR 170.22)."
    yield from _met_faults(closeout, standings)
    yield from _score_faults(assessment, closeout)


def _score_faults(assessment: CmmcAssessment, closeout: Closeout) -> Iterator[str]:
    """A closeout looks at the entries alone (32 CFR 170.21(b)), so only what they took comes back."""
    met = {requirement for one in (*assessment.closeouts, closeout) for requirement in one.met}
    came_to = assessment.score + sum(entry.points for entry in assessment.entries if entry.requirement in met)
    if closeout.score != came_to:
        yield (
            f"The new score is {closeout.score}, but {assessment.score} and the points of what was found MET come to {came_to}: "
            "a closeout assesses the entries alone (32 CFR 170.21(b))."
        )


def _met_faults(closeout: Closeout, standings: tuple[EntryStanding, ...]) -> Iterator[str]:
    known = {one.entry.requirement: one for one in standings}
    if not closeout.met:
        yield "Name the requirements that were found MET."
    for requirement in closeout.met:
        if requirement not in known:
            yield f"{requirement} is no entry of this POA&M; there are {', '.join(known)}."
        elif known[requirement].closed_on:
            yield f"{requirement} was closed on {known[requirement].closed_on} already."
        elif closeout.kind == "self" and known[requirement].lacking:
            yield f"{requirement} is not ready: {' '.join(known[requirement].lacking)}"


def lacking_at(closeout: Closeout, standings: tuple[EntryStanding, ...]) -> tuple[str, ...]:
    """What was not shown here of the requirements that a closeout found MET: kept in its record."""
    return tuple(sentence for one in standings if one.entry.requirement in closeout.met for sentence in one.lacking)


def open_requirements(assessment: CmmcAssessment) -> tuple[str, ...]:
    """The requirements of the entries that no closeout has found MET yet."""
    return tuple(entry.requirement for entry in assessment.entries if _closed_on(assessment, entry) is None)
