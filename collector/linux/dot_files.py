"""Hidden files in home directories that let somebody in, hold passwords, or that others than their owner may change."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source

# Only names that tell something leave the host, with their modes and owners: no content, and not what else people keep.
# A hosts.equiv of comments alone, as SUSE ships it, lets nobody in and will not by itself.
DOT_FILES = Source(
    "files.dots",
    r"""
set -f; IFS=$nl
for line in $(awk -F: '($3 == 0 || $3 >= 1000 && $3 < 65000) && $7 !~ /(nologin|false|sync)$/ && $6 ~ /^\/./ {
    print $3 "|" $6 }' /etc/passwd); do
  uid=${line%%|*}; home=${line#*|}
  [ -d "$home" ] || continue
  if [ ! -r "$home" ] || [ ! -x "$home" ]; then echo "hidden $home"; continue; fi
  set +f
  for file in "$home"/.[!.]*; do
    case $file in *"$nl"*) continue ;; esac
    if [ -e "$file" ] && [ ! -L "$file" ]; then stat -c "%a|%u|$uid|%n" "$file"; fi
  done
  set -f
done | awk -F'|' '
  /^hidden / { print; next }
  { name = $0; sub(/.*\//, "", name); mode = $1; group = substr(mode, length(mode) - 1, 1); other = substr(mode, length(mode))
    if (name ~ /^[.](rhosts|shosts|netrc|forward)$/ || name ~ /_history$/ || ($2 != $3 && $2 != 0) ||
        group ~ /[2367]/ || other ~ /[2367]/) print }'
for file in /etc/hosts.equiv /etc/ssh/shosts.equiv /etc/shosts.equiv; do
  if [ -s "$file" ] && [ -r "$file" ] && ! grep -q '^[[:space:]]*[^#[:space:]]' "$file"; then continue; fi
  if [ -e "$file" ]; then echo "trust $file"; fi
done
echo end
""",
    seconds=20,
)
_WRITABLE, _OPEN = 0o022, 0o077


@dataclass(frozen=True, slots=True)
class _Dot:
    """A hidden file: owner and the user in whose home it lies."""

    path: str
    mode: int
    owner: int
    user: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def parse(frames: Frames) -> dict[str, Any]:
    """{"trust": ["/home/bob/.rhosts"], "netrc": [], "forward": [], "writable": [...], "foreign": [], "open_histories": []}"""
    *lines, end = frames.text(DOT_FILES).splitlines() or [""]
    if end != "end":
        raise ProbeError("files.dots: the list is not whole")
    hidden = [line.removeprefix("hidden ") for line in lines if line.startswith("hidden ")]
    if hidden:
        unseen = Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo")
        return dict.fromkeys(_FACTS, unseen)
    dots = list(_read(lines))
    return {
        "trust": sorted([d.path for d in dots if d.name in (".rhosts", ".shosts")] + [line[6:] for line in lines if line[:6] == "trust "]),
        "netrc": [dot.path for dot in dots if dot.name == ".netrc"],
        "forward": [dot.path for dot in dots if dot.name == ".forward"],
        "writable": [dot.path for dot in dots if dot.mode & _WRITABLE],
        "foreign": [dot.path for dot in dots if dot.owner not in (0, dot.user)],
        "open_histories": [dot.path for dot in dots if dot.name.endswith("_history") and dot.mode & _OPEN],
    }


def _read(lines: list[str]) -> Iterator[_Dot]:
    for line in sorted(lines):
        parts = line.split("|", 3)
        if len(parts) == 4:  # noqa: PLR2004 - the fields of the format
            yield _Dot(parts[3], int(parts[0], 8), int(parts[1]), int(parts[2]))


_FACTS = {
    "trust": "files by which other hosts or users are let in without a password: .rhosts, .shosts, hosts.equiv",
    "netrc": ".netrc files, which hold passwords that anybody can read who can read the file",
    "forward": ".forward files, which send a person's mail elsewhere",
    "writable": "hidden files of people and root that their group or others may write",
    "foreign": "hidden files that belong neither to the owner of the home directory nor to root",
    "open_histories": "histories of shells that others than their owner may read",
}
PROBES = (
    Probe(
        name="dot_files", sources=(DOT_FILES,), facts=tuple(Fact(name, "strings", meaning) for name, meaning in _FACTS.items()), parse=parse
    ),
)
