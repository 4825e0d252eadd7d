"""Items whole, as canonical JSON with a versioned schema id, for other programs."""

from collections.abc import Sequence
from typing import Final

from collector.canonical import canonical_bytes
from poam_generator.exporters._order import in_order
from poam_generator.json_form import to_json
from poam_generator.model import ExportItem

NAME: Final = "json"
EXTENSION: Final = "json"
MEDIA_TYPE: Final = "application/json"

SCHEMA: Final = "closeout.items/1"


def export(items: Sequence[ExportItem]) -> bytes:
    """Canonical bytes of {"schema", "items"}; each item with the fields of ExportItem, as json_form.from_json reads them."""
    return canonical_bytes({"schema": SCHEMA, "items": [to_json(one) for one in in_order(items)]})
