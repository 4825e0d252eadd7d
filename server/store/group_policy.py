"""Which Group Policy object wins a setting on which host, by the newest receipt that covered it."""

import json
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import OuterRef, Subquery

from collector.windows.group_policy import WINNERS
from poam_generator.changes import Winner
from server.models import Asset, Reading, Scope, System
from server.store import blobs

PART: Final = "gpo"


def winners_of(system: System, assets: Iterable[str]) -> dict[str, dict[str, Winner]]:
    """Asset -> setting in lower case -> the object that wins it; nothing for a host that was not asked, in few queries for any number."""
    wanted = set(assets)
    if not wanted:
        return {}
    scopes = [pk for pk, sources in Scope.objects.filter(system=system).values_list("pk", "sources") if WINNERS.name in sources]
    readings = Reading.objects.filter(receipt__asset=OuterRef("pk"), receipt__scope__in=scopes)
    newest = readings.order_by("-receipt__ordered_at", "-id").values("index_id")[:1]
    rows = Asset.objects.filter(system=system, pk__in=wanted).annotate(index=Subquery(newest)).values_list("pk", "index")
    indexes = {str(pk): index for pk, index in rows if index}
    contents = blobs.get_many(indexes.values())
    parts = {digest: json.loads(content)["subsystems"].get(PART) for digest, content in contents.items()}
    known = blobs.get_many(part for part in parts.values() if part)
    read = {digest: _read(content) for digest, content in known.items()}
    return {asset: read[parts[index]] for asset, index in indexes.items() if parts[index]}


def _read(content: bytes) -> dict[str, Winner]:
    """The winners among the facts of the group policy; none where the host could not tell."""
    said: Any = (json.loads(content)["values"] or {}).get("winners")
    winners = said if isinstance(said, dict) else {}
    return {key.casefold(): Winner(str(one["gpo"]), str(one.get("guid") or "")) for key, one in winners.items() if one.get("gpo")}
