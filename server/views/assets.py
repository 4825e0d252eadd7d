"""What a person says of the inventory: an asset that is added, and what assets are to the assessment."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from poam_generator.model import LIVE
from server import store
from server.assess import make_assessor, update_items
from server.errors import ServerError
from server.models import ItemHost
from server.store import NewAsset
from server.views.access import asset_in, enter
from server.views.content import content
from server.views.forms import text_of
from server.views.page import back

_TOLD: Final = ("name", "kind", "category", "category_because", "ssp_section", "group")


@require_POST
def add(request: HttpRequest, system_id: int) -> HttpResponse:
    """Add an asset without a way in: a printer, a cloud service, or a host whose bundles are carried or pushed."""
    access = enter(request, system_id, "edit")
    told: dict[str, Any] = {name: text_of(request.POST, name) for name in _TOLD}
    try:
        asset = store.add_host(access.system, replace(NewAsset(told["name"]), **told), timezone.now(), access.user)
    except ServerError as error:
        return back(request, str(error), "hosts", access.system.pk, trouble=True)
    return back(request, f"{asset} is in the inventory.", "host", access.system.pk, asset.pk)


@require_POST
def categorise(request: HttpRequest, system_id: int, asset_id: UUID) -> HttpResponse:
    """A person's word on what the asset is to the assessment."""
    access = enter(request, system_id, "edit")
    asset = asset_in(access, asset_id)
    told = [text_of(request.POST, name) for name in ("category", "category_because", "ssp_section")]
    held = ItemHost.objects.filter(asset=asset, item__state__in=LIVE, item__source="check")
    checks = set(held.values_list("item__source_key", flat=True))
    try:
        store.categorise([asset], told[0], told[1], told[2], access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "host", access.system.pk, asset.pk, trouble=True)
    update_items(make_assessor(access.system, content()), checks, timezone.now(), access.user)
    return back(request, f"{asset}: {told[0].replace('_', ' ')}.", "host", access.system.pk, asset.pk)
