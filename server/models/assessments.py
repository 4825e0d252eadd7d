"""CMMC assessments with the POA&M that each left, and the closeouts that closed it."""

from django.db import models

from poam_generator.assessment import AssessmentKind, CmmcStatus
from server.models.base import AppendOnly, words


class AssessmentRecord(AppendOnly):
    """An assessment as poam_generator.assessment has it, frozen with its entries; canonical holds the whole of it."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="assessments")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=words(AssessmentKind))
    status = models.CharField(max_length=20, choices=words(CmmcStatus))
    status_on = models.DateField(null=True, help_text="the Conditional or Final CMMC Status Date")
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    recorded_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "number"], name="assessment_number")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"assessment {self.number}"


class EntryItem(AppendOnly):
    """An operational item that mends an entry; items that come later, such as a regression, are linked later."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    assessment = models.ForeignKey(AssessmentRecord, models.PROTECT, related_name="links")
    requirement = models.CharField(max_length=20)
    item = models.ForeignKey("server.Item", models.PROTECT, related_name="entries")
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "assessment", "requirement", "item"], name="entry_item_once")]
        ordering = ["id"]


class CloseoutRecord(AppendOnly):
    """A closeout assessment: the only thing that closes entries."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="closeouts")
    assessment = models.ForeignKey(AssessmentRecord, models.PROTECT, related_name="closeouts")
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    recorded_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
