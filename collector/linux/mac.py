"""Mandatory access control: SELinux and AppArmor, as they are now and as they will be after a restart."""

import re
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.linux import units
from collector.linux.shown import split_shown
from collector.probe import Frames, Probe, ProbeError, Source

NOW = Source(
    "mac.now",
    """
for file in /sys/fs/selinux/enforce /sys/module/apparmor/parameters/enabled /sys/kernel/security/lsm; do
  if [ -r "$file" ]; then printf '%s ' "$file"; cat "$file"; echo; fi
done
file=/sys/kernel/security/apparmor/profiles
if [ -r "$file" ]; then awk '{ print "profile " $NF }' "$file" | sort | uniq -c
elif [ -e "$file" ]; then echo 'hidden profiles'
fi
if [ -d /sys/kernel ]; then echo seen; fi
""",
)
CONFIG = Source(
    "mac.config",
    """
if [ -r /proc/cmdline ]; then
  awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^(selinux|enforcing|apparmor|security|lsm)=/) print $i }' /proc/cmdline
fi
show /etc/selinux/config /etc/apparmor.d
""",
)
MODES = ("enforcing", "permissive", "disabled")


def parse_now(frames: Frames) -> dict[str, Any]:
    """{"selinux": "enforcing", "apparmor": false, "apparmor_enforced": 0, "apparmor_complaining": 0, "active": ["selinux"]}"""
    text = frames.text(NOW)
    if "seen" not in text.split():
        raise ProbeError("mac.now: /sys is not there, so the kernel's security modules were not seen")
    enforce = re.search(r"(?m)^/sys/fs/selinux/enforce (\d)", text)
    enabled = re.search(r"(?m)^/sys/module/apparmor/parameters/enabled (\w)", text)
    apparmor = bool(enabled) and enabled[1] == "Y"  # type: ignore[index]
    counts = {mode: int(number) for number, mode in re.findall(r"(?m)^\s*(\d+) profile \((\w+)\)", text)}
    hidden = Unknown("/sys/kernel/security/apparmor/profiles: permission denied; collect as root or with sudo")
    cannot = apparmor and "profile" not in text.replace("profiles", "profile").split() and not counts
    modules = re.search(r"(?m)^/sys/kernel/security/lsm (\S+)", text)
    return {
        "selinux": "disabled" if not enforce else MODES[0] if enforce[1] == "1" else MODES[1],
        "apparmor": apparmor,
        "apparmor_enforced": hidden if cannot or "hidden profiles" in text else counts.get("enforce", 0),
        "apparmor_complaining": hidden if cannot or "hidden profiles" in text else counts.get("complain", 0),
        "modules": modules[1].split(",") if modules else None,
    }


def parse_config(frames: Frames) -> dict[str, Any]:
    """{"selinux": "enforcing", "selinux_type": "targeted", "apparmor": true, "apparmor_enabled": true}"""
    own, files = split_shown(frames.text(CONFIG))
    words = [line[0] for line in own]
    lines = files.lines("/etc/selinux/config")
    kernel = dict(word.split("=", 1) for word in words)
    settings = _selinux(lines or ())
    off = kernel.get("selinux") == "0"
    return {
        "selinux": None if lines is None else "disabled" if off else _mode(settings.get("SELINUX"), kernel.get("enforcing")),
        "selinux_type": settings.get("SELINUXTYPE"),
        "apparmor_installed": files.get("/etc/apparmor.d").state == "directory",
        "apparmor_service": units.starts(frames, "apparmor.service"),
        "kernel_turns_off": sorted(word for word in words if word in ("selinux=0", "enforcing=0", "apparmor=0")),
    }


def _selinux(lines: tuple[str, ...]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for line in lines:
        setting = re.match(r"(SELINUX|SELINUXTYPE)=(\S+)\s*$", line)
        if setting:
            found[setting[1]] = setting[2].lower() if setting[1] == "SELINUX" else setting[2]
    return found


def _mode(written: Value, enforcing: str | None) -> Value:
    if written in ("enforcing", "permissive") and enforcing in ("0", "1"):
        return MODES[0] if enforcing == "1" else MODES[1]
    return written


PROBES = (
    Probe(
        name="mac.now",
        sources=(NOW,),
        facts=(
            Fact("selinux", "string", "SELinux in the kernel", MODES),
            Fact("apparmor", "boolean", "AppArmor is on in the kernel"),
            Fact("apparmor_enforced", "integer", "AppArmor profiles in enforce mode"),
            Fact("apparmor_complaining", "integer", "AppArmor profiles that only complain"),
            Fact("modules", "strings", "security modules of the kernel"),
        ),
        parse=parse_now,
    ),
    Probe(
        name="mac.after_restart",
        sources=(CONFIG, units.ENABLED),
        facts=(
            Fact("selinux", "string", "SELINUX of /etc/selinux/config with the kernel's parameters, null without the file"),
            Fact("selinux_type", "string", "SELINUXTYPE"),
            Fact("apparmor_installed", "boolean", "there is an /etc/apparmor.d"),
            Fact("apparmor_service", "boolean", "profiles are loaded at boot"),
            Fact("kernel_turns_off", "strings", "parameters of the kernel that turn a module off"),
        ),
        parse=parse_config,
    ),
)
