"""When a passing scan may close an item: the policies in force, and those that wait for another person."""

from dataclasses import replace
from typing import Any, Final, get_args

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from poam_generator.json_form import from_json
from poam_generator.model import Policy
from poam_generator.policies import describe_policy, describe_scope
from server.errors import ServerError
from server.models import Asset, PolicyProposal
from server.models.items import Severity
from server.store import policies as seam
from server.views.access import enter
from server.views.page import back, show

NUMBERS: Final = {
    "passes": "Passes in a row",
    "fresh_days": "Newest pass at most so many days old",
    "soak_days": "First pass at least so many days old",
    "flapping_changes": "A host flaps when it changed so often",
    "flapping_days": "Within so many days",
    "flapping_passes": "Passes in a row that a flapping host needs",
}


@require_safe
def policies(request: HttpRequest, system_id: int) -> HttpResponse:
    """The closing policies in force, the proposals, and a form for another one."""
    access = enter(request, system_id)
    held = seam.policies_of(access.system)
    proposals = PolicyProposal.objects.filter(system=access.system).select_related("asked_by", "answered_by").order_by("-id")
    asked = [(one, from_json(Policy, one.policy)) for one in proposals]
    return show(
        request,
        "policies.html",
        access,
        held=[(one, describe_scope(one), describe_policy(one)) for one in held],
        default=describe_policy(Policy()),
        present=seam.policy_of(access.system),
        proposals=[(one, describe_scope(policy), describe_policy(policy)) for one, policy in asked],
        numbers=NUMBERS,
        severities=get_args(Severity),
        groups=Asset.objects.filter(system=access.system).exclude(group="").order_by("group").values_list("group", flat=True).distinct(),
    )


@require_POST
def propose(request: HttpRequest, system_id: int) -> HttpResponse:
    """Propose a closing policy, or that a group and severity have none of their own."""
    access = enter(request, system_id, "edit")
    reason = request.POST.get("reason", "")
    try:
        policy = read_policy_form(request.POST)
        if request.POST.get("withdraw"):
            seam.propose_withdrawal(access.system, policy, reason, access.user, timezone.now())
        else:
            seam.propose_policy(access.system, policy, reason, access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "policies", access.system.pk, trouble=True)
    return back(request, "Proposed. Another person has to approve it; until then nothing changes.", "policies", access.system.pk)


def read_policy_form(form: QueryDict) -> Policy:
    """The policy that a form says; raises ServerError on what is no number."""
    policy = Policy(group=form.get("group", "").strip(), severity=form.get("severity", ""))
    if form.get("withdraw"):
        return policy
    said: dict[str, Any] = {name: _number(form, name) for name in NUMBERS}
    return replace(policy, **said, automatic=form.get("automatic") == "yes", same_judgement=form.get("same_judgement") == "yes")


def _number(form: QueryDict, name: str) -> int:
    given = form.get(name, "")
    if not (given.isascii() and given.isdecimal() and len(given) < 5):  # noqa: PLR2004 - more days than anybody waits
        raise ServerError(f"{NUMBERS[name]}: {given or 'an empty field'} is not a whole number.")
    return int(given)


@require_POST
def answer(request: HttpRequest, system_id: int, proposal_id: int) -> HttpResponse:
    """Approve or refuse what somebody else proposed, by the digest of what was seen."""
    access = enter(request, system_id, "answer")
    asked = PolicyProposal.objects.filter(system=access.system, pk=proposal_id).select_related("system", "asked_by").first()
    if asked is None:
        raise Http404("Nobody has proposed that here.")
    try:
        if request.POST.get("answer") == "approve":
            seam.approve_policy(asked, access.user, request.POST.get("seen", ""), timezone.now())
        else:
            seam.refuse_policy(asked, access.user, request.POST.get("because", ""), timezone.now())
    except ServerError as error:
        return back(request, str(error), "policies", access.system.pk, trouble=True)
    return back(request, "Answered.", "policies", access.system.pk)
