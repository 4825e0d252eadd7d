"""Policies, screenshots and other documents that a word rests on, and what they are attached to."""

from typing import Literal

from django.db import models

from poam_generator.attestation import EvidenceStatus
from server.models.base import AppendOnly, words

Subject = Literal["item", "objective", "duty", "assessment"]


class Document(AppendOnly):
    """One version of a document; its bytes are a blob. Another version, or another status, is a row that replaces this one."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="documents")
    name = models.CharField(max_length=200, help_text="the file's name, without folders")
    blob = models.ForeignKey("server.Blob", models.PROTECT, related_name="+", help_text="its bytes, under their SHA-256")
    status = models.CharField(max_length=10, choices=words(EvidenceStatus))
    owner = models.CharField(max_length=200, blank=True)
    approved_on = models.DateField(null=True)
    version = models.CharField(max_length=100, blank=True)
    next_review = models.DateField(null=True)
    warnings = models.JSONField(default=list, help_text="sentences: what speaks against its being final")
    replaces = models.OneToOneField("self", models.PROTECT, related_name="replaced_by", null=True)
    added_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


class Attachment(AppendOnly):
    """A document is attached to something, or taken off it: the newest row of document, subject and key counts.

    key: the item (PA-0043), the objective (3.1.8[b]), the performance of a duty or the assessment, by its number.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="attachments")
    document = models.ForeignKey(Document, models.PROTECT, related_name="attachments")
    subject = models.CharField(max_length=20, choices=words(Subject))
    key = models.CharField(max_length=100)
    attached = models.BooleanField(help_text="False: taken off again")
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["system", "subject", "key"], name="attachment_by_subject")]
        ordering = ["id"]
