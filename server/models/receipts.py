"""What arrived: bytes by their digest, a receipt for every delivery, and the facts that were read out of it."""

import uuid

from django.db import models

from poam_generator.model import Origin
from server.models.base import AppendOnly, words


class Blob(AppendOnly):
    """Bytes under their SHA-256, zlib-compressed: the only thing that systems share."""

    digest = models.CharField(primary_key=True, max_length=64)
    size = models.PositiveIntegerField(help_text="bytes before compression")
    data = models.BinaryField()


class Script(AppendOnly):
    """A collection script that this system has issued or received output of; its text is a blob where we made it."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="scripts")
    digest = models.CharField(max_length=64)
    platform = models.CharField(max_length=20)
    collector = models.CharField(max_length=50)
    text = models.ForeignKey(Blob, models.PROTECT, related_name="+", null=True)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "digest"], name="script_once")]


class Scope(AppendOnly):
    """A set of sources that was collected; whole: it was all that this version knew for the platform."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    platform = models.CharField(max_length=20)
    sources = models.JSONField()
    whole = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "digest"], name="scope_once")]


class Receipt(AppendOnly):
    """One delivery of one bundle of one asset.

    layout: the SHA-256 (32 bytes each) of the pieces whose bytes, one after another, are the bundle. ordered_at: its place
    among the asset's observations: the server's start time of a pulled scan, else what the host's clock said, never later
    than the arrival; no two receipts of an asset share it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("server.System", models.PROTECT, related_name="receipts")
    asset = models.ForeignKey("server.Asset", models.PROTECT, related_name="receipts")
    origin = models.CharField(max_length=20, choices=words(Origin))
    scope = models.ForeignKey(Scope, models.PROTECT, related_name="+")
    script = models.CharField(max_length=64)
    collector = models.CharField(max_length=50)
    platform = models.CharField(max_length=20)
    account = models.CharField(max_length=255, blank=True)
    content_digest = models.CharField(max_length=64)
    bundle_digest = models.CharField(max_length=64)
    bundle_size = models.PositiveIntegerField()
    layout = models.BinaryField()
    observed_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    ordered_at = models.DateTimeField()
    sequence = models.BigIntegerField(null=True)
    signature = models.BinaryField(null=True)
    public_key = models.BinaryField(null=True)
    signed = models.BinaryField(null=True, help_text="the very bytes under the signature")
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "asset", "ordered_at"], name="receipt_order"),
            models.UniqueConstraint(fields=["system", "asset", "sequence"], name="receipt_sequence"),
        ]
        indexes = [models.Index(fields=["system", "asset", "bundle_digest"], name="receipt_bundle")]
        ordering = ["ordered_at"]


class Reading(AppendOnly):
    """The facts that some version's parsers read out of a receipt's bundle.

    index: canonical JSON of the facts document with, in the place of each subsystem's values and errors, the digest of the
    blob that holds them. facts_digest: SHA-256 of the whole document's canonical bytes.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="readings")
    facts_digest = models.CharField(max_length=64)
    index = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    read_by = models.CharField(max_length=50, help_text="the collector version whose parsers read it")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "receipt", "facts_digest"], name="reading_once")]
