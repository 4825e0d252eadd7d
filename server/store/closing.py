"""Closing an item without a check: on final evidence and the word of a reviewer who is not its owner."""

from datetime import datetime

from django.db import transaction

from collector.canonical import canonical_bytes, sha256
from poam_generator import model as poam
from poam_generator.final_word import ClosingWord, WordContext, hindrances, word_record
from server.errors import ServerError
from server.models import Closure, Item, ItemEvent, Result, System, User
from server.store.answers import answers_of
from server.store.documents import attached, evidence_of, is_replaced
from server.store.items import has_owned, lock_item
from server.store.people import require
from server.store.seam import read_item


def word_context(row: Item, informing: frozenset[str]) -> WordContext:
    """What bears on an item without a check. informing: the checks that bear on its objectives."""
    words = answers_of(row.system).attestations
    documents = attached(row.system, "item", row.identifier)
    return WordContext(
        evidence=tuple(evidence_of(one) for one in documents if not is_replaced(one)),
        owner=str(row.owner) if row.owner else "",
        still_not_met=row.source == "attestation" and any(one.objective == row.source_key and one.finding == "not_met" for one in words),
        informing=_failing(row.system, informing),
    )


def _failing(system: System, checks: frozenset[str]) -> dict[str, int]:
    """Check -> on how many hosts it fails now."""
    rows = Result.objects.filter(system=system, check_id__in=checks, status="fail", asset__retired_at=None)
    found: dict[str, int] = {}
    for check in rows.order_by("check_id").values_list("check_id", flat=True):
        found[check] = found.get(check, 0) + 1
    return found


def close_on_word(row: Item, user: User, because: str, informing: frozenset[str], now: datetime) -> Closure:
    """A reviewer's word that an item is mended: an open one closes, a draft is withdrawn, each with its record.

    Raises ServerError for an item of a check, for its owner, and while evidence is lacking.
    """
    require(row.system, user, ("reviewer",), "close an item on their word")
    if not because.strip():
        raise ServerError("say what you examined and why it is mended")
    with transaction.atomic():
        current = lock_item(row)
        _refuse(current, user)
        value, context = read_item(current, current.system), word_context(current, informing)
        if held := hindrances(value, context, now.date()):
            raise ServerError(" ".join(f"{why} {wish}" for why, wish in held))
        word = ClosingWord(str(user), now, because.strip())
        record = canonical_bytes(word_record(value, word, context, current.title, current.objectives))
        current.state = "closed" if current.state == "open" else "withdrawn"
        current.ended_on, current.awaiting, current.changed_at = now.date(), "", now
        current.save(update_fields=["state", "ended_on", "awaiting", "changed_at"])
        told = f"{user} closed it on their word: {word.because}"
        ItemEvent.objects.create(system=current.system, item=current, kind=current.state, text=told, by=user, at=now)
        return Closure.objects.create(
            system=current.system, item=current, state=current.state, at=now, by=user, canonical=record, sha256=sha256(record)
        )


def _refuse(row: Item, user: User) -> None:
    if row.source == "check":
        raise ServerError(f"{row} is of a check: scans close it, and nobody's word does")
    if row.state not in poam.LIVE:
        raise ServerError(f"{row} is {row.state.replace('_', ' ')} and cannot be closed")
    if has_owned(row, user):
        raise ServerError(f"{user} owns {row} or did; another reviewer has to close it")
