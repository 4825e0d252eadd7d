"""The columns of POA&M tables that are in use, and what lint takes each for."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

Role = Literal[
    "id",
    "state",
    "weakness",
    "plan",
    "owner",
    "resources",
    "completion",
    "completed",
    "milestones",
    "changes",
    "step",
    "step_due",
    "step_done",
    "identified_by",
    "impact",
    "risk",
    "residual_risk",
    "updated_on",
    "evidence",
    "about",
    "assets",
]
FEWEST: Final = 4  # columns by which a row is known for the head of a table
_ROLES: Final[Mapping[str, Role]] = {
    # NIST's plan of action for CUI, and the table that closeout writes (csv-plan)
    "requirements": "about",
    "objectives": "about",
    "hosts": "assets",
    "item": "id",
    "state": "state",
    "status": "state",
    "weaknesses": "weakness",
    "weakness": "weakness",
    "responsible office/organization": "owner",
    "resource estimate": "resources",
    "scheduled completion date": "completion",
    "milestones with interim completion dates": "milestones",
    "changes to milestones": "changes",
    "how was the weakness identified?": "identified_by",
    # FedRAMP
    "poam id": "id",
    "controls": "about",
    "asset identifier": "assets",
    "weakness description": "weakness",
    "weakness name": "weakness",
    "weakness detector source": "identified_by",
    "point of contact": "owner",
    "resources required": "resources",
    "overall remediation plan": "plan",
    "planned milestones": "milestones",
    "milestone changes": "changes",
    "status date": "updated_on",
    "original risk rating": "risk",
    "supporting documents": "evidence",
    # eMASS, now and before
    "poa&m item id": "id",
    "controls / aps": "about",
    "devices affected": "assets",
    "control vulnerability description": "weakness",
    "poa&m status": "state",
    "poa&m scheduled completion date": "completion",
    "poa&m completion date": "completed",
    "milestone description": "step",
    "milestone scheduled completion date": "step_due",
    "milestone completion date": "step_done",
    "milestone with completion dates": "milestones",
    "identification source": "identified_by",
    "source identifying vulnerability": "identified_by",
    "office/org": "owner",
    "severity": "risk",
    "impact description": "impact",
    "residual risk level": "residual_risk",
}
WORDS: Final[Mapping[Role, str]] = {
    "plan": "the remediation plan",
    "owner": "the owner",
    "resources": "resources",
    "impact": "the impact",
    "risk": "the risk",
    "residual_risk": "the residual risk",
    "updated_on": "when it was last looked at",
    "evidence": "evidence",
    "identified_by": "how it was identified",
}


def find_head(rows: Sequence[Sequence[str]]) -> int | None:
    """The place of the row that names the columns, as templates have a few rows above it; None when there is none."""
    known = [sum(normalize(cell) in _ROLES for cell in row) for row in rows[:30]]
    best = max(known, default=0)
    return known.index(best) if best >= FEWEST else None


def columns_of(head: Sequence[str]) -> tuple[dict[Role, list[int]], list[str]]:
    """Role -> the places of its columns, and the names of the columns that are not read."""
    places: dict[Role, list[int]] = {}
    unread = []
    for place, cell in enumerate(head):
        role = _ROLES.get(normalize(cell))
        if role:
            places.setdefault(role, []).append(place)
        elif cell.strip():
            unread.append(" ".join(cell.split()))
    return places, unread


def normalize(cell: str) -> str:
    """The name of a column without case, line breaks, marks and what stands in brackets: "Status (Ongoing or Complete) *" is "status"."""
    plain = re.sub(r"\([^)]*\)|\*", " ", cell.replace("\ufeff", ""))
    return " ".join(plain.split()).casefold()
