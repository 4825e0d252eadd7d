"""The agents of a system: who waits for approval, who delivered last, and what it takes to install another."""

from uuid import UUID

from django.conf import settings
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from collector.catalog import PLATFORMS
from server.agent_package import KINDS, build_package, kind_of, pin_of, served_certificate
from server.errors import ServerError
from server.models import Agent, AgentEvent, Asset
from server.store import NewAsset
from server.store import agents as seam
from server.views.access import Access, enter
from server.views.forms import text_of
from server.views.listing import chosen, paged
from server.views.page import back, show

STATES = {"pending": "waiting for approval", "approved": "approved", "revoked": "revoked"}
COLUMNS = {
    "state": ("urgency", "asset__name", "enrolled_at"), "host": ("asset__name", "said_name"), "upload": ("last_upload_at", "enrolled_at"),
}  # fmt: skip
REFUSALS = 10
HOURS = 24
OFFERED = 1000  # hosts whose names are offered where one is asked for; any other can be typed


@require_safe
def agents(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every agent with its state, those that wait first, and what was refused lately."""
    return _page(request, enter(request, system_id))


def _page(request: HttpRequest, access: Access, token: str = "", status: int = 200) -> HttpResponse:
    rows = Agent.objects.filter(system=access.system).select_related("asset", "approved_by", "revoked_by")
    if state := chosen(request, "state", STATES):
        rows = rows.filter(state=state)
    free = Asset.objects.filter(system=access.system, kind="host", retired_at=None).exclude(agents__state="approved")
    return show(
        request,
        "agents.html",
        access,
        status,
        listing=paged(request, _with_urgency(rows), COLUMNS, "state"),
        states=STATES,
        free=list(free.order_by("name").values_list("name", flat=True)[:OFFERED]),
        refusals=seam.refusals(access.system, REFUSALS),
        token=token,
        hours=HOURS,
        platforms=PLATFORMS,
        kinds=KINDS,
        certificate=served_certificate(),
    )


def _with_urgency(rows: QuerySet[Agent]) -> QuerySet[Agent]:
    """Those that wait for a person first; each with the word that its newest request was refused by, where it delivered nothing since."""
    refused = AgentEvent.objects.filter(agent=OuterRef("pk"), kind="refused").order_by("-at", "-id")
    since = refused.filter(Q(at__gte=OuterRef("last_upload_at")) | Q(agent__last_upload_at=None))
    urgency = Case(When(state="pending", then=Value(0)), When(state="approved", then=Value(1)), default=Value(2))
    return rows.annotate(urgency=urgency, refused=Subquery(since.values("word")[:1]))


@never_cache
@require_POST
def token(request: HttpRequest, system_id: int) -> HttpResponse:
    """A token with which one host may enrol; this answer is the only place where it stands."""
    access = enter(request, system_id, "enrol")
    hours = text_of(request.POST, "hours")
    try:
        asset = _asset(access, text_of(request.POST, "asset")) if text_of(request.POST, "asset") else None
        _, made = seam.new_token(access.system, access.user, timezone.now(), int(hours) if hours.isdecimal() else 0, asset)
    except ServerError as error:
        return back(request, str(error), "agents", access.system.pk, trouble=True)
    return _page(request, access, made)


@require_POST
def package(request: HttpRequest, system_id: int) -> HttpResponse:
    """The installer for the hosts of a platform, which trusts the certificate that was given and no other."""
    access = enter(request, system_id, "enrol")
    platform = text_of(request.POST, "platform")
    try:
        ending = kind_of(platform).ending
        pin = pin_of(text_of(request.POST, "certificate").encode())
        made = build_package(access.system, platform, settings.PUBLIC_URL, pin, timezone.now())
    except ServerError as error:
        return back(request, str(error), "agents", access.system.pk, trouble=True)
    headers = {"Content-Disposition": f'attachment; filename="closeout-agent-{platform}.{ending}"'}
    return HttpResponse(made, content_type="application/octet-stream", headers=headers)


@require_POST
def approve(request: HttpRequest, system_id: int, agent_id: UUID) -> HttpResponse:
    """A person's word that the key of an agent is that of a host: of one there is, or of one that is added with it."""
    access = enter(request, system_id, "enrol")
    agent, form, now = _agent(access, agent_id), request.POST, timezone.now()
    try:
        named, name = text_of(form, "asset"), text_of(form, "name")
        if name and not (named or agent.asset):  # the name that a host gives itself stands in the form beside the one that was chosen
            new = NewAsset(name, platform=chosen_platform(text_of(form, "platform")), way_in="agent")
            asset = seam.approve_new_host(agent, access.user, new, now)
        else:
            asset = agent.asset or _asset(access, named)
            seam.approve_agent(agent, access.user, asset, now)
    except ServerError as error:
        return back(request, str(error), "agents", access.system.pk, trouble=True)
    return back(request, f"What this key signs is {asset}'s from now on.", "agents", access.system.pk)


def chosen_platform(word: str) -> str:
    """A platform, or empty for that of the first bundle; raises ServerError on another word."""
    if word not in ("", *PLATFORMS):
        raise ServerError(f"there is no platform {word!r}; choose one of {', '.join(PLATFORMS)}")
    return word


@require_POST
def revoke(request: HttpRequest, system_id: int, agent_id: UUID) -> HttpResponse:
    """End an agent for good, with a reason."""
    access = enter(request, system_id, "enrol")
    agent = _agent(access, agent_id)
    try:
        seam.revoke_agent(agent, access.user, text_of(request.POST, "because"), timezone.now())
    except ServerError as error:
        return back(request, str(error), "agents", access.system.pk, trouble=True)
    return back(request, "The agent is revoked: nothing that it signs is taken any more.", "agents", access.system.pk)


def _agent(access: Access, agent_id: UUID) -> Agent:
    found = seam.agent_of(access.system, agent_id)
    if found is None:
        raise Http404(f"There is no such agent in {access.system.name}.")
    return found


def _asset(access: Access, name: str) -> Asset:
    """The host that a form names, within the system; raises ServerError."""
    found = Asset.objects.filter(system=access.system, kind="host", name=name).first()
    if found is None:
        raise ServerError(
            f"there is no host {name!r} in {access.system.name}; choose a host of this system, or write the name of a new one"
        )
    return found
