"""Temporary deficiencies (32 CFR 170.4): what makes one, and the progress that it holds on by (170.24(b)(1)(ii))."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, get_args
from uuid import UUID

from django.db import transaction

from collector.canonical import time_text
from server.errors import ServerError
from server.models import Ask, AskHost, AskProgress, Asset, Item, ItemEvent, ItemHost, Transition, User
from server.models.items import Basis
from server.store.people import DECIDING, require

MOST_IDLE: Final = 90  # days without progress that anybody may ask for
LIMITED: Final = 10  # a very limited subset is at most the tenth part of the hosts in scope


def refuse_unfounded(basis: str, progress_days: int | None, mitigation: str) -> None:
    """Raise ServerError where what is asked for is no temporary deficiency."""
    if basis not in get_args(Basis):
        raise ServerError(
            "a temporary deficiency was implemented before (was_implemented), or comes up in the rollout to a very limited subset "
            "(rollout); what was never implemented is none (32 CFR 170.4)"
        )
    if progress_days is None or not 1 <= progress_days <= MOST_IDLE:
        raise ServerError(f"say after how many days without progress it lapses, 1 to {MOST_IDLE} (32 CFR 170.24(b)(1)(ii))")
    if not mitigation.strip():
        raise ServerError("name the fix that is known and what is done until then (32 CFR 170.4)")


def show_basis(row: Item, basis: str, hosts: Sequence[Asset]) -> list[dict[str, Any]]:
    """The last pass of each host that was implemented before; raises ServerError where none was ever seen, or a rollout is not limited."""
    if basis == "rollout":
        _refuse_wide(row, hosts)
    if basis != "was_implemented" or row.source != "check":
        return []
    shown = [(host, Transition.objects.filter(asset=host, check_id=row.source_key, status="pass").last()) for host in hosts]
    if never := [host.name for host, passed in shown if passed is None]:
        raise ServerError(f"{', '.join(never)}: no scan ever saw it implemented there, so it is no temporary deficiency (32 CFR 170.4)")
    return [
        {"host": str(host.pk), "host_name": host.name, "receipt": str(passed.receipt_id), "at": time_text(passed.ordered_at)}
        for host, passed in shown
        if passed is not None
    ]


def _refuse_wide(row: Item, hosts: Sequence[Asset]) -> None:
    scope = Asset.objects.filter(system=row.system, kind="host", retired_at=None).exclude(category="out_of_scope").count()
    most = max(1, scope // LIMITED)
    every = {host.pk for host in hosts} | set(_in_rollout(row))
    if len(every) > most:
        others = f", with those of earlier requests for {row.source_key or row}," if len(every) > len(hosts) else ""
        raise ServerError(f"{len(every)} of {scope} hosts{others} are no very limited subset (32 CFR 170.4): at most {most}")


def _in_rollout(row: Item) -> Iterator[UUID]:
    """The hosts for which a rollout of the same was asked for, or holds: a wide one is not asked for in small parts."""
    same = Ask.objects.filter(system=row.system, basis="rollout", item__source=row.source, item__source_key=row.source_key)
    waiting = AskHost.objects.filter(ask__in=same.filter(state="asked")).values_list("asset", flat=True)
    holding = ItemHost.objects.filter(ask__in=same, disposition="temporary_deficiency").values_list("asset", flat=True)
    yield from (*waiting, *holding)


def note_progress(asked: Ask, user: User, text: str, now: datetime) -> AskProgress:
    """Progress towards the end of a temporary deficiency: it holds on for so many days as were asked for, never beyond its end date."""
    require(asked.system, user, DECIDING, "note progress")
    if not text.strip():
        raise ServerError("say what was done")
    with transaction.atomic():
        current = Ask.objects.select_for_update().get(pk=asked.pk)
        if current.state != "approved" or current.progress_days is None or current.progress_by is None:
            raise ServerError("only an approved temporary deficiency waits for progress")
        if current.last_day < now.date():
            raise ServerError(f"it lapsed after {current.last_day}; ask for it anew")
        current.progress_by = now.date() + timedelta(days=current.progress_days)
        current.save(update_fields=["progress_by"])
        text = text.strip()
        told = f"{user} noted progress, the next is due by {current.progress_by}: {text}"
        ItemEvent.objects.create(system=current.system, item=current.item, kind="progress", text=told, by=user, at=now)
        return AskProgress.objects.create(system=current.system, ask=current, text=text, by=user, at=now)
