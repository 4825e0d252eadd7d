"""What checks found: the current result, every transition on the way to it, and how it was judged."""

from typing import Literal

from django.db import models

from poam_generator.model import Status
from server.models.base import AppendOnly, words

Cause = Literal["observation", "judgement", "reread"]


class Result(models.Model):
    """The current result of a check on an asset.

    receipt: the newest that covered the check. changed_by: the one that last changed status, judgement or observations.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="results")
    asset = models.ForeignKey("server.Asset", models.PROTECT, related_name="results")
    check_id = models.CharField(max_length=100)
    status = models.CharField(max_length=20, choices=words(Status))
    observations = models.JSONField()
    judgement = models.CharField(max_length=64)
    reread = models.BooleanField()
    receipt = models.ForeignKey("server.Receipt", models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    observed_at = models.DateTimeField()
    changed_by = models.ForeignKey("server.Receipt", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    status_since = models.DateTimeField(help_text="when the status was first observed without another one since")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "asset", "check_id"], name="result_once")]
        indexes = [models.Index(fields=["system", "check_id", "status"], name="result_by_check")]


class Transition(AppendOnly):
    """From this receipt on, until the next transition, the check stands so; canonical holds the observations.

    Their order is ordered_at, then id: a hand-carried bundle that arrives late takes its place by time.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="transitions")
    asset = models.ForeignKey("server.Asset", models.PROTECT, related_name="transitions")
    check_id = models.CharField(max_length=100)
    receipt = models.ForeignKey("server.Receipt", models.PROTECT, related_name="transitions")
    ordered_at = models.DateTimeField()
    before = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=20, choices=words(Status))
    judgement = models.CharField(max_length=64)
    observations_digest = models.CharField(max_length=64)
    cause = models.CharField(max_length=20, choices=words(Cause))
    recorded_at = models.DateTimeField()
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["system", "check_id", "asset", "ordered_at"], name="transition_by_check"),
            models.Index(fields=["system", "asset", "ordered_at"], name="transition_by_asset"),
        ]
        ordering = ["ordered_at", "id"]


class JudgementRecord(AppendOnly):
    """A way of judging a check that was used here: the digest, and the parts it was taken over."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="judgements")
    check_id = models.CharField(max_length=100)
    platform = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    first_used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "check_id", "platform", "digest"], name="judgement_once")]


class Confirmation(AppendOnly):
    """Somebody's word that a judgement may open and close items; by nobody for the first judgement of a check."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    judgement = models.ForeignKey(JudgementRecord, models.PROTECT, related_name="confirmations")
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "judgement"], name="confirmation_once")]
