"""Standing exceptions: the list of all there ever were, and the forms to ask, to answer and to end."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from poam_generator.anniversary import years_after
from poam_generator.errors import PoamError
from poam_generator.json_form import from_json
from poam_generator.tailoring import ExceptionKind, ExceptionScope, StandingException
from server import store
from server.assess import make_assessor, update_items
from server.errors import ServerError
from server.models import Membership, User
from server.store import Excepted
from server.views.access import Access, enter
from server.views.content import content
from server.views.forms import text_of
from server.views.listing import chosen
from server.views.page import back, show

STATES: Final = ("asked", "approved", "refused", "ended", "expired")
_TEXTS: Final = ("check", "scope", "target", "kind", "reason", "approver", "until", "reference", "mitigation")


@require_safe
def exceptions(request: HttpRequest, system_id: int) -> HttpResponse:
    """Every exception, with how it stands and what a person may do about it."""
    access = enter(request, system_id)
    today = timezone.now().date()
    state = chosen(request, "state", STATES)
    every = store.exceptions(access.system, today)
    return show(
        request,
        "exceptions.html",
        access,
        rows=[one for one in every if state in {"", one.state}],
        counts={word: sum(one.state == word for one in every) for word in STATES},
        state=state,
        states=STATES,
        kinds=get_args(ExceptionKind),
        scopes=get_args(ExceptionScope),
        checks=content().checks,
        approvers=_approvers(access),
        latest=years_after(today),
    )


def _approvers(access: Access) -> list[User]:
    """Who may agree to one, without the person who would ask."""
    rows = Membership.objects.filter(system=access.system, role__in=("affirming_official", "reviewer"), user__is_active=True)
    return list(User.objects.filter(pk__in=rows.values("user")).exclude(pk=access.user.pk).order_by("username"))


@require_POST
def ask(request: HttpRequest, system_id: int) -> HttpResponse:
    """Ask for an exception."""
    access = enter(request, system_id, "tailor")
    try:
        wanted = _wanted(request.POST)
        made = store.ask_exceptions(access.system, [wanted], access.user, timezone.now())
    except ServerError as error:
        return back(request, str(error), "exceptions", access.system.pk, trouble=True)
    sentence = f"{made[0]} waits for {made[0].approver}." if made else "That was asked for already."
    return back(request, sentence, "exceptions", access.system.pk)


def _wanted(form: Mapping[str, Any]) -> StandingException:
    told = {name: text_of(form, name) for name in _TEXTS}
    if told["check"] not in content().checks:
        raise ServerError(f"There is no check {told['check']!r}; choose one from the list.")
    try:
        return from_json(StandingException, told)
    except PoamError as error:
        raise ServerError(f"Fill in the form: {error}") from error


@require_POST
def answer(request: HttpRequest, system_id: int, number: int) -> HttpResponse:
    """The word of the person whom the exception names."""
    access = enter(request, system_id, "answer")
    one, agree = _find(access, number), request.POST.get("answer") == "agree"
    try:
        store.answer_exception(one, access.user, agree=agree, because=text_of(request.POST, "because"), now=timezone.now())
    except ServerError as error:
        return back(request, str(error), "exceptions", access.system.pk, trouble=True)
    return _follow(request, access, one, "agreed" if agree else "refused")


@require_POST
def end(request: HttpRequest, system_id: int, number: int) -> HttpResponse:
    """End an exception before its day."""
    access = enter(request, system_id, "tailor")
    one = _find(access, number)
    try:
        store.end_exception(one, access.user, text_of(request.POST, "because"), timezone.now())
    except ServerError as error:
        return back(request, str(error), "exceptions", access.system.pk, trouble=True)
    return _follow(request, access, one, "ended")


def _follow(request: HttpRequest, access: Access, one: Excepted, word: str) -> HttpResponse:
    update_items(make_assessor(access.system, content()), [one.row.check_id], timezone.now(), access.user)
    return back(request, f"{one.row} is {word}.", "exceptions", access.system.pk)


def _find(access: Access, number: int) -> Excepted:
    try:
        return store.find_exception(access.system, number, timezone.now().date())
    except ServerError as error:
        raise Http404(str(error)) from error
