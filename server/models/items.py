"""POA&M items: text, hosts, milestones, and everything that happened to them."""

from datetime import date, timedelta
from typing import Literal

from django.db import models

from poam_generator.model import Disposition, SourceKind, State
from server.models.base import AppendOnly, words

AskKind = Literal["accepted", "enduring_exception", "temporary_deficiency", "dismissed"]
AskState = Literal["asked", "approved", "refused", "withdrawn"]
Severity = Literal["low", "medium", "high"]
Basis = Literal["was_implemented", "rollout"]


class Item(models.Model):
    """One weakness of one system with its draft text; people say its number, as in PA-0043.

    original_completion never changes; a later date stands in scheduled_completion with its reason in the history.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="items")
    number = models.PositiveIntegerField()
    source = models.CharField(max_length=20, choices=words(SourceKind))
    source_key = models.CharField(max_length=200)
    state = models.CharField(max_length=30, choices=words(State))
    judgement = models.CharField(max_length=64, blank=True)
    predecessor = models.ForeignKey("self", models.PROTECT, related_name="successors", null=True, blank=True)
    split_from = models.ForeignKey("self", models.PROTECT, related_name="split_off", null=True, blank=True)
    awaiting = models.TextField(blank=True, help_text="why a reviewer's word is needed before it can close")
    detected_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    owner = models.ForeignKey("server.User", models.PROTECT, related_name="items", null=True, blank=True)
    returned_because = models.TextField(blank=True, help_text="why a reviewer gave the draft back")
    approved_digest = models.CharField(max_length=64, blank=True, help_text="the review digest of the newest approval")

    title = models.CharField(max_length=300)
    weakness = models.TextField()
    requirements = models.JSONField(default=list)
    objectives = models.JSONField(default=list)
    points = models.PositiveIntegerField()
    severity = models.CharField(max_length=10, choices=words(Severity))
    impact = models.TextField()
    risk_before = models.TextField()
    risk_residual = models.TextField()
    remediation = models.JSONField(default=dict)
    identified_by = models.TextField()
    eligibility = models.TextField()
    scheduled_completion = models.DateField()
    original_completion = models.DateField()
    late_because = models.TextField(blank=True)
    point_of_contact = models.CharField(max_length=200, blank=True)
    resources = models.TextField(blank=True)
    effort_minutes = models.PositiveIntegerField(default=0)
    cost_cents = models.PositiveBigIntegerField(null=True, blank=True)
    funding = models.CharField(max_length=200, blank=True)
    vendor_dependency = models.TextField(blank=True)
    blocked_by = models.TextField(blank=True)
    change_reference = models.CharField(max_length=200, blank=True)
    changed_by = models.CharField(max_length=200, blank=True, help_text="who made the change that fixes it, where known")
    examine = models.JSONField(default=list, help_text="links to documents that an assessor can examine")
    interview = models.JSONField(default=list, help_text="links to notes of interviews")

    # Kept on write for pages; store.recount counts them anew.
    hosts_total = models.PositiveIntegerField(default=0)
    hosts_verified = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "number"], name="item_number"),
        ]
        indexes = [
            models.Index(fields=["system", "source", "source_key"], name="item_by_source"),
            models.Index(fields=["system", "state", "scheduled_completion"], name="item_by_state"),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return self.identifier

    @property
    def identifier(self) -> str:
        """The id that people say: PA-0043."""
        return f"{self.system.item_prefix}-{self.number:04d}"


class ItemHost(models.Model):
    """A host inside an item; failing and passing are observations as poam_generator.model.Seen has them."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="hosts")
    asset = models.ForeignKey("server.Asset", models.PROTECT, related_name="item_hosts")
    failing = models.JSONField()
    passing = models.JSONField(null=True, blank=True)
    added_at = models.DateTimeField()
    added_after_approval = models.BooleanField(default=False)
    disposition = models.CharField(max_length=30, choices=words(Disposition), blank=True)
    disposition_until = models.DateField(null=True, blank=True)
    accepted_receipts = models.JSONField(default=list, help_text="the receipts whose pass a reviewer has accepted")
    ask = models.ForeignKey("server.Ask", models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "item", "asset"], name="item_host_once")]
        indexes = [
            models.Index(fields=["system", "asset"], name="item_host_by_asset"),
            models.Index(fields=["system", "disposition"], name="item_host_disposed", condition=~models.Q(disposition="")),
        ]


class Ask(models.Model):
    """Somebody asks for a disposition of hosts of an item (none named: the item as a whole); another person answers.

    reference: the SSP section of an enduring exception, the register entry of a risk acceptance.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="asks")
    item = models.ForeignKey(Item, models.PROTECT, related_name="asks")
    kind = models.CharField(max_length=30, choices=words(AskKind))
    reason = models.TextField()
    reference = models.CharField(max_length=300, blank=True)
    mitigation = models.TextField(blank=True)
    until = models.DateField()
    basis = models.CharField(max_length=20, choices=words(Basis), blank=True, help_text="why a temporary deficiency is one (32 CFR 170.4)")
    shown = models.JSONField(default=list, help_text="of what was implemented before: the last pass of each host, as the approver sees it")
    progress_days = models.PositiveIntegerField(null=True, blank=True, help_text="it lapses after so many days without progress")
    progress_by = models.DateField(null=True, blank=True, help_text="the day by which progress is due; each progress moves it")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was asked, as the approver sees it")
    state = models.CharField(max_length=20, choices=words(AskState), default="asked")
    asked_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    ended_on = models.DateField(null=True, blank=True, help_text="the day on which a person ended it before its time")
    ended_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True, blank=True)
    ended_because = models.TextField(blank=True)

    @property
    def last_day(self) -> date:
        """The last day on which it counts: by its end date, for want of progress, or because a person ended it."""
        early = self.ended_on - timedelta(days=1) if self.ended_on else self.until
        return min(self.until, self.progress_by or self.until, early)


class AskHost(AppendOnly):
    """A host that somebody asked a disposition for."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    ask = models.ForeignKey(Ask, models.PROTECT, related_name="hosts")
    asset = models.ForeignKey("server.Asset", models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "ask", "asset"], name="ask_host_once")]


class AskProgress(AppendOnly):
    """What was done towards the end of a temporary deficiency; it holds on only while there is progress (32 CFR 170.24(b)(1)(ii))."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    ask = models.ForeignKey(Ask, models.PROTECT, related_name="progress")
    text = models.TextField()
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Milestone(models.Model):
    """A step with its interim completion date; the original title and date never change."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="milestones")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    due = models.DateField()
    original_title = models.CharField(max_length=300)
    original_due = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    hosts = models.JSONField(default=list, help_text="ids of the hosts that it covers; none for a step that a person tells of")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "item", "number"], name="milestone_once")]
        ordering = ["number"]


class MilestoneChange(AppendOnly):
    """One change to a milestone, beside the original."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="changes")
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=300)
    after = models.CharField(max_length=300)
    reason = models.TextField()
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class ItemEvent(AppendOnly):
    """One thing that happened to an item; by nobody means the scanner."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    text = models.TextField(help_text="a sentence")
    detail = models.JSONField(default=dict)
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["system", "at"], name="item_event_by_time")]
        ordering = ["id"]


class Approval(AppendOnly):
    """A reviewer's word on the text and evidence that they saw; canonical is what they saw."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="approvals")
    ask = models.ForeignKey(Ask, models.PROTECT, related_name="approvals", null=True)
    digest = models.CharField(max_length=64, help_text="the review digest that it binds to")
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]


class Closure(AppendOnly):
    """The record with which an item ended, closed or withdrawn."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="closures")
    item = models.ForeignKey(Item, models.PROTECT, related_name="closures")
    state = models.CharField(max_length=20, help_text="closed or withdrawn")
    at = models.DateTimeField()
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "item"], name="closure_once")]


class Comment(AppendOnly):
    """What somebody had to say about an item."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="comments")
    text = models.TextField()
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
