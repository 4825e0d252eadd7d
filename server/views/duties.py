"""Recurring duties: what is due, what is overdue, and the evidence that it was done."""

from datetime import date

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.errors import ContentError
from poam_generator.duties import EXPIRY, Duty, standard_duties
from server import store
from server.errors import ServerError
from server.store.duties import duty_history
from server.views.access import enter
from server.views.page import back, show

EVENTS = 100


@require_safe
def duties(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every duty with its due date, and forms to note one as done and to set another."""
    access = enter(request, system_id)
    today = timezone.now().date()
    held = {one.key for one in store.duties(access.system)}
    return show(
        request,
        "duties.html",
        access,
        standings=store.duty_standings(access.system, today),
        set_by_people=held,
        expiry=EXPIRY,
        lacking=[one for one in standard_duties(today) if one.key not in held],
        documents=store.current_documents(access.system),
        history=duty_history(access.system)[:EVENTS],
    )


@require_POST
def start(request: HttpRequest, system_id: int) -> HttpResponse:
    """Set the usual duties that are lacking."""
    access = enter(request, system_id, "edit")
    new = store.start_duties(access.system, access.user, timezone.now())
    return back(request, f"Set: {', '.join(one.key for one in new) or 'nothing was lacking'}.", "duties", access.system.pk)


@require_POST
def put(request: HttpRequest, system_id: int) -> HttpResponse:
    """Set a duty, change it, or take it back."""
    access = enter(request, system_id, "edit")
    try:
        if request.POST.get("drop"):
            store.drop_duty(access.system, request.POST["drop"], access.user, timezone.now())
        else:
            store.set_duty(access.system, read_duty(request.POST), access.user, timezone.now())
    except (ServerError, ContentError) as error:
        return back(request, str(error), "duties", access.system.pk, trouble=True)
    return back(request, "The duties are as you said.", "duties", access.system.pk)


def read_duty(form: QueryDict) -> Duty:
    """The duty that a form says; raises ServerError on what is no number or date."""
    days = form.get("every_days", "")
    if not (days.isdecimal() and len(days) < 4):  # noqa: PLR2004 - far more than a year
        raise ServerError(f"{days or 'An empty field'} is not a number of days.")
    requirements = tuple(form.get("requirements", "").replace(",", " ").split())
    return Duty(
        form.get("key", "").strip(), form.get("title", "").strip(), requirements, int(days), _day(form, "first_due"), form.get("owner", "")
    )


@require_POST
def done(request: HttpRequest, system_id: int) -> HttpResponse:
    """Note that a duty was done, with the documents that show it."""
    access = enter(request, system_id, "edit")
    key = request.POST.get("key", "")
    try:
        shown = [store.find_document(access.system, int(number)) for number in request.POST.getlist("document") if number.isdecimal()]
        day, said = _day(request.POST, "on"), request.POST.get("statement", "")
        store.perform_duty(access.system, key, day, said, shown, access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "duties", access.system.pk, trouble=True)
    return back(request, f"{key} of {day} is noted.", "duties", access.system.pk)


def _day(form: QueryDict, name: str) -> date:
    text = form.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ServerError(f"{text or 'An empty field'} is not a date; write it as in 2027-03-14.") from error
