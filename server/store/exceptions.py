"""Standing exceptions: one person asks, the one who is named answers, and failures on their hosts stand under them from then on.

An exception changes no result. It is a disposition given ahead: where a check fails on a host that it covers, the host gets
that disposition in its item, with the same records and the same end as if it had been asked for there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast

from django.db import transaction
from django.db.models import QuerySet

from collector.canonical import canonical_bytes, sha256
from poam_generator.json_form import to_json
from poam_generator.model import LIVE
from poam_generator.tailoring import ExceptionKind, ExceptionScope, StandingException, exception_faults
from server.errors import ServerError
from server.models import Ask, Asset, ExceptionAnswer, ExceptionRecord, ExceptionUse, Item, ItemHost, System, User
from server.store.dispositions import ANSWERING, WORDS, Wish, dispose_ahead, note_end
from server.store.inventory import find_host
from server.store.items import find_item
from server.store.people import DECIDING, find_person, require
from server.store.systems import locked

EXCEPTION = "closeout/exception/1"
ExceptionState = Literal["asked", "approved", "refused", "ended", "expired"]


@dataclass(frozen=True, slots=True)
class Excepted:
    """An exception as it stands on a day. said: as files and pages write it, a host by its name."""

    row: ExceptionRecord
    state: ExceptionState
    said: StandingException
    answer: ExceptionAnswer | None

    @property
    def in_force(self) -> bool:
        """True while it covers hosts; an end date is the last day on which it does."""
        return self.state == "approved"


def exceptions(system: System, today: date, check_id: str = "") -> tuple[Excepted, ...]:
    """Every exception that was ever asked for, or those from one check, in the order of their numbers."""
    rows = ExceptionRecord.objects.filter(system=system, **({"check_id": check_id} if check_id else {}))
    names = {str(pk): name for pk, name in Asset.objects.filter(system=system).values_list("pk", "name")}
    full = rows.select_related("approver", "asked_by").prefetch_related("answers__by")
    return tuple(_stand(row, names, today) for row in full)


def _stand(row: ExceptionRecord, names: dict[str, str], today: date) -> Excepted:
    answers = list(row.answers.all())
    newest = answers[-1] if answers else None
    state = cast("ExceptionState", newest.answer if newest else "asked")
    if state in {"asked", "approved"} and row.until < today:
        state = "expired"
    said = read_exception(row)
    return Excepted(row, state, replace(said, target=names.get(row.target, row.target)), newest)


def read_exception(row: ExceptionRecord) -> StandingException:
    """The exception as it was asked for, a host by its id."""
    return StandingException(
        check=row.check_id,
        scope=cast("ExceptionScope", row.scope),
        target=row.target,
        kind=cast("ExceptionKind", row.kind),
        reason=row.reason,
        approver=row.approver.username,
        until=row.until,
        reference=row.reference,
        mitigation=row.mitigation,
    )


def ask_exceptions(system: System, wanted: Iterable[StandingException], user: User, now: datetime) -> tuple[ExceptionRecord, ...]:
    """Ask for exceptions, all or none; gives those that nobody had asked for yet. A host is named by its name or its id.

    Raises ServerError on one that is not whole, or that names a person who may not answer it.
    """
    require(system, user, DECIDING, "ask for an exception")
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)
        held = {read_exception(one.row) for one in exceptions(system, now.date()) if one.state in {"asked", "approved"}}
        asked = [_by_id(system, one, user, now.date()) for one in wanted]
        number = ExceptionRecord.objects.filter(system=system).count()
        fresh = [one for one in dict.fromkeys(asked) if one not in held]
        return tuple(_save(system, one, number + place, user, now) for place, one in enumerate(fresh, 1))


def _by_id(system: System, one: StandingException, user: User, today: date) -> StandingException:
    for fault in exception_faults(one, today):
        raise ServerError(f"{one.check}: {fault}")
    approver = find_person(one.approver)
    if approver == user:
        raise ServerError(f"{user} asks for the exception from {one.check} and cannot agree to it; name another person")
    require(system, approver, ANSWERING[one.kind], f"agree to the {WORDS[one.kind]} of {one.check}")
    return replace(one, target=str(find_host(system, one.target).pk)) if one.scope == "host" else one


def _save(system: System, one: StandingException, number: int, user: User, now: datetime) -> ExceptionRecord:
    form: dict[str, Any] = {"schema": EXCEPTION, "system": system.pk, "number": number, "asked_by": user.username, **to_json(one)}
    raw = canonical_bytes(form)
    return ExceptionRecord.objects.create(
        system=system,
        number=number,
        check_id=one.check,
        scope=one.scope,
        target=one.target,
        kind=one.kind,
        reason=one.reason,
        reference=one.reference,
        mitigation=one.mitigation,
        until=one.until,
        approver=find_person(one.approver),
        asked_by=user,
        asked_at=now,
        canonical=raw,
        sha256=sha256(raw),
    )


def find_exception(system: System, number: int, today: date) -> Excepted:
    """The exception of a number; raises ServerError with those that there are."""
    every = {one.row.number: one for one in exceptions(system, today)}
    if number not in every:
        raise ServerError(f"there is no exception EX-{number}; there are: {', '.join(map(str, every)) or 'none'}")
    return every[number]


def answer_exception(one: Excepted, user: User, *, agree: bool, because: str, now: datetime) -> ExceptionAnswer:
    """The word of the person who was named; raises ServerError for anybody else, and for one that was answered already."""
    row = one.row
    if user.pk != row.approver_id:
        raise ServerError(f"{row} names {row.approver} as who agrees to it, and nobody else can")
    require(row.system, user, ANSWERING[row.kind], f"answer {row}")
    if one.state != "asked":
        raise ServerError(f"{row} is {one.state} already")
    if not agree and not because.strip():
        raise ServerError("say why it is refused")
    return _answer(row, "approved" if agree else "refused", because, user, now)


def end_exception(one: Excepted, user: User, because: str, now: datetime) -> ExceptionAnswer:
    """End an exception before its day: the hosts that stand under it come back as failing. Raises ServerError without a reason."""
    row = one.row
    require(row.system, user, DECIDING, f"end {row}")
    if one.state not in {"asked", "approved"}:
        raise ServerError(f"{row} is {one.state} already")
    if not because.strip():
        raise ServerError(f"say why {row} ends")
    with locked(row.system):
        held = ItemHost.objects.filter(system=row.system, ask__exception_use__exception=row, disposition=row.kind)
        held.update(disposition_until=now.date() - timedelta(days=1))  # reconcile does the rest, as for every end date
        for asked in Ask.objects.filter(exception_use__exception=row).select_related("item__system"):
            if asked.last_day >= now.date():
                note_end(asked, user, f"{row} is over: {because.strip()}", now)
        return _answer(row, "ended", because, user, now)


def _answer(row: ExceptionRecord, answer: str, because: str, user: User, now: datetime) -> ExceptionAnswer:
    return ExceptionAnswer.objects.create(system=row.system, exception=row, answer=answer, because=because.strip(), by=user, at=now)


def apply_exceptions(system: System, checks: Iterable[str], now: datetime) -> None:
    """Put the failing hosts in live items of checks under the exceptions that cover them; running it again changes nothing."""
    rows = ExceptionRecord.objects.filter(system=system, check_id__in=checks, until__gte=now.date())
    for check in sorted(set(rows.values_list("check_id", flat=True))):
        for one in exceptions(system, now.date(), check):
            if one.in_force:
                for item, hosts in _covered(one.row):
                    _use(one, item, hosts, now)


def _covered(row: ExceptionRecord) -> Iterator[tuple[Item, list[Asset]]]:
    """The live items in which hosts that the exception covers fail without a disposition."""
    held = ItemHost.objects.filter(system=row.system, item__source="check", item__source_key=row.check_id, item__state__in=LIVE)
    failing = _within(held.filter(disposition="", passing__isnull=True), row)
    found: dict[int, list[Asset]] = {}
    for host in failing.select_related("asset").order_by("asset_id"):
        found.setdefault(host.item_id, []).append(host.asset)
    for item in Item.objects.filter(pk__in=found).select_related("system").order_by("number"):
        yield find_item(row.system, item.identifier), found[item.pk]


def _within(rows: QuerySet[ItemHost], row: ExceptionRecord) -> QuerySet[ItemHost]:
    field = {"host": "asset_id", "group": "asset__group", "platform": "asset__platform"}[row.scope]
    return rows.filter(**{field: row.target})


def _use(one: Excepted, item: Item, hosts: list[Asset], now: datetime) -> None:
    row = one.row
    wish = Wish(row.kind, f"{row}: {row.reason}", row.until, (), row.reference, row.mitigation)  # type: ignore[arg-type] # the column holds an ExceptionKind
    made = dispose_ahead(item, wish, hosts, (row.asked_by, row.approver), now)
    ExceptionUse.objects.create(system=row.system, exception=row, ask=made)
