"""Existence, mode and owner of files that checks ask for by their path: `file[/etc/foo.conf].mode`."""

import re
from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.linux.file_modes import BITS, Seen, read_stat
from collector.probe import Frames, Probe, ProbeError, Source

LONGEST = 255
_PATH = re.compile(r"/|(/[A-Za-z0-9._@:+,=~-]+)+")
_KERNEL = ("/proc", "/sys")
_NAMES = ("exists", "kind", "mode", "owner", "group", "uid", "gid", *BITS)
_GONE = ("No such file or directory", "Not a directory")
ASKED_FILES = Source("file.asked", "[ $# = 0 ] || stat -L -c '%a|%u|%g|%U|%G|%F|%n' -- \"$@\" 2>&1 || :")


def check_path(path: str) -> None:
    """Raise ProbeError with a sentence when a path may not be asked for."""
    if not path.startswith("/"):
        raise ProbeError(f"{path!r} is not an absolute path; begin it with /")
    if len(path) > LONGEST or not _PATH.fullmatch(path):
        raise ProbeError(
            f"{path[:80]!r} cannot be asked for: a path is at most {LONGEST} letters, digits and . _ @ : + , = ~ - between slashes, "
            "without patterns; name each file"
        )
    if {".", ".."} & set(path.split("/")):
        raise ProbeError(f"{path!r} goes through . or ..; write the path itself")
    if any(path == top or path.startswith(f"{top}/") for top in _KERNEL):
        raise ProbeError(f"{path!r} is no file of a disk; the facts of sysctl, kernel and modules tell what the kernel says")


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"/etc/foo.conf": {"exists": true, "kind": "regular file", "mode": "0640", "owner": "root", ...}}"""
    text = frames.text(ASKED_FILES)
    asked = frames.arguments(ASKED_FILES)
    for path in asked:
        check_path(path)
    found, _ = read_stat(text)
    return {path: _describe(found[path]) if path in found else _explain(path, text) for path in asked}


def _describe(file: Seen) -> dict[str, Value | Unknown]:
    return {
        "exists": True,
        "kind": file.kind.removeprefix("regular empty ").removeprefix("regular "),
        "mode": f"{file.mode:04o}",
        "owner": file.owner,
        "group": file.group,
        "uid": file.uid,
        "gid": file.gid,
        **{name: bool(file.mode & bit) for name, bit in BITS.items()},
    }


def _explain(path: str, text: str) -> dict[str, Value | Unknown]:
    """What stat said of a path that it did not describe: that nothing is there, or a trouble."""
    said = re.search(rf"(?m)^stat.*[' ]{re.escape(path)}'?: (.+)$", text)
    if said and said[1].strip() in _GONE:
        return {"exists": False}
    if said and "Permission denied" in said[1]:
        return dict.fromkeys(_NAMES, Unknown(f"{path}: permission denied; collect as root or with sudo"))
    return dict.fromkeys(_NAMES, Unknown(f"{path}: {said[1].strip() if said else 'stat said nothing of it'}"))


PROBES = (
    Probe(
        name="file",
        sources=(ASKED_FILES,),
        facts=(
            Fact("*.exists", "boolean", "there is such a file; asked for by its path in a check, links are followed"),
            Fact("*.kind", "string", "file, directory, socket, fifo, block special file or character special file"),
            Fact("*.mode", "string", "its mode in four octal digits, null where there is none"),
            Fact("*.owner", "string", "name of its owner"),
            Fact("*.group", "string", "name of its group"),
            Fact("*.uid", "integer", "its owner"),
            Fact("*.gid", "integer", "its group"),
            *(Fact(f"*.{name}", "boolean", f"it is {name.replace('_', ' ')}") for name in BITS),
        ),
        parse=parse,
        argument=check_path,
    ),
)
