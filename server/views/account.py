"""Coming and going: sign in, sign out, change the password, choose light or dark."""

from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from server.errors import ServerError
from server.models import User
from server.store.people import change_password
from server.views.access import signed_in
from server.views.page import THEMES, back, show
from server.views.throttle import WAIT_SECONDS, forget, note_failure, too_many

WRONG = "This name and password do not go together. Look at both again; an administrator can give you a new password."
WAIT = f"Too many sign-ins with this name have failed from here. Wait {WAIT_SECONDS // 60} minutes, then try again."
YEAR_SECONDS = 365 * 24 * 60 * 60


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let a person in by name and password; who fails too often has to wait."""
    onward = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(onward)
    if request.method == "GET":
        return show(request, "sign_in.html", onward=onward, name="", trouble="")
    name = request.POST.get("name", "").strip()
    if too_many(request, name):
        return show(request, "sign_in.html", status=429, onward=onward, name=name, trouble=WAIT)
    user = authenticate(request, username=name, password=request.POST.get("password", ""))
    if user is None:
        note_failure(request, name)
        return show(request, "sign_in.html", status=403, onward=onward, name=name, trouble=WRONG)
    forget(request, name)
    login(request, user)
    return redirect(onward)


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return back(request, "You are signed out.", "sign-in")


@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; who came with a one-time password sees nothing else before."""
    user = signed_in(request)
    if request.method == "GET":
        return show(request, "password.html", trouble="")
    new = request.POST.get("new", "")
    try:
        _refuse_mistyped(user, request.POST)
        change_password(user, new)
    except ServerError as error:
        return show(request, "password.html", status=400, trouble=str(error))
    update_session_auth_hash(request, user)
    return back(request, "Your new password holds from now on.", "home")


def _refuse_mistyped(user: User, form: QueryDict) -> None:
    if not user.check_password(form.get("old", "")):
        raise ServerError("The present password is another one.")
    if form.get("new") != form.get("again"):
        raise ServerError("The two new passwords are not the same.")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark in a cookie; anything else leaves it to the machine's setting."""
    response = redirect(_safe(request, request.POST.get("next", "")))
    wanted = request.POST.get("theme", "")
    if wanted in THEMES:
        response.set_cookie("theme", wanted, max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure())
    else:
        response.delete_cookie("theme")
    return response


def _safe(request: HttpRequest, wanted: str) -> str:
    """An address of this server only; home for any other."""
    good = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if good else reverse("home")
