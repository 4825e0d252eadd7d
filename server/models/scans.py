"""Scans and other work in the background, as far as it has come."""

import uuid
from typing import Literal

from django.db import models

from server.models.base import words

RunState = Literal["running", "done", "interrupted"]
TaskState = Literal["waiting", "running", "done", "failed", "interrupted"]


class ScanRun(models.Model):
    """One scan of some hosts; machine is where it runs, so that only that machine judges whether it still does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("server.System", models.PROTECT, related_name="scans")
    state = models.CharField(max_length=20, choices=words(RunState))
    machine = models.CharField(max_length=255)
    requested_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    drafted = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at"]


class ScanTask(models.Model):
    """One host of a scan; error is a sentence that says what to do."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="+")
    run = models.ForeignKey(ScanRun, models.CASCADE, related_name="tasks")
    asset = models.ForeignKey("server.Asset", models.PROTECT, related_name="scan_tasks")
    state = models.CharField(max_length=20, choices=words(TaskState))
    error = models.TextField(blank=True)
    receipt = models.ForeignKey("server.Receipt", models.PROTECT, related_name="+", null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "run", "asset"], name="scan_task_once")]


class Job(models.Model):
    """A named task with the ids it takes, waiting, running or ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("server.System", models.PROTECT, related_name="jobs")
    task = models.CharField(max_length=100)
    arguments = models.JSONField()
    state = models.CharField(max_length=20, choices=words(TaskState), default="waiting")
    machine = models.CharField(max_length=255)
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey("server.User", models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["system", "state", "created_at"], name="job_by_state")]
