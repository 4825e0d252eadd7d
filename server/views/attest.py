"""People's words on objectives: the form that every page of them shares, and the approval that one does not apply."""

from datetime import date, timedelta
from typing import Any, cast, get_args

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST

from poam_generator.anniversary import years_after
from poam_generator.answers import Answers
from poam_generator.attestation import Attestation, AttestedFinding, Evidence, Method, attestation_faults
from server import store
from server.document_text import draft_warnings
from server.errors import ServerError
from server.models import System
from server.views.access import Access, enter
from server.views.content import find_requirement
from server.views.forms import day_of
from server.views.page import back
from server.words import record_answers


def attest_fields(system: System, today: date) -> dict[str, Any]:
    """What the form of a word needs beside the objective: dates, methods, and the documents that there are."""
    return {
        "review_by": today + timedelta(days=364),
        "latest": years_after(today),
        "methods": get_args(Method),
        "documents": store.current_documents(system),
    }


@require_POST
def attest(request: HttpRequest, system_id: int, requirement_id: str, letter: str) -> HttpResponse:
    """Record the word of the person who is signed in on one objective."""
    access = enter(request, system_id, "attest")
    wanted = find_requirement(requirement_id)
    objective = next((one.id for one in wanted.objectives if one.letter == letter), None)
    if objective is None:
        raise Http404(f"{wanted.id} has no objective {letter}.")
    now = timezone.now()
    try:
        word = _word(access, request.POST, objective, now.date())
        _, applied = record_answers(access.system, Answers(attestations=(word,)), access.user, now)
    except ServerError as error:
        return _back(request, access, wanted.id, str(error), trouble=True)
    faults = " ".join(attestation_faults(word, now.date()))
    warnings = " ".join(sentence for one in word.evidence for sentence in draft_warnings(one.name, b""))
    sentence = f"Your word on {objective} is recorded." + (f" It counts for nothing yet: {faults}" if faults else "")
    sentence += f" {applied.drafted[0]} is drafted for it: every NOT MET requirement needs an item." if applied.drafted else ""
    return _back(request, access, wanted.id, f"{sentence} {warnings}".strip(), trouble=bool(faults or warnings))


def _back(request: HttpRequest, access: Access, requirement_id: str, sentence: str, *, trouble: bool) -> HttpResponse:
    """Back to the page that the form stood on: the guided first pass goes on, where it came from there."""
    if request.POST.get("then") == "first-pass":
        return back(request, sentence, "first-pass", access.system.pk, trouble=trouble)
    return back(request, sentence, "requirement", access.system.pk, requirement_id, trouble=trouble)


@require_POST
def approve_not_applicable(request: HttpRequest, system_id: int, requirement_id: str, letter: str) -> HttpResponse:
    """A second person's word that an objective does not apply."""
    access = enter(request, system_id, "answer")
    wanted = find_requirement(requirement_id)
    objective = f"{wanted.id}[{letter}]"
    try:
        store.approve_not_applicable(access.system, objective, access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "requirement", access.system.pk, wanted.id, trouble=True)
    return back(request, f"{objective} does not apply: approved.", "requirement", access.system.pk, wanted.id)


def _word(access: Access, form: QueryDict, objective: str, today: date) -> Attestation:
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
        by=access.user.full_name or access.user.username,
        on=today,
        methods=tuple(cast("list[Method]", methods)),
        statement=form.get("statement", "").strip(),
        review_by=day_of(form, "review_by", "the review date") or years_after(today),
        evidence=(*_documents(access, form), *_evidence(form)),
        assets=frozenset(str(store.find_host(access.system, name).pk) for name in form.getlist("asset")),
        justification=form.get("justification", "").strip(),
        ssp_reference=form.get("ssp_reference", "").strip(),
        weighed=frozenset(form.getlist("weighed")),
    )


def _documents(access: Access, form: QueryDict) -> list[Evidence]:
    """The documents that were chosen, as they are kept, with their SHA-256."""
    numbers = [int(number) for number in form.getlist("document") if number.isdecimal()]
    return [store.evidence_of(store.find_document(access.system, number)) for number in numbers]


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
