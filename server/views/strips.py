"""What was observed of one check, host by host: the strips, for many hosts in few queries."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from server.models import Receipt, System, Transition
from server.store.results import covering_scopes
from server.views.content import check_sources

CELLS = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One observation of a strip."""

    at: datetime
    status: str


def strips(system: System, check_id: str, assets: Iterable[UUID]) -> dict[UUID, list[Cell]]:
    """Asset -> its newest observations of the check, oldest first. A receipt that covered the check shows what held there."""
    wanted = list(assets)
    history: dict[UUID, list[tuple[datetime, str]]] = {}
    changes = Transition.objects.filter(system=system, check_id=check_id, asset__in=wanted).order_by("ordered_at", "id")
    for asset, at, status in changes.values_list("asset_id", "ordered_at", "status"):
        history.setdefault(asset, []).append((at, status))
    cells: dict[UUID, list[Cell]] = {asset: [] for asset in wanted}
    for asset, at in _newest(system, check_id, wanted):
        if place := bisect_right(history.get(asset, []), at, key=lambda change: change[0]):
            cells[asset].append(Cell(at, history[asset][place - 1][1]))
    return cells


def _newest(system: System, check_id: str, assets: list[UUID]) -> Iterable[tuple[UUID, datetime]]:
    scopes = covering_scopes(system, check_sources(check_id))
    place = Window(RowNumber(), partition_by=F("asset_id"), order_by=F("ordered_at").desc())
    receipts = Receipt.objects.filter(system=system, asset__in=assets, scope_id__in=scopes).annotate(place=place).filter(place__lte=CELLS)
    return receipts.order_by("ordered_at").values_list("asset_id", "ordered_at")
