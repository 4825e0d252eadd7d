"""The content that a system is judged by: what is in use, and what was reported of new content before it was."""

from django.db import models

from server.models.base import AppendOnly


class ContentReport(AppendOnly):
    """What new content would open and close, as a person saw it; canonical holds poam_generator.backtest.Report."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="content_reports")
    content = models.CharField(max_length=64, help_text="digest of the content that it is of")
    manifest = models.JSONField(help_text="check -> platform -> judgement digest under the defaults")
    made_at = models.DateTimeField()
    made_for = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["system", "sha256"], name="content_report_by_digest")]


class ContentRecord(AppendOnly):
    """Content that is in use from then on; the newest row counts. The first one needed nobody's word and no report."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="content_records")
    content = models.CharField(max_length=64)
    manifest = models.JSONField()
    report = models.ForeignKey(ContentReport, models.PROTECT, related_name="+", null=True)
    accepted_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    because = models.TextField(blank=True)
    since = models.DateTimeField()

    class Meta:
        ordering = ["id"]
