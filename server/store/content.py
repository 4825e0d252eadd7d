"""The content in use: recorded at the first judging, and changed only by a person who has seen what the change would do."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from checks.manifest import Manifest, manifest_digest
from collector.canonical import canonical_bytes, sha256
from poam_generator.backtest import Report
from server.errors import ServerError
from server.models import Confirmation, ContentRecord, ContentReport, JudgementRecord, System, User
from server.store.people import require

_LASTS = timedelta(hours=24)  # a report: what hosts show goes on meanwhile, and in a large fleet never stands still
Judgements = Mapping[str, Mapping[str, str]]  # check id -> platform -> its judgement digest under the organization's values


def content_in_use(system: System) -> ContentRecord | None:
    """What the system is judged by; None before anything was."""
    return ContentRecord.objects.filter(system=system).select_related("accepted_by", "report").last()


def content_records(system: System) -> list[ContentRecord]:
    """All that was ever in use, newest first."""
    return list(ContentRecord.objects.filter(system=system).select_related("accepted_by").order_by("-id"))


def keep_first_content(system: System, manifest: Manifest, now: datetime) -> ContentRecord:
    """Record the content that a system is first judged by, which needs nobody's word, since nothing was opened or closed under another.

    A system that was judged before this was recorded keeps the checks that it was judged by; what else there is counts as new.
    """
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)
        if found := content_in_use(system):
            return found
        judged = set(JudgementRecord.objects.filter(system=system).values_list("check_id", "platform"))
        known = {
            check: {platform: digest for platform, digest in platforms.items() if not judged or (check, platform) in judged}
            for check, platforms in manifest.items()
        }
        return ContentRecord.objects.create(system=system, content=manifest_digest(known), manifest=known, since=now)


def basis_of_report(content: str, judgements: Judgements) -> str:
    """SHA-256 over what a report compares by: the content, and how its changed checks judge by the organization's values of now."""
    return sha256(canonical_bytes({"content": content, "judgements": {check: dict(one) for check, one in judgements.items()}}))


def save_report(system: System, report: Report, manifest: Manifest, now: datetime, user: User | None) -> ContentReport:
    """Keep what a person is about to see."""
    canonical = canonical_bytes(report.to_json())
    return ContentReport.objects.create(
        system=system,
        content=report.content,
        manifest=manifest,
        made_at=now,
        made_for=user,
        canonical=canonical,
        sha256=sha256(canonical),
    )


def newest_report(system: System, content: str) -> ContentReport | None:
    """The newest report on content of this digest."""
    return ContentReport.objects.filter(system=system, content=content).last()


def report_json(row: ContentReport) -> Any:  # noqa: ANN401 - JSON data
    """What a report says."""
    return json.loads(bytes(row.canonical))


def accept_content(  # noqa: PLR0913, PLR0917 - one row's columns
    system: System, seen: str, content: str, judgements: Judgements, user: User, because: str, now: datetime
) -> ContentRecord:
    """Put content into use by a reviewer's word on the report that they saw; what it judges otherwise counts from now on.

    seen: the report's digest, or the beginning of it. content: the digest of the content that there is; judgements: those of its changed
    checks. Raises ServerError when the report is not the newest on this content, when it is older than a day or a value has changed since
    it was made, or no reason is given.
    """
    require(system, user, ("reviewer",), "accept new content")
    if not because.strip():
        raise ServerError("say why the content may be put into use")
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)
        report = _report_seen(system, seen, content, judgements, now)
        for effect in report_json(report)["effects"]:
            _confirm(system, effect["check"], effect["judgements"], user, f"{because.strip()} (report {report.sha256[:12]})", now)
        return ContentRecord.objects.create(
            system=system,
            content=content,
            manifest=report.manifest,
            report=report,
            accepted_by=user,
            because=because.strip(),
            since=now,
        )


def _report_seen(system: System, seen: str, content: str, judgements: Judgements, now: datetime) -> ContentReport:
    """The report that a person saw, when it is the newest, and says what would happen now."""
    report = newest_report(system, content)
    if report is None or len(seen) < 8 or not report.sha256.startswith(seen.lower()):  # noqa: PLR2004 - enough to tell reports apart
        raise ServerError("this is not the newest report on the content that there is; look at it again: closeout checks activate")
    if now - report.made_at > _LASTS:
        raise ServerError("this report is older than a day, and hosts have gone on; make it again: closeout checks activate")
    if report_json(report).get("basis") != basis_of_report(content, judgements):
        raise ServerError("a value has changed since this report was made; make it again: closeout checks activate")
    return report


def _confirm(system: System, check: str, judgements: Mapping[str, str], user: User, reason: str, now: datetime) -> None:  # noqa: PLR0913, PLR0917 - one row's columns
    for platform, digest in judgements.items():
        row, _ = JudgementRecord.objects.get_or_create(
            system=system, check_id=check, platform=platform, digest=digest, defaults={"first_used_at": now}
        )
        Confirmation.objects.get_or_create(system=system, judgement=row, defaults={"by": user, "at": now, "reason": reason})
