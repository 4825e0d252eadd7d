"""Graphical login screens and displays: X on the network, logins from other hosts or without asking, displays open to everybody."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from collector.facts import Unknown
from collector.files import File, Files, need_whole
from collector.linux.shown import read_ini
from collector.probe import ProbeError

# Each login screen reads its files in this order, those of a folder by name, and of a key that comes again the last one counts.
LIGHTDM = (
    "/usr/share/lightdm/lightdm.conf.d/",
    "/etc/xdg/lightdm/lightdm.conf.d/",
    "/etc/lightdm/lightdm.conf.d/",
    "/etc/lightdm/lightdm.conf",
)
SDDM = ("/usr/lib/sddm/sddm.conf.d/", "/etc/sddm.conf.d/", "/etc/sddm.conf")
GDM = ("/etc/gdm3/daemon.conf", "/etc/gdm3/custom.conf", "/etc/gdm/custom.conf")
XDM = "/etc/X11/xdm/xdm-config"
_CONFIGURATION = (*GDM, LIGHTDM[-1], SDDM[-1])
_SCRIPTS = ("/etc/X11/xdm/Xservers", "/etc/X11/xinit/xserverrc", "/etc/X11/xinit/xinitrc")
NAMED = (*_CONFIGURATION, *_SCRIPTS)
_DROP_INS = tuple(folder for folder in (*LIGHTDM, *SDDM) if folder.endswith("/"))
_SCRIPT_FOLDERS = (
    *("/etc/X11/Xsession.d/", "/etc/X11/xinit/xinitrc.d/", "/etc/profile.d/", "/etc/xdg/autostart/", "/usr/share/sddm/scripts/"),
    *(f"/etc/{gdm}/{step}/" for gdm in ("gdm3", "gdm") for step in ("Init", "PostLogin", "PreSession")),
)
_OF_PEOPLE = (".xprofile", ".xsession", ".xsessionrc", ".xinitrc", ".profile", ".bash_profile", ".bashrc", ".config/autostart/*.desktop")
# Of scripts and of what people's sessions start, nothing else than these lines leaves the host.
SHOW = f"""
show_settings {" ".join(_CONFIGURATION)} {" ".join(f"{folder}*.conf" for folder in _DROP_INS)} |
  only '^[[:space:]]*([[][A-Za-z]|(DisallowTCP|xserver-allow-tcp|[Ee]nabled?|autologin-user|autologin-guest|User|ServerArguments|\
AutomaticLogin[A-Za-z]*|TimedLogin[A-Za-z]*)[[:space:]]*=)|[[:space:]=]-listen[[:space:]]+tcp'
set --
if [ -n "$graphical" ]; then
  IFS=$nl; set -f
  for home in $(awk -F: '($3 == 0 || $3 >= 1000) && $3 < 65000 && $6 ~ /^[/]./' /etc/passwd | cut -d: -f6); do
    set +f
    for file in {" ".join(f'"$home"/{name}' for name in _OF_PEOPLE)}; do
      if [ -f "$file" ] || out_of_sight "$file"; then set -- "$@" "$file"; fi
    done
  done
  set +f; unset IFS
fi
show_settings {XDM} {" ".join(_SCRIPTS)} {" ".join(f"{folder}*" for folder in _SCRIPT_FOLDERS)} "$@" |
  only '[[:space:]=]-listen[[:space:]]+tcp|xhost[[:space:]]|[.*]requestPort[[:space:]]*:'
"""
_LISTENS = re.compile(r"[\s=]-listen\s+tcp\b")
_OPENED = re.compile(r"(^|[\s;&|(/=\"'])xhost\s+\+([\s;&|\"']|$)")
_PORT = re.compile(r"\s*DisplayManager[.*]requestPort\s*:\s*(\d+)")


class Setting(NamedTuple):
    """One setting that counts: the file that gives it, the login screen that reads it, and what it says."""

    path: str
    program: str
    section: str
    key: str
    value: str


def _is_on(value: str) -> bool:
    return value.lower() in ("true", "1", "yes")


def _is_off(value: str) -> bool:
    return not _is_on(value)


def _listens(text: str) -> bool:
    return bool(_LISTENS.search(f" {text}"))


# Which settings make a fact: login screen, beginning of the section, key, and when its value counts.
_WANTED: Mapping[str, Mapping[tuple[str, str, str], Callable[[str], bool]]] = {
    "listens": {
        ("lightdm", "Seat:", "xserver-allow-tcp"): _is_on,
        ("gdm", "security", "DisallowTCP"): _is_off,
        ("sddm", "X11", "ServerArguments"): _listens,
    },
    "remote": {("lightdm", "XDMCPServer", "enabled"): _is_on, ("gdm", "xdmcp", "Enable"): _is_on},
    "automatic": {
        ("lightdm", "Seat:", "autologin-user"): bool,
        ("lightdm", "Seat:", "autologin-guest"): _is_on,
        ("sddm", "Autologin", "User"): bool,
    },
}


def read_display(files: Files) -> dict[str, list[str] | Unknown]:
    """{"listens": ["/etc/lightdm/lightdm.conf"], "opened": []}: the files that have it so."""
    try:
        there = _there(files)
    except ProbeError as error:
        return dict.fromkeys(("listens", "opened"), Unknown(str(error)))
    commands = {path for path, file in there.items() if not path.startswith(SDDM) and any(map(_listens, _lines(file)))}
    return {
        "listens": sorted(commands | _where(there, "listens")),
        "opened": sorted(path for path, file in there.items() if any(map(_OPENED.search, _lines(file)))),
    }


def read_login_screens(files: Files, *, xdm: bool) -> dict[str, list[str] | Unknown]:
    """{"remote": ["/etc/X11/xdm/xdm-config"], "automatic": []}: the files that have it so; xdm: that program is installed."""
    try:
        there, requests = _there(files), files.lines(XDM)
    except ProbeError as error:
        return dict.fromkeys(("remote", "automatic"), Unknown(str(error)))
    answers = {XDM} if xdm and _takes_requests(requests or ()) else set()
    return {"remote": sorted(answers | _where(there, "remote")), "automatic": sorted(_where(there, "automatic"))}


def _there(files: Files) -> dict[str, File]:
    return {file.path: need_whole(file) for file in _looked_at(files) if file.state not in ("missing", "directory")}


def _looked_at(files: Files) -> Iterator[File]:
    yield from (files.get(path) for path in NAMED)
    names = tuple(f"/{name.partition('*')[0]}" for name in _OF_PEOPLE)
    yield from (file for file in files if file.path.startswith((*_DROP_INS, *_SCRIPT_FOLDERS)) or any(name in file.path for name in names))


def _lines(file: File) -> list[str]:
    return [line.rstrip("\r") for line in file.lines if not line.lstrip().startswith(("#", ";"))]


def _where(there: Mapping[str, File], fact: str) -> set[str]:
    settings = [*_in_effect(there, "lightdm", LIGHTDM), *_in_effect(there, "sddm", SDDM), *_in_effect(there, "gdm", GDM)]
    return {one.path for one in settings if _counts(fact, one)}


def _in_effect(there: Mapping[str, File], program: str, places: Iterable[str]) -> Iterator[Setting]:
    """What counts of a login screen's files: those of a place by name, and the last one of a key wins."""
    found: dict[tuple[str, str], Setting] = {}
    for path in (path for place in places for path in sorted(there) if path == place or (place.endswith("/") and path.startswith(place))):
        for section, pairs in read_ini(there[path].lines).items():
            name = "Seat:*" if section == "SeatDefaults" else section  # LightDM's old word for it
            found |= {(name, key): Setting(path, program, name, key, value) for key, value in pairs.items()}
    yield from found.values()


def _counts(fact: str, one: Setting) -> bool:
    return any(
        one.program == program and one.section.startswith(section) and one.key == key and counts(one.value)
        for (program, section, key), counts in _WANTED[fact].items()
    )


def _takes_requests(lines: Iterable[str]) -> bool:
    """Whether xdm answers logins from the network, which it does on port 177 where nothing says 0; the last line counts."""
    ports = [int(found[1]) for line in lines if (found := _PORT.match(line))]
    return not ports or ports[-1] != 0
