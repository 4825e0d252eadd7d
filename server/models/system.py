"""A system (one SSP boundary), its policy for closing and its parameters' values."""

from django.db import models

from server.models.base import AppendOnly, words
from server.models.items import AskState, Severity


class System(models.Model):
    """One boundary; every other row belongs to one."""

    name = models.CharField(max_length=200, unique=True)
    banner = models.CharField(max_length=200, blank=True, help_text="the line on every page, such as a CUI marking")
    item_prefix = models.CharField(max_length=10, default="PA")
    last_item = models.PositiveIntegerField(default=0, help_text="the number that the newest item got")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class PolicyRecord(AppendOnly):
    """When a passing scan is believed enough to close; the newest row of a group and severity counts, a closure names it."""

    system = models.ForeignKey(System, models.PROTECT, related_name="policies")
    fresh_days = models.PositiveIntegerField()
    passes = models.PositiveIntegerField()
    soak_days = models.PositiveIntegerField()
    flapping_days = models.PositiveIntegerField()
    flapping_changes = models.PositiveIntegerField()
    flapping_passes = models.PositiveIntegerField()
    automatic = models.BooleanField()
    same_judgement = models.BooleanField(default=False)
    group = models.CharField(max_length=100, blank=True, help_text="the hosts that it is for, empty for all")
    severity = models.CharField(max_length=10, choices=words(Severity), blank=True, help_text="the checks that it is for, empty for all")
    withdrawn = models.BooleanField(default=False, help_text="from here on there is no policy of its own for this group and severity")
    proposal = models.OneToOneField("server.PolicyProposal", models.PROTECT, related_name="record", null=True)
    approved_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "group", "severity", "since"], name="policy_since")]


class PolicyProposal(models.Model):
    """Somebody asks for a closing policy (poam_generator.model.Policy as JSON); another person answers."""

    system = models.ForeignKey(System, models.PROTECT, related_name="policy_proposals")
    policy = models.JSONField()
    withdraw = models.BooleanField(default=False, help_text="asks that there be no policy of its own for this group and severity")
    reason = models.TextField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was asked, as the approver sees it")
    state = models.CharField(max_length=20, choices=words(AskState), default="asked")
    asked_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]


class DraftingRecord(AppendOnly):
    """What a system says about its work (poam_generator.model.DraftSettings as JSON), for drafts; the newest row counts."""

    system = models.ForeignKey(System, models.PROTECT, related_name="drafting")
    settings = models.JSONField()
    set_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "since"], name="drafting_since")]


class ParameterValue(AppendOnly):
    """The organization's value of a check's parameter, with the document that says so; the newest row counts."""

    system = models.ForeignKey(System, models.PROTECT, related_name="parameter_values")
    check_id = models.CharField(max_length=100)
    parameter = models.CharField(max_length=100)
    value = models.JSONField()
    document = models.CharField(max_length=200, help_text="the policy document that sets the value")
    section = models.CharField(max_length=100)
    approver = models.CharField(max_length=200, help_text="who approved the value, as the document names them")
    approved_on = models.DateField(null=True, help_text="null in rows from before it was asked for")
    set_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "check_id", "parameter", "since"], name="parameter_since")]


class SettingRecord(AppendOnly):
    """Something that a system says of itself, by its name, as JSON; the newest row of a name counts, null takes it back."""

    system = models.ForeignKey(System, models.PROTECT, related_name="settings")
    name = models.CharField(max_length=100)
    value = models.JSONField(null=True)
    set_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["system", "name"], name="setting_by_name")]
        ordering = ["id"]
