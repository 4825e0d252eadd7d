"""Settings of systemd's own programs, put together as they do it: one main file, then drop-ins by name, the last one wins."""

import re

from collector.files import File, Files, need_whole
from collector.probe import ProbeError

FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd")
_UNITS = {"": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60,
          "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "w": 604800,
          "week": 604800, "weeks": 604800, "ms": 0, "us": 0}  # fmt: skip


def snippet(*names: str) -> str:
    """The `show` of these settings files, as in "logind.conf", with their drop-ins."""
    places = " ".join(f"{folder}/{name} {folder}/{name}.d/*.conf" for name in names for folder in FOLDERS[:-1])
    return f"show_settings {places}\n"


def read_settings(files: Files, name: str, section: str) -> dict[str, str]:
    """Key -> value of one section in effect; raises ProbeError when a file that counts could not be read."""
    shown = {file.path: file for file in files}
    settings: dict[str, str] = {}
    main = next((shown[p] for folder in FOLDERS if (p := f"{folder}/{name}") in shown and shown[p].state != "missing"), None)
    extra: dict[str, File] = {}
    for folder in reversed(FOLDERS):
        place = f"{folder}/{name}.d/"
        extra |= {path[len(place) :]: file for path, file in shown.items() if path.startswith(place)}
    for file in ([main] if main else []) + [extra[key] for key in sorted(extra)]:
        if file.state == "odd":  # a link to /dev/null: the file of that name is masked
            continue
        _read(need_whole(file), section, settings)
    return settings


def _read(file: File, section: str, settings: dict[str, str]) -> None:
    inside = False
    for line in file.lines:
        text = line.strip()
        if text.startswith("["):
            inside = text == f"[{section}]"
        elif inside and text and text[0] not in "#;" and "=" in text:
            key, _, value = text.partition("=")
            settings[key.strip()] = value.strip()
            if not value.strip():
                del settings[key.strip()]


def seconds(text: str) -> int | None:
    """A time span in whole seconds, as in "15min" -> 900; None for infinity. Raises ProbeError when it is not one."""
    if text.strip() == "infinity":
        return None
    parts = re.findall(r"(\d+)\s*([a-z]*)", text)
    if not parts or re.sub(r"\d+\s*[a-z]*|\s", "", text) or any(unit not in _UNITS for _, unit in parts):
        raise ProbeError(f"{text[:40]!r} is not a time span")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
