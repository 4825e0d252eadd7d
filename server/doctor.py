"""Whether the database and the evidence in it are whole: what is looked at, and a sentence about each."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from django.db import DatabaseError, connection
from django.db.models import F, Model, QuerySet
from django.utils import timezone

from collector.canonical import canonical_bytes, sha256
from poam_generator.evidence import verify_record
from server import data, guards, store
from server.chain import ChainState, examine_chain
from server.envelope import is_signed
from server.errors import ServerError
from server.models import Approval, AssessmentRecord, Blob, CloseoutRecord, Closure, Receipt, System, Transition
from server.start import unapplied_migrations
from server.store.blobs import unpack
from server.store.receipts import receipt_json
from server.store.results import transition_problem

SAMPLE = 200
FEW = 5  # problems that are told of each kind
SLACK = timedelta(minutes=1)  # between a receipt's place and its arrival
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. text says what was seen, and for what is wrong how to mend it."""

    name: str
    good: bool
    text: str


def examine(*, whole: bool = False) -> list[Finding]:
    """Everything that can be wrong with data directory, tables and evidence. whole: every row and not just the newest ones."""
    findings = [*_modes(), _migrations()]
    if not findings[-1].good:
        return findings
    count = None if whole else SAMPLE
    return [*findings, _database(), _clock(), *examine_evidence(count)]


def examine_evidence(count: int | None = SAMPLE) -> list[Finding]:
    """Whether the rows of evidence refuse changes and are what their digests say: so many of the newest of each kind, None for all."""
    return [_guards(), _blobs(count), _receipts(count), *_sealed(count), _closures(count), *_chains(whole=count is None)]


def _modes() -> Iterator[Finding]:
    """The directory keeps others out, so the modes of the files in it matter only where it does not."""
    directory = data.data_directory()
    open_to_others = _others(directory)
    yield _own(directory, 0o700, open_to_others=open_to_others)
    for name in ("secret_key", "closeout.sqlite3"):
        if (directory / name).exists():
            yield _own(directory / name, 0o600, open_to_others=open_to_others and _others(directory / name))


def _others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _own(path: Path, mode: int, *, open_to_others: bool) -> Finding:
    mine = path.stat().st_uid == os.geteuid()
    trouble = "others can read it" if open_to_others else "it belongs to somebody else"
    good = mine and not open_to_others
    return Finding("files", good, f"{path} is its owner's alone" if good else f"{path}: {trouble}; chmod {mode:o} it, and look who could")


def _migrations() -> Finding:
    missing = unapplied_migrations()
    text = f"not applied: {', '.join(missing)}; run any command of this version once" if missing else "every migration is applied"
    return Finding("migrations", not missing, text)


def _database() -> Finding:
    if connection.vendor != "sqlite":
        return Finding("database", good=True, text=f"{connection.vendor} answers")
    try:
        with connection.cursor() as cursor:
            said = cursor.execute("PRAGMA quick_check(1)").fetchone()[0]
            journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    except DatabaseError as error:
        said, journal = str(error), ""
    good = (said, journal) == ("ok", "wal")
    return Finding("database", good, f"SQLite says {said}, journal {journal}" + "; restore a backup" * (said != "ok"))


def _guards() -> Finding:
    missing = guards.missing_guards()
    text = f"missing: {', '.join(missing)}; rows may have been changed unseen, look into it, then run `closeout doctor --mend`"
    return Finding("guards", not missing, text if missing else f"{len(guards.guarded_tables())} tables refuse changes to their rows")


def _clock() -> Finding:
    """Receipts stand after their own arrival where this server's clock went back (see intake)."""
    behind = Receipt.objects.filter(ordered_at__gt=timezone.now()).filter(ordered_at__gt=F("received_at") + SLACK)
    newest = behind.order_by("ordered_at").last()
    if newest is None:
        return Finding("clock", good=True, text="no scan stands behind what was seen after it")
    text = f"this server's clock went back: {behind.count()} receipts stand behind what was seen before, up to {newest.ordered_at:%Y-%m-%d}"
    return Finding("clock", good=False, text=f"{text}; until then no pass of those hosts closes anything, so see that the clock is right")


def _blobs(count: int | None) -> Finding:
    problems = [problem for row in _newest(Blob.objects.all(), count) if (problem := _try_unpack(row))]
    return _sum_up("bytes", Blob.objects.count(), count, problems)


def _try_unpack(row: Blob) -> str:
    try:
        unpack(row)
    except ServerError as error:
        return str(error)
    return ""


def _receipts(count: int | None) -> Finding:
    rows = _newest(Receipt.objects.select_related("scope").order_by("-stored_at"), count)
    problems = [problem for row in rows for problem in _receipt_problems(row)]
    return _sum_up("receipts", Receipt.objects.count(), count, problems)


def _receipt_problems(row: Receipt) -> Iterator[str]:
    if canonical_bytes(receipt_json(row)) != bytes(row.canonical) or sha256(bytes(row.canonical)) != row.sha256:
        yield f"receipt {row.pk} is not what its digest says"
    if row.signature and not _is_signed(row):
        yield f"receipt {row.pk} does not carry a signature of its agent over its bundle"
    try:
        store.raw_bundle(row)
    except ServerError as error:
        yield str(error)


def _is_signed(row: Receipt) -> bool:
    signed = bytes(row.signed or b"")
    if f"digest {row.bundle_digest}\n".encode() not in signed:
        return False
    try:
        return is_signed(bytes(row.public_key or b""), bytes(row.signature or b""), signed)
    except (ValueError, UnsupportedAlgorithm):  # what stands there is no key
        return False


def _sealed(count: int | None) -> Iterator[Finding]:
    transitions, approvals = Transition.objects.order_by("-id"), Approval.objects.order_by("-id")
    yield _sum_up(
        "transitions", transitions.count(), count, [problem for row in _newest(transitions, count) if (problem := transition_problem(row))]
    )
    yield _sum_up("approvals", approvals.count(), count, _unsealed("approval", _newest(approvals, count)))
    assessments, closeouts = AssessmentRecord.objects.order_by("-id"), CloseoutRecord.objects.order_by("-id")
    yield _sum_up("assessments", assessments.count(), count, _unsealed("assessment", _newest(assessments, count)))
    yield _sum_up("closeouts", closeouts.count(), count, _unsealed("closeout", _newest(closeouts, count)))


def _unsealed(name: str, rows: Iterable[Approval | AssessmentRecord | CloseoutRecord]) -> list[str]:
    return [f"{name} {row.pk} is not what its digest says" for row in rows if sha256(bytes(row.canonical)) != row.sha256]


def _closures(count: int | None) -> Finding:
    problems = [
        f"closure of {row.item}: {problem}"
        for row in _newest(Closure.objects.select_related("item__system").order_by("-id"), count)
        for problem in _closure_problems(row)
    ]
    return _sum_up("closures", Closure.objects.count(), count, problems)


def _closure_problems(row: Closure) -> list[str]:
    record = bytes(row.canonical)
    changed = ["it is not what its digest says"] if sha256(record) != row.sha256 else []
    return changed + verify_record(record)


def _chains(*, whole: bool) -> Iterator[Finding]:
    for system in System.objects.order_by("pk"):
        seen = examine_chain(system, timezone.now(), whole=whole)
        yield Finding("chain", not seen.faults, f"{system.name}: {_faults(seen) if seen.faults else _end(seen)}")


def _end(seen: ChainState) -> str:
    held = (
        f"it holds (links: {seen.links}, records looked at: {seen.records}) and ends with {seen.head.short}"
        if seen.head
        else "it has no link yet"
    )
    return f"{held}; records in no link: {seen.unsealed}"


def _faults(seen: ChainState) -> str:
    more = f" And {len(seen.faults) - FEW} more." if len(seen.faults) > FEW else ""
    return f"{' '.join(seen.faults[:FEW])}{more} Look who could write the database; a backup shows what was there"


def _newest(rows: QuerySet[M], count: int | None) -> QuerySet[M]:
    return rows if count is None else rows[:count]


def _sum_up(name: str, total: int, count: int | None, problems: list[str]) -> Finding:
    looked = total if count is None else min(count, total)
    good = f"{looked} of {total} {name} are what their digests say"
    return Finding(name, not problems, f"{'; '.join(problems[:FEW])}; restore a backup" if problems else good)
