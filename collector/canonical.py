"""Canonical bytes: what digests are taken over, so that equal values have equal digests everywhere (RFC 8785)."""

import hashlib
import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import rfc8785

from collector.errors import CollectorError

_LARGEST_INTEGER = 2**53 - 1
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def canonical_bytes(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """RFC 8785 bytes of a JSON value; raises CollectorError on a float or on what JSON cannot hold."""
    try:
        if _is_plain(value):
            return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        _refuse_floats(value)
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, TypeError, UnicodeEncodeError) as error:
        raise CollectorError(f"this value has no canonical form: {error}") from error


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether Python's own encoder, which is ten times as fast, gives the same: keys of ASCII sort alike, and it escapes alike."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_LARGEST_INTEGER <= value <= _LARGEST_INTEGER)
    if kind is dict:
        return all(type(key) is str and key.isascii() for key in value) and all(map(_is_plain, value.values()))
    return kind in {list, tuple} and all(map(_is_plain, value))


def _refuse_floats(value: Any) -> None:  # noqa: ANN401 - any JSON value
    if isinstance(value, float):
        raise TypeError("a float does not read the same everywhere; use an integer or text")
    if isinstance(value, dict):
        for member in value.values():
            _refuse_floats(member)
    if isinstance(value, (list, tuple)):
        for member in value:
            _refuse_floats(member)


def sha256(data: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """SHA-256 of the canonical bytes of a JSON value."""
    return sha256(canonical_bytes(value))


def time_text(moment: datetime) -> str:
    """UTC text with microseconds, as in 2026-11-23T13:51:00.000000Z; raises CollectorError on a time without zone."""
    if moment.tzinfo is None:
        raise CollectorError(f"the time {moment.isoformat()} has no zone; times are UTC")
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def read_time(text: str) -> datetime:
    """Aware UTC time from what time_text writes; raises CollectorError on anything else."""
    with suppress(ValueError):
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    raise CollectorError(f"{text!r} is not a time as in 2026-11-23T13:51:00.000000Z")
