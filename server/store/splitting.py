"""Splitting the verified hosts off an open item, so that what is shown can close while the rest goes on."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction

from poam_generator import model as poam
from poam_generator.errors import PoamError
from poam_generator.names import join_names
from poam_generator.split import split_item, split_milestones
from server.errors import ServerError
from server.models import EntryItem, Item, ItemEvent, ItemHost, User
from server.store.documents import attach, attached
from server.store.items import count_hosts, create_item, find_item, lock_item
from server.store.people import DECIDING, require
from server.store.reviews import FREE_FIELDS, approve, needs_approval, review_digest
from server.store.seam import read_draft, read_item

KEPT: Final = ("predecessor", "owner", "original_completion", "late_because", *FREE_FIELDS)


def split_off(row: Item, hosts: Collection[str], user: User, because: str, now: datetime) -> Item:
    """The new item of the verified hosts that leave; hosts: ids, none for every verified one.

    The one who splits approves both parts as they stand then: nothing is in them that was not approved before. An item that waits
    for an approval is not split, since it would be approved unseen. Raises ServerError with what keeps it whole.
    """
    require(row.system, user, DECIDING, "split an item")
    if not because.strip():
        raise ServerError("say why the verified hosts are split off")
    with transaction.atomic():
        current = lock_item(row)
        if current.state == "open" and needs_approval(current):
            raise ServerError(f"{current} waits for an approval of what was changed; approve it first")
        try:
            _, leaving = split_item(read_item(current, current.system), hosts)
        except PoamError as error:
            raise ServerError(str(error)) from error
        made = _make(current, leaving, user, now)
        ItemHost.objects.filter(item=current, asset__in=[host.host for host in leaving.hosts]).delete()
        names = join_names(sorted(host.host_name for host in leaving.hosts))
        _tell(current, "split", f"{names} left for {made}: {because.strip()}", user, now)
        _tell(made, "split", f"{names} came verified from {current}: {because.strip()}", user, now)
        _tell(made, "assigned", f"It is {current.owner or 'nobody'}'s, as {current} is.", user, now)
        for document in attached(row.system, "item", current.identifier):
            attach(document, "item", made.identifier, user, now)
        count_hosts(current, now)
        count_hosts(made, now)
        for part in (find_item(row.system, made.identifier), find_item(row.system, current.identifier)):
            approve(part, user, review_digest(part), now)
    return find_item(row.system, made.identifier)


def _make(row: Item, leaving: poam.Item, user: User, now: datetime) -> Item:
    """The item of the hosts that leave, with all that people have said and promised of the whole."""
    text = read_draft(row)
    milestones = split_milestones(text.milestones, [host.host for host in leaving.hosts])
    made = create_item(row.system, leaving, replace(text, title=_title(row), milestones=milestones), now, user)
    kept = {name: getattr(row, name) for name in KEPT}
    Item.objects.filter(pk=made.pk).update(split_from=row, **kept)
    for link in row.entries.order_by("pk"):
        EntryItem.objects.create(system=row.system, assessment=link.assessment, requirement=link.requirement, item=made, by=user, at=now)
    return find_item(row.system, made.identifier)


def _title(row: Item) -> str:
    return f"{row.title[:250]} (split off from {row.identifier})"


def _tell(row: Item, kind: str, text: str, user: User, now: datetime) -> None:
    ItemEvent.objects.create(system=row.system, item=row, kind=kind, text=text, by=user, at=now)
