"""What a person says of the inventory: an asset that is added, retired or in use again, and what assets are to the assessment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from server import store
from server.assess import make_assessor, update_items
from server.errors import ServerError
from server.models import Asset, User
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
    told = [text_of(request.POST, name) for name in ("category", "category_because", "ssp_section")]

    def change(asset: Asset, user: User, now: datetime) -> str:
        store.categorise([asset], told[0], told[1], told[2], user, now)
        return f"{asset}: {told[0].replace('_', ' ')}."

    return _change(request, system_id, asset_id, change)


@require_POST
def retire(request: HttpRequest, system_id: int, asset_id: UUID) -> HttpResponse:
    """Take a host out of scope, with a reason."""

    def change(asset: Asset, user: User, now: datetime) -> str:
        store.retire_host(asset, user, text_of(request.POST, "because"), now)
        return f"{asset} is retired: it is scanned no more, and leaves the items that it stands in."

    return _change(request, system_id, asset_id, change)


@require_POST
def reinstate(request: HttpRequest, system_id: int, asset_id: UUID) -> HttpResponse:
    """Take a retired host into use again, with a reason."""

    def change(asset: Asset, user: User, now: datetime) -> str:
        store.reinstate_host(asset, user, text_of(request.POST, "because"), now)
        return f"{asset} is in use again: it stands as failing in its items until it passes."

    return _change(request, system_id, asset_id, change)


def _change(request: HttpRequest, system_id: int, asset_id: UUID, change: Callable[[Asset, User, datetime], str]) -> HttpResponse:
    """Change an asset, bring the items that it stands in or left up to date, and say what was done."""
    access, now = enter(request, system_id, "edit"), timezone.now()
    asset = asset_in(access, asset_id)
    checks = store.checks_that_hold(asset)
    try:
        done = change(asset, access.user, now)
    except ServerError as error:
        return back(request, str(error), "host", access.system.pk, asset.pk, trouble=True)
    update_items(make_assessor(access.system, content()), checks, now, access.user)
    return back(request, done, "host", access.system.pk, asset.pk)
