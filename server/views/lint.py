"""What lint says of the POA&M as a whole and of each of its live items."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.lint import plan_problems
from server.models import Item
from server.views.access import enter
from server.views.content import content
from server.views.page import show

SHOWN = 100  # items with their sentences; the command line lists all


@require_safe
def lint(request: HttpRequest, system_id: int) -> HttpResponse:
    """The problems of the whole first, then those of each item."""
    access = enter(request, system_id)
    problems = plan_problems(access.system, content(), timezone.now())
    by_item: dict[str, list[str]] = {}
    for problem in problems:
        by_item.setdefault(problem.entry, []).append(problem.sentence)
    whole = by_item.pop("", [])
    live = Item.objects.filter(system=access.system, state__in=("draft", "open")).count()
    return show(request, "lint.html", access, whole=whole, items=list(by_item.items())[:SHOWN], found=len(by_item), live=live)
