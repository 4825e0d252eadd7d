"""An inventory file becomes the inventory: hosts added and changed, never removed, and all of it or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from django.db import transaction

from poam_generator.scope import Category
from server import store
from server.errors import ServerError
from server.inventory.ansible_hosts import split_jump
from server.inventory.ansible_ini import read_ini
from server.inventory.ansible_yaml import read_yaml
from server.inventory.files import Entry, Fault, InventoryFile, InventoryFileError, is_own, read_own
from server.models import Asset, System, User
from server.store import NewAsset

_YAML = (".yml", ".yaml", ".json")
_AGENTLESS = ("none", "ssh", "winrm")


@dataclass(slots=True)
class Taken:
    """What an import did, or would do: names of hosts. left_alone: name -> why; not_in_file: hosts of which the file says nothing."""

    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    left_alone: dict[str, str] = field(default_factory=dict)
    not_in_file: list[str] = field(default_factory=list)


def read_inventory(text: str, name: str) -> InventoryFile:
    """The hosts of a file in our own format or Ansible's, whichever it is; raises InventoryFileError."""
    if not name.endswith(_YAML) and not _looks_like_yaml(text):
        return read_ini(text, name)
    return read_own(text, name) if is_own(text) else read_yaml(text, name)


def _looks_like_yaml(text: str) -> bool:
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", ";"))), "")
    return first == "---" or (first.endswith(":") and " " not in first and not first.startswith("["))


def take_inventory(  # noqa: PLR0913 - what an import rests on
    system: System,
    file: InventoryFile,
    key_path: Callable[[str], str],
    now: datetime,
    *,
    dry_run: bool = False,
    by: User | None = None,
) -> Taken:
    """Add and change hosts by a file, in one transaction; with dry_run it is taken back, so that what is told is what would be.

    key_path: the whole path of a key that a file names. Raises InventoryFileError where the file and the inventory do not fit.
    """
    with transaction.atomic():
        taken = _Import(system, file, key_path, now, by).run()
        transaction.set_rollback(dry_run)
    return taken


class _Import:
    def __init__(self, system: System, file: InventoryFile, key_path: Callable[[str], str], now: datetime, by: User | None) -> None:
        self.file = file
        self.system = system
        self.key_path = key_path
        self.now = now
        self.by = by
        self.known = {asset.name: asset for asset in Asset.objects.filter(system=system)}
        self.faults: list[Fault] = []
        self.taken = Taken()

    def run(self) -> Taken:
        named = {entry.name for entry in self.file.entries}
        self.taken.not_in_file = sorted(name for name, asset in self.known.items() if name not in named and not asset.retired_at)
        entries = [entry for entry in self.file.entries if not self._leave_alone(entry)]
        new = {entry.name for entry in entries if entry.name not in self.known}
        changes = {entry.name: self._save(entry) for entry in entries}
        for entry in entries:  # once all are there: a jump host may stand below the hosts behind it
            changes[entry.name] |= self._set_jump(entry)
        if self.faults:
            raise InventoryFileError(self.file.name, self.faults)
        self.taken.added = [name for name in changes if name in new]
        self.taken.changed = {name: sorted(fields) for name, fields in changes.items() if name not in new and fields}
        self.taken.unchanged = [name for name, fields in changes.items() if name not in new and not fields]
        return self.taken

    def _leave_alone(self, entry: Entry) -> bool:
        asset = self.known.get(entry.name)
        why = entry.refused
        if asset and asset.retired_at:
            why = f"it was retired on {asset.retired_at:%Y-%m-%d}"
        elif asset and (asset.kind != (entry.kind or asset.kind) or asset.way_in not in _AGENTLESS):
            why = f"it is in the inventory as a {asset.kind.replace('_', ' ')} with the way in {asset.way_in}"
        if why:
            self.taken.left_alone[entry.name] = f"{why} (line {entry.line})"
        return bool(why)

    def _save(self, entry: Entry) -> set[str]:
        """The names of the fields that changed."""
        wanted = self._wanted(entry)
        asset = self.known.get(entry.name)
        try:
            if asset is None:
                self.known[entry.name] = store.add_host(self.system, NewAsset(name=entry.name, **wanted), self.now, self.by)
                return set(wanted)
            differing = {name: value for name, value in wanted.items() if getattr(asset, name) != value}
            if differing:
                before = asset.group
                store.change_host(asset, differing, self.now, self.by)
                if asset.group != before:
                    self._tell_move(asset, before, entry)
        except ServerError as error:
            self.faults.append(Fault(entry.line, str(error)))
            return set()
        return set(differing)

    def _tell_move(self, asset: Asset, before: str, entry: Entry) -> None:
        told = f"{asset.name} moved from {before or 'no group'} to {asset.group}, by line {entry.line} of {self.file.name}."
        store.tell_items((asset,), "host_moved", told, self.by, self.now)

    def _wanted(self, entry: Entry) -> Mapping[str, Any]:
        """What the file says of a host; what it leaves out stays as it is."""
        if entry.category and entry.category not in get_args(Category):
            self.faults.append(
                Fault(entry.line, f"category {entry.category!r} of {entry.name} is not one of {', '.join(get_args(Category))}")
            )
        said = {
            "address": entry.address or ("" if entry.name in self.known or self._is_other(entry) else entry.name),
            "port": entry.port,
            "account": entry.user,
            "key_file": self.key_path(entry.key) if entry.key else "",
            "group": entry.group,
            "category": entry.category if entry.category in get_args(Category) else "",
            "category_because": entry.because,
            "ssp_section": entry.ssp,
            "kind": entry.kind,
        }
        return self._way(entry) | {name: value for name, value in said.items() if value}

    def _way(self, entry: Entry) -> dict[str, Any]:
        """SSH where nothing is said, as inventories of others mean it; none for what is no host."""
        if self._is_other(entry):
            return {}
        if entry.way != "winrm":
            if entry.auth or entry.ca:
                self.faults.append(Fault(entry.line, f"auth and ca of {entry.name} belong to WinRM; add way: winrm, or leave them out"))
            return {"way_in": "ssh"}
        if entry.jump:
            self.faults.append(Fault(entry.line, f"{entry.name} is reached by WinRM, which goes through no jump host; leave out jump"))
        kept = {"ca_file": self.key_path(entry.ca)} if entry.ca else {}
        return {"way_in": "winrm", "platform": "windows", "authentication": entry.auth or "kerberos", **kept}

    def _is_other(self, entry: Entry) -> bool:
        """True for a printer and the like, by the file or by the inventory."""
        asset = self.known.get(entry.name)
        return (entry.kind or (asset.kind if asset else "host")) != "host"

    def _set_jump(self, entry: Entry) -> set[str]:
        if not entry.jump:
            return set()
        asset, jump = self.known[entry.name], self._find_jump(entry.jump)
        if jump is None:
            self.faults.append(
                Fault(entry.line, f"the jump host {entry.jump!r} of {entry.name} is neither in the file nor in the inventory; add it")
            )
            return set()
        if asset.jump_id == jump.pk:
            return set()
        try:
            store.change_host(asset, {"jump_id": jump.pk}, self.now, self.by)
        except ServerError as error:
            self.faults.append(Fault(entry.line, str(error)))
        return {"jump"}

    def _find_jump(self, text: str) -> Asset | None:
        """The host of that name, else the one of that address, account and port as far as they are told."""
        if text in self.known:
            return self.known[text]
        host, user, port = split_jump(text)
        if host in self.known:
            return self.known[host]
        found = [
            asset
            for asset in self.known.values()
            if asset.address == host and user in ("", asset.account) and port in (0, asset.port or 22) and not asset.retired_at
        ]
        return found[0] if len(found) == 1 else None
