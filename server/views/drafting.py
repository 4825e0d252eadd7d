"""How the team works: the settings that drafts are made with."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.delegation import delegate
from server.drafting_form import FIELDS, NAMES, read_fields, write_fields
from server.errors import ServerError
from server.models import DraftingRecord
from server.own_texts import own_templates
from server.store.absences import absences
from server.store.systems import draft_settings, set_draft_settings
from server.views.access import Access, enter
from server.views.page import back, show

HISTORY = 20


@require_safe
def drafting(request: HttpRequest, system_id: int) -> HttpResponse:
    """The settings, with a form for those who may change them."""
    access = enter(request, system_id)
    return _page(request, access, write_fields(draft_settings(access.system)))


@require_POST
def drafting_change(request: HttpRequest, system_id: int) -> HttpResponse:
    """Change the settings; a refusal shows what was typed again, with the reason."""
    access = enter(request, system_id, "edit")
    typed = {name: request.POST.get(name, "") for name in NAMES}
    try:
        settings = read_fields(typed, draft_settings(access.system))
        set_draft_settings(access.system, settings, access.user, timezone.now())
    except ServerError as error:
        return _page(request, access, typed, str(error))
    return back(request, "Drafts from now on go by that; those that there are stay as they are.", "drafting", access.system.pk)


@require_POST
def delegate_items(request: HttpRequest, system_id: int) -> HttpResponse:
    """Give the live items that belong to nobody to whom the rules name."""
    access = enter(request, system_id, "edit")
    try:
        done = delegate(access.system, (), access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "drafting", access.system.pk, trouble=True)
    given = sum(one.owner is not None for one in done)
    return back(
        request, f"{given} of {len(done)} items that belonged to nobody are given to whom the rules name.", "drafting", access.system.pk
    )


def _page(request: HttpRequest, access: Access, typed: Mapping[str, str], trouble: str = "") -> HttpResponse:
    records = DraftingRecord.objects.filter(system=access.system).select_related("set_by").order_by("-since")[:HISTORY]
    away = absences(access.system, timezone.now().date())
    page = {"away": away, "fields": FIELDS, "typed": typed, "trouble": trouble, "records": list(records), "own": sorted(own_templates())}
    return show(request, "drafting.html", access, status=400 if trouble else 200, **page)
