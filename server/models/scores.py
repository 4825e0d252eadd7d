"""The score as it stood, day by day."""

from django.db import models

from server.models.base import AppendOnly


class ScoreRecord(AppendOnly):
    """The score at a moment, with the digest of all that it rested on; canonical holds every list. The last of a day is the day's.

    verified and projected: null where there was no score.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="scores")
    day = models.DateField()
    at = models.DateTimeField()
    verified = models.IntegerField(null=True)
    projected = models.IntegerField(null=True)
    inputs = models.CharField(max_length=64, help_text="SHA-256 of all that the score rested on")
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["system", "day"], name="score_by_day")]
        ordering = ["id"]
