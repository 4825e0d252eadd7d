"""What is left to be mended, as changes: the list, one of them, and its text for people to read and run."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from poam_generator.changes import ENDINGS, WRITERS, PlannedChange, languages_of
from poam_generator.changes.steps import steps_of
from poam_generator.errors import PoamError
from server.changes import changes_of, find_change
from server.errors import ServerError
from server.views.access import Access, enter
from server.views.content import content
from server.views.evidence import attachment
from server.views.page import back, show


@require_safe
def changes(request: HttpRequest, system_id: int) -> HttpResponse:
    """The changes that are left, those worth most points for the least work first."""
    access = enter(request, system_id)
    return show(request, "changes.html", access, changes=changes_of(access.system, content(), timezone.now().date()))


@require_safe
def change(request: HttpRequest, system_id: int, change_key: str) -> HttpResponse:
    """One change: its items, its hosts, and what is set in it."""
    access = enter(request, system_id)
    found = _find(access, change_key)
    return show(
        request,
        "change.html",
        access,
        change=found,
        languages=languages_of(found),
        parts=[(part, [(setting, bool(steps_of(setting))) for setting in part.settings]) for part in found.parts],
    )


@require_safe
def change_text(request: HttpRequest, system_id: int, change_key: str, language: str) -> HttpResponse:
    """The change as a file to keep, to read and to run by hand."""
    access = enter(request, system_id)
    found = _find(access, change_key)
    if language not in WRITERS:
        raise Http404(f"There is no language {language}; there are {', '.join(WRITERS)}.")
    try:
        text = WRITERS[language](found)
    except PoamError as error:
        return back(request, str(error), "change", access.system.pk, found.key, trouble=True)
    return attachment(text.encode(), f"change-{found.key}.{ENDINGS[language]}", "text/plain")


def _find(access: Access, key: str) -> PlannedChange:
    try:
        return find_change(access.system, content(), timezone.now().date(), key)
    except ServerError as error:
        raise Http404(str(error)) from error
