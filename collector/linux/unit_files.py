"""The state of every unit file, read from the folders that systemd reads: systemctl needs twenty times the work for the same answer."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from collector.linux.shown import addressable
from collector.probe import Frames, ProbeError, Source

KINDS = ("service", "socket", "timer", "path", "mount")
UNIT_FILES = Source(
    "services.unit_files",
    r"""
set --
for f in /etc /run /usr/local/lib /usr/lib /lib; do
  if [ "$f" = /lib ] && [ -L /lib ]; then continue; fi
  for d in "$f/systemd/system" "$f"/systemd/system/*.wants "$f"/systemd/system/*.requires "$f"/systemd/system/*.upholds; do
    if [ -d "$d" ]; then set -- "$@" "$d"; fi
    if [ -d "$d" ] && [ ! -r "$d" ]; then echo "@unreadable $d"; fi
  done
done
case "$*" in */lib/systemd/system*) ;; *) exit 69 ;; esac
ls -lA "$@" | awk '/^\/.*:$/ { print "@folder " substr($0, 1, length($0) - 1); next }
  $NF !~ /\.(service|socket|timer|path|mount)$/ && $NF != "/dev/null" && !/ -> / { next }
  / -> / { if ($9 ~ /\.(service|socket|timer|path|mount)$/) print $9, $NF; next }
  /^-/ { print $9 ($5 == 0 ? " /dev/null" : "") }'
folders="$*"; set --
for d in $folders; do
  case $d in *.wants | *.requires | *.upholds) continue ;; esac
  for f in "$d"/*.service "$d"/*.socket "$d"/*.timer "$d"/*.path "$d"/*.mount; do
    if [ -f "$f" ] && [ -r "$f" ] && [ ! -L "$f" ]; then set -- "$@" "$f"; fi
  done
done
[ $# = 0 ] || awk '/^(WantedBy|RequiredBy|UpheldBy|Alias|Also)[ \t]*=/ && !($0 in seen) { sub(/[ \t]*=.*/, "")
  if (!done[FILENAME $0]++) print "@install " FILENAME, $0 }' "$@"
""",
)
AT_BOOT = ("enabled", "enabled-runtime")
FOLDERS = tuple(f"{top}/systemd/system" for top in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
_ADMINISTRATORS = {"/etc/systemd/system": "", "/run/systemd/system": "-runtime"}


@dataclass(slots=True)
class Found:
    """What lies in the folders.

    units: folder -> name -> target of a link, "" for a file; pulls: (folder, name) of links in .wants and its like;
    install: path of a file -> the keys of its [Install] section.
    """

    units: dict[str, dict[str, str]] = field(default_factory=dict)
    pulls: list[tuple[str, str]] = field(default_factory=list)
    install: dict[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Units:
    """state: unit file -> as `systemctl list-unit-files` has it; at_boot: units that something starts at boot."""

    state: Mapping[str, str]
    at_boot: frozenset[str]


def read_units(frames: Frames) -> Units:
    """The units of this bundle; raises ProbeError where systemd is not installed or a folder could not be read."""
    if frames.absent(UNIT_FILES):
        raise ProbeError("services.unit_files: systemd is not installed here, so units were not read")
    return _units_in(frames.text(UNIT_FILES))


@lru_cache(maxsize=8)  # a dozen probes ask it of the same bundle
def _units_in(text: str) -> Units:
    found = read_found(text)
    state = {name: _state(name, found) for name in _names(found)}
    return Units(MappingProxyType(state), frozenset(_at_boot(state, found)))


def unit_states(frames: Frames) -> dict[str, str]:
    """Unit file -> state of this bundle, for probes that look at units of their own."""
    return dict(read_units(frames).state)


def read_found(text: str) -> Found:
    """What the snippet saw."""
    found, folder = Found(), ""
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "@unreadable":
            raise ProbeError(f"{rest}: permission denied; collect as root or with sudo")
        if word == "@folder":
            folder = rest
        elif word == "@install":
            path, _, key = rest.rpartition(" ")
            found.install.setdefault(path, set()).add(key)
        elif addressable(word):
            _place(found, folder, word, rest)
    if not found.units:
        raise ProbeError("services.unit_files: no unit files were found; ls and awk must be installed")
    return found


def _place(found: Found, folder: str, name: str, target: str) -> None:
    if folder in FOLDERS:
        found.units.setdefault(folder, {})[name] = target
    else:
        found.pulls.append((folder.rpartition("/")[0], name))


def _names(found: Found) -> list[str]:
    return sorted({name for units in found.units.values() for name in units})


def template(name: str) -> str:
    """The file that a unit is started from: getty@.service for getty@tty1.service, else the name itself."""
    return re.sub(r"@[^@]+(\.\w+)$", r"@\1", name)


def _state(name: str, found: Found) -> str:
    folder = next(f for f in FOLDERS if name in found.units.get(f, {}))
    target = found.units[folder][name]
    if target == "/dev/null":
        return f"masked{_ADMINISTRATORS.get(folder, '')}"
    if target and template(target.rpartition("/")[2]) != template(name):
        return "alias"
    for own, ending in _ADMINISTRATORS.items():
        if _pulled(name, own, found):
            return f"enabled{ending}"
    if target and folder in _ADMINISTRATORS and target.rpartition("/")[0] not in FOLDERS:
        return f"linked{_ADMINISTRATORS[folder]}"
    keys = found.install.get(f"{folder}/{name}", set())
    return "disabled" if keys - {"Also"} else "indirect" if keys else "static"


def _pulled(name: str, folder: str, found: Found) -> bool:
    """True when the administrator's links start the unit, or give it the name by which others ask for it."""
    aliases = (target.rpartition("/")[2] for own, target in found.units.get(folder, {}).items() if target and own != name)
    return any(where == folder and name in (pull, template(pull)) for where, pull in found.pulls) or name in aliases


def _at_boot(state: Mapping[str, str], found: Found) -> Iterator[str]:
    pulled = [pull for _, pull in found.pulls if not _masked(pull, state)]
    yield from pulled
    yield from (name for name, one in state.items() if one.startswith("enabled"))


def _masked(name: str, state: Mapping[str, str]) -> bool:
    return any(state.get(one, "").startswith("masked") for one in (name, template(name)))


def script_names(links: Iterable[str]) -> set[str]:
    """Service names of System V start links: S01ssh gives ssh.service."""
    return {f"{found[1]}.service" for link in links if (found := re.fullmatch(r"S\d\d(.+?)(\.sh)?", link))}
