"""What the evidence chain covers: every kind of record that is kept as canonical bytes, in the order in which they were stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from collector.canonical import sha256
from poam_generator.chain import entry
from poam_generator.json_form import to_json
from server.models import (
    AnswerRecord,
    Approval,
    AssessmentRecord,
    ChainBatch,
    CloseoutRecord,
    Closure,
    ContentReport,
    ExceptionRecord,
    Reading,
    ScoreRecord,
    System,
    Transition,
)

ID_BYTES: Final = 16
ENTRY_BYTES: Final = 32


# A receipt has an id that does not grow; it is stored together with its first reading, which gives it its place. The sum keeps
# SQLite from looking for that by the number, which is as slow as there are rows, and not by the receipt.
_EARLIER: Final = Reading.objects.alias(number=F("pk") + 0).filter(receipt=OuterRef("receipt"), number__lt=OuterRef("pk"))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. at: the column that says when it was stored. beside: columns that its canonical bytes do not hold.

    ordered: the table whose number grows as records are stored, and record: the way from there to the record itself.
    """

    name: str
    ordered: type[Model]
    at: str
    beside: tuple[str, ...] = ()
    record: str = ""

    def rows(self, system: System) -> QuerySet[Any]:
        """The rows that give the records their places: pk is the place."""
        rows: QuerySet[Any] = self.ordered._default_manager.filter(system=system).order_by("pk")  # noqa: SLF001 - Django's documented way
        return rows.exclude(Exists(_EARLIER)) if self.ordered is Reading else rows


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the chain sees it. entry: the bytes that stand for it in the tree."""

    place: int
    id: str
    at: datetime
    entry: bytes


RECEIPT: Final = Kind("receipt", Reading, "received_at", record="receipt__")
APPROVAL: Final = Kind("approval", Approval, "at", ("item_id", "ask_id", "by_id", "at"))
CLOSURE: Final = Kind("closure", Closure, "at")
ASSESSMENT: Final = Kind("assessment", AssessmentRecord, "recorded_at")
CLOSEOUT: Final = Kind("closeout", CloseoutRecord, "recorded_at")
KINDS: Final = (
    RECEIPT,
    Kind("transition", Transition, "recorded_at"),
    APPROVAL,
    CLOSURE,
    Kind("answer", AnswerRecord, "since"),
    ASSESSMENT,
    CLOSEOUT,
    Kind("exception", ExceptionRecord, "asked_at", ("asked_at",)),
    Kind("content report", ContentReport, "made_at", ("made_at", "made_for_id")),
    Kind("score", ScoreRecord, "at"),
)


def read_records(kind: Kind, rows: QuerySet[Any], *, whole: bool = False) -> Iterator[Record]:
    """The records of a kind's rows, in their order. whole: by their canonical bytes, and not by the digest that is stored with them."""
    names = ("id", kind.at, "canonical" if whole else "sha256", *kind.beside)
    for place, identifier, at, content, *beside in rows.values_list("pk", *(kind.record + name for name in names)).iterator():
        digest = sha256(bytes(content)) if whole else content
        yield Record(place, str(identifier), at, entry(digest, beside_form(kind, beside)))


def beside_form(kind: Kind, values: list[Any]) -> dict[str, Any]:
    """What is bound together with a record's canonical bytes, as JSON data."""
    return {name: to_json(value) for name, value in zip(kind.beside, values, strict=True)}


def pack(records: list[Record]) -> bytes:
    """What ChainBatch.entries holds."""
    return b"".join(_id_bytes(one.id) + one.entry for one in records)


def unpack_entries(batch: ChainBatch) -> list[tuple[str, bytes]]:
    """Id and entry of each record of a batch."""
    raw, size = bytes(batch.entries), ID_BYTES + ENTRY_BYTES
    return [(_id_text(batch.kind, raw[at : at + ID_BYTES]), raw[at + ID_BYTES : at + size]) for at in range(0, len(raw), size)]


def _id_bytes(identifier: str) -> bytes:
    return int(identifier).to_bytes(ID_BYTES, "big") if identifier.isdecimal() else UUID(identifier).bytes


def _id_text(kind: str, raw: bytes) -> str:
    return str(UUID(bytes=raw)) if kind == RECEIPT.name else str(int.from_bytes(raw, "big"))


def unsealed(system: System) -> int:
    """How many records no link holds yet; one query."""
    counts = []
    for kind in KINDS:
        last = ChainBatch.objects.filter(system=system, kind=kind.name).order_by("-upto").values("upto")[:1]
        since = kind.rows(system).filter(pk__gt=Coalesce(Subquery(last), 0)).order_by()
        counts.append(since.values("system").annotate(number=Count("pk")).values_list("number", flat=True))
    return sum(counts[0].union(*counts[1:], all=True))
