"""What people do to items: approve, return, edit, assign, comment, and accept a pass that needs a word."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from collector.canonical import canonical_bytes, sha256
from poam_generator import model as poam
from poam_generator.draft import draft_digest, review_form
from poam_generator.json_form import to_json
from server.errors import ServerError
from server.models import Approval, Comment, Item, ItemEvent, ItemHost, Milestone, MilestoneChange, User
from server.models.people import Role
from server.store.items import find_item, has_owned, lock_item
from server.store.lengths import refuse_long
from server.store.people import DECIDING, require, roles_of
from server.store.seam import DRAFT_FIELDS, draft_columns, read_draft, read_item

FREE_FIELDS = ("changed_by", "examine", "interview")  # what may be filled in without a new approval
DERIVED = ("requirements", "objectives", "points", "eligibility")  # what follows from the finding, and from 32 CFR 170.21 and 170.24
EDITABLE = tuple(name for name in (*DRAFT_FIELDS, *FREE_FIELDS) if name not in DERIVED)
COMMENTING: tuple[Role, ...] = (*DECIDING, "affirming_official")
_NUMBERS = ("effort_minutes", "cost_cents")


def review_json(row: Item) -> dict[str, Any]:
    """What a reviewer sees and an approval binds to (poam_generator.draft.review_form)."""
    return review_form(read_item(row, row.system), read_draft(row))


def review_digest(row: Item) -> str:
    """SHA-256 of what a reviewer sees: the page and the command line hand it back with the approval."""
    return draft_digest(read_item(row, row.system), read_draft(row))


def needs_approval(row: Item, digest: str = "") -> bool:
    """True for a draft, and for an open item whose text, hosts or evidence changed after its approval; digest: its own, where known."""
    return row.state == "draft" or (row.state == "open" and row.approved_digest != (digest or review_digest(row)))


def approve(row: Item, user: User, seen: str, now: datetime) -> Approval:
    """A reviewer's word on an item; seen is the review digest of what they had before them.

    A draft opens; an open item keeps its state, and what was added to it is approved too. Raises ServerError when it is
    neither, or was changed since the reviewer saw it.
    """
    require(row.system, user, DECIDING, "approve an item")
    with transaction.atomic():
        current = _lock(row, ("draft", "open"), "approved")
        content = canonical_bytes(review_json(current))
        if sha256(content) != seen:
            raise ServerError(f"{current} was changed after you saw it; look at it again and approve what it says now")
        approval = Approval.objects.create(
            system=current.system, item=current, digest=seen, by=user, at=now, canonical=content, sha256=sha256(content)
        )
        again = current.state == "open"
        if again and current.approved_digest == seen:
            raise ServerError(f"{current} is approved as it stands already")
        current.state, current.approved_digest, current.returned_because = "open", seen, ""
        _save(current, now, "state", "approved_digest", "returned_because")
        ItemHost.objects.filter(item=current, added_after_approval=True).update(added_after_approval=False)
        _note(current, "approved", f"{user} approved it{' again' * again}.", user, now, {"digest": seen})
    return approval


def return_draft(row: Item, user: User, because: str, now: datetime) -> Item:
    """Give a draft back with a reason; it stays a draft."""
    require(row.system, user, DECIDING, "return a draft")
    if not because.strip():
        raise ServerError("say what is wrong with the draft")
    with transaction.atomic():
        current = _lock(row, ("draft",), "returned")
        current.returned_because = because.strip()
        _save(current, now, "returned_because")
        _note(current, "returned", f"{user} returned it: {because.strip()}", user, now)
    return current


def accept_passes(row: Item, user: User, receipts: Mapping[str, str], because: str, now: datetime) -> Item:
    """A reviewer's word on passes that need one (carried by hand, or a policy without automatic closing).

    receipts: host id -> id of the receipt whose pass is accepted. Whoever owns an item or did cannot be its reviewer.
    """
    require(row.system, user, ("reviewer",), "accept a pass")
    if not because.strip():
        raise ServerError("say why these passes are accepted; the sentence stands beside what they close")
    with transaction.atomic():
        current = _lock(row, poam.LIVE, "closed")
        if has_owned(current, user):
            raise ServerError(f"{user} owns {current} or did; another reviewer has to accept its passes")
        for host, receipt in receipts.items():
            _accept(current, host, receipt)
        passes = "1 pass" if len(receipts) == 1 else f"{len(receipts)} passes"
        _note(current, "passes_accepted", f"{user} accepted {passes}: {because.strip()}", user, now, dict(receipts))
    return find_item(row.system, current.identifier)


def words_on_passes(row: Item) -> dict[str, poam.PassWord]:
    """Receipt -> the newest word of a reviewer on its pass, in the item or in what it was split off."""
    earlier = words_on_passes(row.split_from) if row.split_from else {}
    events = ItemEvent.objects.filter(item=row, kind="passes_accepted").select_related("by").order_by("id")
    told = [(receipt, poam.PassWord(str(event.by), event.at, event.text)) for event in events for receipt in event.detail.values()]
    return earlier | dict(told)


def _accept(row: Item, host: str, receipt: str) -> None:
    held = ItemHost.objects.filter(item=row, asset_id=host).first()
    if held is None:
        raise ServerError(f"{row} does not hold the host {host}")
    if not held.asset.receipts.filter(pk=receipt).exists():
        raise ServerError(f"{held.asset} has no receipt {receipt}")
    held.accepted_receipts = sorted({*held.accepted_receipts, receipt})
    held.save(update_fields=["accepted_receipts"])


def edit(row: Item, user: User, changes: Mapping[str, Any], now: datetime, reason: str = "") -> Item:
    """Change fields of a draft's text (poam_generator.model.Draft without milestones) and note what stood there before.

    A completion date later than the original one needs a reason, and none lies in the past; the original stays. An approved item
    asks for a new approval afterwards. Raises ServerError on an unknown field or a wrong type.
    """
    require(row.system, user, DECIDING, "edit an item")
    with transaction.atomic():
        current = _lock(row, poam.LIVE, "edited")
        columns = _check_fields(current, changes)
        before = {name: to_json(getattr(current, name)) for name in columns}
        changed = {name: value for name, value in columns.items() if to_json(value) != before[name]}
        if not changed:
            return current
        _move_completion(current, changed, reason, now.date())
        for name, value in changed.items():
            setattr(current, name, value)
        refuse_long(current)
        _save(current, now, *changed, "late_because")
        names = ", ".join(name.replace("_", " ") for name in changed)
        detail = {name: {"before": before[name], "after": to_json(value)} for name, value in changed.items()}
        _note(current, "edited", f"{user} changed {names}{f': {reason}' if reason else ''}.", user, now, detail)
    return find_item(row.system, current.identifier)


def _check_fields(row: Item, changes: Mapping[str, Any]) -> dict[str, Any]:
    if strange := set(changes) - set(EDITABLE):
        raise ServerError(f"{min(strange)} cannot be edited; what can is {', '.join(EDITABLE)}")
    text = {name: value for name, value in changes.items() if name in DRAFT_FIELDS}
    free = {name: value for name, value in changes.items() if name in FREE_FIELDS}
    checked = poam_draft(row, text)
    return {name: value for name, value in draft_columns(checked).items() if name in text} | free


def poam_draft(row: Item, changes: Mapping[str, Any]) -> poam.Draft:
    """The text of an item with changes; raises ServerError when one has the wrong type or may not be empty."""
    present = read_draft(row)
    for name, value in changes.items():
        there = getattr(present, name)
        wanted = (int, type(None)) if name in _NUMBERS else type(there)
        if isinstance(value, bool) or not isinstance(value, wanted) or (name != "cost_cents" and value is None):
            raise ServerError(f"{name.replace('_', ' ')}: {value!r} is not what belongs there, as in {there!r}")
        if isinstance(value, int) and value < 0:
            raise ServerError(f"{name.replace('_', ' ')} cannot be less than nothing")
    if not str(changes.get("title", present.title)).strip() or not str(changes.get("weakness", present.weakness)).strip():
        raise ServerError("an item needs a title and a weakness")
    if changes.get("severity", present.severity) not in {"low", "medium", "high"}:
        raise ServerError("severity is low, medium or high")
    return replace(present, **changes)


def _move_completion(row: Item, changed: Mapping[str, Any], reason: str, today: date) -> None:
    """Keep the reason beside a completion date that is not the original one; raises ServerError on a date that cannot be."""
    due = changed.get("scheduled_completion")
    if due is None:
        return
    if due < today:
        raise ServerError(f"{due} is past; name a day on which it can still be completed")
    if due > row.original_completion and not reason.strip():
        raise ServerError(f"{due} is later than the original date {row.original_completion}: give the reason")
    row.late_because = reason.strip() if due != row.original_completion else ""


def add_milestone(row: Item, user: User, title: str, due: date, now: datetime) -> Milestone:
    """A further step of an item."""
    require(row.system, user, DECIDING, "edit an item")
    title = title.strip()
    _refuse_milestone({"title": title, "due": due}, now.date())
    with transaction.atomic():
        current = _lock(row, poam.LIVE, "edited")
        last = current.milestones.order_by("-number").first()
        number = last.number + 1 if last else 1
        made = Milestone(system=current.system, item=current, number=number, title=title, due=due, original_title=title, original_due=due)
        refuse_long(made)
        made.save(force_insert=True)
        _save(current, now)
        _note(current, "milestone_added", f"{user} added the milestone {title!r}, due {due}.", user, now, {"milestone": number})
    return made


def _refuse_milestone(changes: Mapping[str, Any], today: date) -> None:
    """Raise ServerError on what no milestone can have: no title, a day to come on which it was done, a past one by which it will be."""
    if not str(changes.get("title", "x")).strip():
        raise ServerError("a milestone needs a title")
    if changes.get("due", today) < today:
        raise ServerError(f"{changes['due']} is past; name a day by which it can still be done")
    if (done := changes.get("done_on")) and done > today:
        raise ServerError(f"{done} has not come yet; a milestone is done on the day on which it was")


def change_milestone(milestone: Milestone, user: User, changes: Mapping[str, Any], reason: str, now: datetime) -> Milestone:
    """Change title, due or done_on of a milestone; each change stands beside the original with its reason."""
    require(milestone.system, user, DECIDING, "edit an item")
    if strange := set(changes) - {"title", "due", "done_on"}:
        raise ServerError(f"a milestone has no {min(strange)} to change; it has title, due and done_on")
    with transaction.atomic():
        item = _lock(milestone.item, poam.LIVE, "edited")
        current = Milestone.objects.get(pk=milestone.pk)
        changed = {name: value for name, value in changes.items() if getattr(current, name) != value}
        _refuse_milestone(changed, now.date())
        if "due" in changed and changed["due"] > current.original_due and not reason.strip():
            raise ServerError(f"{changed['due']} is later than the original date {current.original_due}: give the reason")
        title, old = current.title, {name: getattr(current, name) for name in changed}
        for name, value in changed.items():
            setattr(current, name, value)
        refuse_long(current)
        current.save(update_fields=list(changed))
        _save(item, now)
        for name, value in changed.items():
            before, after = (str(one) if one is not None else "" for one in (old[name], value))
            MilestoneChange.objects.create(
                system=current.system, milestone=current, field=name, before=before, after=after, reason=reason, by=user, at=now
            )
            told = f"{user} changed {name.replace('_', ' ')} of {title!r}: {before or 'none'} to {after or 'none'}."
            _note(item, "milestone_changed", told, user, now)
    return current


def assign_owner(row: Item, user: User, owner: User | None, now: datetime) -> Item:
    """Name the person who sees to an item, or nobody; raises ServerError for one who has no role in its system."""
    require(row.system, user, DECIDING, "assign an item")
    if owner and not roles_of(row.system, owner):
        raise ServerError(f"{owner} has no role in {row.system.name}; an administrator can give one")
    return _give(row, user, owner, f"{user} assigned it to {owner or 'nobody'}.", now)


def delegate_item(row: Item, user: User, owner: User, why: str, now: datetime) -> Item:
    """Give an item that there is to whom a rule names; why is the rule's sentence, and the history names who applied it."""
    require(row.system, user, DECIDING, "assign an item")
    return _give(row, user, owner, f"{why} {user} applied the rules.", now)


def _give(row: Item, user: User, owner: User | None, told: str, now: datetime) -> Item:
    with transaction.atomic():
        current = _lock(row, poam.LIVE, "assigned")
        current.owner = owner
        _save(current, now, "owner")
        _note(current, "assigned", told, user, now, {"owner": owner.pk} if owner else {})
    return current


def comment(row: Item, user: User, text: str, now: datetime) -> Comment:
    """Say something about an item, ended or not."""
    require(row.system, user, COMMENTING, "comment on an item")
    if not text.strip():
        raise ServerError("a comment needs words")
    return Comment.objects.create(system=row.system, item=row, text=text.strip(), by=user, at=now)


def _lock(row: Item, states: tuple[str, ...], deed: str) -> Item:
    """The item as it is now, kept from other writers (lock_item)."""
    current = lock_item(row)
    if current.state not in states:
        raise ServerError(f"{current} is {current.state.replace('_', ' ')} and cannot be {deed}")
    return current


def _save(row: Item, now: datetime, *fields: str) -> None:
    row.changed_at = now
    row.save(update_fields=[*fields, "changed_at"])


def _note(row: Item, kind: str, text: str, user: User, now: datetime, detail: dict[str, Any] | None = None) -> None:  # noqa: PLR0913, PLR0917 - one row's columns
    ItemEvent.objects.create(system=row.system, item=row, kind=kind, text=text, detail=detail or {}, by=user, at=now)
