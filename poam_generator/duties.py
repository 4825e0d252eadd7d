"""Recurring duties with the evidence that each performance leaves: reviews, tests, training, and what a CMMC status asks for.

"Periodically" is an interval that the organization sets, at most a year (32 CFR 170.4).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from poam_generator.anniversary import years_after
from poam_generator.assessment import VALID_YEARS, CmmcAssessment
from poam_generator.attestation import Evidence

State = Literal["overdue", "due soon", "in time"]
MOST_DAYS: Final = 366
SOON: Final = timedelta(days=30)
AFFIRMATION: Final = "affirmation"
EXPIRY: Final = "status-expiry"


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to be done every so many days; first_due: by when for the first time."""

    key: str
    title: str
    requirements: tuple[str, ...]
    every_days: int
    first_due: date
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Performance:
    """A duty was done on a day. It counts with final evidence alone (32 CFR 170.24(b))."""

    key: str
    on: date
    by: str
    statement: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def counts(self) -> bool:
        """True when a final, approved document shows it."""
        return any(one.status == "final" and one.approved_on is not None for one in self.evidence)


@dataclass(frozen=True, slots=True)
class DutyStanding:
    """Where a duty stands. last: the newest performance that counts. uncounted: newer ones that lack final evidence."""

    duty: Duty
    due: date
    state: State
    last: Performance | None = None
    uncounted: tuple[Performance, ...] = ()


# key, title, requirements, days
_STANDARD: Final[tuple[tuple[str, str, tuple[str, ...], int], ...]] = (
    ("log-review", "Review the audit logs and what is logged", ("3.3.3", "3.3.5"), 7),
    ("account-review", "Review accounts, their holders and their privileges", ("3.1.1", "3.1.5"), 90),
    ("ir-test", "Test the incident response capability", ("3.6.3",), 365),
    ("training", "Train people in awareness, in their duties and on insider threats", ("3.2.1", "3.2.2", "3.2.3"), 365),
    ("ssp-review", "Review the system security plan", ("3.12.4",), 365),
    ("risk-assessment", "Assess the risk", ("3.11.1",), 365),
    ("security-assessment", "Assess the security requirements", ("3.12.1",), 365),
)


def standard_duties(today: date) -> tuple[Duty, ...]:
    """The duties that every system has by SP 800-171, each due for the first time one interval from today."""
    return tuple(Duty(key, title, requirements, days, today + timedelta(days=days)) for key, title, requirements, days in _STANDARD)


def duty_faults(duty: Duty) -> tuple[str, ...]:
    """Why a duty cannot be set, one sentence each; empty when it can."""
    return tuple(_duty_faults(duty))


def _duty_faults(duty: Duty) -> Iterator[str]:
    plain = duty.key.replace("-", "")
    if not (plain.isascii() and plain.isalnum() and plain == plain.lower() and len(duty.key) <= 50):  # noqa: PLR2004 - what a column holds
        yield f"{duty.key!r} is no name for a duty: small letters, digits and hyphens, as in log-review."
    if duty.key in {AFFIRMATION, EXPIRY}:
        yield f"{duty.key} follows from the CMMC status of an assessment and is not set."
    if not duty.title.strip():
        yield "Say what is to be done."
    if not 1 <= duty.every_days <= MOST_DAYS:
        yield f"A duty comes again after 1 to {MOST_DAYS} days: periodically is at most a year (32 CFR 170.4)."


def stand_duty(duty: Duty, performances: Iterable[Performance], today: date) -> DutyStanding:
    """Where the duty stands: due one interval after the last performance that counts."""
    done = sorted((one for one in performances if one.key == duty.key), key=lambda one: one.on)
    counted = [one for one in done if one.counts]
    last = counted[-1] if counted else None
    due = last.on + timedelta(days=duty.every_days) if last else duty.first_due
    uncounted = tuple(one for one in done if not one.counts and (last is None or one.on > last.on))
    return DutyStanding(duty, due, _state(due, duty.every_days, today), last, uncounted)


def _state(due: date, every_days: int, today: date) -> State:
    if due < today:
        return "overdue"
    return "due soon" if due - today <= min(SOON, timedelta(days=every_days // 4)) else "in time"


def stand_status(assessments: Sequence[CmmcAssessment], performances: Iterable[Performance], today: date) -> tuple[DutyStanding, ...]:
    """What the newest CMMC status asks for: an affirmation every year (32 CFR 170.22), and a new assessment before it expires.

    The date of a Conditional status stays the CMMC Status Date after its closeout (32 CFR 170.4). While its POA&M is open, its
    clock holds, which the assessment itself shows; without a status there is nothing.
    """
    held = [one for one in assessments if one.status_on is not None and (one.status == "final" or one.closed_on is not None)]
    if not held:
        return ()
    newest = max(held, key=lambda one: (one.status_on or date.min, one.number))
    start = newest.status_on or date.min
    affirmed = [Performance(AFFIRMATION, one.affirmed_on, one.affirmed_by, "", (_AFFIRMED,)) for one in newest.closeouts]
    duty = Duty(AFFIRMATION, "Affirm continuing compliance in SPRS (32 CFR 170.22)", (), 365, start + timedelta(days=365))
    since = [one for one in performances if one.key == AFFIRMATION and one.on >= start]
    expiry = Duty(EXPIRY, "Have a new assessment before the CMMC status expires", (), 365 * VALID_YEARS, years_after(start, VALID_YEARS))
    return (stand_duty(duty, [*affirmed, *since], today), DutyStanding(expiry, expiry.first_due, _state(expiry.first_due, 365, today)))


_AFFIRMED = Evidence("affirmation at the closeout", "final", approved_on=date.min)
