"""What is left to be mended in a system, as changes: live items of checks, the hosts that are not verified, and who wins what there."""

from collections.abc import Iterable
from datetime import date
from operator import attrgetter
from uuid import UUID

from django.db.models import Q, QuerySet

from checks.framework import load_framework
from checks.load import Content
from poam_generator.changes import HostToMend, PlannedChange, Weakness, plan_changes
from poam_generator.changes.central import central_settings
from poam_generator.lint.model import CentralSetting
from poam_generator.model import LIVE
from server import store
from server.errors import ServerError
from server.models import Asset, Item, ItemHost, System
from server.store.group_policy import winners_of
from server.store.seam import item_id


def changes_of(system: System, content: Content, today: date) -> tuple[PlannedChange, ...]:
    """Every change that is left, those worth most for the least work first."""
    return plan_changes(_weaknesses(system, content, _left(system, today)), load_framework())


def find_change(system: System, content: Content, today: date, key: str) -> PlannedChange:
    """The change of a key; raises ServerError when nothing is left of it, or there never was one."""
    found = next((one for one in changes_of(system, content, today) if one.key == key), None)
    if found is None:
        raise ServerError(f"there is no change {key!r} in {system.name}, or nothing is left of it; `closeout changes list` shows all")
    return found


def central_of(system: System, content: Content, today: date, numbers: Iterable[int]) -> dict[str, tuple[CentralSetting, ...]]:
    """Item -> its settings that a Group Policy object decides, which only Windows hosts have."""
    rows = _left(system, today).filter(item__number__in=list(numbers), asset__platform="windows")
    return {one.item: central_settings(one.check, one.parameters, one.hosts) for one in _weaknesses(system, content, rows)}


def _left(system: System, today: date) -> QuerySet[ItemHost]:
    """The hosts of live items of checks that are not verified; those under a disposition that holds are left out."""
    disposed = ~Q(disposition="") & (Q(disposition_until=None) | Q(disposition_until__gte=today))
    live = ItemHost.objects.filter(system=system, item__source="check", item__state__in=LIVE, passing__isnull=True)
    return live.exclude(disposed)


def _weaknesses(system: System, content: Content, rows: QuerySet[ItemHost]) -> list[Weakness]:
    """The items of these hosts, each with them and with who wins their settings; of the many rows only their two keys are read."""
    left: dict[int, list[UUID]] = {}
    for item, asset in rows.values_list("item_id", "asset_id").order_by():
        left.setdefault(item, []).append(asset)
    items = Item.objects.filter(system=system, pk__in=left).order_by("number")
    hosts = _hosts(system, {asset for assets in left.values() for asset in assets})
    parameters = store.parameter_settings(system)
    return [
        Weakness(
            item=item_id(system, item.number),
            title=item.title,
            severity=item.severity,
            requirements=tuple(item.requirements),
            check=content.checks[item.source_key],
            hosts=tuple(sorted((hosts[asset] for asset in left[item.pk]), key=attrgetter("host_name"))),
            parameters=parameters.get(item.source_key, {}),
        )
        for item in items
        if item.source_key in content.checks
    ]


def _hosts(system: System, wanted: set[UUID]) -> dict[UUID, HostToMend]:
    """Asset -> how it is told of, with who wins its settings."""
    rows = Asset.objects.filter(system=system).values_list("pk", "name", "platform")
    there = [(key, name, platform) for key, name, platform in rows if key in wanted]
    winners = winners_of(system, {str(key) for key, _, platform in there if platform == "windows"})
    return {key: HostToMend(str(key), name, platform, winners.get(str(key), {})) for key, name, platform in there}
