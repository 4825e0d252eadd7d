"""Agents: hosts that push what they collected, signed by a key that was made on them.

The token that lets a host ask, the agent that came of it, and a line for everything that happened to it.
"""

import uuid
from typing import Literal

from django.db import models

from server.models.base import AppendOnly, words

AgentState = Literal["pending", "approved", "revoked"]
AgentEventKind = Literal["token", "enrolled", "approved", "revoked", "refused"]


class Enrolment(models.Model):
    """A token that lets one host enrol, once; of its secret only the SHA-256 is kept. The id becomes the agent's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("server.System", models.PROTECT, related_name="enrolments")
    asset = models.ForeignKey("server.Asset", models.PROTECT, related_name="+", null=True)
    secret_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("server.User", models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Agent(models.Model):
    """A key pair on a host. What it signs counts only while the agent is approved, and for its asset alone.

    public_key: SubjectPublicKeyInfo in DER, on the curve P-256. fingerprint: its SHA-256. last_sequence: the highest that was
    taken in; the next has to be higher.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    system = models.ForeignKey("server.System", models.PROTECT, related_name="agents")
    asset = models.ForeignKey("server.Asset", models.PROTECT, related_name="agents", null=True)
    state = models.CharField(max_length=10, choices=words(AgentState), default="pending")
    public_key = models.BinaryField()
    fingerprint = models.CharField(max_length=64)
    said_name = models.CharField(max_length=255, help_text="what the host calls itself; decides nothing")
    address = models.CharField(max_length=100, help_text="where the enrolment came from")
    enrolled_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    revoked_because = models.TextField(blank=True)
    last_sequence = models.BigIntegerField(default=0)
    last_upload_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "fingerprint"], name="agent_key_once"),
            models.UniqueConstraint(fields=["system", "asset"], condition=models.Q(state="approved"), name="agent_of_asset"),
        ]
        ordering = ["enrolled_at"]


class AgentEvent(AppendOnly):
    """What happened to an agent, or to a request by one that nobody knows (agent: None)."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="agent_events")
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="events", null=True)
    kind = models.CharField(max_length=10, choices=words(AgentEventKind))
    word = models.CharField(max_length=20, blank=True, help_text="why a request was refused: the word that answered it")
    text = models.TextField(blank=True)
    address = models.CharField(max_length=100, blank=True)
    sequence = models.BigIntegerField(null=True)
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["system", "agent", "at"], name="agent_event_order")]
