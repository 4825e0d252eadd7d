"""The content in use, what the content that there is would change, and a reviewer's word on that."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server import store
from server.assess import make_assessor, update_items
from server.backtest import judgements_of, list_waiting
from server.errors import ServerError
from server.jobs import executor
from server.views.access import enter
from server.views.content import content
from server.views.page import back, show


@require_safe
def content_in_use(request: HttpRequest, system_id: int) -> HttpResponse:
    """What the system is judged by, and the newest report on what is not in use yet."""
    access = enter(request, system_id)
    assessor = make_assessor(access.system, content())
    report = store.newest_report(access.system, assessor.digest)
    return show(
        request,
        "content.html",
        access,
        in_use=store.content_in_use(access.system),
        present=assessor.digest,
        changes=list_waiting(assessor),
        row=report,
        report=store.report_json(report) if report else None,
        records=store.content_records(access.system),
        checks=content().checks,
    )


@require_POST
def make_report(request: HttpRequest, system_id: int) -> HttpResponse:
    """Have stored observations judged by the new content; the work is done beside this answer."""
    access = enter(request, system_id, "confirm")
    try:
        job = executor.submit(access.system, "report_content", {}, timezone.now(), access.user)
    except ServerError as error:
        return back(request, str(error), "content", access.system.pk, trouble=True)
    return redirect("job", access.system.pk, job.pk)


@require_POST
def accept(request: HttpRequest, system_id: int) -> HttpResponse:
    """A reviewer's word on the report that they saw: the content is in use, and what waited for it opens and closes."""
    access = enter(request, system_id, "confirm")
    assessor, now = make_assessor(access.system, content()), timezone.now()
    judgements = judgements_of(assessor, list_waiting(assessor))
    try:
        store.accept_content(
            access.system, request.POST.get("report", ""), assessor.digest, judgements, access.user, request.POST.get("because", ""), now
        )
    except ServerError as error:
        return back(request, str(error), "content", access.system.pk, trouble=True)
    applied = update_items(assessor, judgements, now, access.user)
    said = f"{len(applied.drafted)} items were drafted, {len(applied.closed) + len(applied.withdrawn)} ended."
    return back(request, f"The content is in use. {said}", "content", access.system.pk)
