"""The guided first pass: one objective after another, with what is known of it and a form for a person's word."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.errors import ContentError
from checks.framework import load_framework
from poam_generator.answers import due
from poam_generator.objectives import describe
from server import first_pass as guide
from server import store
from server.errors import ServerError
from server.views.access import enter
from server.views.attest import attest_fields
from server.views.content import content
from server.views.page import back, show

SOON = timedelta(days=30)


@require_safe
def first_pass(request: HttpRequest, system_id: int) -> HttpResponse:
    """The objective that is next, or the one that the address names, and what is due to be looked at again."""
    access = enter(request, system_id)
    now = timezone.now()
    try:
        found = guide.first_pass(access.system, content(), now, request.GET.get("objective", ""))
    except ContentError as error:
        raise Http404(str(error)) from error
    step = found.step
    return show(
        request,
        "first-pass.html",
        access,
        progress=found.progress,
        step=step,
        known=describe(step.status) if step else "",
        waiting=sorted(store.objectives_put_off(access.system)),
        due=due(store.answers_of(access.system), now.date() + SOON),
        families=load_framework().families,
        **attest_fields(access.system, now.date()),
    )


@require_POST
def put_off(request: HttpRequest, system_id: int) -> HttpResponse:
    """Leave an objective for later, and go on."""
    access = enter(request, system_id, "attest")
    objective = request.POST.get("objective", "")
    try:
        store.put_off(access.system, objective, access.user, timezone.now())
    except (ServerError, ContentError) as error:
        return back(request, str(error), "first-pass", access.system.pk, trouble=True)
    return back(request, f"{objective} is put off; it comes back when the others are answered.", "first-pass", access.system.pk)
