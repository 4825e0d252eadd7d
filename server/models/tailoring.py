"""Exceptions from checks: what was asked, what became of it, and the requests on items that came of it."""

from typing import Literal

from django.db import models

from poam_generator.tailoring import ExceptionKind, ExceptionScope
from server.models.base import AppendOnly, words

ExceptionAnswerKind = Literal["approved", "refused", "ended"]


class ExceptionRecord(AppendOnly):
    """A standing exception as it was asked for; its newest answer says how it stands. People say its number, as in EX-3."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="exceptions")
    number = models.PositiveIntegerField()
    check_id = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=words(ExceptionScope))
    target = models.CharField(max_length=100, help_text="the id of the host, the group or the platform")
    kind = models.CharField(max_length=30, choices=words(ExceptionKind))
    reason = models.TextField()
    reference = models.CharField(max_length=300, blank=True)
    mitigation = models.TextField(blank=True)
    until = models.DateField()
    approver = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "number"], name="exception_number")]
        indexes = [models.Index(fields=["system", "check_id"], name="exception_by_check")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"EX-{self.number}"


class ExceptionAnswer(AppendOnly):
    """What a person said to an exception: yes, no, or that it ends before its day."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    exception = models.ForeignKey(ExceptionRecord, models.PROTECT, related_name="answers")
    answer = models.CharField(max_length=10, choices=words(ExceptionAnswerKind))
    because = models.TextField(blank=True)
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class ExceptionUse(AppendOnly):
    """A request on an item that a standing exception has answered ahead."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    exception = models.ForeignKey(ExceptionRecord, models.PROTECT, related_name="uses")
    ask = models.OneToOneField("server.Ask", models.PROTECT, related_name="exception_use")
