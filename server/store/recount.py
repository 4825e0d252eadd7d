"""The counters that pages show, counted anew from the rows."""

from collections.abc import Iterator

from server.models import Asset, Item, System
from server.store.items import count_hosts
from server.store.results import count_results
from server.store.standings import recount_standings


def recount(system: System) -> list[str]:
    """Set every counter right; the assets and items whose counters were wrong, by name."""
    return list(dict.fromkeys((*_recount_assets(system), *recount_standings(system), *_recount_items(system))))


def _recount_assets(system: System) -> Iterator[str]:
    for asset in Asset.objects.filter(system=system):
        before = (asset.passing, asset.failing, asset.unclear, asset.not_applicable)
        count_results(asset)
        if before != (asset.passing, asset.failing, asset.unclear, asset.not_applicable):
            yield asset.name


def _recount_items(system: System) -> Iterator[str]:
    for item in Item.objects.filter(system=system).select_related("system"):
        before = (item.hosts_total, item.hosts_verified)
        count_hosts(item)
        if before != (item.hosts_total, item.hosts_verified):
            yield item.identifier
