"""What every answer carries."""

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from server.jobs import FORESEEN
from server.models import User
from server.views.errors import tell_trouble

logger = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_BEFORE = ("password", "sign-out", "theme")  # what is open to a one-time password


def security_headers(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Scripts and styles come from our own files only, never from inside a page; Django's own middleware adds the rest."""

    def add_headers(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return add_headers


def own_password(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Who came in with a one-time password chooses one of their own before anything else."""

    def require_own_password(request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.must_change_password and request.path not in {reverse(name) for name in _BEFORE}:
            return redirect("password")
        return answer(request)

    return require_own_password


def refuse_nul(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A NUL character is no text that anybody types, and PostgreSQL cannot hold it: a form or an address with one is answered with 400."""

    def look_for_nul(request: HttpRequest) -> HttpResponse:
        if any("\0" in value for form in (request.GET, request.POST) for _, values in form.lists() for value in values):
            raise BadRequest("a NUL character")
        return answer(request)

    return look_for_nul


class ForeseenTrouble:
    """What one of our own exceptions says is a sentence for people: it is shown, and no page of a view catches it alone."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; Django calls process_exception when the view has raised."""
        return self.answer(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page with the sentence; None leaves what nobody foresaw to the log and the page of 500."""
        if not isinstance(exception, FORESEEN):
            return None
        logger.error("%s: %s", request.path, exception)
        return tell_trouble(request, str(exception))
