"""The CMMC POA&M of assessments: apart from the operational plan, with its clock, its entries and its closeout."""

from datetime import date
from typing import cast

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.framework import load_framework
from poam_generator.assessment import AssessmentKind, Closeout, clock, entry_standings, open_requirements
from server import store
from server.closeout_package import closeout_package, slack_of
from server.errors import ServerError
from server.score import assess
from server.views.access import assessment_in, enter
from server.views.content import content
from server.views.documents import documents_of
from server.views.page import back, show


@require_safe
def assessments(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every assessment with its status, clock and open entries."""
    access = enter(request, system_id)
    today = timezone.now().date()
    rows = [(one, clock(one, today), len(open_requirements(one))) for one in reversed(store.assessments(access.system))]
    return show(request, "assessments.html", access, rows=rows)


@require_safe
def assessment(request: HttpRequest, system_id: int, assessment_number: int) -> HttpResponse:
    """One CMMC POA&M: its entries, whether each is ready for closeout, and the closeouts."""
    access = enter(request, system_id)
    row = assessment_in(access, assessment_number)
    now = timezone.now()
    held = store.read_assessment(row)
    framework = load_framework()
    standings = entry_standings(held, framework, assess(access.system, content(), now).objectives)
    role = store.closeout_role(access.system)
    return show(
        request,
        "assessment.html",
        access,
        row=row,
        held=held,
        clock=clock(held, now.date()),
        standings=standings,
        titles={one.id: one.title for one in framework.requirements},
        role=role,
        may_close_out=role in access.roles and clock(held, now.date()) == "running",
        ready=sum(one.ready and one.closed_on is None for one in standings),
        left=len(open_requirements(held)),
        documents=documents_of(access, "assessment", str(row.number)),
        slack=slack_of(access.system, held),
    )


@require_safe
def package(request: HttpRequest, system_id: int, assessment_number: int) -> HttpResponse:
    """The closeout package as a file."""
    access = enter(request, system_id)
    row = assessment_in(access, assessment_number)
    answer = HttpResponse(closeout_package(row, content(), timezone.now()), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="closeout-{row.number}.zip"'
    return answer


@require_POST
def closeout(request: HttpRequest, system_id: int, assessment_number: int) -> HttpResponse:
    """Record a closeout assessment; the store asks for the role that the system names."""
    access = enter(request, system_id, "close_out")
    row = assessment_in(access, assessment_number)
    now = timezone.now()
    try:
        given = read_closeout(request.POST)
        store.record_closeout(row, given, assess(access.system, content(), now).objectives, access.user, now)
    except ServerError as error:
        return back(request, str(error), "assessment", access.system.pk, row.number, trouble=True)
    left = open_requirements(store.read_assessment(row))
    sentence = f"Recorded; still open: {', '.join(left)}." if left else "Recorded: every entry is closed."
    return back(request, sentence, "assessment", access.system.pk, row.number)


def read_closeout(form: QueryDict) -> Closeout:
    """What the form says; raises ServerError with the field that is wrong."""
    score = form.get("score", "").strip()
    if not score.removeprefix("-").isdecimal() or len(score) > 4:  # noqa: PLR2004 - -203 to 110
        raise ServerError("Write the new score as a whole number.")
    if form.get("kind", "") not in {"self", "c3pao"}:
        raise ServerError("Say who assessed: the organization itself, or a C3PAO.")
    return Closeout(
        kind=cast("AssessmentKind", form["kind"]),
        assessor=form.get("assessor", "").strip(),
        on=_day(form, "on"),
        met=tuple(form.getlist("met")),
        score=int(score),
        affirmed_by=form.get("affirmed_by", "").strip(),
        affirmed_on=_day(form, "affirmed_on"),
        organization=form.get("organization", "").strip(),
    )


def _day(form: QueryDict, name: str) -> date:
    text = form.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ServerError(f"{text or 'An empty field'} is not a date; write it as in 2027-03-14.") from error
