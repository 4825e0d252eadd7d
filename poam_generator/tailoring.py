"""What an organization makes of the checks: its own values, each with the document that says so.

A value that nobody has confirmed is a tool's default and not "as defined": its check then proves nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


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
