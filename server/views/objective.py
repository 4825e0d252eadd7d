"""One assessment objective on every asset that it applies to: what is proven, attested, failing and missing, and by what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from poam_generator.objectives import ObjectiveStatus, describe
from server.models import Asset, ItemHost, System
from server.score import assess
from server.views.access import enter
from server.views.content import content, find_requirement
from server.views.listing import chosen
from server.views.page import show

# How an asset stands -> how that looks among the statuses that every page knows.
STANDS: Final[Mapping[str, str]] = {"failing": "fail", "missing": "silent", "attested": "manual", "proven": "pass"}
ROWS = 200


@dataclass(frozen=True, slots=True)
class AssetRow:
    """An asset with how it stands; checks: those that fail there. asset: None for one that was renamed meanwhile."""

    name: str
    stands: str
    asset: UUID | None
    checks: tuple[str, ...] = ()


def count_assets(status: ObjectiveStatus) -> dict[str, int]:
    """How many assets stand in each way; ways in which none does are left out."""
    counts = {
        "failing": len({name for name, _ in status.failing}),
        **{word: len(getattr(status, word)) for word in STANDS if word != "failing"},
    }
    return {word: count for word, count in counts.items() if count}


@require_safe
def objective(request: HttpRequest, system_id: int, requirement_id: str, letter: str) -> HttpResponse:
    """The assets that an objective applies to, filtered by how they stand, and the exceptions that bear on it."""
    access = enter(request, system_id)
    requirement = find_requirement(requirement_id)
    wanted = next((one for one in requirement.objectives if one.letter == letter), None)
    if wanted is None:
        raise Http404(f"{requirement.id} has no objective {letter}.")
    now = timezone.now()
    status = assess(access.system, content(), now).objectives[wanted.id]
    stands = chosen(request, "stands", tuple(STANDS))
    rows = [row for row in _rows(access.system, status) if stands in {"", row.stands}]
    bearing = [check.id for check in content().checks.values() if wanted.id in check.assesses]
    held = ItemHost.objects.filter(
        system=access.system, item__source="check", item__source_key__in=bearing, disposition_until__gte=now.date()
    )
    return show(
        request,
        "objective.html",
        access,
        requirement=requirement,
        objective=wanted,
        status_of=status,
        line=describe(status),
        counts=count_assets(status),
        looks=STANDS,
        stands=stands,
        page=Paginator(rows, ROWS).get_page(request.GET.get("page")),
        excepted=list(held.exclude(disposition="").select_related("asset", "item__system").order_by("asset__name", "item__number")),
    )


def _rows(system: System, status: ObjectiveStatus) -> Iterator[AssetRow]:
    """The assets, what fails first."""
    ids = dict(Asset.objects.filter(system=system).values_list("name", "pk"))
    failing: dict[str, list[str]] = {}
    for name, check in status.failing:
        failing.setdefault(name, []).append(check)
    yield from (AssetRow(name, "failing", ids.get(name), tuple(failing[name])) for name in sorted(failing))
    for stands in ("missing", "attested", "proven"):
        yield from (AssetRow(name, stands, ids.get(name)) for name in sorted(getattr(status, stands)))
