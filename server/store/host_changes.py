"""A host that is renamed, moved to another group, merged into another entry or installed anew while it stands in items.

An item holds the inventory entry by its id, so that none of this takes a host out of it, verifies it or closes anything by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from poam_generator import model as poam
from poam_generator.json_form import to_json
from poam_generator.merge import stand_in
from server.errors import ServerError
from server.models import Alias, Asset, Conflict, Item, ItemHost, User
from server.store.held_hosts import tell_items
from server.store.inventory import change_host, retire_host
from server.store.items import count_hosts
from server.store.people import DECIDING, require
from server.store.seam import read_host
from server.store.systems import locked


def rename_host(asset: Asset, name: str, user: User, because: str, now: datetime) -> Asset:
    """Another name for the same host; items and their approvals go on, since both hold it by its id."""
    _may_change(asset, user, because)
    before = asset.name
    if name == before:
        raise ServerError(f"{before} is its name already")
    with locked(asset.system):
        changed = change_host(asset, {"name": name}, now, user)
        tell_items((changed,), "host_renamed", f"{before} is called {name} from now on: {because.strip()}", user, now)
    return changed


def move_host(asset: Asset, group: str, user: User, because: str, now: datetime) -> Asset:
    """Another group; from now on the closing policy of that group holds for the host, in items that are open already too."""
    _may_change(asset, user, because)
    before = asset.group or "no group"
    if group == asset.group:
        raise ServerError(f"{asset.name} is in {before} already")
    with locked(asset.system):
        changed = change_host(asset, {"group": group}, now, user)
        told = f"{asset.name} moved from {before} to {group or 'no group'}, whose closing policy holds for it now: {because.strip()}"
        tell_items((changed,), "host_moved", told, user, now)
    return changed


def merge_hosts(  # noqa: PLR0913, PLR0917 - what is one, what was seen of it, who says so, and when
    asset: Asset, into: Asset, failures: Mapping[str, Sequence[poam.Seen]], user: User, because: str, now: datetime
) -> Asset:
    """Two entries are one machine: the first is retired, and the second stands in its place in every live item.

    failures: check -> those that were seen of the machine under entries that go, or went before. In each of its live items, also those
    that it stood in before, the second stands with the newest failure of either, so that only a later pass verifies it; dispositions
    cover the hosts that they name, and do not go over. What the first was known by goes over, and their conflicts are resolved. A
    failure of the second comes back from the items that the first ended in.
    """
    _may_change(asset, user, because)
    _refuse_strangers(asset, into)
    with locked(asset.system):
        for held in ItemHost.objects.filter(asset=asset, item__state__in=poam.LIVE).select_related("item__system"):
            _stand_in(held, into, now)
        for held in ItemHost.objects.filter(asset=into, item__state__in=poam.LIVE).select_related("item", "asset", "ask"):
            _hold_failures(held, failures.get(held.item.source_key, ()), now)
        told = f"{asset.name} is the same machine as {into.name}, which stands in its place: {because.strip()}"
        tell_items((asset, into), "host_merged", told, user, now)
        _hand_over_names(asset, into, user, now)
        retire_host(asset, user, f"merged into {into.name}: {because.strip()}", now)
        Asset.objects.filter(Q(pk=asset.pk) | Q(merged_into=asset)).update(merged_into=into)
    return into


def _refuse_strangers(asset: Asset, into: Asset) -> None:
    if asset.pk == into.pk:
        raise ServerError(f"{asset.name} cannot be merged into itself")
    if asset.system_id != into.system_id or into.retired_at:
        raise ServerError(f"{into.name} is no host in use of the same system; name another")
    if into.category == "out_of_scope":
        raise ServerError(f"{into.name} is out of scope, so that nothing would show {asset.name} fixed; give it another category first")
    if asset.platform and into.platform and asset.platform != into.platform:
        raise ServerError(f"{asset.name} is a {asset.platform} host and {into.name} a {into.platform} host: these are two machines")


def _stand_in(held: ItemHost, into: Asset, now: datetime) -> None:
    item: Item = held.item
    elsewhere = ItemHost.objects.filter(asset=into, item__source=item.source, item__source_key=item.source_key, item__state__in=poam.LIVE)
    if not elsewhere.exists():
        ItemHost.objects.create(
            system=item.system, item=item, asset=into, failing=held.failing, added_at=now, added_after_approval=item.state == "open"
        )
        count_hosts(item, now)


def _hold_failures(held: ItemHost, failures: Sequence[poam.Seen], now: datetime) -> None:
    before = read_host(held)
    after = stand_in(before, failures)
    if after != before:
        ItemHost.objects.filter(pk=held.pk).update(failing=to_json(after.failing), passing=to_json(after.passing))
        count_hosts(held.item, now)


def _hand_over_names(asset: Asset, into: Asset, user: User, now: datetime) -> None:
    known = {(row.kind, row.value): row for row in Alias.objects.filter(asset=into)}
    for row in Alias.objects.filter(asset=asset):
        same = known.get((row.kind, row.value))
        if same is None:
            Alias.objects.filter(pk=row.pk).update(asset=into)
            continue
        same.first_seen_at, same.last_seen_at = min(same.first_seen_at, row.first_seen_at), max(same.last_seen_at, row.last_seen_at)
        same.save(update_fields=["first_seen_at", "last_seen_at"])
        row.delete()
    Conflict.objects.filter(asset__in=(asset, into), other__in=(asset, into), resolved_at=None).update(
        resolution=f"{asset.name} was merged into {into.name}", resolved_by=user, resolved_at=now
    )


def _may_change(asset: Asset, user: User, because: str) -> None:
    require(asset.system, user, DECIDING, "change a host")
    if asset.retired_at:
        raise ServerError(f"{asset.name} was retired on {asset.retired_at:%Y-%m-%d}")
    if not because.strip():
        raise ServerError(f"say why {asset.name} changes; the sentence stays with its items")
