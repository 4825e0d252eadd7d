"""Reads POA&M entries, drafts and open items and those of others, and says what nobody should sign as it stands."""

from collections.abc import Iterator, Sequence

from poam_generator.lint.dates import lint_dates
from poam_generator.lint.evidence import lint_evidence
from poam_generator.lint.model import Entry, Problem, Standards
from poam_generator.lint.texts import lint_texts
from poam_generator.lint.whole import lint_whole

__all__ = ["Entry", "Problem", "Standards", "lint_entry", "lint_plan"]


def lint_entry(entry: Entry, standards: Standards) -> list[Problem]:
    """What is wrong with one entry, each with the sentence that mends it; nothing for one that is done or disposed of."""
    return list(_lint_entry(entry, standards))


def lint_plan(entries: Sequence[Entry], standards: Standards) -> list[Problem]:
    """What is wrong with the entries of a whole POA&M, one by one and taken together."""
    return [*(problem for entry in entries for problem in _lint_entry(entry, standards)), *lint_whole(entries, standards)]


def _lint_entry(entry: Entry, standards: Standards) -> Iterator[Problem]:
    if entry.live:
        yield from lint_texts(entry)
        yield from lint_dates(entry, standards)
    yield from lint_evidence(entry, standards)
