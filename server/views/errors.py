"""What cannot be shown or done, in sentences that say what to do next."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from server.models import User
from server.views.access import Access, enter
from server.views.page import show

GONE = "There is nothing at this address. It may be mistyped, or what it named may belong to a system that you have no role in."
REFUSED = "You may not do this."
BROKEN = "Something went wrong on this server, and nothing was changed. Try again; if it stays, the server's log has the reason."
STALE = "This form was not sent from a page of this server, or its page had grown old. Go back, reload the page and send it again."


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, with the sentence of whoever raised it."""
    return _say(request, 404, "Not found", _sentence(exception) or GONE)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, with the sentence of whoever raised it."""
    return _say(request, 403, "Not allowed", _sentence(exception) or REFUSED)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    del exception
    return _say(request, 400, "Not understood", "This request makes no sense to this server. Go back, reload the page and try again.")


def tell_trouble(request: HttpRequest, sentence: str) -> HttpResponse:
    """500 for trouble that was foreseen: the evidence is damaged, a value that was set is none any longer."""
    return _say(request, 500, "This cannot be shown", sentence)


def broken(request: HttpRequest) -> HttpResponse:
    """500; the traceback is in the log and never on the page."""
    del request  # nothing of it is looked at: the database may be what is broken
    return HttpResponse(render_to_string("broken.html", {"sentence": BROKEN, "theme": ""}), status=500)


@login_not_required
def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without the page's token."""
    del reason
    return _say(request, 403, "Form refused", STALE)


def _say(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return show(request, "error.html", _access(request), status, title=title, sentence=sentence)


def _access(request: HttpRequest) -> Access | None:
    """The access to the system that the address names, so that the way on stands beside the sentence; None without a role in it."""
    named = request.resolver_match.kwargs.get("system_id") if request.resolver_match else None
    if named is None or not isinstance(getattr(request, "user", None), User):
        return None
    try:
        return enter(request, named)
    except (Http404, PermissionDenied):
        return None


def _sentence(exception: Exception) -> str:
    """What the exception says, when it is a sentence of ours and not the resolver's list of addresses."""
    said = exception.args[0] if exception.args else ""
    return said if isinstance(said, str) else ""
