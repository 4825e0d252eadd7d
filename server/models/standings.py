"""What counts of an asset's results for the score, kept on write so that a page does not read millions of rows."""

from django.db import models


class AssetStanding(models.Model):
    """One asset's results that count, as store.standings writes them; store.recount makes them anew.

    shown: JSON, status -> ids of the JudgementRecords under which it was found. since: no older observation was looked at;
    oldest and newest: of those that were, null where there is none.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    asset = models.OneToOneField("server.Asset", models.PROTECT, related_name="standing")
    shown = models.TextField()
    since = models.DateTimeField()
    oldest = models.DateTimeField(null=True)
    newest = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["system", "oldest"], name="standing_by_age")]
