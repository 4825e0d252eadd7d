"""The graphical desktop: what the administrator sets and locks for GNOME in dconf, and how GDM lets people in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import File, Files, need_whole
from collector.linux import display
from collector.linux.display import read_display, read_login_screens
from collector.linux.shown import read_ini, said, split_shown
from collector.probe import Frames, Probe, ProbeError, Source

DESKTOP = Source(
    "desktop",
    f"""
echo 'asked more'
graphical=''
for program in gdm gdm3 lightdm sddm xdm gnome-shell plasmashell xfce4-session Xorg Xwayland; do
  if have $program; then echo "program $program"; graphical=1; fi
done
for file in /usr/share/xsessions/*.desktop /usr/share/wayland-sessions/*.desktop; do
  if [ -e "$file" ]; then echo "session ${{file##*/}}"; fi
done
for folder in /etc/dconf/db/*.d; do
  if [ -d "$folder" ] && {{ [ ! -r "$folder" ] || [ ! -x "$folder" ]; }}; then echo "hidden $folder"; fi
  for file in "$folder"/* "$folder"/locks/*; do
    if [ -f "$file" ] && {{ [ ! -e "${{folder%.d}}" ] || [ "$file" -nt "${{folder%.d}}" ]; }}; then echo "stale $folder"; break; fi
  done
done
show_settings /etc/dconf/profile/user /etc/dconf/profile/gdm /usr/share/dconf/profile/gdm /etc/dconf/db/*.d/* /etc/dconf/db/*.d/locks/* \
  /etc/gdm3/greeter.dconf-defaults |
  only '^([[][/A-Za-z][^]]*[]]|/|[a-z]+-db:|(idle-delay|lock-enabled|lock-delay|picture-uri|banner-message-|disable-user-list|automount|\
autorun-never|enable-smartcard|removal-action|logout|disable-restart-buttons|disable-wifi-create|allowed-failures))'
{display.SHOW}""",
)
_PROGRAMS = {"gnome-shell": "gnome", "gdm": "gdm", "gdm3": "gdm", "lightdm": "lightdm", "sddm": "sddm", "xdm": "xdm", "plasmashell": "kde",
             "xfce4-session": "xfce", "Xorg": "xorg", "Xwayland": "xwayland"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of dconf that is a fact: its name, its path, its type, which profile asks for it, and its meaning."""

    name: str
    path: str
    kind: str
    profile: str
    meaning: str
    later: bool = False  # scripts did not ask for it at first


_MEDIA_KEYS = "org/gnome/settings-daemon/plugins/media-keys/logout"
_SMARTCARD = "org/gnome/settings-daemon/peripherals/smartcard/removal-action"
SETTINGS = (
    Setting("idle_seconds", "org/gnome/desktop/session/idle-delay", "integer", "user", "seconds until the screen goes blank; 0 is never"),
    Setting("lock_enabled", "org/gnome/desktop/screensaver/lock-enabled", "boolean", "user", "a blank screen locks"),
    Setting("lock_delay_seconds", "org/gnome/desktop/screensaver/lock-delay", "integer", "user", "seconds from blank to locked"),
    Setting("picture_uri", "org/gnome/desktop/screensaver/picture-uri", "string", "user", "what a locked screen shows; empty is nothing"),
    Setting("automount", "org/gnome/desktop/media-handling/automount", "boolean", "user", "media are mounted by themselves"),
    Setting("automount_open", "org/gnome/desktop/media-handling/automount-open", "boolean", "user", "a mounted medium is opened"),
    Setting("autorun_never", "org/gnome/desktop/media-handling/autorun-never", "boolean", "user", "nothing is started from a medium"),
    Setting("banner_enabled", "org/gnome/login-screen/banner-message-enable", "boolean", "gdm", "the login screen shows a notice"),
    Setting("banner_text", "org/gnome/login-screen/banner-message-text", "string", "gdm", "that notice"),
    Setting("user_list_hidden", "org/gnome/login-screen/disable-user-list", "boolean", "gdm", "the login screen does not list accounts"),
    Setting(
        "logout_keys", _MEDIA_KEYS, "string", "user", "keys that end the session or the host (Ctrl-Alt-Del); empty is none", later=True
    ),
    Setting("smartcard_removal", _SMARTCARD, "string", "user", "what happens when a smartcard is taken out: none, lock-screen", later=True),
    Setting(
        "wifi_not_created", "org/gnome/nm-applet/disable-wifi-create", "boolean", "user", "people open no wireless network", later=True
    ),
    Setting(
        "restart_hidden", "org/gnome/login-screen/disable-restart-buttons", "boolean", "gdm", "nobody restarts before login", later=True
    ),
    Setting(
        "allowed_failures", "org/gnome/login-screen/allowed-failures", "integer", "gdm", "wrong passwords before it starts anew", later=True
    ),
)


def parse(frames: Frames) -> dict[str, Any]:
    """{"sessions": ["gnome"], "programs": ["gdm", "gnome"], "gnome": true, "settings": {"idle_seconds": {"value": 900, ...}}, ...}"""
    own, files = split_shown(frames.text(DESKTOP))
    programs = sorted({_PROGRAMS[name] for name in said(own, "program")})
    return {
        "programs": programs,
        "sessions": sorted({name.removesuffix(".desktop") for name in said(own, "session")}),
        "gnome": "gnome" in programs or "gdm" in programs,
        "stale": sorted({path.rsplit("/", 1)[-1].removesuffix(".d") for path in said(own, "stale")}),
        "settings": _settings(own, files),
        "gdm": _gdm(files),
        "x11": read_display(files),
        "login_screens": read_login_screens(files, xdm="xdm" in programs),
    }


def _settings(own: list[list[str]], files: Files) -> dict[str, Any] | Unknown:
    hidden = said(own, "hidden")
    if hidden:
        return Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo")
    try:
        seen = {profile: read_dconf(files, profile) for profile in ("user", "gdm")}
        asked = [setting for setting in SETTINGS if not setting.later or said(own, "asked")]
        unasked = dict.fromkeys(("value", "locked"), Unknown("desktop: the script did not ask for it; redeploy the collection script"))
        found = {setting.name: _setting(setting, *seen[setting.profile]) for setting in asked}
        return {setting.name: unasked for setting in SETTINGS} | found
    except ProbeError as error:
        return Unknown(str(error))


def read_dconf(files: Files, profile: str) -> tuple[dict[str, str], set[str]]:
    """Values by path and locked paths that a profile gives: the first database of it wins, in one the last file by name does."""
    values: dict[str, str] = {}
    locks: set[str] = set()
    for name in _databases(files, profile):
        folder = f"/etc/dconf/db/{name}.d"
        mine: dict[str, str] = {}
        for file in files.under(folder):
            mine |= {f"{section}/{key}": text for section, pairs in read_ini(file.lines).items() for key, text in pairs.items()}
        values = mine | values
        locks |= {line.strip() for file in files.under(f"{folder}/locks") for line in file.lines if line.startswith("/")}
    return _greeter(files, profile) | values, locks


def _databases(files: Files, profile: str) -> list[str]:
    for path in (f"/etc/dconf/profile/{profile}", f"/usr/share/dconf/profile/{profile}"):
        lines = files.lines(path) if path in files.by_path else None
        if lines is not None:
            return [line.strip().removeprefix("system-db:") for line in lines if line.strip().startswith("system-db:")]
    return ["gdm"] if profile == "gdm" else []  # without a profile GNOME asks the user's own database only


def _greeter(files: Files, profile: str) -> dict[str, str]:
    """Debian compiles this file into what its login screen reads."""
    lines = files.lines("/etc/gdm3/greeter.dconf-defaults") if profile == "gdm" else None
    return {f"{section}/{key}": text for section, pairs in read_ini(lines or ()).items() for key, text in pairs.items()}


def _setting(setting: Setting, values: Mapping[str, str], locks: set[str]) -> dict[str, Value | Unknown]:
    path = f"/{setting.path}"
    locked = any(path == lock or (lock.endswith("/") and path.startswith(lock)) for lock in locks)
    text = values.get(setting.path)
    return {"value": None if text is None else _value(text, setting), "locked": locked}


def _value(text: str, setting: Setting) -> Value | Unknown:
    """A value as GVariant writes it: uint32 900, true, 'text'."""
    number = re.fullmatch(r"(?:[a-z]+\d*\s+)?(\d{1,10})", text)
    if setting.kind == "integer" and number:
        return int(number[1])
    if setting.kind == "boolean" and text in ("true", "false"):
        return text == "true"
    quoted = re.fullmatch(r"(['\"])(.*)\1", "''" if text == "@as []" else re.sub(r"^\[(.*)\]$", r"\1", text))  # or a list of one
    if setting.kind == "string" and quoted:
        return re.sub(r"\\([\\'\"])", r"\1", quoted[2]).replace("\\n", "\n")
    return Unknown(f"dconf: {setting.path} has a value that is not of its type: {text[:40]!r}")


def _gdm(files: Files) -> dict[str, Any] | Unknown:
    try:
        shown: list[File] = [files.get(path) for path in display.GDM]
        there = [need_whole(file) for file in shown if file.state not in ("missing", "directory")]
    except ProbeError as error:
        return Unknown(str(error))
    sections = [read_ini(file.lines) for file in there]
    daemon = {key: text for ini in sections for key, text in ini.get("daemon", {}).items()}
    xdmcp = {key: text for ini in sections for key, text in ini.get("xdmcp", {}).items()}
    return {
        "automatic_login": daemon.get("AutomaticLoginEnable", "false").lower() in ("true", "1", "yes"),
        "timed_login": daemon.get("TimedLoginEnable", "false").lower() in ("true", "1", "yes"),
        "remote_login": xdmcp.get("Enable", "false").lower() in ("true", "1", "yes"),
    }


PROBES = (
    Probe(
        name="desktop",
        sources=(DESKTOP,),
        facts=(
            Fact("programs", "strings", "graphical programs that are installed: gdm, gnome, kde, lightdm, sddm, xdm, xfce, xorg, xwayland"),
            Fact("sessions", "strings", "kinds of graphical session that a login screen offers"),
            Fact("gnome", "boolean", "GNOME or its login screen is installed, so that the settings below count"),
            Fact("stale", "strings", "dconf databases older than the files that they are made of: `dconf update` was not run"),
            *(Fact(f"settings.{s.name}.value", s.kind, f"{s.meaning}; null where nothing sets it") for s in SETTINGS),  # type: ignore[arg-type]
            *(Fact(f"settings.{s.name}.locked", "boolean", "people cannot change it for themselves") for s in SETTINGS),
            Fact("gdm.automatic_login", "boolean", "GDM logs an account in without asking"),
            Fact("gdm.timed_login", "boolean", "GDM logs an account in after a while without asking"),
            Fact("gdm.remote_login", "boolean", "GDM lets other hosts log in (XDMCP)"),
            Fact("x11.listens", "strings", "files by which the X server takes connections over TCP"),
            Fact("x11.opened", "strings", "files that open every display to everybody (xhost +), those of people among them"),
            Fact("login_screens.remote", "strings", "files by which GDM, LightDM or xdm let other hosts log in (XDMCP)"),
            Fact("login_screens.automatic", "strings", "files by which LightDM or SDDM log an account in without asking"),
        ),
        parse=parse,
    ),
)
