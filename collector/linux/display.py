"""The X server of graphical desktops: whether it takes connections over the network, and whether displays are opened to everybody."""

import re

from collector.facts import Unknown
from collector.files import File, Files, need_whole
from collector.probe import ProbeError

# Fixed names, each of which a bundle that asked has, and the folders beside them.
NAMED = ("/etc/lightdm/lightdm.conf", "/etc/sddm.conf", "/etc/X11/xinit/xserverrc", "/etc/X11/xinit/xinitrc", "/etc/X11/xdm/Xservers")
FOLDERS = ("/etc/lightdm/lightdm.conf.d/*.conf", "/etc/sddm.conf.d/*.conf", "/etc/X11/Xsession.d/*", "/etc/X11/xinit/xinitrc.d/*")
LINES = r"[[:space:]]*(DisallowTCP|xserver-allow-tcp)[[:space:]]*=|.*[[:space:]=]-listen[[:space:]]+tcp|.*xhost[[:space:]]"
_OF_GDM = ("/etc/gdm3/daemon.conf", "/etc/gdm3/custom.conf", "/etc/gdm/custom.conf")
_SWITCH = re.compile(r"\s*(?P<key>DisallowTCP|xserver-allow-tcp)\s*=\s*(?P<value>\S+)")
_OPENED = re.compile(r"(^|[\s;&|(/])xhost\s+\+(\s|;|&|$)")
_TRUE = ("true", "1", "yes")


def read_display(files: Files) -> dict[str, list[str] | Unknown]:
    """{"listens": ["/etc/lightdm/lightdm.conf"], "opened": []}: the files that have it so."""
    try:
        shown = [files.get(path) for path in (*NAMED, *_OF_GDM)]
        shown += [file for file in files if file.path.startswith(tuple(folder.rpartition("/")[0] + "/" for folder in FOLDERS))]
        there = [need_whole(file) for file in shown if file.state not in ("missing", "directory")]
    except ProbeError as error:
        return dict.fromkeys(("listens", "opened"), Unknown(str(error)))
    return {
        "listens": sorted({file.path for file in there if _listens(file)}),
        "opened": sorted({file.path for file in there if any(_OPENED.search(line) for line in _lines(file))}),
    }


def _lines(file: File) -> list[str]:
    return [line.rstrip("\r") for line in file.lines if not line.lstrip().startswith(("#", ";"))]


def _listens(file: File) -> bool:
    """Whether it says so; of a switch that stands there twice the last one counts."""
    switches = {found["key"]: found["value"].lower() in _TRUE for line in _lines(file) if (found := _SWITCH.match(line))}
    return (
        switches.get("xserver-allow-tcp", False)
        or not switches.get("DisallowTCP", True)
        or any(re.search(r"[\s=]-listen\s+tcp\b", line) for line in _lines(file))
    )
