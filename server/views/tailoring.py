"""The organization's own values: which are confirmed, by which policy, and a form to confirm many at once."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.errors import ContentError
from checks.load import Content
from collector.facts import Value
from poam_generator.tailoring import Source
from server import store
from server.errors import ServerError
from server.models import System
from server.tailoring import ParameterRow, new_judgements, parameter_rows, published_values, read_values
from server.views.access import enter
from server.views.content import content
from server.views.forms import needed_day, text_of
from server.views.listing import chosen, text
from server.views.page import back, show

ONLY = {"unconfirmed": "not confirmed", "confirmed": "confirmed"}


@require_safe
def tailoring(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every parameter with the value in force, its bounds, and the policy that sets it."""
    access = enter(request, system_id)
    every = parameter_rows(access.system, content())
    only, words = chosen(request, "only", ONLY), text(request, "text").casefold()
    rows = [row for row in every if _fits(row, only, words)]
    waiting = sum(row.cited is None for row in every)
    return show(
        request,
        "tailoring.html",
        access,
        rows=rows,
        waiting=waiting,
        confirmed=len(every) - waiting,
        only=only,
        words=words,
        kinds=ONLY,
        dod=published_values(),
    )


def _fits(row: ParameterRow, only: str, words: str) -> bool:
    wanted = {"unconfirmed": row.cited is None, "confirmed": row.cited is not None}.get(only, True)
    return wanted and all(word in f"{row.key} {row.parameter.label} {' '.join(row.check.assesses)}".casefold() for word in words.split())


@require_POST
def confirm(request: HttpRequest, system_id: int) -> HttpResponse:
    """Confirm the chosen values, all by the same section of a policy."""
    access = enter(request, system_id, "tailor")
    form, now = request.POST, timezone.now()
    try:
        values, source = _values(access.system, content(), form), _source(form)
        given = {name: (value, source) for name, value in values.items()}
        fresh = store.confirm_parameters(access.system, given, access.user, now)
    except (ServerError, ContentError) as error:
        return back(request, str(error), "tailoring", access.system.pk, trouble=True)
    changed = new_judgements(access.system, content(), [row.check_id for row in fresh])
    told = f" Judged in a new way from the next scan on, which waits for a reviewer: {', '.join(changed)}." if changed else ""
    return back(request, f"{len(fresh)} confirmed, {len(given) - len(fresh)} as they were.{told}", "tailoring", access.system.pk)


def _values(system: System, checks: Content, form: QueryDict) -> dict[str, Value]:
    chosen_names = form.getlist("choose")
    if not chosen_names:
        raise ServerError("Choose the values that the policy sets.")
    return read_values(system, checks, [f"{name}={text_of(form, f'value:{name}')}" for name in chosen_names])


def _source(form: QueryDict) -> Source:
    day = needed_day(form, "approved_on", "on which day the value was approved")
    return Source(text_of(form, "document"), text_of(form, "section"), text_of(form, "approver"), day)
