"""The CMMC POA&M of assessments: apart from the operational plan, with its clock, its entries and its closeout."""

import re
from typing import cast, get_args

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
from server.views.forms import needed_day, text_of
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
    standings = entry_standings(held, assess(access.system, content(), now).requirements)
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
        store.record_closeout(row, given, assess(access.system, content(), now).requirements, access.user, now)
    except ServerError as error:
        return back(request, str(error), "assessment", access.system.pk, row.number, trouble=True)
    left = open_requirements(store.read_assessment(row))
    sentence = f"Recorded; still open: {', '.join(left)}." if left else "Recorded: every entry is closed."
    return back(request, sentence, "assessment", access.system.pk, row.number)


def read_closeout(form: QueryDict) -> Closeout:
    """What the form says; raises ServerError with the field that is wrong."""
    score = score_of(form)
    if score is None:
        raise ServerError("Write the new score as a whole number.")
    return Closeout(
        kind=kind_of(form),
        assessor=text_of(form, "assessor"),
        on=needed_day(form, "on", "the day on which the closeout assessment ended"),
        met=tuple(form.getlist("met")),
        score=score,
        affirmed_by=text_of(form, "affirmed_by"),
        affirmed_on=needed_day(form, "affirmed_on", "the day of the affirmation"),
        organization=text_of(form, "organization"),
    )


def kind_of(form: QueryDict) -> AssessmentKind:
    """Who assessed; raises ServerError where the form does not say."""
    if form.get("kind", "") not in get_args(AssessmentKind):
        raise ServerError("Say who assessed: the organization itself, or a C3PAO.")
    return cast("AssessmentKind", form["kind"])


def score_of(form: QueryDict) -> int | None:
    """The score of a form, None where it is empty; raises ServerError where it is no whole number."""
    text = text_of(form, "score")
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,3}", text):  # -203 to 110
        raise ServerError(f"{text!r} is no score: write a whole number, such as 106.")
    return int(text)
