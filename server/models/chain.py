"""The evidence chain: links over the records, as poam_generator.chain has them, and which records stand in which link."""

from django.db import models

from server.models.base import AppendOnly


class ChainLink(AppendOnly):
    """One link of a system's chain; canonical is what its digest is taken over."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="links")
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField()
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "sequence"], name="link_once")]
        ordering = ["sequence"]


class ChainBatch(AppendOnly):
    """The records of one kind in a link: every one whose place is after the one and not after the other.

    entries: for each record in its order 16 bytes of its id and the 32 bytes that stand for it in the Merkle tree, so that a
    record that is gone or was changed can be named and not only be noticed.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    link = models.ForeignKey(ChainLink, models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=20)
    after = models.BigIntegerField()
    upto = models.BigIntegerField()
    count = models.PositiveIntegerField()
    entries = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "kind", "upto"], name="batch_once")]
        ordering = ["id"]
