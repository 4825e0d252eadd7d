"""Slows down guessing: after a few failed sign-ins a name has to wait, from the address that failed."""

from django.core.cache import cache
from django.http import HttpRequest

from collector.canonical import sha256

ATTEMPTS = 5
WAIT_SECONDS = 15 * 60


def too_many(request: HttpRequest, name: str) -> bool:
    """True while this name has failed so often from this address that it has to wait."""
    return int(cache.get(_key(request, name), 0)) >= ATTEMPTS


def note_failure(request: HttpRequest, name: str) -> None:
    """Count a failed sign-in; the wait begins anew with each."""
    key = _key(request, name)
    cache.add(key, 0, WAIT_SECONDS)
    cache.incr(key)
    cache.touch(key, WAIT_SECONDS)


def forget(request: HttpRequest, name: str) -> None:
    """A sign-in that succeeded ends the count."""
    cache.delete(_key(request, name))


def _key(request: HttpRequest, name: str) -> str:
    """A name of a cache entry, from which nobody reads the name that was typed: it may be a password by mistake."""
    address = request.META.get("REMOTE_ADDR", "")
    return f"sign-in-{sha256(f'{name.strip().casefold()} {address}'.encode())}"
