"""The values that this layer takes and gives: findings in, items, and changes to items out.

Identifiers are text: host and receipt are UUIDs, an item is PA-0043, digests are 64 hexadecimal digits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Status = Literal["pass", "fail", "not_applicable", "error", "manual"]
Origin = Literal["local", "ssh", "winrm", "agent-signed", "hand-carried"]
State = Literal["draft", "open", "closed", "withdrawn", "accepted", "enduring_exception", "temporary_deficiency", "dismissed"]
Disposition = Literal["accepted", "enduring_exception", "temporary_deficiency", "dismissed", "retired"]
SourceKind = Literal["check", "attestation", "assessor", "import", "person"]

LIVE: tuple[State, ...] = ("draft", "open")
ENDED: tuple[State, ...] = ("closed", "withdrawn")
SEVERITIES = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation of one check on one host: what a receipt showed, and under which judgement.

    observations: as checks.model.Observation.to_json gives them. reread: the status came from reading a stored bundle
    again and not from a new receipt.
    """

    status: Status
    observed_at: datetime
    receipt: str
    bundle: str
    facts: str
    judgement: str
    origin: Origin
    observations: tuple[Mapping[str, Any], ...] = ()
    account: str = ""
    collector: str = ""
    reread: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What is true now of one check on one host.

    latest: the newest observation whose receipt covered the check, None when there is none. last_failure: the newest
    failing one, what a bundle said when it was read again left out. passes: the passing ones up to now and after every
    failure, without another status between, oldest first. changes: how often the
    status went between pass and fail in the policy's flapping window. policy: the one that holds for this host, None where
    the system's own does. formerly: entries of the inventory that turned out to be this host and were merged into it.
    """

    host: str
    host_name: str
    latest: Seen | None
    last_failure: Seen | None = None
    passes: tuple[Seen, ...] = ()
    changes: int = 0
    policy: "Policy | None" = None
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """When a passing scan is believed enough to close (data of a system, approved by another person than the one who asked).

    group, severity: the hosts and checks that it is for, empty for all (see policies.choose_policy).

    fresh_days: the newest pass must be at most so old. passes: so many in a row. soak_days: the first of them at least
    so old. A host with at least flapping_changes in flapping_days needs flapping_passes. automatic: False leaves the
    closing to a reviewer's word. same_judgement: a pass under another judgement than the failure's, confirmed though it is,
    needs a reviewer's word.
    """

    fresh_days: int = 7
    passes: int = 1
    soak_days: int = 0
    flapping_days: int = 30
    flapping_changes: int = 3
    flapping_passes: int = 3
    automatic: bool = True
    approved_by: str = ""
    same_judgement: bool = False
    group: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a check is judged now, platform -> digest, and which judgements a person (or the first scan) has confirmed."""

    check: str
    current: Mapping[str, str]
    confirmed: frozenset[str]


@dataclass(frozen=True, slots=True)
class ItemHost:
    """A host inside an item: failing is its last failure, passing the observation that verified it.

    disposition counts up to and including disposition_until; a lapsed one is None with its date kept. progress_by: the day
    by which somebody has to show progress, or it lapses as well (a temporary deficiency, 32 CFR 170.24(b)(1)(ii)). A person who
    disposes of a whole item puts the disposition on each of its hosts, since one covers only the hosts that it names.
    accepted_receipts: the very receipts whose pass a reviewer has accepted, because it was hand-carried or the policy asks for a word.
    """

    host: str
    host_name: str
    failing: Seen
    passing: Seen | None = None
    disposition: Disposition | None = None
    disposition_until: date | None = None
    progress_by: date | None = None
    added_after_approval: bool = False
    accepted_receipts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step with its interim completion date; original_due never changes.

    hosts: the ids of the hosts that it covers, so that scans can tell how far it is; empty for a step that a person tells of.
    """

    title: str
    due: date
    original_due: date
    done_on: date | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of an item, complete enough to sign. minutes and cents are whole numbers; None is "not stated".

    remediation: platform -> text. eligibility: a sentence with its paragraph of 32 CFR 170.21.
    """

    title: str
    weakness: str
    requirements: tuple[str, ...]
    objectives: tuple[str, ...]
    points: int
    severity: str
    impact: str
    risk_before: str
    risk_residual: str
    remediation: Mapping[str, str]
    milestones: tuple[Milestone, ...]
    scheduled_completion: date
    identified_by: str
    eligibility: str
    point_of_contact: str = ""
    resources: str = ""
    effort_minutes: int = 0
    cost_cents: int | None = None
    funding: str = ""
    vendor_dependency: str = ""
    blocked_by: str = ""
    change_reference: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A POA&M item of the operational plan (SP 800-171 3.12.2). id is empty until the store has given one.

    judgement: the digest under which its hosts were found failing. awaiting: why a reviewer's word is needed before it
    can close, empty when it is not.
    """

    id: str
    source: SourceKind
    source_key: str
    state: State
    judgement: str
    hosts: tuple[ItemHost, ...]
    detected_on: date
    predecessor: str = ""
    awaiting: str = ""
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class DraftItem:
    """A weakness stands on hosts that no live item holds: write a draft. predecessor names the ended item it comes back from."""

    item: Item


@dataclass(frozen=True, slots=True)
class JoinHost:
    """A further host fails: it stands in the item from now on."""

    item: str
    host: ItemHost


@dataclass(frozen=True, slots=True)
class VerifyHost:
    """A host passes as the policy asks: before is its last failure, after the pass that counts."""

    item: str
    host: str
    before: Seen
    after: Seen


@dataclass(frozen=True, slots=True)
class UnverifyHost:
    """A verified host of a live item fails again, or its pass does not count any longer."""

    item: str
    host: str
    failing: Seen


@dataclass(frozen=True, slots=True)
class LapseDisposition:
    """A disposition's end date has passed: the host stands as failing again."""

    item: str
    host: str
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class AwaitReviewer:
    """All is verified, but a person's word is needed; an empty reason says that it is needed no longer."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class CloseItem:
    """Every host is verified: the open item closes with this record (canonical JSON data, see evidence.closure_record)."""

    item: str
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WithdrawItem:
    """Every host was fixed before review: the draft ends with the same record as a closure."""

    item: str
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """An organization-defined value that a check was judged with; confirmed_by is empty while it is a tool's default."""

    name: str
    value: str
    confirmed_by: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class PassWord:
    """A reviewer's word on a pass that needed one, in the sentence that the history of the item has for it."""

    by: str
    at: datetime
    told: str


@dataclass(frozen=True, slots=True)
class ClosureContext:
    """What a closure record says beyond the observations: the check, what it bears on, and what was not looked at.

    supports and not_shown: assessment objectives as in 3.1.8[b]. assets_not_scanned: names. examine, interview: links.
    confirmed_by: judgement digest -> who confirmed it. words: receipt -> the newest word of a reviewer on its pass.
    """

    title: str = ""
    supports: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()
    parameters: tuple[ParameterValue, ...] = ()
    assets_not_scanned: tuple[str, ...] = ()
    confirmed_by: Mapping[str, str] = field(default_factory=dict)
    change_reference: str = ""
    changed_by: str = ""
    examine: tuple[str, ...] = ()
    interview: tuple[str, ...] = ()
    words: Mapping[str, PassWord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """A status that counts for nothing until a reviewer has confirmed its judgement, or a new receipt has come."""

    host: str
    host_name: str
    seen: Seen
    reason: Literal["judgement", "reread"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """An assignment rule: what it names has to match, an empty field matches all. family as in AC."""

    point_of_contact: str
    platform: str = ""
    family: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Hours a week that people have for remediation of one family, as in AC, or of one group of hosts; an empty field is all."""

    hours_per_week: int
    family: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class DraftSettings:
    """What a system says about its work, so that a draft's dates and resources are its own.

    hours_per_week: the team's capacity for remediation. capacities: hours of their own, of which the first that fits every
    host of a draft counts. target_days: severity -> calendar days. overhead_minutes: work on an item beside its hosts (change
    request, trial, evidence). hourly_cents: None is "not stated". assignments: the first that matches wins. partial:
    requirements of which the partial value holds (32 CFR 170.24(c)(2)(i)(B)(4)). parameters: the check's
    organization-defined values that differ from its defaults. stale_days: an item without a word for longer is stale.
    closeout_lead_days: days that the closeout assessment needs before the 180 days of 32 CFR 170.21(b) are over.
    """

    hours_per_week: int = 8
    target_days: Mapping[str, int] = field(default_factory=lambda: {"high": 30, "medium": 60, "low": 90})
    overhead_minutes: int = 60
    hourly_cents: int | None = None
    funding: str = ""
    holidays: frozenset[date] = frozenset()
    assignments: tuple[Assignment, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    partial: frozenset[str] = frozenset()
    capacities: tuple[Capacity, ...] = ()
    stale_days: int = 30
    closeout_lead_days: int = 30


@dataclass(frozen=True, slots=True)
class DraftHost:
    """A host of a draft with what its inventory entry says."""

    host: ItemHost
    platform: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A reviewer's approval of an item; digest is the draft_digest that the reviewer saw."""

    approver: str
    approved_at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class MilestoneChange:
    """A milestone that was moved, with its reason; the milestone itself keeps its original_due."""

    title: str
    due_before: date
    due_after: date
    changed_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class ExportItem:
    """Everything that an export format may show of one item. original_completion never changes; None: as the draft's."""

    system: str
    item: Item
    draft: Draft
    approvals: tuple[Approval, ...] = ()
    milestone_changes: tuple[MilestoneChange, ...] = ()
    original_completion: date | None = None
    comments: tuple[str, ...] = ()


Change = DraftItem | JoinHost | VerifyHost | UnverifyHost | LapseDisposition | AwaitReviewer | CloseItem | WithdrawItem
