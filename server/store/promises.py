"""What the live items of a system still take of its people, for the dates of the drafts to come."""

from collections.abc import Collection, Mapping

from django.db.models import Prefetch

from checks.framework import Framework
from poam_generator import model as poam
from poam_generator.team import find_capacity
from poam_generator.workload import Promise, remaining_promise
from server.models import Item, ItemHost, System
from server.store.seam import read_milestone


def promises_of(system: System, framework: Framework, settings: poam.DraftSettings, without: Collection[int] = ()) -> list[Promise]:
    """What drafts and open items have promised: their effort, less the share of the hosts that are verified.

    without: the keys of the rows that are planned anew.
    """
    hosts = Prefetch("hosts", ItemHost.objects.select_related("asset").only("item_id", "asset__group"))
    rows = Item.objects.filter(system=system, state__in=poam.LIVE).exclude(pk__in=without).prefetch_related("milestones", hosts)
    families = {one.id: one.family for one in framework.requirements}
    return [_promise(row, families, settings) for row in rows.order_by("number")]


def _promise(row: Item, families: Mapping[str, str], settings: poam.DraftSettings) -> Promise:
    groups = [host.asset.group for host in row.hosts.all()]
    capacity = find_capacity(settings, {families[one] for one in row.requirements if one in families}, groups)
    left = row.hosts_total - row.hosts_verified
    minutes = row.effort_minutes * left // row.hosts_total if row.hosts_total else row.effort_minutes
    unapproved = row.severity if row.state == "draft" else ""
    return remaining_promise(capacity, map(read_milestone, row.milestones.all()), minutes, row.scheduled_completion, unapproved)
