"""The shells that systemd gives for repairs (rescue and emergency mode): whether they ask for root's password first."""

import re
from collections.abc import Iterable
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import File, Files, in_order, need_whole, read_files
from collector.probe import Frames, Probe, ProbeError, Source

UNITS = ("rescue", "emergency")
FOLDERS = tuple(f"{top}/systemd/system" for top in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
RESCUE = Source(
    "rescue",
    f"""
show_settings {" ".join(f"{folder}/{name}.service {folder}/{name}.service.d/*.conf" for name in UNITS for folder in FOLDERS)}
""",
)
_ASKS = re.compile(r"[-@:+!|]*(/usr)?/(s?bin|lib/systemd)/(systemd-sulogin-shell|sulogin)(\s|$)|.*/sulogin(\s|[;\"']|$)")
_FORCED = re.compile(r"SYSTEMD_SULOGIN_FORCE=[\"']?(1|yes|true|on|y|t)\b", re.IGNORECASE)


def parse(frames: Frames) -> dict[str, Any]:
    """{"rescue": {"asks": true, "command": "-/lib/systemd/systemd-sulogin-shell rescue"}, "emergency": {...}}"""
    files = read_files(frames.text(RESCUE))
    return {name: _read(files, f"{name}.service") for name in UNITS}


def _read(files: Files, name: str) -> dict[str, Any] | Unknown:
    try:
        lines = [line for file in _files_of(files, name) for line in _service(file.lines)]
    except ProbeError as error:
        return Unknown(str(error))
    commands: list[str] = []
    for key, value in lines:
        if key == "ExecStart":
            commands = [*commands, value] if value else []
    forced = any(key == "Environment" and _FORCED.search(value) for key, value in lines)
    asks = not forced and all(map(_ASKS.match, commands))
    return {"asks": asks if commands else None, "command": " ; ".join(commands) or None}


def _files_of(files: Files, name: str) -> list[File]:
    """The unit of the first folder that has one and its drop-ins by name, as systemd reads them; nothing where it is masked."""
    units = [file for folder in FOLDERS if (file := files.by_path.get(f"{folder}/{name}")) and file.state != "missing"]
    if not units or units[0].state == "odd":  # a link to /dev/null
        return []
    return [need_whole(units[0]), *in_order(files, (f"{folder}/{name}.d" for folder in FOLDERS))]


def _service(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    section = ""
    for line in lines:
        text = line.strip()
        if text.startswith("["):
            section = text
        elif section == "[Service]" and "=" in text and text[0] not in "#;":
            key, _, value = text.partition("=")
            yield key.strip(), value.strip()


PROBES = (
    Probe(
        name="rescue",
        sources=(RESCUE,),
        facts=tuple(
            fact
            for name in UNITS
            for fact in (
                Fact(
                    f"{name}.asks",
                    "boolean",
                    f"{name} mode asks for root's password before it gives a shell; null where there is no such unit",
                ),
                Fact(f"{name}.command", "string", f"what {name} mode starts"),
            )
        ),
        parse=parse,
    ),
)
