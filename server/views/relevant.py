"""The objectives that security protection assets answer for (32 CFR 170.19(c)(1)): chosen once a system, with who chose what before."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.errors import ContentError
from checks.framework import Framework, Requirement, load_framework
from poam_generator.answers import Answers
from server import store
from server.errors import ServerError
from server.models import Asset
from server.views.access import enter
from server.views.page import back, show
from server.words import record_answers


@require_safe
def relevant(request: HttpRequest, system_id: int) -> HttpResponse:
    """The choice as it stands, family by family, to be changed, and every choice before it."""
    access = enter(request, system_id)
    framework, chosen = load_framework(), store.answers_of(access.system).relevant
    assets = Asset.objects.filter(system=access.system, category="security_protection", retired_at=None)
    return show(
        request,
        "relevant.html",
        access,
        families=list(_families(framework, frozenset(chosen or ()))),
        chosen=chosen,
        total=len(framework.objectives),
        choices=store.relevant_choices(access.system),
        assets=list(assets.order_by("name")),
    )


def _families(framework: Framework, chosen: frozenset[str]) -> Iterator[tuple[str, list[Requirement], int]]:
    """Each family with its requirements, and how many of their objectives are chosen."""
    for code, name in framework.families.items():
        members = [one for one in framework.requirements if one.family == code]
        yield name, members, sum(part.id in chosen for one in members for part in one.objectives)


@require_POST
def choose(request: HttpRequest, system_id: int) -> HttpResponse:
    """Record the whole choice anew; the one before stays in the records."""
    access = enter(request, system_id, "attest")
    wanted = tuple(request.POST.getlist("objective"))
    try:
        record_answers(access.system, Answers(relevant=wanted), access.user, timezone.now())
    except (ServerError, ContentError) as error:
        return back(request, str(error), "relevant", access.system.pk, trouble=True)
    return back(request, f"Security protection assets answer for {len(wanted)} objectives.", "relevant", access.system.pk)


@require_POST
def take_back(request: HttpRequest, system_id: int) -> HttpResponse:
    """Take the choice back, so that they answer for every objective again."""
    access = enter(request, system_id, "attest")
    try:
        store.withdraw_answer(access.system, "relevant", "", access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "relevant", access.system.pk, trouble=True)
    return back(request, "Security protection assets answer for every objective again.", "relevant", access.system.pk)
