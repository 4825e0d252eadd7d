"""The form in which a person writes an item that no check has found."""

from datetime import date
from typing import Final, get_args

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from checks.errors import ContentError
from checks.framework import load_framework
from poam_generator.errors import PoamError
from poam_generator.weakness import Weakness
from server.errors import ServerError
from server.models.items import Severity
from server.views.access import enter
from server.views.page import back, show
from server.words import new_item

LINES: Final = {
    "title": ("Title", "The weakness in a line."),
    "identified_by": ("Identified by", "How it was found, and by whom."),
    "point_of_contact": ("Point of contact", ""),
    "resources": ("Resources required", ""),
    "assets": ("What it concerns", "Names, with commas between them."),
    "reference": ("Reference", "Such as the number of an assessor's finding."),
}
TEXTS: Final = {"weakness": "Weakness", "impact": "Business impact", "plan": "What is to be done"}
NEEDED: Final = ("title", "identified_by", "weakness")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, system_id: int) -> HttpResponse:
    """The form, and what is sent with it; a refusal shows what was typed again, with the reason."""
    access = enter(request, system_id, "edit")
    trouble = ""
    if request.method == "POST":
        try:
            row = new_item(access.system, read_weakness(request.POST), access.user, timezone.now())
        except (ServerError, PoamError, ContentError) as error:
            trouble = str(error)
        else:
            return back(request, f"{row.identifier} is drafted; it waits for a review.", "draft", access.system.pk, row.identifier)
    page = {"lines": LINES, "texts": TEXTS, "needed": NEEDED, "typed": request.POST, "trouble": trouble, "severities": get_args(Severity)}
    return show(request, "item_new.html", access, status=400 if trouble else 200, requirements=load_framework().requirements, **page)


def read_weakness(form: QueryDict) -> Weakness:
    """What the form says; raises ServerError with the field that is wrong."""
    plain = {name: form.get(name, "").strip() for name in (*LINES, *TEXTS)}
    due = form.get("due", "").strip()
    try:
        day = date.fromisoformat(due) if due else None
    except ValueError as error:
        raise ServerError(f"{due!r} is no date; write it as in 2027-03-14.") from error
    assets = tuple(name.strip() for name in plain.pop("assets").split(",") if name.strip())
    objectives = tuple(form.get("objectives", "").replace(",", " ").split())
    return Weakness(
        source="assessor" if form.get("source") == "assessor" else "person",
        objectives=objectives,
        severity=form.get("severity", ""),
        assets=assets,
        due=day,
        **plain,
    )
