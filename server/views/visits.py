"""When a person last looked at a system: kept in a cookie of theirs, so that looking writes nothing into the database."""

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse

from server.models import System

APART = timedelta(minutes=30)  # looks that are nearer to each other are one visit
KEEP_DAYS = 400


def last_visit(request: HttpRequest, system: System, now: datetime) -> datetime | None:
    """When the visit before this one was; None for the first, and where the cookie says what cannot be."""
    before, latest = _read(request, system, now)
    return latest if latest and now - latest > APART else before


def note_visit(request: HttpRequest, response: HttpResponse, system: System, now: datetime) -> None:
    """Remember this look, and with it the visit before."""
    before = last_visit(request, system, now)
    response.set_cookie(
        _name(system),
        f"{_text(before)}.{_text(now)}",
        max_age=KEEP_DAYS * 86400,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def _name(system: System) -> str:
    return f"visited-{system.pk}"


def _text(moment: datetime | None) -> str:
    return str(int(moment.timestamp())) if moment else ""


def _read(request: HttpRequest, system: System, now: datetime) -> tuple[datetime | None, datetime | None]:
    before, _, latest = request.COOKIES.get(_name(system), "").partition(".")
    return _moment(before, now), _moment(latest, now)


def _moment(text: str, now: datetime) -> datetime | None:
    """A moment of the past; a cookie is the visitor's own and may hold anything."""
    if not (text.isascii() and text.isdecimal()) or int(text[:12]) > now.timestamp():
        return None
    return datetime.fromtimestamp(int(text[:12]), UTC)
