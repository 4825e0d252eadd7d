"""What a change of an inventory entry does in the items that hold the host, and what is told of it there."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from poam_generator.model import LIVE
from server.models import Asset, AssetEvent, Item, ItemEvent, ItemHost, System, User


def leave_items(asset: Asset, sentence: str, by: User | None, now: datetime) -> None:
    """Take the asset out of the items that are still alive, with the sentence in their history."""
    held = ItemHost.objects.filter(asset=asset, item__state__in=LIVE)
    items = list(Item.objects.filter(hosts__in=held).select_related("system"))
    held.update(disposition="retired", disposition_until=None)
    _tell(items, "retired", sentence, by, now)


def come_back(asset: Asset, sentence: str, by: User | None, now: datetime) -> None:
    """End the retirement of the asset in every item: reconcile then lets it stand as failing, as it does after any disposition.

    In those that ended without it too, since what fails on it now would otherwise be covered for ever.
    """
    held = ItemHost.objects.filter(asset=asset, disposition="retired")
    _tell(list(Item.objects.filter(hosts__in=held).select_related("system")), "reinstated", sentence, by, now)
    held.update(disposition_until=now.date() - timedelta(days=1))


def leave_group(asset: Asset, group: str, by: User | None, now: datetime) -> None:
    """End what the asset stands under by an exception for the group that it has left; reconcile does the rest, as for every end date."""
    use = "ask__exception_use__exception__"
    held = ItemHost.objects.filter(asset=asset, **{f"{use}scope": "group", f"{use}target": group}).exclude(disposition__in=("", "retired"))
    told = f"{asset.name} left the group {group}, and the exception that it stood under is for that group alone."
    _tell(list(Item.objects.filter(hosts__in=held).select_related("system")), "disposition_ended", told, by, now)
    ItemHost.objects.filter(pk__in=list(held.values_list("pk", flat=True))).update(disposition_until=now.date() - timedelta(days=1))


def merged_entries(system: System, into: Collection[Asset] = ()) -> dict[UUID, tuple[UUID, ...]]:
    """Host -> the entries that were merged into it; into: only these hosts, none named means all."""
    rows = Asset.objects.filter(system=system, merged_into__isnull=False)
    found: dict[UUID, tuple[UUID, ...]] = {}
    for host, entry in (rows.filter(merged_into__in=into) if into else rows).order_by("pk").values_list("merged_into__pk", "pk"):
        found[host] = (*found.get(host, ()), entry)
    return found


def note(asset: Asset, kind: str, text: str, by: User | None, now: datetime) -> None:
    """Note what became of the asset in its own history."""
    AssetEvent.objects.create(system=asset.system, asset=asset, kind=kind, text=text, by=by, at=now)


def tell_items(assets: Collection[Asset], kind: str, text: str, user: User | None, now: datetime) -> None:
    """Note what became of assets in their own histories, and once in that of every live item that holds any of them."""
    for asset in assets:
        note(asset, kind, text, user, now)
    _tell(Item.objects.filter(hosts__asset__in=assets, state__in=LIVE).select_related("system").distinct(), kind, text, user, now)


def _tell(items: Iterable[Item], kind: str, text: str, by: User | None, now: datetime) -> None:
    ItemEvent.objects.bulk_create(ItemEvent(system=one.system, item=one, kind=kind, text=text, by=by, at=now) for one in items)
