"""The requirements with what proves them, and the words of people for what no host can show."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from checks.coverage import coverage
from checks.framework import load_framework
from checks.views import JUDGING
from poam_generator.attestation import attestation_faults, not_applicable_rule
from poam_generator.objectives import State, describe
from server import store
from server.models import Asset, Item
from server.score import assess
from server.store.wording import wording_of
from server.views.access import enter
from server.views.attest import attest_fields
from server.views.content import content, find_requirement
from server.views.objective import STANDS, count_assets
from server.views.page import show
from server.views.rows import count_by, of_requirement

# How a state looks among the statuses that every page knows.
LOOKS: Final[Mapping[State, str]] = {
    "proven": "pass",
    "attested": "pass",
    "inherited": "pass",
    "not_applicable": "not_applicable",
    "failing": "fail",
    "contested": "error",
    "missing": "silent",
}
FINDINGS: Final = {"MET": "pass", "NOT MET": "fail", "contested": "error", "not assessed": "silent"}


@require_safe
def requirements(request: HttpRequest, system_id: int) -> HttpResponse:
    """The score with the list that it comes from, and every requirement by family."""
    access = enter(request, system_id)
    framework, found = load_framework(), assess(access.system, content(), timezone.now())
    families = [(code, name, [one for one in framework.requirements if one.family == code]) for code, name in framework.families.items()]
    return show(
        request,
        "requirements.html",
        access,
        found=found,
        families=families,
        titles={one.id: one.title for one in framework.requirements},
        looks=LOOKS,
        finding_looks=FINDINGS,
        uncategorised=Asset.objects.filter(system=access.system, retired_at=None, category="uncategorised").count(),
    )


@require_safe
def requirement(request: HttpRequest, system_id: int, requirement_id: str) -> HttpResponse:
    """One requirement: its objectives, what proves or fails each, and a form for a person's word on it."""
    access = enter(request, system_id)
    wanted = find_requirement(requirement_id)
    now = timezone.now()
    found = assess(access.system, content(), now)
    held = store.answers_of(access.system)
    lines = {(one.objective, one.platform): one for one in coverage(content(), load_framework()) if one.requirement == wanted.id}
    objectives = [
        {
            "objective": one,
            "status": found.objectives[one.id],
            "counts": count_assets(found.objectives[one.id]),
            "line": describe(found.objectives[one.id]),
            "look": LOOKS[found.objectives[one.id].state],
            "coverage": [lines[one.id, platform] for platform in ("linux", "windows")],
            "words": [(word, attestation_faults(word, now.date())) for word in held.attestations if word.objective == one.id],
        }
        for one in wanted.objectives
    ]
    return show(
        request,
        "requirement.html",
        access,
        requirement=wanted,
        standing=found.requirements[wanted.id],
        look=FINDINGS[found.requirements[wanted.id].finding],
        objectives=objectives,
        stands=STANDS,
        not_applicable=not_applicable_rule(wanted.not_applicable_note),
        official=wording_of(access.system, JUDGING),
        items=count_by(of_requirement(Item.objects.filter(system=access.system), wanted.id), "state"),
        **attest_fields(access.system, now.date()),
    )
