"""Small readers that several probes share: a snippet's own words beside shown files, ini sections, key=value lines."""

import re
from collections.abc import Iterable, Iterator

from collector.facts import addressable
from collector.files import Files, read_files

__all__ = ["addressable", "numbers", "read_ini", "said", "settings", "split_shown", "unescape_octal"]


def split_shown(text: str) -> tuple[list[list[str]], Files]:
    """The snippet's own lines as (word, rest) pairs, and the files that `show` printed among them."""
    own = [line for line in text.splitlines() if line and line[0] not in ":@"]
    shown = "".join(f"{line}\n" for line in text.split("\n") if line.startswith((":", "@")))
    return [line.split(" ", 1) for line in own], read_files(shown)


def said(own: Iterable[list[str]], word: str) -> list[str]:
    """What stood behind each line that began with this word."""
    return [rest[0] if rest else "" for first, *rest in own if first == word]


def read_ini(lines: Iterable[str]) -> dict[str, dict[str, str]]:
    """Sections of key = value; a key that comes twice keeps its last value, lines outside a section stand under ""."""
    sections: dict[str, dict[str, str]] = {}
    current = ""
    for raw in lines:
        line = raw.strip()
        if re.fullmatch(r"\[.*\]", line):
            current = line[1:-1].strip()
            sections.setdefault(current, {})
        elif line and line[0] not in "#;" and "=" in line:
            key, _, value = line.partition("=")
            sections.setdefault(current, {})[key.strip()] = value.strip()
    return sections


def numbers(release: str) -> tuple[int, ...]:
    """The leading numbers of a version, for comparing: 5.14.0-70.5.1.el9_0.x86_64 gives (5, 14, 0, 70, 5, 1)."""
    lead = re.match(r"[\d.+~-]*", release)
    return tuple(int(n) for n in re.findall(r"\d+", lead[0] if lead else ""))


def unescape_octal(text: str) -> str:
    r"""Text as the kernel and fstab write it, with \040 and its like turned into the characters they stand for."""
    return re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), text)


def settings(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Shell-like assignments, quotes taken off; comments and whatever is no assignment are left out."""
    for raw in lines:
        found = re.fullmatch(r"\s*([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*", raw)
        if found:
            yield found[1], _unquote(found[2])


def _unquote(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        inner = text[1:-1]
        return inner if text[0] == "'" else re.sub(r"\\([\"\\$`])", r"\1", inner)
    return text
