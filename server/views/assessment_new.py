"""The form in which an assessment is recorded once it has taken place."""

from typing import cast, get_args

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from checks.errors import ContentError
from checks.framework import load_framework
from poam_generator.assessment import CmmcAssessment, CmmcStatus
from poam_generator.score import why_barred
from server import store
from server.assessments import entries_of, record_new
from server.errors import ServerError
from server.score import assess
from server.views.access import Access, enter
from server.views.assessments import kind_of, score_of
from server.views.content import content
from server.views.forms import day_of, needed_day, text_of
from server.views.page import back, show


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, system_id: int) -> HttpResponse:
    """The form, and what is sent with it; a refusal shows what was typed again, with the reason."""
    access = enter(request, system_id, "assess")
    if request.method != "POST":
        return _form(request, access)
    typed = request.POST
    try:
        wanted = (*typed.getlist("entry"), *text_of(typed, "others").replace(",", " ").split())
        row = record_new(access.system, read_assessment(typed), wanted, score_of(typed), content(), access.user, timezone.now())
    except (ServerError, ContentError) as error:
        return _form(request, access, str(error))
    due = store.read_assessment(row).due
    clock = f" Its closeout is due by {due}." if due else ""
    return back(request, f"Recorded as assessment {row.number}; it is never changed again.{clock}", "assessment", system_id, row.number)


def _form(request: HttpRequest, access: Access, trouble: str = "") -> HttpResponse:
    framework, found = load_framework(), assess(access.system, content(), timezone.now())
    entries = [
        (one, requirement, why_barred(requirement, one.points))
        for one in entries_of(found)
        for requirement in (framework.requirement(one.requirement),)
    ]
    page = {
        "entries": entries,
        "score": found.score,
        "statuses": get_args(CmmcStatus),
        "typed": request.POST,
        "chosen": request.POST.getlist("entry"),
        "trouble": trouble,
    }
    return show(request, "assessment_new.html", access, status=400 if trouble else 200, **page)


def read_assessment(form: QueryDict) -> CmmcAssessment:
    """What the form says, without its score and entries; raises ServerError with the field that is wrong."""
    status = form.get("status", "")
    if status not in get_args(CmmcStatus):
        raise ServerError("Say which CMMC status it gave: none, conditional or final.")
    return CmmcAssessment(
        number=0,
        kind=kind_of(form),
        assessor=text_of(form, "assessor"),
        assessed_on=needed_day(form, "on", "the day on which the assessment ended"),
        status=cast("CmmcStatus", status),
        score=0,
        status_on=day_of(form, "status_on", "the CMMC Status Date"),
        organization=text_of(form, "organization"),
    )
