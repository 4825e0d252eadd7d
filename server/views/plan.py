"""The cheapest way to Conditional status and to 110, and what would come of steps that a person names."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from poam_generator.cheapest import TARGETS, Target, Way, find_way
from poam_generator.errors import PoamError
from poam_generator.position import Inputs, Position, find_position
from poam_generator.steps import Efforts, find_steps, take_steps
from server import store
from server.score import gather
from server.views.access import enter
from server.views.content import content
from server.views.listing import chosen
from server.views.page import show

MOST = 2000  # letters of the steps that a person names


@require_safe
def plan(request: HttpRequest, system_id: int) -> HttpResponse:
    """The way to a target with all its steps; with `steps` in the address also what would come of those."""
    access = enter(request, system_id)
    inputs, efforts = gather(access.system, content(), timezone.now()), store.score_policy(access.system).efforts
    target = cast("Target", int(chosen(request, "to", tuple(map(str, TARGETS))) or TARGETS[0]))
    now = find_position(inputs)
    way, trouble = way_to(inputs, target, efforts, now)
    words = request.GET.get("steps", "")[:MOST]
    return show(
        request,
        "plan.html",
        access,
        target=target,
        targets=TARGETS,
        way=way,
        trouble=trouble,
        words=words,
        supposed=_suppose(inputs, words, efforts, now) if words.strip() else {},
        titles={one.id: one.title for one in inputs.framework.requirements},
    )


def way_to(inputs: Inputs, target: Target, efforts: Efforts, now: Position) -> tuple[Way | None, str]:
    """The cheapest way from where the system stands, or None with the sentence that says why none is shown."""
    try:
        return find_way(inputs, target, efforts, now), ""
    except PoamError as error:
        return None, str(error)


def _suppose(inputs: Inputs, words: str, efforts: Efforts, now: Position) -> dict[str, Any]:
    """What would come of the steps that these words name, or the sentence on the word that names none."""
    found = find_steps(inputs, efforts, now)
    try:
        steps = found.read(one.strip() for one in words.split(",") if one.strip())
    except PoamError as error:
        return {"trouble": str(error)}
    after = take_steps(inputs, steps)
    return {
        "trouble": "",
        "steps": sorted(steps),
        "before": found.now.score,
        "after": after.score,
        "minutes": sum(one.minutes for one in steps),
    }
