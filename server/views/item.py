"""One item: to review as a draft, to read, and to have its record."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from checks.errors import ContentError
from checks.framework import Requirement, load_framework
from poam_generator.model import LIVE
from server.lint import item_problems, sentences
from server.models import Item, User
from server.standing import whys
from server.store.dispositions import ANSWERING, WORDS
from server.store.items import find_item, has_owned
from server.store.seam import item_id
from server.views import item_data
from server.views.access import Access, enter, item_in
from server.views.content import content, find_check
from server.views.documents import documents_of
from server.views.evidence import attachment
from server.views.page import show

ASK_DAYS = 90  # the end date that the form for a disposition suggests


@require_safe
def review(request: HttpRequest, system_id: int) -> HttpResponse:
    """The first draft that waits, or the word that none does."""
    access = enter(request, system_id)
    first = Item.objects.filter(system=access.system, state="draft").order_by("number").first()
    if first:
        return redirect("draft", access.system.pk, item_id(access.system, first.number))
    scanned = Item.objects.filter(system=access.system).exists()
    return show(request, "review_done.html", access, scanned=scanned)


@require_safe
def draft(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """One draft on one screen; an item that is no draft any more is shown on its own page."""
    access = enter(request, system_id)
    row = item_in(access, identifier)
    if row.state != "draft":
        return redirect("item", access.system.pk, row.identifier)
    place, total, before, after = item_data.drafts_around(access.system, row.number)
    return show(
        request,
        "draft.html",
        access,
        **_shown(access, row, find_item(access.system, row.identifier)),
        place=place,
        total=total,
        before=before,
        after=after,
    )


@require_safe
def item(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """Everything about an item."""
    access = enter(request, system_id)
    row = item_in(access, identifier)
    now = timezone.now()
    whole = find_item(access.system, row.identifier)
    why, wanted = whys(whole, content(), now)
    approvals = list(row.approvals.select_related("by"))
    events = list(row.events.select_related("by").order_by("-id"))
    shown = _shown(access, row, whole)
    to_accept = item_data.passes_to_accept(row, shown["hosts"]) if row.state in LIVE else []
    return show(
        request,
        "item.html",
        access,
        **shown,
        to_accept=to_accept,
        owned=bool(to_accept) and has_owned(row, access.user),
        why=why,
        wanted=wanted,
        closed=item_data.closed_by(row),
        successors=list(row.successors.select_related("system")),
        asks=item_data.asks_of(row),
        answering=ANSWERING,
        ask_words=WORDS,
        ask_until=now.date() + timedelta(days=ASK_DAYS),
        documents=documents_of(access, "item", row.identifier),
        may_close=row.source != "check" and row.state in LIVE and access.may("accept_pass") and not has_owned(row, access.user),
        approvals=approvals,
        edits=item_data.edits(events, approvals),
        comments=list(row.comments.select_related("by")),
        events=events,
        people=User.objects.filter(memberships__system=access.system, is_active=True).distinct().order_by("username"),
    )


def _shown(access: Access, row: Item, whole: Item) -> dict[str, Any]:
    """What the screen of a draft and the page of an item both show. whole: the item as store.find_item gives it."""
    digest, waits = item_data.review_state(whole)
    hosts = item_data.host_rows(row)
    return {
        "item": row,
        "hosts": hosts,
        "milestones": item_data.milestones(row, hosts),
        "digest": digest,
        "waits": waits,
        "requirements": requirements(row),
        "problems": sentences(item_problems(row, content(), timezone.now().date())),
        "check": find_check(row.source_key) if row.source == "check" else None,
        "may_edit": access.may("edit") and row.state in {"draft", "open"},
    }


def requirements(row: Item) -> list[Requirement]:
    """The requirements of an item; one that the framework has not is left to its bare number."""
    framework = load_framework()
    found = []
    for one in row.requirements:
        try:
            found.append(framework.requirement(one))
        except ContentError:
            continue
    return found


@require_safe
def closure(request: HttpRequest, system_id: int, identifier: str) -> HttpResponse:
    """The record that an item ended with, in its canonical bytes, to keep and to verify elsewhere."""
    access = enter(request, system_id)
    row = item_in(access, identifier)
    ended = item_data.closed_by(row)
    if ended is None:
        raise Http404(f"{row} has no record yet: it is {row.state}.")
    return attachment(bytes(ended.row.canonical), f"{row.identifier}-{ended.row.state}.json", "application/json")
