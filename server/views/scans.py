"""Scans: the list, one scan as far as it has come, and the button that starts one."""

from collections import Counter
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from server.errors import ServerError
from server.jobs import executor
from server.models import ItemEvent, Job, ScanRun, ScanTask
from server.store.inventory import hosts_to_scan
from server.views.access import Access, enter, item_in, job_in, scan_in
from server.views.listing import paged
from server.views.page import back, show
from server.views.rows import count_by, with_progress

COLUMNS = {"started": ("started_at",)}
TELLING = ("drafted", "host_joined", "unverified", "closed", "withdrawn")  # what a scan does to items that people want to know of


@require_safe
def scans(request: HttpRequest, system_id: int) -> HttpResponse:
    """The scans of a system, newest first."""
    access = enter(request, system_id)
    rows = with_progress(ScanRun.objects.filter(system=access.system))
    return show(
        request, "scans.html", access, listing=paged(request, rows, COLUMNS, "-started"), reachable=len(hosts_to_scan(access.system))
    )


@require_safe
def scan(request: HttpRequest, system_id: int, run_id: UUID) -> HttpResponse:
    """One scan: what came of it on each host."""
    access = enter(request, system_id)
    run = scan_in(access, run_id)
    tasks = list(ScanTask.objects.filter(run=run).select_related("asset").order_by("asset__name"))
    counts = Counter(task.state for task in tasks)
    events = ItemEvent.objects.filter(system=access.system, by=None, kind__in=TELLING, at__gte=run.started_at)
    events = events.filter(at__lte=run.finished_at) if run.finished_at else events.none()
    return show(
        request,
        "scan.html",
        access,
        run=run,
        tasks=tasks,
        counts=counts,
        version_of=_version(run, counts),
        events=list(events.select_related("item__system").order_by("item__number", "id")),
    )


@never_cache
@require_safe
def scan_status(request: HttpRequest, system_id: int, run_id: UUID) -> HttpResponse:
    """How far a scan has come, as JSON: version changes whenever the page would look different."""
    access = enter(request, system_id)
    run = scan_in(access, run_id)
    counts = count_by(ScanTask.objects.filter(run=run), "state")
    return JsonResponse({"running": run.state == "running", "state": run.state, "tasks": dict(counts), "version": _version(run, counts)})


def _version(run: ScanRun, counts: Counter[str]) -> str:
    return f"{run.state} {' '.join(f'{state}={counts[state]}' for state in sorted(counts))}"


@require_POST
def rescan(request: HttpRequest, system_id: int) -> HttpResponse:
    """Scan the hosts that the form names, those of an item, or all that have a way in; the work is done beside this answer."""
    access = enter(request, system_id, "scan")
    reachable = {str(host.pk) for host in hosts_to_scan(access.system)}
    if not (chosen := sorted(_wanted(request, access, reachable) & reachable)):
        sentence = "None of these hosts has a way in that this server can use; carry a bundle here with `closeout import`."
        return back(request, sentence, "hosts", access.system.pk, trouble=True)
    try:
        job = executor.submit(access.system, "scan_hosts", {"hosts": chosen}, timezone.now(), access.user)
    except ServerError as error:
        return back(request, str(error), "scans", access.system.pk, trouble=True)
    return redirect("job", access.system.pk, job.pk)


def _wanted(request: HttpRequest, access: Access, reachable: set[str]) -> set[str]:
    if identifier := request.POST.get("item", ""):
        return {str(asset) for asset in item_in(access, identifier).hosts.values_list("asset_id", flat=True)}
    return set(request.POST.getlist("host")) or reachable


@never_cache
@require_safe
def job(request: HttpRequest, system_id: int, job_id: UUID) -> HttpResponse:
    """What was asked for: the page of what it has come to, until then the word that it waits, or why it could not be."""
    access = enter(request, system_id)
    row = job_in(access, job_id)
    onward = _onward(row)
    return redirect(onward) if onward else show(request, "job.html", access, job=row)


@never_cache
@require_safe
def job_status(request: HttpRequest, system_id: int, job_id: UUID) -> HttpResponse:
    """Whether a job waits still, as JSON; onward: the page of what it has come to."""
    access = enter(request, system_id)
    row = job_in(access, job_id)
    return JsonResponse({"running": row.state in {"waiting", "running"}, "version": row.state, "onward": _onward(row)})


def _onward(row: Job) -> str:
    """The address of what a job has come to: its scan once it runs, or the report once it is made; empty until then."""
    if row.task == "report_content":
        return reverse("content", args=(row.system_id,)) if row.state == "done" else ""
    run = _run_of(row)
    return reverse("scan", args=(row.system_id, run.pk)) if run else ""


def _run_of(row: Job) -> ScanRun | None:
    """The scan that a job began: the first of the same person since it was taken up, as there is one job at a time."""
    if row.started_at is None:
        return None
    since = ScanRun.objects.filter(system=row.system, requested_by=row.requested_by, started_at__gte=row.started_at)
    return since.order_by("started_at").first()
