"""Other frameworks as views of the same results: how their requirements stand, and what they would ask in addition."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from checks.errors import ContentError
from checks.framework import load_framework
from checks.views import JUDGING, LEVEL_1, View, load_view
from poam_generator.views import Standing
from server.gap import stand_of, values_of
from server.store.wording import wording_of
from server.views.access import enter
from server.views.content import content
from server.views.listing import chosen
from server.views.page import show

LOOKS: Final[Mapping[Standing, str]] = {
    "MET": "pass",
    "carried over": "pass",
    "NOT MET": "fail",
    "contested": "error",
    "not assessed": "silent",
    "new": "manual",
}


@require_safe
def framework(request: HttpRequest, system_id: int, key: str) -> HttpResponse:
    """Every requirement of a view by family with how it stands; the address may ask for one standing, or for what is asked in addition."""
    access = enter(request, system_id)
    view = _find(key)
    if key == JUDGING:
        return redirect("requirements", access.system.pk)
    stands = stand_of(access.system, view, content(), timezone.now())
    standing, gap = chosen(request, "standing", tuple(LOOKS)), chosen(request, "gap", ("yes",))
    rows = [one for one in stands if (not standing or one.standing == standing) and (not gap or one.requirement.adds)]
    families = [(name, mine) for code, name in view.families.items() if (mine := [one for one in rows if one.requirement.family == code])]
    return show(
        request,
        "framework.html",
        access,
        view=view,
        families=families,
        standing=standing,
        gap=gap,
        counts=Counter(one.standing for one in stands),
        asking=sum(one.requirement.adds for one in stands),
        values=values_of(access.system, view, content()),
        looks=LOOKS,
    )


@require_safe
def framework_requirement(request: HttpRequest, system_id: int, key: str, requirement_id: str) -> HttpResponse:
    """One requirement of a view: the judged ones behind it, what it asks in addition, and its values."""
    access = enter(request, system_id)
    view = _find(key)
    stands = {one.requirement.id: one for one in stand_of(access.system, view, content(), timezone.now())}
    if requirement_id not in stands:
        raise Http404(f"{view.title} has no requirement {requirement_id}.")
    one = stands[requirement_id]
    judging = load_framework()
    return show(
        request,
        "framework_requirement.html",
        access,
        view=view,
        stands=one,
        look=LOOKS[one.standing],
        behind=[judging.requirement(source) for source in one.requirement.r2],
        values=values_of(access.system, view, content()),
        official=wording_of(access.system, JUDGING if view.key == LEVEL_1 else view.key),
    )


def _find(key: str) -> View:
    try:
        return load_view(key)
    except ContentError as error:
        raise Http404(f"There is no framework {key}.") from error
