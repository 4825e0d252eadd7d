"""hosts import: the inventory out of a file that people have already."""

import os
from pathlib import Path
from typing import Any

import click

from server.cli.context import AS, JSON, now, person, with_system
from server.cli.output import print_json, say, show
from server.errors import ServerError
from server.inventory.files import MOST_BYTES, InventoryFile
from server.inventory.take import Taken, read_inventory, take_inventory
from server.models import System


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@AS
@JSON
@with_system
def import_command(system: System, *, file: Path, dry_run: bool, acting: str | None, as_json: bool) -> None:
    """Add and change hosts by an inventory FILE: our own YAML, or an Ansible inventory in INI or YAML.

    What the file does not say stays as it is, and hosts that it does not name stay. Keys named by a path are looked for beside
    the file. No password is taken over. A file with a mistake changes nothing.

    Example: closeout hosts import inventory.ini --dry-run
    """
    read = read_inventory(_read(file), str(file))
    taken = take_inventory(system, read, lambda key: _key_path(key, file), now(), dry_run=dry_run, by=person(system, acting))
    if as_json:
        print_json(_taken_json(taken, read))
    else:
        _print_taken(taken, dry_run=dry_run)
    for note in (*read.notes, *_beside(file)):
        say(f"note: {note}")


def _read(file: Path) -> str:
    if file.is_dir():
        raise ServerError(f"{file}: is a directory; name one file of it, and import each")
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ServerError(f"{file}: {error.strerror}; name an inventory file that can be read") from error
    if raw[:2] == b"#!" or (os.access(file, os.X_OK) and not raw.strip()):
        raise ServerError(f"{file}: is a program; nothing is run here, so save what it prints: ansible-inventory --list --yaml > FILE.yml")
    if len(raw) > MOST_BYTES:
        raise ServerError(f"{file}: is larger than {MOST_BYTES // 10**6} MB; split it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ServerError(f"{file}:{line}: not UTF-8 text; save the file in the encoding UTF-8") from error


def _key_path(key: str, file: Path) -> str:
    return str((file.parent / Path(key).expanduser()).absolute())


def _beside(file: Path) -> list[str]:
    """Notes on what Ansible would read too."""
    there = [name for name in ("group_vars", "host_vars") if (file.parent / name).is_dir()]
    return [f"{file.parent / name} is not read; write what it says of users, ports and keys into {file.name}" for name in there]


def _taken_json(taken: Taken, file: InventoryFile) -> dict[str, Any]:
    return {
        "added": taken.added,
        "changed": [{"host": name, "fields": fields} for name, fields in taken.changed.items()],
        "unchanged": taken.unchanged,
        "left_alone": [{"host": name, "because": why} for name, why in taken.left_alone.items()],
        "not_in_file": taken.not_in_file,
        "notes": list(file.notes),
    }


def _print_taken(taken: Taken, *, dry_run: bool) -> None:
    for name in taken.added:
        show(f"added {name}")
    for name, fields in taken.changed.items():
        show(f"changed {name}: {', '.join(fields)}")
    for name, why in taken.left_alone.items():
        show(f"left alone {name}: {why}")
    counts = ((len(getattr(taken, word)), word.replace("_", " ")) for word in ("added", "changed", "unchanged", "left_alone"))
    say(", ".join(f"{word} {count}" for count, word in counts) + (": a dry run, nothing was saved" if dry_run else ""))
    if taken.not_in_file:
        say(f"{len(taken.not_in_file)} hosts of the inventory are not in the file and stay as they are")
