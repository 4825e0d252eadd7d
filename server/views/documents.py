"""Documents that words rest on: the list, a form to add one, what it is attached to, and its very bytes."""

from datetime import date
from typing import Final
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.errors import ServerError
from server.models import Document
from server.models.documents import Subject
from server.store import documents as seam
from server.store.documents import LARGEST, NewDocument
from server.views.access import Access, document_in, enter
from server.views.evidence import attachment
from server.views.page import back, show

SUBJECTS: Final[dict[str, Subject]] = {"item": "item", "objective": "objective", "assessment": "assessment"}


@require_safe
def documents(request: HttpRequest, system_id: int) -> HttpResponse:
    """The newest version of every document, and whether it counts as evidence."""
    access = enter(request, system_id)
    today = timezone.now().date()
    rows = [(one, seam.is_final_document(one, today), seam.uses_of(one)) for one in seam.current_documents(access.system)]
    return show(request, "documents.html", access, rows=rows, largest=LARGEST // 1024**2, subjects=tuple(SUBJECTS))


@require_POST
def add(request: HttpRequest, system_id: int) -> HttpResponse:
    """Keep a file as a document, and attach it where the form says."""
    access = enter(request, system_id, "edit")
    try:
        row = _add(request, access)
    except ServerError as error:
        return back(request, str(error), "documents", access.system.pk, trouble=True)
    sentence = f"{row} is kept as document {row.pk}. {' '.join(row.warnings)}".strip()
    return back(request, sentence, "documents", access.system.pk, trouble=bool(row.warnings))


def _add(request: HttpRequest, access: Access) -> Document:
    file = request.FILES.get("file")
    if file is None or file.size is None or file.size > LARGEST:
        raise ServerError(f"Choose a file of at most {LARGEST // 1024**2} MB.")
    form, now = request.POST, timezone.now()
    replaces = form.get("replaces", "")
    old = seam.find_document(access.system, int(replaces)) if replaces.isdecimal() else None
    new = NewDocument(
        file.name or "",
        file.read(),
        "final" if form.get("status") == "final" else "draft",
        form.get("owner", ""),
        _day(form, "approved_on"),
        form.get("version", ""),
        _day(form, "next_review"),
    )
    row = seam.add_document(access.system, new, access.user, now, old)
    if form.get("key", "").strip():
        seam.attach(row, _subject(form), form.get("key", "").strip(), access.user, now)
    return row


def _subject(form: QueryDict) -> Subject:
    subject = SUBJECTS.get(form.get("subject", ""))
    if subject is None:
        raise ServerError("Say whether it belongs to an item, an objective or an assessment.")
    return subject


def _day(form: QueryDict, name: str) -> date | None:
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ServerError(f"{text!r} is no date; write it as in 2027-03-14.") from error


@require_POST
def attach(request: HttpRequest, system_id: int, document_id: int) -> HttpResponse:
    """Attach a document, or take it off again."""
    access = enter(request, system_id, "edit")
    row = document_in(access, document_id)
    key = request.POST.get("key", "").strip()
    try:
        deed = seam.detach if request.POST.get("off") else seam.attach
        deed(row, _subject(request.POST), key, access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "documents", access.system.pk, trouble=True)
    return back(request, f"{row} is {'taken off' if request.POST.get('off') else 'attached to'} {key}.", "documents", access.system.pk)


@require_safe
def download(request: HttpRequest, system_id: int, document_id: int) -> HttpResponse:
    """The very bytes, as a file to keep: what people upload is never shown as a page of ours."""
    access = enter(request, system_id)
    row = document_in(access, document_id)
    response = attachment(seam.document_bytes(row), f"document-{row.pk}", "application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name)}"
    response["Content-Type"] = "application/octet-stream"
    return response


def documents_of(access: Access, subject: Subject, key: str) -> list[tuple[Document, bool]]:
    """The documents attached to something, each with whether it counts as evidence."""
    today = timezone.now().date()
    return [(one, seam.is_final_document(one, today)) for one in seam.attached(access.system, subject, key)]
