"""What lint reads and what it says: entries of a POA&M, whoever wrote it, and problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from poam_generator.attestation import Evidence
from poam_generator.model import DraftSettings, Milestone

EntryState = Literal["draft", "open", "done", "set_aside"]
ProblemKind = Literal[
    "vague_plan",
    "no_owner",
    "no_milestones",
    "bad_date",
    "same_day",
    "overloaded",
    "too_late",
    "date_moved",
    "stale",
    "impact",
    "risk",
    "residual_risk",
    "resources",
    "cost",
    "closeout_limit",
    "evidence",
    "no_item",
    "local_fix",
    "identification",
    "template",
]


STEPS = "steps"  # in the place of a platform: a plan that is nothing but the titles of its milestones


@dataclass(frozen=True, slots=True)
class CentralSetting:
    """A setting of the entry that a Group Policy object wins on some hosts, so that a local edit there does not last."""

    key: str
    gpo: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as lint reads it. None: its format has no place for it, so nothing can be said; an empty text is a missing one.

    set_aside: accepted, dismissed or excepted. plan: platform (or STEPS) -> text. impact_edited: whether the impact is a person's, where
    that is known. by_scan: scans close it, so that their output is its evidence. earlier: the completion date that
    it had before, late_because: why it was moved. minutes: the work that is left, where it is known. about, assets: what a
    table says of requirements and of what is concerned, as it stands there. funding: None also where there is nothing to be paid.
    """

    id: str
    state: EntryState
    weakness: str
    plan: Mapping[str, str] | None = None
    owner: str | None = None
    severity: str = ""
    identified_by: str | None = None
    completion: date | None = None
    earlier: date | None = None
    late_because: str | None = None
    milestones: tuple[Milestone, ...] | None = None
    impact: str | None = None
    impact_edited: bool | None = None
    risk: str | None = None
    residual_risk: str | None = None
    resources: str | None = None
    cost: str | None = None
    funding: str | None = None
    updated_on: date | None = None
    evidence: tuple[Evidence, ...] | None = None
    by_scan: bool = False
    minutes: int = 0
    central: tuple[CentralSetting, ...] = ()
    about: str = ""
    assets: str = ""

    @property
    def live(self) -> bool:
        """True while there is something left to do."""
        return self.state in {"draft", "open"}


@dataclass(frozen=True, slots=True)
class Standards:
    """What entries are measured by. closeout_due: the last day of 32 CFR 170.21(b), None without Conditional status.

    clocked: ids of the entries that the clock holds for, None for all. unmet: requirement -> ids of the entries for it.
    """

    today: date
    settings: DraftSettings = field(default_factory=DraftSettings)
    closeout_due: date | None = None
    clocked: frozenset[str] | None = None
    unmet: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def closeout_limit(self) -> date | None:
        """The last day on which a fix leaves the closeout assessment its time."""
        return None if self.closeout_due is None else self.closeout_due - timedelta(days=self.settings.closeout_lead_days)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in one sentence with what mends it. entry: its id, empty for the POA&M as a whole."""

    entry: str
    kind: ProblemKind
    sentence: str

    def to_json(self) -> dict[str, str]:
        """The problem as JSON data."""
        return {"entry": self.entry, "kind": self.kind, "sentence": self.sentence}
