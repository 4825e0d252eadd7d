"""The score day by day: written once, never rewritten."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from collector.canonical import canonical_bytes, sha256, time_text
from poam_generator.score_record import RECORD
from server.models import ScoreRecord, System


def record_score(system: System, score: Mapping[str, Any], inputs: str, now: datetime) -> ScoreRecord | None:
    """Note a score, in the form in which it is printed, with the digest of its inputs; None where the day's newest says the same."""
    with transaction.atomic():
        newest = ScoreRecord.objects.filter(system=System.objects.select_for_update().get(pk=system.pk)).last()
        if newest and (newest.day, newest.inputs) == (now.date(), inputs):
            return None
        form = {"schema": RECORD, "system": system.pk, "at": time_text(now), "inputs": inputs, "score": dict(score)}
        raw = canonical_bytes(form)
        return ScoreRecord.objects.create(
            system=system,
            day=now.date(),
            at=now,
            verified=score["verified"],
            projected=score["projected"],
            inputs=inputs,
            canonical=raw,
            sha256=sha256(raw),
        )


def score_days(system: System, since: date) -> list[ScoreRecord]:
    """The last score of each day since then, oldest first, without its lists."""
    rows = ScoreRecord.objects.filter(system=system, day__gte=since).defer("canonical").order_by("id")
    return list({row.day: row for row in rows}.values())


def score_of(system: System, day: date) -> Mapping[str, Any] | None:
    """The last score of a day with all its lists, in the form in which it was printed; None where none was recorded."""
    row = ScoreRecord.objects.filter(system=system, day=day).last()
    form: Mapping[str, Any] | None = json.loads(bytes(row.canonical))["score"] if row else None
    return form
