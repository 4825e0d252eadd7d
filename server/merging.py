"""Two entries of the inventory that are one machine, with every failure that was seen of it under an entry that goes, or went before."""

from datetime import datetime

from poam_generator import model as poam
from server import store
from server.assess import Assessor
from server.models import Asset, ItemHost, User

FAR_BACK = 1000  # newest observations of a check in which its last failure is looked for


def merge_hosts(assessor: Assessor, asset: Asset, into: Asset, user: User, because: str, now: datetime) -> Asset:  # noqa: PLR0913, PLR0917 - what is one, who says so, and when
    """The entry that stays; in its items it stands with the newest failure of either, so that only a later pass verifies it."""
    with store.locked(assessor.system):
        held = ItemHost.objects.filter(asset__in=(asset, into), item__source="check", item__state__in=poam.LIVE)
        checks = set(held.values_list("item__source_key", flat=True))
        entries = [asset, *Asset.objects.filter(merged_into__in=(asset, into)).order_by("pk")]
        failures = {check: [seen for entry in entries for seen in _failures(assessor, entry, check)] for check in checks}
        return store.merge_hosts(asset, into, failures, user, because, now)


def _failures(assessor: Assessor, asset: Asset, check: str) -> list[poam.Seen]:
    return [seen for seen in store.history(asset, check, assessor.sources(check), FAR_BACK) if seen.status == "fail"]
