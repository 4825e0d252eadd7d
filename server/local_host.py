"""The machine that closeout runs on, as a host of the inventory."""

import platform
from datetime import datetime

from server import store
from server.models import Asset, System
from server.store import NewAsset


def local_host(system: System, now: datetime) -> Asset:
    """This machine's entry in the inventory, made at first use under its host name."""
    found = Asset.objects.filter(system=system, way_in="local", retired_at=None).first()
    return found or store.add_host(system, NewAsset(name=platform.node() or "localhost", way_in="local", platform="linux"), now)
