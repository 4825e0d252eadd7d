"""What people answer for: the plan, attestations, inherited objectives and the registers."""

from typing import Literal

from django.db import models

from server.models.base import AppendOnly, words

AnswerKind = Literal["ssp", "attestation", "inheritance", "relevant", "mfa", "module", "put_off"]


class AnswerRecord(AppendOnly):
    """One answer as poam_generator.answers has it; the newest row of a kind and key counts, one that is null takes it back.

    key: the objective, with the names of its assets where it speaks of some; or the place; empty for what there is one of.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=20, choices=words(AnswerKind))
    key = models.CharField(max_length=300, blank=True)
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    recorded_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["system", "kind", "key", "since"], name="answer_by_key")]
        ordering = ["since", "id"]
