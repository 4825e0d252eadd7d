"""Reads a POA&M table of others: our own csv-plan, NIST's plan of action, FedRAMP's, and eMASS's, by the names of their columns."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from poam_generator.attestation import Evidence
from poam_generator.errors import PoamError
from poam_generator.lint.columns import WORDS, Role, columns_of, find_head, normalize
from poam_generator.lint.days import DAY, has_day_first, read_day, why_no_day
from poam_generator.lint.model import STEPS, Entry, EntryState
from poam_generator.model import Milestone

_MARKS: Final = ",;\t"  # between cells; a spreadsheet takes the second where numbers have a comma
_DONE: Final = re.compile(r"\bdone\b|\bcompleted?\b", re.IGNORECASE)
_DONE_AT_END: Final = re.compile(r"[\s,]*\b(done|completed?)\b\W*$", re.IGNORECASE)
_ORIGINAL: Final = re.compile(r"\(originally [^)]*\)")
_STATES: Final[dict[str, EntryState]] = {
    "draft": "draft",
    **dict.fromkeys(("open", "ongoing", "delayed", "in progress", "not started", "pending verification"), "open"),
    **dict.fromkeys(("closed", "complete", "completed", "withdrawn", "remediated"), "done"),
    **dict.fromkeys(
        (
            "risk accepted",
            "accepted",
            "dismissed",
            "false positive",
            "enduring exception",
            "temporary deficiency",
            "not applicable",
            "archived",
        ),
        "set_aside",
    ),
}


@dataclass(frozen=True, slots=True)
class Table:
    """The entries of a table, and in sentences what of it could not be read or is not in it."""

    entries: tuple[Entry, ...]
    unread: tuple[str, ...]


def read_table(text: str, today: date) -> Table:
    """The entries of a CSV file, its cells parted by commas, semicolons or tabs; raises PoamError when no row names columns of a POA&M."""
    if "\0" in text:
        raise PoamError("this is no text in UTF-8, since it holds NUL characters; save the sheet of the POA&M as CSV (UTF-8)")
    for mark in _MARKS:
        rows = _split(text, mark)
        head = find_head(rows)
        if head is not None:
            return _Reading(rows[head], today).read(rows[head + 1 :], head + 2)
    raise PoamError(
        "no row names columns of a POA&M; known are the columns of closeout's csv-plan, of NIST's plan of action for CUI, of FedRAMP's "
        "template and of eMASS"
    )


def _split(text: str, mark: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=None), delimiter=mark, strict=True))
    except csv.Error as error:
        raise PoamError(f"this is no CSV file ({error}); save the sheet of the POA&M as CSV (UTF-8)") from error


def with_earlier(entries: Sequence[Entry], before: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries, each with the completion date that an earlier table has for its id."""
    known = {entry.id: entry.completion for entry in before}
    return tuple(replace(entry, earlier=known.get(entry.id)) for entry in entries)


class _Reading:
    """One table while it is read."""

    def __init__(self, head: Sequence[str], today: date) -> None:
        self._places, self._strange = columns_of(head)
        self._head = [normalize(cell) for cell in head]
        self._today = today
        self._unread: list[str] = []
        self._day_first = False

    def read(self, rows: Sequence[Sequence[str]], first: int) -> Table:
        entries: list[Entry] = []
        for number, row in enumerate(rows, first):
            if not any(cell.strip() for cell in row) or [normalize(cell) for cell in row] == self._head:
                continue
            if self._is_further_step(row) and entries:
                entries[-1] = self._add_step(entries[-1], row, number)
            elif not self._cell(row, "weakness"):
                self._unread.append(f"Row {number} states no weakness and was left out.")
            else:
                entries.append(self._entry(row, number))
        return Table(tuple(entries), (*self._unread, *_repeated(entries), *self._missing()))

    def _missing(self) -> Iterator[str]:
        if self._day_first:
            yield "Dates with slashes were read with the month first, as in 03/14/2027; some here have the day first, so look at all."
        without = [word for role, word in WORDS.items() if role not in self._places and not (role == "plan" and self._has_steps())]
        if without:
            yield f"The table has no column for {', '.join(without)}, so nothing is said of that."
        if "evidence" in self._places:
            yield "The table names documents only, so whether they are final was told from their names alone."
        if self._strange:
            yield f"Not read: the columns {', '.join(self._strange)}."

    def _has_steps(self) -> bool:
        return "milestones" in self._places or "step" in self._places

    def _cell(self, row: Sequence[str], role: Role) -> str:
        cells = [row[place].strip() for place in self._places.get(role, ()) if place < len(row)]
        # A quotation mark in front of a formula is how a spreadsheet keeps it text.
        return "; ".join(cell.removeprefix("'") for cell in cells if cell)

    def _text(self, row: Sequence[str], role: Role) -> str | None:
        return self._cell(row, role) if role in self._places else None

    def _day(self, row: Sequence[str], role: Role, number: int) -> date | None:
        text = self._cell(row, role)
        found = read_day(text)
        if text and found is None:
            self._unread.append(f"Row {number}: {why_no_day(text)}.")
            self._day_first |= has_day_first(text)
        return found

    def _is_further_step(self, row: Sequence[str]) -> bool:
        """True for a row of eMASS that only holds another milestone of the entry above."""
        return not self._cell(row, "weakness") and bool(self._cell(row, "step"))

    def _add_step(self, entry: Entry, row: Sequence[str], number: int) -> Entry:
        stones = (*(entry.milestones or ()), *self._own_step(row, number))
        return replace(entry, milestones=stones, plan=self._plan(row, stones) if "plan" not in self._places else entry.plan)

    def _entry(self, row: Sequence[str], number: int) -> Entry:
        stones = (*self._listed(row, number), *self._own_step(row, number)) if self._has_steps() else None
        evidence = self._text(row, "evidence")
        return Entry(
            id=self._cell(row, "id") or f"row {number}",
            state=self._state(row, number),
            weakness=self._cell(row, "weakness"),
            plan=self._plan(row, stones),
            owner=self._text(row, "owner"),
            identified_by=self._text(row, "identified_by"),
            completion=self._day(row, "completion", number),
            late_because=self._cell(row, "changes"),
            milestones=stones,
            impact=self._text(row, "impact"),
            risk=self._text(row, "risk"),
            residual_risk=self._text(row, "residual_risk"),
            resources=self._text(row, "resources"),
            updated_on=self._day(row, "updated_on", number),
            evidence=None if evidence is None else tuple(_documents(evidence)),
            about=self._cell(row, "about"),
            assets=self._cell(row, "assets"),
        )

    def _plan(self, row: Sequence[str], stones: Sequence[Milestone] | None) -> dict[str, str] | None:
        """The plan of the row; where the table has no column for it, its steps are the plan."""
        if "plan" in self._places:
            return {"": self._cell(row, "plan")}
        return None if stones is None else {STEPS: "\n".join(stone.title for stone in stones)}

    def _state(self, row: Sequence[str], number: int) -> EntryState:
        words = [word.strip().casefold() for word in self._cell(row, "state").split(";") if word.strip()]
        known = [state for word in words if (state := _known_state(word))]
        if words and not known:
            self._unread.append(f"Row {number}: the status {words[0]!r} is not known, and was taken for open.")
        # csv-plan says both its own state and NIST's, of which the first says more.
        return known[0] if known else "open"

    def _own_step(self, row: Sequence[str], number: int) -> Iterator[Milestone]:
        title = self._cell(row, "step")
        if title:
            due = self._day(row, "step_due", number)
            if due is None:
                self._unread.append(f"Row {number}: the milestone {title[:40]!r} has no date.")
            else:
                yield Milestone(title, due, due, self._day(row, "step_done", number))

    def _listed(self, row: Sequence[str], number: int) -> Iterator[Milestone]:
        """The steps that stand in one cell, one a line or parted by semicolons, each with its date."""
        for line in re.split(r"[\n;]+", self._cell(row, "milestones")):
            text = _ORIGINAL.sub("", line).strip()
            days = [day for found in DAY.findall(text) if (day := read_day(found))]
            if days:
                title = _DONE_AT_END.sub("", DAY.sub("", text)).strip(" :,-()") or text
                yield Milestone(title, days[0], days[0], days[-1] if _DONE.search(text) else None)
            elif text:
                self._unread.append(f"Row {number}: the milestone {text[:40]!r} has no date.")


def _known_state(word: str) -> EntryState | None:
    """The state that a word stands for, with whatever follows it: "closed - verified", "completed (2026-01-02)"."""
    return _STATES.get(re.split(r"\s*[-:,(]\s*|\s+(?=\d)", word, maxsplit=1)[0]) or _STATES.get(word)


def _repeated(entries: Sequence[Entry]) -> Iterator[str]:
    """Ids that several entries have: which of them is meant cannot be told."""
    for one, count in Counter(entry.id for entry in entries).items():
        if count > 1:
            yield f"{count} entries have the id {one!r}; give each its own."


def _documents(cell: str) -> Iterator[Evidence]:
    """The documents that a cell names; a table does not say whether they are approved, so that is not held against them."""
    for name in re.split(r"[\n;,]+", cell):
        if name.strip():
            yield Evidence(name.strip(), "final", approved_on=date.min)
