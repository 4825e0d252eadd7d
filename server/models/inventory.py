"""Every asset in scope, scannable or not, under the names that it was seen by."""

import uuid
from typing import Literal

from django.db import models

from poam_generator.scope import Category
from server.models.base import AppendOnly, words

Kind = Literal["host", "network_device", "cloud_service", "printer", "appliance"]
WayIn = Literal["none", "local", "ssh", "winrm", "agent"]
Sudo = Literal["auto", "never"]
Authentication = Literal["", "kerberos", "ntlm", "certificate"]  # by WinRM
AliasKind = Literal["hostname", "address", "machine-id", "machine-guid", "ssh-host-key", "agent-key", "certificate"]


class Asset(models.Model):
    """One asset under our own id; where it is a host, the way in and its settings, never a secret."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("server.System", models.PROTECT, related_name="assets")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, choices=words(Kind), default="host")
    category = models.CharField(max_length=30, choices=words(Category), default="uncategorised")
    category_because = models.TextField(blank=True, help_text="the justification of the category; out of scope needs one")
    ssp_section = models.CharField(max_length=300, blank=True, help_text="where the SSP documents it; two categories need that")
    group = models.CharField(max_length=100, blank=True)
    owner = models.ForeignKey("server.User", models.PROTECT, related_name="assets", null=True, blank=True)
    platform = models.CharField(max_length=20, blank=True)
    way_in = models.CharField(max_length=10, choices=words(WayIn), default="none")
    address = models.CharField(max_length=255, blank=True)
    port = models.PositiveIntegerField(null=True, blank=True)
    account = models.CharField(max_length=255, blank=True)
    key_file = models.CharField(max_length=1000, blank=True, help_text="the path of a private key on this machine")
    sudo = models.CharField(max_length=20, choices=words(Sudo), default="auto")
    authentication = models.CharField(max_length=20, choices=words(Authentication), default="", blank=True)
    ca_file = models.CharField(max_length=1000, blank=True, help_text="the path of the certificate authority that WinRM is checked by")
    encrypted_http = models.BooleanField(default=False, help_text="WinRM by HTTP with encrypted messages, on purpose")
    jump = models.ForeignKey("self", models.PROTECT, related_name="reached", null=True, blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True, blank=True)
    retired_because = models.TextField(blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, related_name="merged", null=True, blank=True, help_text="the entry of the same machine that stays"
    )
    # Kept on write for pages; store.recount counts them anew.
    last_seen_at = models.DateTimeField(null=True, blank=True)
    passing = models.PositiveIntegerField(default=0)
    failing = models.PositiveIntegerField(default=0)
    unclear = models.PositiveIntegerField(default=0, help_text="results of error and manual")
    not_applicable = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "name"], name="asset_name_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CategoryRecord(AppendOnly):
    """What an asset was put into and why; the newest is what the asset says. by: nobody where a program did it."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="categories")
    category = models.CharField(max_length=30, choices=words(Category))
    because = models.TextField(blank=True)
    ssp_section = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class AssetEvent(AppendOnly):
    """What became of an asset, in a sentence: renamed, moved, merged, installed anew, retired or in use again.

    by: nobody where a scan showed it.
    """

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    text = models.TextField()
    by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Alias(models.Model):
    """A name under which an asset was seen, and from when to when."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="aliases")
    kind = models.CharField(max_length=20, choices=words(AliasKind))
    value = models.CharField(max_length=1000)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "asset", "kind", "value"], name="alias_once")]
        indexes = [models.Index(fields=["system", "kind", "value"], name="alias_lookup")]


class Conflict(models.Model):
    """A bundle said something that another asset was known by; a person decides which is right."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="conflicts")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="conflicts")
    other = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=words(AliasKind))
    value = models.CharField(max_length=1000)
    receipt = models.ForeignKey("server.Receipt", models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True, blank=True)
    resolution = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "asset", "other", "kind", "value"], name="conflict_once")]
