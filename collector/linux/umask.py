"""The file creation mask that the settings of shells leave: of people who log in, of other shells, of csh, and of root."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from collector.facts import Fact, Value
from collector.files import File, Files, need_whole, read_files
from collector.probe import Frames, Probe, Source

UMASK = Source(
    "umask",
    # Scripts of the shell hold proxies and tokens: what leaves the host are lines with umask, and where blocks begin and end.
    """
show_settings /etc/profile /etc/profile.d /etc/profile.d/*.sh /etc/profile.local /etc/bashrc /etc/bash.bashrc /etc/bash.bashrc.local \
/etc/csh.login /etc/csh.cshrc /root/.profile /root/.bash_profile /root/.bash_login /root/.bashrc | awk '
  !/^:/ { print; next }
  /^:[ \\t]*#/ { next }
  /(^|[^A-Za-z0-9_])umask([ \\t]|$)/ { sub(/[ \\t]#.*/, ""); print; next }
  /\\/etc\\/profile[.]d/ { print ":/etc/profile.d" }
  { line = substr($0, 2); gsub(/[;&|()]/, " ", line); count = split(line, words, /[ \\t]+/); deeper = 0
    for (i = 1; i <= count; i++) {
      if (words[i] ~ /^(if|case|for|while|until)$/) deeper++
      else if (words[i] ~ /^(fi|esac|done|end|endif)$/) deeper--
    }
    if (deeper) print ":" (deeper > 0 ? "+" : "-") }'
""",
)
LOGIN = ("/etc/profile", "/etc/profile.local")
INTERACTIVE = ("/etc/bash.bashrc", "/etc/bashrc", "/etc/bash.bashrc.local")
CSH = ("/etc/csh.cshrc", "/etc/csh.login")
ROOT = ("/root/.profile", "/root/.bash_profile", "/root/.bash_login", "/root/.bashrc")
_SET = re.compile(r"(?:^|[;&({]|\bthen\b|\belse\b|\bdo\b|\))\s*umask\s+[\"']?([0-7]{1,4}|[ugoa]*=[rwx]*(?:,[ugoa]*=[rwx]*)*)(?![\w=])")
_BITS = {"r": 4, "w": 2, "x": 1}
_SHIFT = {"u": 6, "g": 3, "o": 0}
_ALL = 0o777


def parse(frames: Frames) -> dict[str, Any]:
    """{"login": {"mask": "027", "group": "r-x", "others": "---"}, "interactive": {...}, "csh": {...}, "root": {...}}"""
    files = read_files(frames.text(UMASK))
    folder = sorted(file.path for file in files if file.path.startswith("/etc/profile.d/") and file.path.endswith(".sh"))
    groups = {"login": LOGIN, "interactive": INTERACTIVE, "csh": CSH, "root": ROOT}
    return {name: _describe(read_mask(_lines(files, paths, folder))) for name, paths in groups.items()}


def _lines(files: Files, paths: Iterable[str], folder: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each line that a shell runs in its order, with the depth of blocks around it in its own file."""
    waiting = list(folder)
    for path in paths:
        for depth, line in _deepen(files.get(path)):
            if line == "/etc/profile.d":
                for inner in waiting:
                    yield from _deepen(files.get(inner))
                waiting = []
            else:
                yield depth, line


def _deepen(file: File) -> Iterator[tuple[int, str]]:
    depth = 0
    for line in need_whole(file).lines if file.state not in ("missing", "odd") else ():
        if line in ("+", "-"):
            depth = max(0, depth + (1 if line == "+" else -1))
        else:
            yield depth, line.strip()


def read_mask(lines: Iterable[tuple[int, str]]) -> int | None:
    """The loosest mask that a shell may end with: a line outside of blocks replaces what was set before, one inside of them may not run."""
    possible: set[int] = set()
    for depth, line in lines:
        masks = [_number(found[1]) for found in _SET.finditer(line)]
        sure = depth == 0 and not re.search(r"\b(if|then|else|case|for|while)\b|&&|\|\|", line)
        if masks:
            possible = {masks[-1]} if sure else possible | set(masks)
    loosest = _ALL
    for mask in possible:
        loosest &= mask
    return loosest if possible else None


def _number(text: str) -> int:
    """The mask of `027`, or of `u=rwx,g=rx,o=`, which names what is left open."""
    if text.isdecimal():
        return int(text, 8) & _ALL
    mask = 0
    for part in text.split(","):
        who, _, given = part.partition("=")
        kept = sum(_BITS[letter] for letter in set(given))
        for letter in who.replace("a", "ugo") or "ugo":
            mask |= (7 & ~kept) << _SHIFT[letter]
    return mask


def _describe(mask: int | None) -> dict[str, Value]:
    if mask is None:
        return {"mask": None, "group": None, "others": None}
    return {"mask": f"{mask:03o}", "group": _letters(mask >> 3), "others": _letters(mask)}


def _letters(mask: int) -> str:
    return "".join("-" if mask & bit else letter for letter, bit in _BITS.items())


_WHO = {
    "login": "a login shell (/etc/profile and profile.d)",
    "interactive": "another interactive bash (bashrc)",
    "csh": "csh and tcsh",
    "root": "root's own settings",
}
PROBES = (
    Probe(
        name="umask",
        sources=(UMASK,),
        facts=tuple(
            fact
            for name, who in _WHO.items()
            for fact in (
                Fact(f"{name}.mask", "string", f"the loosest file creation mask that {who} may leave, in octal; null when none is set"),
                Fact(f"{name}.group", "string", "what it leaves the group of a new directory, as r-x"),
                Fact(f"{name}.others", "string", "what it leaves all others, as ---"),
            )
        ),
        parse=parse,
    ),
)
