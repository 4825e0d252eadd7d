"""What every page stands in: the frame with its counts, and the sentences that an action leaves behind."""

from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from collector import __version__
from server.models import Asset, Item, System
from server.models.people import User
from server.views.access import Access

THEMES: Final = ("light", "dark")


def show(request: HttpRequest, template: str, access: Access | None = None, status: int = 200, **values: Any) -> HttpResponse:  # noqa: ANN401 - what templates take
    """The page of a template within the frame; access: None for the pages that belong to no system."""
    return render(request, template, {**frame(request, access), **values}, status=status)


def frame(request: HttpRequest, access: Access | None) -> dict[str, Any]:
    """What the frame shows; no query is made for somebody who is not signed in."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    theme = request.COOKIES.get("theme", "")
    now = timezone.now()
    return {
        "access": access,
        "person": person,
        "systems": list(System.objects.filter(memberships__user=person).distinct().order_by("name")) if access else [],
        "frame_counts": _counts(access.system) if access else {},
        "theme": theme if theme in THEMES else "",
        "section": request.resolver_match.url_name if request.resolver_match else "",
        "here": request.get_full_path() if request.method == "GET" else "",
        "version": __version__,
        "now": now,
        "today": now.date(),
    }


def _counts(system: System) -> dict[str, int]:
    """What the navigation says beside its links."""
    of_items = Item.objects.filter(system=system).aggregate(
        drafts=Count("id", filter=Q(state="draft")), open=Count("id", filter=Q(state="open"))
    )
    return {**of_items, "hosts": Asset.objects.filter(system=system, kind="host", retired_at=None).count()}


def back(request: HttpRequest, sentence: str, to: str, *parts: object, trouble: bool = False) -> HttpResponse:
    """Go to a page, which says what became of what was asked."""
    messages.add_message(request, messages.ERROR if trouble else messages.SUCCESS, sentence)
    return redirect(to, *parts)
