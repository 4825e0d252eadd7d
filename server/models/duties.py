"""What was done of recurring duties."""

from django.db import models

from server.models.base import AppendOnly


class DutyPerformance(AppendOnly):
    """A duty was done on a day; the documents that show it are attached to it."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="duties_done")
    key = models.CharField(max_length=50, help_text="the duty, as in log-review")
    on = models.DateField()
    statement = models.TextField()
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["system", "key", "on"], name="duty_done_by_day")]
        ordering = ["on", "id"]
