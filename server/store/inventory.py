"""Assets, the names they were seen by, and conflicts between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import get_args
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, prefetch_related_objects

from poam_generator.model import LIVE
from poam_generator.scope import Category, category_faults
from server.errors import ServerError
from server.models import Alias, Asset, CategoryRecord, Conflict, ItemHost, Receipt, System, User
from server.models.inventory import Authentication, Kind, Sudo, WayIn
from server.store.held_hosts import come_back, leave_group, leave_items, note, tell_items
from server.store.lengths import refuse_long
from server.store.people import DECIDING, require
from server.store.systems import locked

MOST_JUMPS = 3
TELLING = ("machine-id", "machine-guid", "ssh-host-key", "agent-key")  # what two assets cannot both be known by

INSTALLED = ("machine-id", "machine-guid")  # what an installation makes, so that another one tells of another installation

_CATEGORY = {"category", "category_because", "ssp_section"}
_WORDS = {
    "kind": get_args(Kind),
    "category": get_args(Category),
    "way_in": get_args(WayIn),
    "sudo": get_args(Sudo),
    "authentication": get_args(Authentication),
}


@dataclass(frozen=True, slots=True)
class NewAsset:
    """What a person says of an asset; the words are those of server.models.inventory. No secret is among them."""

    name: str
    kind: str = "host"
    category: str = "uncategorised"
    category_because: str = ""
    ssp_section: str = ""
    group: str = ""
    platform: str = ""
    way_in: str = "none"
    address: str = ""
    port: int | None = None
    account: str = ""
    key_file: str = ""
    sudo: str = "auto"
    jump_id: UUID | None = None
    authentication: str = ""
    ca_file: str = ""
    encrypted_http: bool = False


def add_host(system: System, new: NewAsset, now: datetime, by: User | None = None) -> Asset:
    """A new asset of the inventory; raises ServerError on a name that is taken and on a word that there is not."""
    asset = Asset(system=system, created_at=now, **asdict(new))
    _refuse_wrong(asset)
    try:
        with transaction.atomic():
            asset.save(force_insert=True)
            _note_category(asset, by, now)
    except IntegrityError as error:
        raise ServerError(
            f"there is already an asset {new.name!r} in {system.name}; choose another name, or change that one by `closeout hosts import`"
        ) from error
    return asset


def change_host(asset: Asset, changes: Mapping[str, object], now: datetime, by: User | None = None) -> Asset:
    """The asset with some of NewAsset's fields changed; raises ServerError as add_host does.

    One that goes out of scope leaves the items that it stands in, as a retired one does, and comes back into them with its category.
    One that leaves a group stands under no exception for that group any more.
    """
    if strange := set(changes) - set(NewAsset.__slots__):
        raise ServerError(f"an asset has no {min(strange)}; it has {', '.join(NewAsset.__slots__)}")
    before, group = asset.category, asset.group
    for name, value in changes.items():
        setattr(asset, name, value)
    _refuse_wrong(asset)
    try:
        with locked(asset.system):
            asset.save(update_fields=list(changes))
            if _CATEGORY & set(changes):
                _note_category(asset, by, now)
            if before != asset.category:
                _move_scope(asset, before, by, now)
            if group not in {"", asset.group}:
                leave_group(asset, group, by, now)
    except IntegrityError as error:
        raise ServerError(f"there is already an asset {asset.name!r} in {asset.system.name}; choose another name") from error
    return asset


def categorise(assets: Iterable[Asset], category: str, because: str, ssp_section: str, user: User, now: datetime) -> None:  # noqa: PLR0913, PLR0917 - one decision's parts
    """A person says what assets are to the assessment, all or none; raises ServerError on what the category lacks."""
    told = {"category": category, "category_because": because.strip(), "ssp_section": ssp_section.strip()}
    with transaction.atomic():
        for asset in assets:
            require(asset.system, user, DECIDING, "categorise an asset")
            change_host(asset, told, now, user)


def _note_category(asset: Asset, by: User | None, now: datetime) -> None:
    CategoryRecord.objects.create(
        system=asset.system,
        asset=asset,
        category=asset.category,
        because=asset.category_because,
        ssp_section=asset.ssp_section,
        by=by,
        at=now,
    )


def _move_scope(asset: Asset, before: str, by: User | None, now: datetime) -> None:
    if asset.retired_at:
        return
    if asset.category == "out_of_scope":
        leave_items(asset, f"{asset.name} is out of scope: {asset.category_because}", by, now)
    elif before == "out_of_scope":
        come_back(asset, f"{asset.name} is in scope again: {asset.category.replace('_', ' ')}", by, now)


def _refuse_wrong(asset: Asset) -> None:
    if not asset.name.strip():
        raise ServerError("an asset needs a name")
    for name, allowed in _WORDS.items():
        if getattr(asset, name) not in allowed:
            raise ServerError(f"{name.replace('_', ' ')} {getattr(asset, name)!r} is not one of {', '.join(allowed)}")
    if asset.kind != "host" and asset.way_in != "none":
        raise ServerError(f"{asset.name} is a {asset.kind.replace('_', ' ')}, and only hosts are collected from; leave out its way in")
    for fault in category_faults(asset.category, asset.category_because, asset.ssp_section):
        raise ServerError(f"{asset.name}: {fault}")
    refuse_long(asset)
    _refuse_jumps(asset)


def _refuse_jumps(asset: Asset) -> None:
    """Raise ServerError on a jump host that cannot be one, and on a way in that never arrives."""
    here, jumps = asset, 0
    while here.jump is not None:
        here, jumps = here.jump, jumps + 1
        if here.system_id != asset.system_id or here.way_in != "ssh":
            raise ServerError(f"{here.name} cannot be a jump host: it is not reached by SSH itself")
        if here.pk == asset.pk or jumps > MOST_JUMPS:
            raise ServerError(f"{asset.name} is reached through itself, or through more than {MOST_JUMPS} hosts; give it another jump host")


def find_host(system: System, name: str) -> Asset:
    """The asset of a name, or of an id; raises ServerError with near names when there is none."""
    found = Asset.objects.filter(system=system, name=name).first() or _by_id(system, name)
    if found is None:
        near = ", ".join(Asset.objects.filter(system=system, name__icontains=name[:3]).values_list("name", flat=True)[:5])
        raise ServerError(
            f"there is no asset {name!r} in {system.name}{f'; near are: {near}' if near else ''}; "
            "`closeout hosts list` shows all, and `closeout hosts add` adds one"
        )
    return found


def _by_id(system: System, text: str) -> Asset | None:
    try:
        return Asset.objects.filter(system=system, pk=UUID(text)).first()
    except ValueError:
        return None


def hosts_to_scan(system: System) -> list[Asset]:
    """The hosts in scope that are not retired and have a way in that this server uses itself."""
    hosts = Asset.objects.filter(system=system, kind="host", retired_at=None, way_in__in=("local", "ssh", "winrm"))
    return list(hosts.exclude(category="out_of_scope"))


def why_not_looked_at(asset: Asset) -> str:
    """Why nothing is collected from an asset and nothing of it taken in; empty when it is looked at."""
    if asset.merged_into:
        return f"{asset} was merged into {asset.merged_into}, and nothing is taken in under its name any more"
    if asset.retired_at:
        return f"{asset} was retired on {asset.retired_at:%Y-%m-%d}"
    if asset.category == "out_of_scope":
        return f"{asset} is out of scope ({asset.category_because}); give it another category: closeout hosts categorise"
    return ""


def load_jumps(hosts: Sequence[Asset]) -> None:
    """Read the jump hosts of these hosts, so that nobody who waits for a host has to ask the database."""
    prefetch_related_objects(hosts, "__".join(["jump"] * MOST_JUMPS))


def assets_by_machine_id(system: System, machine_id: str) -> list[Asset]:
    """The assets that were ever seen with a machine-id."""
    return list(Asset.objects.filter(system=system, aliases__kind="machine-id", aliases__value=machine_id).distinct())


def retire_host(asset: Asset, user: User, because: str, now: datetime) -> Asset:
    """A person takes a host out of scope: it is scanned no more, and leaves the items that it stands in."""
    require(asset.system, user, DECIDING, "retire a host")
    if not because.strip():
        raise ServerError(f"say why {asset.name} is retired")
    if asset.retired_at:
        raise ServerError(f"{asset.name} was retired on {asset.retired_at:%Y-%m-%d} already")
    with locked(asset.system):
        asset.retired_at, asset.retired_by, asset.retired_because = now, user, because
        asset.save(update_fields=["retired_at", "retired_by", "retired_because"])
        told = f"{asset.name} was retired: {because.strip()}"
        note(asset, "retired", told, user, now)
        leave_items(asset, told, user, now)
    return asset


def reinstate_host(asset: Asset, user: User, because: str, now: datetime) -> Asset:
    """A person takes a retired host into use again: it is scanned, and stands as failing in its items until it passes."""
    require(asset.system, user, DECIDING, "take a host into use again")
    if not because.strip():
        raise ServerError(f"say why {asset.name} is in use again")
    if not asset.retired_at:
        raise ServerError(f"{asset.name} is not retired")
    if asset.merged_into:
        raise ServerError(
            f"{asset.name} was merged into {asset.merged_into.name}, which has its names and its place in items; "
            "if these are two machines after all, add this one anew: closeout hosts add"
        )
    with locked(asset.system):
        asset.retired_at, asset.retired_by, asset.retired_because = None, None, ""
        asset.save(update_fields=["retired_at", "retired_by", "retired_because"])
        told = f"{asset.name} is in use again: {because.strip()}"
        note(asset, "reinstated", told, user, now)
        if asset.category != "out_of_scope":
            come_back(asset, told, user, now)
    return asset


def checks_that_hold(asset: Asset) -> set[str]:
    """The checks whose items follow when the asset changes: it stands in a live one, or has a disposition in one that ended."""
    held = ItemHost.objects.filter(asset=asset, item__source="check").filter(Q(item__state__in=LIVE) | ~Q(disposition=""))
    return set(held.values_list("item__source_key", flat=True))


def note_aliases(asset: Asset, seen: Mapping[str, str], receipt: Receipt, now: datetime) -> list[Conflict]:
    """Date the names that an asset was seen by; one that tells assets apart and is another asset's becomes a conflict."""
    known = {(row.kind, row.value): row for row in Alias.objects.filter(asset=asset)}
    for kind, value in seen.items():
        row = known.get((kind, value))
        if row is None:
            if kind in INSTALLED and any(before == kind for before, _ in known):
                told = f"{asset.name} shows another {kind}: it was installed anew or exchanged."
                tell_items((asset,), "host_installed_anew", told, None, now)
            Alias.objects.create(system=asset.system, asset=asset, kind=kind, value=value, first_seen_at=now, last_seen_at=now)
        elif row.last_seen_at < now:
            Alias.objects.filter(pk=row.pk).update(last_seen_at=now)
    telling = {kind: value for kind, value in seen.items() if kind in TELLING}
    return [conflict for kind, value in telling.items() for conflict in _conflicts(asset, kind, value, receipt, now)]


def _conflicts(asset: Asset, kind: str, value: str, receipt: Receipt, now: datetime) -> Iterable[Conflict]:
    others = Asset.objects.filter(system=asset.system, aliases__kind=kind, aliases__value=value).exclude(pk=asset.pk).distinct()
    for other in others:
        if Conflict.objects.filter(system=asset.system, asset=other, other=asset, kind=kind, value=value).exists():
            continue  # the same pair, told from the other side
        noted, _ = Conflict.objects.get_or_create(
            system=asset.system, asset=asset, other=other, kind=kind, value=value, defaults={"receipt": receipt, "noted_at": now}
        )
        if noted.resolved_at is None:
            yield noted


def open_conflicts(system: System) -> list[Conflict]:
    """What waits for a person to say which asset is which."""
    return list(
        Conflict.objects.filter(system=system, resolved_at=None).select_related("asset", "other", "receipt").order_by(F("noted_at"))
    )


def resolve_conflict(conflict: Conflict, user: User, resolution: str, now: datetime) -> Conflict:
    """A person's word on a conflict, in a sentence that stays."""
    require(conflict.system, user, DECIDING, "resolve a conflict")
    if not resolution.strip():
        raise ServerError("say how the conflict is resolved, as in: the image was cloned, both are right")
    conflict.resolved_at, conflict.resolved_by, conflict.resolution = now, user, resolution
    conflict.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    return conflict
