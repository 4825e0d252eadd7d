"""The score of a system: results of its assets, answers of its people, and the pure rules over both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

from django.db.models import Q

from checks.framework import Framework, load_framework
from checks.load import Content
from poam_generator.model import LIVE, Status
from poam_generator.objectives import AssetResults, Category, ObjectiveStatus, assess_objectives
from poam_generator.score import RequirementStatus, Score, compute_score, requirement_status
from server import store
from server.models import Asset, Confirmation, Item, ItemHost, Result, System
from server.tailoring import judged_now, unconfirmed_checks

FRESH_DAYS = 30  # an observation older than this says nothing of now; apart from the closing policy, which may ask for more
_AS_MET = ("enduring_exception", "temporary_deficiency")  # 32 CFR 170.24(b)(1)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Where the system stands. projected: the score if every live item closed, None where there is no score."""

    objectives: dict[str, ObjectiveStatus]
    requirements: dict[str, RequirementStatus]
    score: Score
    projected: int | None
    unattested: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """What `closeout score --json` prints."""
        score = self.score
        ssp = score.ssp
        return {
            "verified": score.verified,
            "projected": self.projected,
            "minimum": score.minimum,
            "ssp": None
            if ssp is None
            else {
                "title": ssp.title,
                "version": ssp.version,
                "approved_on": ssp.approved_on.isoformat(),
                "approver": ssp.approver,
                "reviewed_on": ssp.reviewed_on.isoformat(),
            },
            "because": score.because,
            "not_assessed": list(score.not_assessed),
            "not_met": [one.to_json() for one in score.not_met],
            "unattested": list(self.unattested),
            "conditional": {"eligible": score.conditional.eligible, "because": list(score.conditional.because)},
        }


def assess(system: System, content: Content, now: datetime) -> Assessment:
    """Where the system stands at this moment."""
    framework, today = load_framework(), now.date()
    answers = store.answers_of(system)
    words, registers = answers.words(unconfirmed_checks(system, content)), answers.registers()
    objectives = assess_objectives(framework, content, _assets(system, framework, content, now), words, today)
    requirements = {one.id: requirement_status(one, objectives) for one in framework.requirements}
    score = compute_score(framework, requirements, answers.ssp, registers, today)
    live = frozenset(Item.objects.filter(system=system, source="check", state__in=LIVE).values_list("source_key", flat=True))
    hoped = assess_objectives(framework, content, _assets(system, framework, content, now), words, today, live)
    then = {one.id: requirement_status(one, hoped) for one in framework.requirements}
    return Assessment(
        objectives=objectives,
        requirements=requirements,
        score=score,
        projected=compute_score(framework, then, answers.ssp, registers, today).verified,
        unattested=tuple(one for one, status in hoped.items() if status.state == "missing"),
    )


def _assets(system: System, framework: Framework, content: Content, now: datetime) -> Iterator[AssetResults]:
    """Every asset in scope with what counts of its results: fresh, under a confirmed judgement, from an observation.

    A pass that was carried by hand proves nothing here, as it closes nothing there: what it shows, a person attests.
    """
    excused: dict[Any, set[str]] = {}
    held = ItemHost.objects.filter(system=system, item__source="check", disposition__in=_AS_MET, disposition_until__gte=now.date())
    for asset_id, check in held.values_list("asset_id", "item__source_key"):
        excused.setdefault(asset_id, set()).add(check)
    seen = _statuses(system, framework, judged_now(system, content), now)
    for asset in Asset.objects.filter(system=system, retired_at=None).order_by("id").iterator():
        yield AssetResults(
            id=str(asset.pk),
            name=asset.name,
            platform=asset.platform,
            category=cast("Category", asset.category),
            statuses=seen.get(asset.pk, {}),
            excused=frozenset(excused.get(asset.pk, ())),
        )


def _statuses(system: System, framework: Framework, judged: Mapping[str, frozenset[str]], now: datetime) -> dict[Any, dict[str, Status]]:
    """Asset -> check -> status. Of checks that prove nothing only failures matter, so the others are not read.

    judged: check -> how it is judged now, where the organization has set values: a pass by another value proves nothing of this one.
    """
    members = {check for proof in framework.proof_sets for check in proof.checks}
    confirmed = set(Confirmation.objects.filter(system=system).values_list("judgement__check_id", "judgement__digest"))
    rows = (
        Result.objects.filter(Q(check_id__in=members) | Q(status="fail"), system=system, asset__retired_at=None, reread=False)
        .filter(ordered_at__gte=now - timedelta(days=FRESH_DAYS), ordered_at__lte=now)
        .exclude(status="pass", receipt__origin="hand-carried")
        .order_by("asset_id")
        .values_list("asset_id", "check_id", "status", "judgement")
    )
    return {
        asset: {
            check: cast("Status", status)
            for _, check, status, judgement in mine
            if (check, judgement) in confirmed and (status == "fail" or judgement in judged.get(check, {judgement}))
        }
        for asset, mine in groupby(rows.iterator(), key=lambda row: row[0])
    }
