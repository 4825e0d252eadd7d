"""Dispositions: one person asks to accept, except or dismiss hosts of an item, another one answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast, get_args

from django.db import transaction
from django.db.models import QuerySet

from collector.canonical import canonical_bytes, digest, sha256
from poam_generator import model as poam
from poam_generator.anniversary import years_after
from server.errors import ServerError
from server.models import Approval, Ask, AskHost, Asset, ExceptionUse, Item, ItemEvent, ItemHost, System, User
from server.models.items import AskKind, Basis
from server.models.people import Role
from server.store.deficiencies import refuse_unfounded, show_basis
from server.store.items import count_hosts, lock_item
from server.store.lengths import refuse_long
from server.store.people import DECIDING, require
from server.store.systems import locked

WORDS = {
    "accepted": "risk acceptance",
    "enduring_exception": "enduring exception",
    "temporary_deficiency": "temporary deficiency",
    "dismissed": "false positive",
}
# The system owner or the affirming official bears an accepted risk; the other three are matters of fact.
ANSWERING: dict[str, tuple[Role, ...]] = {
    "accepted": ("affirming_official",),
    "enduring_exception": ("reviewer", "affirming_official"),
    "temporary_deficiency": ("reviewer", "affirming_official"),
    "dismissed": ("reviewer", "affirming_official"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. hosts: none named means all that stand in the item. until: the last day on which it counts.

    reference and mitigation: of an enduring exception, the SSP section and what is done instead (32 CFR 170.24(b)(1)); its end
    date is its review date. basis, progress_days: of a temporary deficiency, why it is one (32 CFR 170.4) and after how many
    days without progress it lapses.
    """

    kind: AskKind
    reason: str
    until: date
    hosts: tuple[str, ...] = ()
    reference: str = ""
    mitigation: str = ""
    basis: Basis | Literal[""] = ""
    progress_days: int | None = None


def ask(row: Item, user: User, wish: Wish, now: datetime) -> Ask:
    """Ask for a disposition of hosts of a live item; nothing changes until another person has approved it."""
    require(row.system, user, DECIDING, "ask for a disposition")
    _refuse_empty(wish, now.date())
    with transaction.atomic():
        current = _live(row)
        hosts = _hosts(current, wish.hosts)
        shown = show_basis(current, wish.basis, hosts)
        asked = digest(_asked(current, wish, hosts, shown))
        if same := Ask.objects.filter(item=current, digest=asked, state="asked").first():
            raise ServerError(f"that was asked for already, as number {same.pk}, and waits for another person")
        made = Ask(
            system=row.system,
            item=current,
            kind=wish.kind,
            reason=wish.reason.strip(),
            reference=wish.reference.strip(),
            mitigation=wish.mitigation.strip(),
            until=wish.until,
            basis=wish.basis,
            shown=shown,
            progress_days=wish.progress_days,
            digest=asked,
            asked_by=user,
            asked_at=now,
        )
        refuse_long(made)
        made.save(force_insert=True)
        AskHost.objects.bulk_create(AskHost(system=row.system, ask=made, asset=host) for host in hosts)
        names = ", ".join(host.name for host in hosts) or "the item as a whole"
        _note(current, "disposition_asked", f"{user} asks for {WORDS[wish.kind]} of {names} until {wish.until}: {wish.reason}", user, now)
    return made


def _refuse_empty(wish: Wish, today: date) -> None:
    if wish.kind not in get_args(AskKind):
        raise ServerError(f"{wish.kind!r} is no disposition; there are {', '.join(get_args(AskKind))}")
    if not wish.reason.strip():
        raise ServerError(f"give the reason of the {WORDS[wish.kind]}")
    if wish.until < today:
        raise ServerError(f"{wish.until} is past; a disposition needs an end date that is still to come")
    if wish.kind == "enduring_exception" and not (wish.reference.strip() and wish.mitigation.strip()):
        raise ServerError("an enduring exception needs its section of the SSP and the mitigations (32 CFR 170.24(b)(1))")
    if wish.kind == "enduring_exception" and wish.until > years_after(today):
        raise ServerError(f"{wish.until} is more than a year away; an enduring exception is reviewed within a year (32 CFR 170.4)")
    if wish.kind == "temporary_deficiency":
        refuse_unfounded(wish.basis, wish.progress_days, wish.mitigation)
    elif wish.basis or wish.progress_days is not None:
        raise ServerError(f"a {WORDS[wish.kind]} has no basis and no days of progress; a temporary deficiency has")


def _hosts(row: Item, wanted: Sequence[str]) -> list[Asset]:
    """The hosts that are asked for; none where all are retired, so that the item as a whole can be disposed of."""
    held = {str(one.asset_id): one for one in row.hosts.all()}
    if unknown := [host for host in wanted if host not in held]:
        raise ServerError(f"{row} does not hold the host {unknown[0]}")
    if retired := [held[host].asset.name for host in wanted if held[host].disposition == "retired"]:
        raise ServerError(f"{', '.join(retired)} left {row} when it was retired; nothing is to be asked for it")
    chosen = [held[host] for host in wanted] or [one for one in held.values() if not one.disposition]
    if not chosen and any(one.disposition != "retired" for one in held.values()):
        raise ServerError(f"every host of {row} has a disposition already")
    return sorted((one.asset for one in chosen), key=lambda asset: str(asset.pk))


def _asked(row: Item, wish: Wish, hosts: Sequence[Asset], shown: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "schema": "closeout/ask/2",
        "item": row.identifier,
        "kind": wish.kind,
        "reason": wish.reason.strip(),
        "reference": wish.reference.strip(),
        "mitigation": wish.mitigation.strip(),
        "until": wish.until.isoformat(),
        "basis": wish.basis,
        "shown": [dict(one) for one in shown],
        "progress_days": wish.progress_days,
        "hosts": [str(host.pk) for host in hosts],
    }


def approve_ask(asked: Ask, user: User, seen: str, now: datetime) -> Approval:
    """Another person agrees: the hosts stand under the disposition until its end date; with no host left, the item does.

    seen: the ask's digest, as the approver had it before them. Raises ServerError for the one who asked.
    """
    require(asked.system, user, ANSWERING[asked.kind], f"approve a {WORDS[asked.kind]}")
    with locked(asked.system):
        current = _answerable(asked, user)
        if current.digest != seen:
            raise ServerError("this is not what was asked; look at it again")
        row = _live(current.item)
        content = _content(current)
        if sha256(content) != seen:
            raise ServerError("what was asked was changed; ask again")
        _refuse_outlived(row, current, now.date())
        approval = Approval.objects.create(
            system=row.system, item=row, ask=current, digest=seen, by=user, at=now, canonical=content, sha256=sha256(content)
        )
        _answer(current, "approved", user, "", now)
        _dispose(row, current, now)
        _note(row, "disposition_approved", f"{user} approved the {WORDS[current.kind]} that {current.asked_by} asked for.", user, now)
    return approval


def _refuse_outlived(row: Item, asked: Ask, today: date) -> None:
    """What was asked for a while ago may suit no longer: its date is past, or its hosts have left the item since."""
    if asked.until < today:
        raise ServerError(f"its end date {asked.until} is past; ask again with one that is still to come")
    wanted = {one.asset_id: one.asset.name for one in asked.hosts.select_related("asset")}
    there = ItemHost.objects.filter(item=row, asset__in=wanted).exclude(disposition="retired").values_list("asset_id", flat=True)
    if gone := sorted(name for asset, name in wanted.items() if asset not in set(there)):
        raise ServerError(f"{', '.join(gone)} left {row} after it was asked for; ask again for the hosts that stand in it")


def dispose_ahead(row: Item, wish: Wish, hosts: Sequence[Asset], people: tuple[User, User], now: datetime) -> Ask:
    """A request that was answered before the item was there, by a standing exception: recorded as if it had been made here.

    people: who asked for the exception and who agreed to it; both had the roles when they did.
    """
    asker, approver = people
    content = canonical_bytes(_asked(row, wish, hosts, ()))
    made = Ask.objects.create(
        system=row.system,
        item=row,
        kind=wish.kind,
        reason=wish.reason,
        reference=wish.reference,
        mitigation=wish.mitigation,
        until=wish.until,
        digest=sha256(content),
        state="approved",
        asked_by=asker,
        asked_at=now,
        answered_by=approver,
        answered_at=now,
    )
    AskHost.objects.bulk_create(AskHost(system=row.system, ask=made, asset=host) for host in hosts)
    Approval.objects.create(
        system=row.system, item=row, ask=made, digest=made.digest, by=approver, at=now, canonical=content, sha256=made.digest
    )
    _dispose(row, made, now)
    names = ", ".join(host.name for host in hosts)
    text = f"{names}: {WORDS[wish.kind]} until {wish.until} by a standing exception that {approver} agreed to. {wish.reason}"
    ItemEvent.objects.create(system=row.system, item=row, kind="disposition_approved", text=text, at=now)
    return made


def _content(asked: Ask) -> bytes:
    hosts = [one.asset for one in asked.hosts.select_related("asset")]
    kind, basis = cast("AskKind", asked.kind), cast('Basis | Literal[""]', asked.basis)
    wish = Wish(kind, asked.reason, asked.until, (), asked.reference, asked.mitigation, basis, asked.progress_days)
    return canonical_bytes(_asked(asked.item, wish, sorted(hosts, key=lambda asset: str(asset.pk)), asked.shown))


def _dispose(row: Item, asked: Ask, now: datetime) -> None:
    if asked.progress_days is not None:
        asked.progress_by = now.date() + timedelta(days=asked.progress_days)
        asked.save(update_fields=["progress_by"])
    held = ItemHost.objects.filter(item=row, asset__in=[one.asset_id for one in asked.hosts.all()])
    held.update(disposition=asked.kind, disposition_until=asked.until, ask=asked)
    left = ItemHost.objects.filter(item=row, disposition="").exists()
    whole = not left and not ItemHost.objects.filter(item=row).exclude(disposition__in=[asked.kind, "retired"]).exists()
    if whole:
        row.state, row.awaiting, row.ended_on = asked.kind, "", now.date()
        row.save(update_fields=["state", "awaiting", "ended_on"])
    count_hosts(row, now)


def covered_until(system: System) -> dict[str, date]:
    """Id of each item that was disposed of as a whole -> the last day on which that counts."""
    asks = Ask.objects.filter(system=system, state="approved", hosts=None).select_related("item__system").order_by("id")
    return {one.item.identifier: one.last_day for one in asks}


def end_early(asked: Ask, user: User, because: str, now: datetime) -> Ask:
    """A person ends a disposition before its day: from now on its hosts, or the item, stand as failing again.

    Nobody else has to agree, since it raises no score and closes nothing. What was asked and approved stays as it was.
    """
    require(asked.system, user, DECIDING, "end a disposition")
    if not because.strip():
        raise ServerError("say why it ends before its day")
    with locked(asked.system):
        Ask.objects.select_for_update().get(pk=asked.pk)
        current = Ask.objects.select_related("item__system").get(pk=asked.pk)
        if current.state != "approved" or current.last_day < now.date():
            raise ServerError("only a disposition that is in force can be ended")
        if use := ExceptionUse.objects.filter(ask=current).select_related("exception").first():
            raise ServerError(f"it stands by {use.exception}, which covers its hosts anew as long as it holds; end that one")
        note_end(current, user, because.strip(), now)
        held = ItemHost.objects.filter(ask=current, disposition=current.kind)
        held.update(disposition_until=current.last_day)  # reconcile does the rest, as for every end date
    return current


def note_end(asked: Ask, user: User, because: str, now: datetime) -> None:
    """Record that a disposition ends before its day, with it and in the history of its item."""
    asked.ended_on, asked.ended_by, asked.ended_because = now.date(), user, because
    asked.save(update_fields=["ended_on", "ended_by", "ended_because"])
    _note(asked.item, "disposition_ended", f"{user} ended the {WORDS[asked.kind]} before {asked.until}: {because}", user, now)


def refuse_ask(asked: Ask, user: User, because: str, now: datetime) -> Ask:
    """Another person does not agree, and says why."""
    require(asked.system, user, ANSWERING[asked.kind], f"refuse a {WORDS[asked.kind]}")
    if not because.strip():
        raise ServerError("say why it is refused")
    with transaction.atomic():
        current = _answerable(asked, user)
        _answer(current, "refused", user, because.strip(), now)
        _note(current.item, "disposition_refused", f"{user} refused the {WORDS[current.kind]}: {because.strip()}", user, now)
    return current


def withdraw_ask(asked: Ask, user: User, now: datetime) -> Ask:
    """The one who asked takes it back."""
    with transaction.atomic():
        current = Ask.objects.select_for_update().get(pk=asked.pk)
        if current.asked_by_id != user.pk or current.state != "asked":
            raise ServerError("only the one who asked can take it back, and only while nobody has answered")
        _answer(current, "withdrawn", user, "", now)
        _note(current.item, "disposition_withdrawn", f"{user} took back the request for {WORDS[current.kind]}.", user, now)
    return current


def asks_for(system: System, user: User, roles: Collection[str]) -> QuerySet[Ask]:
    """What others asked that this person may answer with these roles, of items that are still alive."""
    kinds = [kind for kind, answering in ANSWERING.items() if set(roles) & set(answering)]
    return Ask.objects.filter(system=system, state="asked", kind__in=kinds, item__state__in=poam.LIVE).exclude(asked_by=user)


def open_asks(row: Item) -> list[Ask]:
    """The requests of an item that wait for an answer."""
    return list(Ask.objects.filter(item=row, state="asked").select_related("asked_by").prefetch_related("hosts__asset").order_by("id"))


def find_ask(row: Item, number: int) -> Ask:
    """What was asked for an item under a number; raises ServerError when nothing was."""
    found = Ask.objects.filter(item=row, pk=number).select_related("item__system", "system").first()
    if found is None:
        waiting = ", ".join(str(one.pk) for one in open_asks(row)) or "nothing"
        raise ServerError(f"nothing was asked for {row} under the number {number}; waiting: {waiting}")
    return found


def _answerable(asked: Ask, user: User) -> Ask:
    Ask.objects.select_for_update().get(pk=asked.pk)
    current = Ask.objects.select_related("item", "item__system", "asked_by").get(pk=asked.pk)
    if current.state != "asked":
        raise ServerError(f"this request was {current.state} already")
    if current.asked_by_id == user.pk:
        raise ServerError(f"{user} asked for it; another person has to answer")
    return current


def _answer(asked: Ask, state: str, user: User, answer: str, now: datetime) -> None:
    asked.state, asked.answered_by, asked.answered_at, asked.answer = state, user, now, answer
    asked.save(update_fields=["state", "answered_by", "answered_at", "answer"])


def _live(row: Item) -> Item:
    current = lock_item(row)
    if current.state not in poam.LIVE:
        raise ServerError(f"{current} is {current.state.replace('_', ' ')}; a disposition is for a draft or an open item")
    return current


def _note(row: Item, kind: str, text: str, user: User, now: datetime) -> None:
    ItemEvent.objects.create(system=row.system, item=row, kind=kind, text=text, by=user, at=now)
