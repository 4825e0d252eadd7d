"""Receipts, and the raw output of hosts to download."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from server.models import Reading, Transition
from server.store.receipts import raw_bundle
from server.views.access import enter, receipt_in
from server.views.page import show

CHANGES = 200


def attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to keep: what a host said is never shown as a page of ours."""
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def receipt(request: HttpRequest, system_id: int, receipt_id: UUID) -> HttpResponse:
    """A delivery: where it came from, when, its digests, and what it changed."""
    access = enter(request, system_id)
    row = receipt_in(access, receipt_id)
    return show(
        request,
        "receipt.html",
        access,
        receipt=row,
        readings=list(Reading.objects.filter(receipt=row).order_by("-id")),
        changes=list(Transition.objects.filter(receipt=row).order_by("check_id")[:CHANGES]),
    )


@require_safe
def bundle(request: HttpRequest, system_id: int, receipt_id: UUID) -> HttpResponse:
    """The very bytes that arrived from the host, as a text file."""
    access = enter(request, system_id)
    row = receipt_in(access, receipt_id)
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in row.asset.name)
    return attachment(raw_bundle(row), f"{name}-{row.ordered_at:%Y%m%dT%H%M%SZ}.bundle.txt", "text/plain")
