"""Items of our own as lint reads them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from poam_generator.attestation import Evidence
from poam_generator.lint.model import CentralSetting, Entry, EntryState
from poam_generator.model import ENDED, Draft, Item, State

STATES: Final[dict[State, EntryState]] = {"draft": "draft", "open": "open", **dict.fromkeys(ENDED, "done")}


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of an item beside its text. owner: the person who sees to it, beside the point of contact.

    platforms: those of its hosts, of which some may have joined after the plan was approved. left: its hosts that are not verified yet,
    and how many it has.
    """

    owner: str = ""
    original_completion: date | None = None
    late_because: str = ""
    impact_edited: bool | None = None
    updated_on: date | None = None
    evidence: Sequence[Evidence] = ()
    central: Sequence[CentralSetting] = ()
    platforms: Collection[str] = ()
    left: tuple[int, int] = (1, 1)


NOTHING_AROUND: Final = Around()


def entry_of(item: Item, draft: Draft, around: Around = NOTHING_AROUND) -> Entry:
    """The item with this text as an entry; its hosts are not looked at, of which a fleet has too many."""
    left, hosts = around.left
    return Entry(
        id=item.id,
        state=STATES.get(item.state, "set_aside"),
        weakness=draft.weakness,
        plan={**dict.fromkeys(around.platforms, ""), **draft.remediation},
        owner=draft.point_of_contact or around.owner,
        severity=draft.severity,
        identified_by=draft.identified_by,
        completion=draft.scheduled_completion,
        earlier=around.original_completion,
        late_because=around.late_because,
        milestones=draft.milestones,
        impact=draft.impact,
        impact_edited=around.impact_edited,
        risk=draft.risk_before,
        residual_risk=draft.risk_residual,
        resources=draft.resources,
        cost="" if draft.cost_cents is None else f"{draft.cost_cents} cents",
        funding=draft.funding if draft.cost_cents else None,
        updated_on=around.updated_on,
        evidence=tuple(around.evidence),
        by_scan=item.source == "check",
        minutes=draft.effort_minutes * left // hosts if hosts else draft.effort_minutes,
        central=tuple(around.central),
    )
