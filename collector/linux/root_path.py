"""Where root looks for programs: every PATH that a file gives root's shells, su, sudo and cron, and who may write to its folders."""

import re
from collections.abc import Iterator
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source

ROOT_PATH = Source(
    "root_path",
    r"""
set --
for file in /etc/environment /etc/profile /etc/profile.d/*.sh /etc/bash.bashrc /etc/bashrc /etc/login.defs /etc/crontab /etc/sudoers \
/root/.profile /root/.bash_profile /root/.bash_login /root/.bashrc; do
  if [ -f "$file" ] && [ -r "$file" ]; then set -- "$@" "$file"
  elif [ -f "$file" ] || out_of_sight "$file"; then echo "hidden $file"
  fi
done
[ $# -gt 0 ] || exit 1
found=$(awk '
  /^[ \t]*#/ { next }
  FILENAME == "/etc/login.defs" { if ($1 == "ENV_SUPATH") { sub(/^[ \t]*ENV_SUPATH[ \t]+(PATH=)?/, ""); print FILENAME "|" $0 }; next }
  FILENAME == "/etc/sudoers" { if (match($0, /secure_path[ \t]*=[ \t]*/)) print FILENAME "|" substr($0, RSTART + RLENGTH); next }
  match($0, /(^|[ \t;&])PATH=/) { print FILENAME "|" substr($0, RSTART + RLENGTH) }' "$@")
printf '%s\n' "$found" | sed 's/^/path /'
printf '%s\n' "$found" | sed 's/^[^|]*|//' | tr -d "\"'" | tr ':; ' "$nl$nl$nl" | grep '^/' | sort -u |
while IFS= read -r folder; do
  if [ -d "$folder" ]; then stat -L -c 'folder %a|%u|%n' "$folder"; fi
done
echo end
""",
)
_WRITABLE = 0o022


def parse(frames: Frames) -> dict[str, Any]:
    """{"folders": ["/usr/bin", ...], "relative": ["/root/.bashrc: ."], "writable": ["/opt/tools"]}"""
    *lines, end = frames.text(ROOT_PATH).splitlines() or [""]
    if end != "end":
        raise ProbeError("root_path: the list is not whole")
    hidden = next((line.removeprefix("hidden ") for line in lines if line.startswith("hidden ")), None)
    if hidden:
        return dict.fromkeys(_FACTS, Unknown(f"{hidden}: permission denied; collect as root or with sudo"))
    places = [(file, place) for line in lines if line.startswith("path ") for file, place in _places(line.removeprefix("path "))]
    folders = [re.fullmatch(r"folder ([0-7]+)\|(\d+)\|(.+)", line) for line in lines]
    return {
        "folders": sorted({place for _, place in places if place.startswith("/")}),
        "relative": sorted({f"{file}: {place or '(empty)'}" for file, place in places if not place.startswith(("/", "$"))}),
        "writable": sorted({seen[3] for seen in folders if seen and (int(seen[1], 8) & _WRITABLE or seen[2] != "0")}),
    }


def _places(line: str) -> Iterator[tuple[str, str]]:
    """Each place of one PATH with its file; an empty one is the current directory, as shells take it."""
    file, _, rest = line.partition("|")
    value = re.match(r"\s*(\"[^\"]*\"|'[^']*'|[^\s;&#]*)", rest)
    text = value[1].strip("\"'") if value else ""
    yield from ((file, place) for place in (text.split(":") if text else ()))


_FACTS = {
    "folders": "every folder that such a PATH names",
    "relative": "places in it that depend on where root stands: `.`, empty ones, and names without a slash in front, with their file",
    "writable": "folders of it that others than root own or may write to",
}
PROBES = (
    Probe(
        name="root_path", sources=(ROOT_PATH,), facts=tuple(Fact(name, "strings", meaning) for name, meaning in _FACTS.items()), parse=parse
    ),
)
