"""How values are written on a page: times, dates, digests and what was observed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone

from checks.operators import show, tell

GLYPHS: Final[Mapping[str, str]] = {
    "pass": "✓", "fail": "✕", "error": "!", "not_applicable": "\N{EN DASH}", "manual": "✎", "silent": "○",
    "draft": "✎", "open": "●", "closed": "✓", "withdrawn": "↩", "accepted": "≈", "enduring_exception": "≈", "temporary_deficiency": "≈",
    "dismissed": "∅", "retired": "\N{EN DASH}", "overdue": "!",
    "waiting": "○", "running": "◐", "done": "✓", "failed": "✕", "interrupted": "!",
    "pending": "?", "revoked": "\N{EN DASH}", "asked": "?", "approved": "✓", "refused": "✕", "ended": "\N{EN DASH}", "expired": "!",
}  # fmt: skip
PHRASES: Final[Mapping[str, str]] = {
    "accepted": "risk accepted", "dismissed": "false positive", "winrm": "WinRM", "ssh": "SSH", "cui": "CUI asset", "none": "no way in",
    "pending": "waits for approval", "local": "this machine", "agent-signed": "agent, signed",
    "hand-carried": "carried by hand", "network_non_privileged": "network non-privileged",
}  # fmt: skip
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FAR: Final = 60  # days after which a date says more than a count


def phrase(word: str) -> str:
    """A word of the data as people say it: not_applicable is "not applicable"."""
    return PHRASES.get(word, word.replace("_", " "))


def glyph(word: str) -> str:
    """The sign that stands before a status or a state."""
    return GLYPHS.get(word, "·")


def ago(moment: datetime, now: datetime | None = None) -> str:
    """How long ago, or in how long: "3 h ago", "in 5 min"."""
    seconds = int(((now or timezone.now()) - moment).total_seconds())
    size = abs(seconds)
    if size < _MINUTE:
        return "just now"
    if size > _FAR * _DAY:
        return moment.date().isoformat()
    count, unit = (size // _MINUTE, "min") if size < _HOUR else (size // _HOUR, "h") if size < 2 * _DAY else (size // _DAY, "days")
    return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"


def exact(moment: datetime) -> str:
    """The moment with its zone: 2026-11-23 14:31:05 UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def distance(day: date, today: date | None = None) -> str:
    """How far a promised date is away: "in 111 days", "3 days ago"."""
    days = (day - (today or timezone.now().date())).days
    if days in {-1, 0, 1}:
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def short(digest: str) -> str:
    """The beginning of a digest or an id, enough to tell it apart."""
    return digest[:12]


def observed(one: Mapping[str, Any]) -> str:
    """What an observation saw, or why nothing was to be seen."""
    return tell(one.get("observed"), str(one.get("reason") or ""), most=None)


def effort(minutes: int) -> str:
    """Working time: "45 min", "6 h", "2 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part)


def capitalize_first(sentence: str) -> str:
    """The sentence with a capital at its start, and all else as it is."""
    return sentence[:1].upper() + sentence[1:]


def plural(count: int, one: str, many: str = "") -> str:
    """The count with its noun: "1 host", "3 hosts"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def worded(words: Iterable[str]) -> list[tuple[str, str]]:
    """The choices of a filter: each word with how people say it."""
    return [(word, phrase(word)) for word in words]


FILTERS: Final = {
    "phrase": phrase, "glyph": glyph, "ago": ago, "exact": exact, "distance": distance, "short": short,
    "capitalize_first": capitalize_first, "observed": observed, "effort": effort, "plural": plural, "shown": show, "worded": worded,
}  # fmt: skip
