"""Reads what the prelude's `show` prints: files with mode, owner and content, and those that could not be read."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collector.probe import ProbeError


@dataclass(frozen=True, slots=True)
class File:
    """One file. state: read, missing, unreadable, directory or odd; mode is an integer (0o644); lines without line ends."""

    path: str
    state: str
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    lines: tuple[str, ...] = ()
    cut: bool = False


@dataclass(slots=True)
class _Draft:
    state: str
    stat: tuple[int, int, int] | None = None
    lines: list[str] = field(default_factory=list)
    cut: bool = False
    size: int = 0
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one `show`, in the order in which their contents or states were printed, by path."""

    by_path: dict[str, File]

    def __iter__(self) -> Iterator[File]:
        return iter(self.by_path.values())

    def get(self, path: str) -> File:
        """The file; raises ProbeError when it was never asked for."""
        if path not in self.by_path:
            raise ProbeError(f"{path}: was not shown by the collection script")
        return self.by_path[path]

    def lines(self, path: str) -> tuple[str, ...] | None:
        """The lines of a file, None when there is no such file; raises ProbeError when it could not be read whole."""
        file = self.get(path)
        return None if file.state in ("missing", "directory") else need_whole(file).lines

    def under(self, folder: str) -> list[File]:
        """The regular files right below a folder, sorted by name; raises ProbeError when one could not be read whole."""
        prefix = folder.rstrip("/") + "/"
        found = [f for p, f in self.by_path.items() if p.startswith(prefix) and "/" not in p[len(prefix) :] and f.state != "directory"]
        return sorted((need_whole(f) for f in found if f.state != "missing"), key=lambda f: f.path)


def need_whole(file: File) -> File:
    """The same file; raises ProbeError when it could not be read or was cut."""
    if file.state == "unreadable" and "?" in file.path:  # how the prelude writes a name that it cannot hand over
        raise ProbeError(f"{file.path}: has a line end or a bar in its name, so it was not read; rename it")
    if file.state == "unreadable":
        raise ProbeError(f"{file.path}: permission denied; collect as root or with sudo")
    if file.state == "odd":
        raise ProbeError(f"{file.path}: not a regular file, so it was not read")
    if file.cut:
        raise ProbeError(f"{file.path}: longer than 20000 lines, cut by the collection script")
    return file


def in_order(files: Files, folders: Iterable[str]) -> list[File]:
    """Files of all folders by name; a name in an earlier folder hides it in later ones, as most programs read their drop-ins."""
    chosen: dict[str, File] = {}
    for folder in folders:
        for path, file in files.by_path.items():
            if path.startswith(f"{folder}/") and file.state != "directory":
                chosen.setdefault(path.rpartition("/")[2], file)
    # odd is what a link to /dev/null is: how a file of that name is switched off
    return [need_whole(chosen[name]) for name in sorted(chosen) if chosen[name].state not in ("odd", "missing")]


def read_files(text: str) -> Files:
    """Files from the output of `show`; raises ProbeError when the output is not whole."""
    drafts: dict[str, _Draft] = {}
    current: _Draft | None = None
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"), 1):
        if line.startswith(":"):
            if current is None:
                raise ProbeError(f"line {number} of the shown files belongs to no file")
            current.lines.append(line[1:])
        elif line:
            current = _head(line, number, drafts)
    return Files({path: _file(path, draft) for path, draft in drafts.items()})


def _head(line: str, number: int, drafts: dict[str, _Draft]) -> _Draft:
    word, _, rest = line.partition(" ")
    if word == "@stat":
        return _stat(rest, number, drafts)
    if word == "@text" and rest in drafts:
        drafts[rest].shown = True
        return drafts[rest]
    if word == "@cut" and rest in drafts:
        drafts[rest].cut = True
        return drafts[rest]
    if word in ("@missing", "@unreadable", "@directory", "@odd"):
        drafts[rest] = _Draft(word[1:])
        return drafts[rest]
    raise ProbeError(f"line {number} of the shown files is not understood: {line[:80]!r}")


def _stat(rest: str, number: int, drafts: dict[str, _Draft]) -> _Draft:
    found = re.fullmatch(r"([0-7]{1,5}) (\d{1,10}) (\d{1,10}) (\d{1,18}) (.+)", rest, re.ASCII)
    if not found:
        raise ProbeError(f"line {number} of the shown files is not understood: {rest[:80]!r}")
    drafts[found[5]] = _Draft("read", (int(found[1], 8), int(found[2]), int(found[3])), size=int(found[4]))
    return drafts[found[5]]


def _file(path: str, draft: _Draft) -> File:
    if draft.size and not draft.shown:  # it has content and none was printed: awk could not read it
        return File(path, "unreadable")
    mode, uid, gid = draft.stat or (None, None, None)
    return File(path, draft.state, mode, uid, gid, tuple(draft.lines), draft.cut)
