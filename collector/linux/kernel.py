"""The kernel: what runs, what it was started with, what is installed for the next start, and how it guards itself."""

import re
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.linux.shown import numbers, said
from collector.probe import Frames, Probe, Source

# Words of the command line that may carry a secret keep their names only.
KERNEL = Source(
    "kernel",
    r"""
echo "release $(uname -r)"
echo "build $(uname -v)"
if [ -r /proc/cmdline ]; then
  awk '{ for (i = 1; i <= NF; i++) {
           name = tolower($i); sub(/=.*/, "", name)
           if (name ~ /pass|secret|token|cred|psk|key$|setenv|netroot/) sub(/=.*/, "=(hidden)", $i)
           print "word " $i } exit }' /proc/cmdline
else echo 'unreadable cmdline'; fi
for d in /lib/modules/*; do
  if [ -e "$d/modules.dep" ] || [ -d "$d/kernel" ]; then echo "installed ${d##*/}"; fi
done
for f in /boot/vmlinuz-* /boot/vmlinux-* /boot/Image-*; do
  if [ -e "$f" ]; then f=${f##*/}; echo "installed ${f#*-}"; fi
done
if [ -d /boot ] && [ ! -r /boot ]; then echo 'unreadable boot'; fi
if [ -r /sys/kernel/security/lockdown ]; then read -r state </sys/kernel/security/lockdown; echo "lockdown $state"
elif [ -d /sys/kernel/security ]; then
  set -- /sys/kernel/security/*
  if [ ! -e "$1" ] || [ -e /sys/kernel/security/lockdown ]; then echo 'unreadable lockdown'; fi
fi
ima=/sys/kernel/security/ima
if [ -r $ima/runtime_measurements_count ]; then read -r count <$ima/runtime_measurements_count; echo "ima $count"
elif [ -L $ima ] || [ -d $ima ]; then echo 'unreadable ima'
elif [ -e /sys/kernel/security/lsm ]; then echo 'ima none'
else echo 'unreadable ima'; fi
[ -d /sys/kernel ] || echo 'unreadable sys'
boot=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
if [ -r "$boot" ]; then echo "secureboot" $(od -An -tu1 "$boot")
elif [ -d /sys/firmware/efi ]; then echo 'unreadable secureboot'; fi
""",
)
_SECURE_BOOT_BYTES = 5  # four of attributes, one of state


def parse(frames: Frames) -> dict[str, Any]:
    """{"release": "6.1.0-28-amd64", "newest_installed": "6.1.0-28-amd64", "running_is_newest": True, "lockdown": "integrity", ...}"""
    own = [line.split(" ", 1) for line in frames.text(KERNEL).splitlines()]
    unreadable = said(own, "unreadable")
    release = said(own, "release")[0]
    installed = _installed(said(own, "installed"))
    return {
        "release": release,
        "build": said(own, "build")[0],
        "parameters": Unknown("kernel: /proc/cmdline cannot be read") if "cmdline" in unreadable else said(own, "word"),
        "installed": Unknown("kernel: /boot cannot be read; collect as root") if "boot" in unreadable and not installed else installed,
        "newest_installed": installed[-1] if installed else None,
        "running_is_newest": _is_newest(release, installed),
        "lockdown": _lockdown(said(own, "lockdown"), unreadable),
        "secure_boot": _secure_boot(said(own, "secureboot"), unreadable),
        "ima_measurements": _measurements(said(own, "ima")),
    }


def _installed(names: list[str]) -> list[str]:
    real = {name for name in names if re.match(r"\d", name) and not name.startswith("0-rescue")}
    return sorted(real, key=lambda name: (numbers(name), name))


def _is_newest(release: str, installed: list[str]) -> Value | Unknown:
    if not installed:
        return Unknown("kernel: no kernel is installed here, as in a container, so the running one cannot be compared")
    return numbers(release) >= numbers(installed[-1])


def _lockdown(found: list[str], unreadable: list[str]) -> Value | Unknown:
    if "lockdown" in unreadable or "sys" in unreadable:
        return Unknown("kernel: /sys/kernel/security/lockdown cannot be read; collect as root")
    chosen = re.search(r"\[(\w+)\]", found[0]) if found else None
    return chosen[1] if chosen else None


def _secure_boot(found: list[str], unreadable: list[str]) -> Value | Unknown:
    if "secureboot" in unreadable or "sys" in unreadable:
        return Unknown("kernel: the firmware's SecureBoot variable cannot be read; collect as root on the machine itself")
    if not found:
        return False
    state = found[0].split()
    if len(state) != _SECURE_BOOT_BYTES:
        return Unknown(f"kernel: the firmware's SecureBoot variable has {len(state)} bytes, not {_SECURE_BOOT_BYTES}")
    return state[-1] == "1"


def _measurements(found: list[str]) -> Value | Unknown:
    if found == ["none"]:
        return None
    if not found or not found[0].isdecimal():
        return Unknown("kernel: /sys/kernel/security/ima cannot be read; collect as root")
    return int(found[0])


PROBES = (
    Probe(
        name="kernel",
        sources=(KERNEL,),
        facts=(
            Fact("release", "string", "release of the running kernel (uname -r)"),
            Fact("build", "string", "build of the running kernel (uname -v)"),
            Fact("parameters", "strings", "words of the running kernel's command line; values that may be secret are hidden"),
            Fact("installed", "strings", "releases under /lib/modules and /boot, oldest first"),
            Fact("newest_installed", "string", "the newest of the installed releases"),
            Fact("running_is_newest", "boolean", "no installed release is newer than the running one"),
            Fact(
                "lockdown",
                "string",
                "kernel lockdown in force; not set where the kernel has none",
                ("none", "integrity", "confidentiality"),
            ),
            Fact("secure_boot", "boolean", "the firmware verified what it started; false also where it is no UEFI firmware"),
            Fact(
                "ima_measurements",
                "integer",
                "files that IMA has measured; 1 is the start alone, so that no policy measures; not set where the kernel has no IMA",
            ),
        ),
        parse=parse,
    ),
)
