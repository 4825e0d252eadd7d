"""The requirements with what proves them, and the words of people for what no host can show."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, cast, get_args

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.coverage import coverage
from checks.errors import ContentError
from checks.framework import Requirement, load_framework
from poam_generator.answers import Answers
from poam_generator.attestation import LONGEST, Attestation, AttestedFinding, Evidence, Method, attestation_faults
from poam_generator.objectives import State, describe
from server import store
from server.errors import ServerError
from server.models import Asset, User
from server.score import assess
from server.views.access import enter
from server.views.content import content
from server.views.forms import day_of
from server.views.page import back, show
from server.words import record_answers

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
    wanted = _find(requirement_id)
    now = timezone.now()
    found = assess(access.system, content(), now)
    held = store.answers_of(access.system)
    lines = {(one.objective, one.platform): one for one in coverage(content(), load_framework()) if one.requirement == wanted.id}
    objectives = [
        {
            "objective": one,
            "status": found.objectives[one.id],
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
        review_by=now.date() + timedelta(days=364),
        latest=now.date() + LONGEST,
        methods=get_args(Method),
    )


@require_POST
def attest(request: HttpRequest, system_id: int, requirement_id: str, letter: str) -> HttpResponse:
    """Record the word of the person who is signed in on one objective."""
    access = enter(request, system_id, "attest")
    wanted = _find(requirement_id)
    objective = next((one.id for one in wanted.objectives if one.letter == letter), None)
    if objective is None:
        raise Http404(f"{wanted.id} has no objective {letter}.")
    now = timezone.now()
    try:
        word = _word(request.POST, objective, access.user, now.date())
        _, applied = record_answers(access.system, Answers(attestations=(word,)), access.user, now)
    except ServerError as error:
        return back(request, str(error), "requirement", access.system.pk, wanted.id, trouble=True)
    faults = " ".join(attestation_faults(word, now.date()))
    sentence = f"Your word on {objective} is recorded." + (f" It counts for nothing yet: {faults}" if faults else "")
    sentence += f" {applied.drafted[0]} is drafted for it: every NOT MET requirement needs an item." if applied.drafted else ""
    return back(request, sentence, "requirement", access.system.pk, wanted.id, trouble=bool(faults))


@require_POST
def approve_not_applicable(request: HttpRequest, system_id: int, requirement_id: str, letter: str) -> HttpResponse:
    """A second person's word that an objective does not apply."""
    access = enter(request, system_id, "answer")
    wanted = _find(requirement_id)
    objective = f"{wanted.id}[{letter}]"
    try:
        store.approve_not_applicable(access.system, objective, access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "requirement", access.system.pk, wanted.id, trouble=True)
    return back(request, f"{objective} does not apply: approved.", "requirement", access.system.pk, wanted.id)


def _find(requirement_id: str) -> Requirement:
    try:
        return load_framework().requirement(requirement_id)
    except ContentError as error:
        raise Http404(f"There is no requirement {requirement_id}.") from error


def _word(form: QueryDict, objective: str, user: User, today: date) -> Attestation:
    """What the form says; raises ServerError with the field that is wrong."""
    finding = form.get("finding", "")
    methods = form.getlist("method")
    if finding not in get_args(AttestedFinding) or not set(methods) <= set(get_args(Method)):
        raise ServerError("Say whether it is met, not met or not applicable, and by which method you found it.")
    if not form.get("statement", "").strip():
        raise ServerError("Say what you found; a word without a statement counts for nothing.")
    return Attestation(
        objective=objective,
        finding=cast("AttestedFinding", finding),
        by=user.full_name or user.username,
        on=today,
        methods=tuple(cast("list[Method]", methods)),
        statement=form.get("statement", "").strip(),
        review_by=day_of(form, "review_by", "the review date") or today + LONGEST,
        evidence=tuple(_evidence(form)),
        justification=form.get("justification", "").strip(),
        ssp_reference=form.get("ssp_reference", "").strip(),
        weighed=frozenset(form.getlist("weighed")),
    )


def _evidence(form: QueryDict) -> list[Evidence]:
    name = form.get("evidence_name", "").strip()
    if not name:
        return []
    return [
        Evidence(
            name=name,
            status="final" if form.get("evidence_status") == "final" else "draft",
            owner=form.get("evidence_owner", "").strip(),
            approved_on=day_of(form, "evidence_approved_on", "the day on which the document was approved"),
            version=form.get("evidence_version", "").strip(),
        )
    ]
