"""Documents that a word rests on: kept with their SHA-256, versioned, attached and taken off again, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast, get_args

from django.db import transaction

from checks.framework import load_framework
from collector.canonical import sha256
from poam_generator.attestation import Evidence, EvidenceStatus, is_final
from server.document_text import draft_warnings
from server.errors import ServerError
from server.models import AssessmentRecord, Attachment, Document, ItemEvent, System, User
from server.models.documents import Subject
from server.store import blobs
from server.store.items import find_item
from server.store.people import DECIDING, require

LARGEST: Final = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A file with what a person says of it."""

    name: str
    content: bytes
    status: EvidenceStatus = "draft"
    owner: str = ""
    approved_on: date | None = None
    version: str = ""
    next_review: date | None = None


def add_document(system: System, new: NewDocument, user: User, now: datetime, replaces: Document | None = None) -> Document:
    """Keep a document; replaces: the version that it takes the place of. Raises ServerError on what cannot be kept or be final."""
    require(system, user, DECIDING, "add a document")
    name = new.name.replace("\\", "/").rpartition("/")[2].strip()
    _refuse_wrong(new, name, now.date())
    with transaction.atomic():
        if replaces is not None:
            _refuse_replaced(system, replaces)
        blobs.put(blobs.pack([new.content]))
        return Document.objects.create(
            system=system,
            name=name,
            blob_id=sha256(new.content),
            status=new.status,
            owner=new.owner.strip(),
            approved_on=new.approved_on,
            version=new.version.strip(),
            next_review=new.next_review,
            warnings=list(draft_warnings(name, new.content)),
            replaces=replaces,
            added_by=user,
            added_at=now,
        )


def _refuse_wrong(new: NewDocument, name: str, today: date) -> None:
    if not name or not name.isprintable() or len(name) > 200:  # noqa: PLR2004 - what the column holds
        raise ServerError("a document needs a name of at most 200 letters, as in ir-plan.pdf")
    if not new.content:
        raise ServerError(f"{name}: the file is empty; choose the document itself")
    if len(new.content) > LARGEST:
        raise ServerError(f"{name}: larger than {LARGEST // 1024**2} MB; keep it elsewhere and add the part that shows it")
    if new.status not in get_args(EvidenceStatus):
        raise ServerError(f"{name}: {new.status!r} is no status; a document is draft or final")
    if new.status == "final" and not (new.owner.strip() and new.approved_on):
        raise ServerError(f"{name}: a final document has an owner and the day on which it was approved; say both, or keep it as a draft")
    if new.approved_on and new.approved_on > today:
        raise ServerError(f"{name}: it cannot have been approved on {new.approved_on}, which has not come yet")


def _refuse_replaced(system: System, old: Document) -> None:
    if old.system_id != system.pk:
        raise ServerError(f"there is no document {old.pk} in {system.name}")
    newer = Document.objects.filter(replaces=old).first()
    if newer:
        raise ServerError(f"{old} was replaced by document {newer.pk} already; replace that one")


def find_document(system: System, number: int) -> Document:
    """The document of a number; raises ServerError when the system has none such."""
    found = Document.objects.filter(system=system, pk=number).select_related("blob", "replaced_by", "added_by").first()
    if found is None:
        raise ServerError(f"there is no document {number} in {system.name}; `closeout documents list` shows all")
    return found


def document_bytes(document: Document) -> bytes:
    """The very bytes that were added; raises ServerError when they are not what their digest says."""
    return blobs.get(document.blob_id)


def evidence_of(document: Document) -> Evidence:
    """The document as an attestation or a closure names it."""
    return Evidence(
        name=document.name,
        status=cast("EvidenceStatus", document.status),
        owner=document.owner,
        approved_on=document.approved_on,
        version=document.version,
        next_review=document.next_review,
        sha256=document.blob_id,
    )


def is_final_document(document: Document, today: date) -> bool:
    """True when it counts as evidence: final, approved, its review not overdue, and not replaced by a newer version."""
    return is_final(evidence_of(document), today) and not is_replaced(document)


def is_replaced(document: Document) -> bool:
    """True when there is a newer version."""
    return Document.objects.filter(replaces=document).exists()


def attach(document: Document, subject: Subject, key: str, user: User, now: datetime) -> Attachment:
    """Attach a document; raises ServerError when it is attached there already, or there is nothing of that key."""
    require(document.system, user, DECIDING, "attach a document")
    key = _known_key(document.system, subject, key)
    if document in attached(document.system, subject, key):
        raise ServerError(f"{document} is attached to {key} already")
    return _link(document, subject, key, user, now, attached_now=True)


def detach(document: Document, subject: Subject, key: str, user: User, now: datetime) -> Attachment:
    """Take a document off again; that it was attached stays in the records."""
    require(document.system, user, DECIDING, "take a document off")
    key = _known_key(document.system, subject, key)
    if document not in attached(document.system, subject, key):
        raise ServerError(f"{document} is not attached to {key}")
    return _link(document, subject, key, user, now, attached_now=False)


def _link(document: Document, subject: Subject, key: str, user: User, now: datetime, *, attached_now: bool) -> Attachment:  # noqa: PLR0913 - one row's columns
    with transaction.atomic():
        if subject == "item":
            item = find_item(document.system, key)
            deed = "attached" if attached_now else "took off"
            text = f"{user} {deed} {document} ({document.status}, SHA-256 {document.blob_id[:12]}…)."
            ItemEvent.objects.create(system=document.system, item=item, kind="document", text=text, by=user, at=now)
        return Attachment.objects.create(
            system=document.system, document=document, subject=subject, key=key, attached=attached_now, by=user, at=now
        )


def _known_key(system: System, subject: Subject, key: str) -> str:
    """The key as records write it, pa-0043 as PA-0043; raises ServerError when there is nothing of that key."""
    if subject == "item":
        return find_item(system, key).identifier
    if subject == "objective":
        load_framework().objective(key)
    if subject == "assessment" and not (key.isdecimal() and AssessmentRecord.objects.filter(system=system, number=int(key)).exists()):
        raise ServerError(f"there is no assessment {key} in {system.name}; `closeout assessments list` shows all")
    return key


def attached(system: System, subject: Subject, key: str) -> list[Document]:
    """The documents that are attached now, in the order in which they were."""
    rows = Attachment.objects.filter(system=system, subject=subject, key=key).select_related("document__system", "document__replaced_by")
    newest = {row.document_id: row for row in rows}
    return [row.document for row in newest.values() if row.attached]


def evidence_of_items(system: System) -> dict[str, list[Evidence]]:
    """Item -> what is attached to it now, older versions left out; in one query, for a look at all items."""
    rows = Attachment.objects.filter(system=system, subject="item").select_related("document").order_by("id")
    newest = {(row.key, row.document_id): row for row in rows.filter(document__replaced_by=None)}
    found: dict[str, list[Evidence]] = {}
    for (key, _), row in newest.items():
        if row.attached:
            found.setdefault(key, []).append(evidence_of(row.document))
    return found


def uses_of(document: Document) -> list[tuple[str, str]]:
    """Subject and key of everything that a document is attached to now."""
    newest = {(row.subject, row.key): row for row in Attachment.objects.filter(document=document)}
    return [place for place, row in newest.items() if row.attached]


def current_documents(system: System) -> Sequence[Document]:
    """The newest version of every document, the newest first."""
    rows = Document.objects.filter(system=system, replaced_by=None)
    return list(rows.select_related("blob", "added_by").defer("blob__data").order_by("-id"))
