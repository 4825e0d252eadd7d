"""The order in which every format lists items."""

from collections.abc import Iterable

from poam_generator.model import ExportItem
from poam_generator.standing import item_order


def in_order(items: Iterable[ExportItem]) -> list[ExportItem]:
    """The items by system and id, PA-9 before PA-10."""
    return sorted(items, key=lambda one: (one.system, item_order(one.item.id)))
