"""The entries of a POA&M table of others as weaknesses, to be drafted as items; what is done or set aside there is passed over and told."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from checks.errors import ContentError
from checks.framework import Framework
from poam_generator.errors import PoamError
from poam_generator.lint.model import Entry
from poam_generator.lint.table import Table
from poam_generator.weakness import Weakness

_ABOUT: Final = re.compile(r"(?<![\d.])(3\.\d{1,2}\.\d{1,2})(?:\[([a-z])\])?(?![\d.]*\d)")
_RATINGS: Final = {"high": ("very high", "critical", "high", "i"), "medium": ("moderate", "medium", "ii")}
_TITLE: Final = 300  # letters that a title may have


@dataclass(frozen=True, slots=True)
class Imported:
    """What a table holds. notes: sentences on what was passed over or not read."""

    weaknesses: tuple[Weakness, ...]
    notes: tuple[str, ...]


def read_imported(table: Table, name: str, framework: Framework) -> Imported:
    """The live entries of a table by the name of its file; raises PoamError that says which entry cannot be placed, and why.

    An id that two of them have is refused, since the next import could not tell which of them is here already.
    """
    live = [entry.id for entry in table.entries if entry.live]
    if twice := next((one for one, count in Counter(live).items() if count > 1), ""):
        raise PoamError(f"{live.count(twice)} open entries have the id {twice!r}; give each its own, and import it again")
    passed = tuple(f"{entry.id} is {entry.state.replace('_', ' ')} and passed over." for entry in table.entries if not entry.live)
    return Imported(tuple(_weakness(entry, name, framework) for entry in table.entries if entry.live), (*passed, *table.unread))


def _weakness(entry: Entry, name: str, framework: Framework) -> Weakness:
    reference = f"{name} {entry.id}"
    return Weakness(
        source="import",
        title=entry.weakness.splitlines()[0][:_TITLE],
        weakness=entry.weakness,
        objectives=tuple(dict.fromkeys(_objectives(entry, framework))),
        identified_by=entry.identified_by or f"imported from {reference}",
        severity=_severity(entry.risk or ""),
        impact=entry.impact or "",
        plan="\n".join(text for text in (entry.plan or {}).values() if text),
        assets=tuple(line.split(": ")[0].strip() for line in re.split(r"[\n;,]", entry.assets) if line.strip()),
        point_of_contact=(entry.owner or "")[:200],
        resources=entry.resources or "",
        reference=reference,
        due=entry.completion,
    )


def _objectives(entry: Entry, framework: Framework) -> Iterator[str]:
    """Every objective that the entry names; a requirement that is named without any letter stands for all of its own."""
    named = _ABOUT.findall(entry.about)
    if not named:
        raise PoamError(f"{entry.id}: {entry.about or 'an empty cell'} names no requirement of SP 800-171, as in 3.1.8 or 3.1.8[b]")
    lettered = {requirement for requirement, letter in named if letter}
    for requirement, letter in named:
        try:
            if letter:
                yield framework.objective(f"{requirement}[{letter}]").id
            elif requirement not in lettered:
                yield from (one.id for one in framework.requirement(requirement).objectives)
        except ContentError as error:
            raise PoamError(f"{entry.id}: {error}") from error


def _severity(text: str) -> str:
    """Our word for a rating; medium where none is given, low for all that is neither high nor medium."""
    word = text.casefold().strip() or "medium"
    return next((ours for ours, theirs in _RATINGS.items() if word in theirs), "low")
