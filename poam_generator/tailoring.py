"""What an organization makes of the checks: its own values, each with the document that says so, and exceptions from checks.

A value that nobody has confirmed is a tool's default and not "as defined": its check then proves nothing. An exception never
changes what a check finds; it only says ahead under which disposition a failure stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from poam_generator.anniversary import years_after

ExceptionScope = Literal["host", "group", "platform"]
# A temporary deficiency is none of these: it takes an operational plan, so it is asked for on its item.
ExceptionKind = Literal["accepted", "enduring_exception", "dismissed"]


@dataclass(frozen=True, slots=True)
class Source:
    """The place that sets a value: policy document, section, who approved it there, and when."""

    document: str
    section: str
    approver: str
    approved_on: date


def source_faults(source: Source, today: date) -> tuple[str, ...]:
    """Why a source does not make a value the organization's, one sentence each; empty when it does."""
    return tuple(_source_faults(source, today))


def _source_faults(source: Source, today: date) -> Iterator[str]:
    for name in ("document", "section", "approver"):
        if not getattr(source, name).strip():
            yield f"name the {name} that sets the value"
    if source.approved_on > today:
        yield f"the value was approved on {source.approved_on}, which has not come yet"


@dataclass(frozen=True, slots=True)
class StandingException:
    """A disposition given ahead: what a check finds on these hosts, today or later, is under a person's word until a day.

    target: the host's id, the group or the platform. approver: the sign-in name of who is asked to agree. reference and
    mitigation: of an enduring exception, the SSP section and what is done instead (32 CFR 170.24(b)(1)).
    """

    check: str
    scope: ExceptionScope
    target: str
    kind: ExceptionKind
    reason: str
    approver: str
    until: date
    reference: str = ""
    mitigation: str = ""


def exception_faults(one: StandingException, today: date) -> tuple[str, ...]:
    """Why an exception cannot be asked for, one sentence each; empty when it can."""
    return tuple(_exception_faults(one, today))


def _exception_faults(one: StandingException, today: date) -> Iterator[str]:
    for name in ("reason", "approver", "target"):
        if not getattr(one, name).strip():
            yield f"name the {name} of the exception"
    if one.until < today:
        yield f"{one.until} is past; an exception needs an end date that is still to come"
    if one.until > years_after(today):
        yield f"{one.until} is more than a year away; an exception is looked at again within a year"
    if one.kind == "enduring_exception" and not (one.reference.strip() and one.mitigation.strip()):
        yield "an enduring exception needs its section of the SSP and the mitigations (32 CFR 170.24(b)(1))"
