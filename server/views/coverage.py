"""What the checks can say on each of the 320 assessment objectives, platform by platform."""

from collections import Counter
from typing import get_args

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from checks.coverage import PLATFORMS, State, coverage
from checks.framework import load_framework
from server.views.access import enter
from server.views.content import content
from server.views.listing import chosen
from server.views.page import show

STATES: tuple[State, ...] = get_args(State)
MEANINGS: dict[State, str] = {
    "provable": "a proof set is declared, and all of its checks are there",
    "supported": "checks bear on it, and a person's word decides",
    "uncovered": "facts could bear on it, and no check does",
    "attested": "no fact of a host says anything of it; a person does",
}


@require_safe
def coverage_page(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every objective and platform with its proof set and reason, what supports it, or that it is attested; filtered by the address."""
    access = enter(request, system_id)
    framework = load_framework()
    family, platform = chosen(request, "family", tuple(framework.families)), chosen(request, "platform", PLATFORMS)
    state = chosen(request, "state", STATES)
    rows = [
        one
        for one in coverage(content(), framework)
        if (not family or framework.requirement(one.requirement).family == family) and (not platform or one.platform == platform)
    ]
    return show(
        request,
        "coverage.html",
        access,
        rows=[one for one in rows if not state or one.state == state],
        counts=Counter((one.platform, one.state) for one in rows),
        summaries={one.id: one.summary for one in framework.objectives},
        families=framework.families,
        platforms=PLATFORMS,
        states=STATES,
        meanings=MEANINGS,
        family=family,
        platform=platform,
        state=state,
    )
