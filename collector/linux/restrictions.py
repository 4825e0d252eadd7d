"""What may be plugged in and what may run: USBGuard and fapolicyd."""

import re
from typing import Any

from collector.facts import Fact, Unknown
from collector.linux import units
from collector.linux.shown import said
from collector.probe import Frames, Probe, ProbeError, Source

# Of USBGuard's rules only their number leaves the host: they hold the serial numbers of devices.
RESTRICTIONS = Source(
    "restrictions",
    r"""
for program in usbguard usbguard-daemon fapolicyd; do if have $program; then echo "program $program"; fi; done
all=''
for file in /etc/usbguard/usbguard-daemon.conf /etc/usbguard/rules.conf /etc/usbguard/rules.d/*.conf \
  /etc/fapolicyd/fapolicyd.conf /etc/fapolicyd/compiled.rules /etc/fapolicyd/fapolicyd.rules /etc/fapolicyd/rules.d/*.rules; do
  case $file in *"$nl"*) continue ;; esac
  if [ -f "$file" ] && [ -r "$file" ]; then all="$all$nl$file"
  elif [ -f "$file" ] || out_of_sight "$file" || unlisted "$file"; then echo "hidden $file"
  fi
done
IFS=$nl; set -f
[ -z "$all" ] || awk '
  { sub(/\r$/, "") }
  /^[ \t]*(#|$)/ { next }
  FILENAME ~ /usbguard-daemon.conf$/ {
    if ($0 ~ /^(ImplicitPolicyTarget|PresentDevicePolicy|InsertedDevicePolicy)=/) print "usb " $0
    next
  }
  FILENAME ~ /\/usbguard\// {
    if (!rules[FILENAME "|" $1]++) order[++n] = FILENAME "|" $1
    if ($1 == "allow" && NF == 1) print "usb_all " FILENAME
    next
  }
  FILENAME ~ /fapolicyd.conf$/ { gsub(/[ \t]/, ""); if ($0 ~ /^(permissive|integrity|trust)=/) print "fap " $0; next }
  /^[ \t]*%/ { next }
  { if (!lines[FILENAME]++) files[++m] = FILENAME }
  /perm=(any|execute)[ \t]+all[ \t]*:[ \t]*all[ \t]*$/ && !(FILENAME in rest) { rest[FILENAME] = $1 }
  END {
    for (i = 1; i <= n; i++) print "usb_rules " rules[order[i]] " " order[i]
    for (i = 1; i <= m; i++) print "fap_rules " lines[files[i]] " " files[i] "|" rest[files[i]]
  }' $all
""",
)


def _own(frames: Frames, folder: str) -> list[list[str]]:
    """The source's lines; raises ProbeError when a file of this folder could not be read."""
    own = [line.split(" ", 1) for line in frames.text(RESTRICTIONS).splitlines() if line]
    hidden = [path for path in said(own, "hidden") if path.startswith(folder)]
    if hidden:
        raise ProbeError(f"{hidden[0]}: permission denied; collect as root or with sudo")
    return own


def _settings(lines: list[str]) -> dict[str, str]:
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def parse_usbguard(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "enabled": true, "running": true, "rules": 4, "allows_everything": false, "rest": "block", ...}"""
    whole = [line.split(" ", 1) for line in frames.text(RESTRICTIONS).splitlines() if line]
    about = {
        "installed": bool({"usbguard", "usbguard-daemon"} & set(said(whole, "program"))),
        "enabled": units.starts(frames, "usbguard.service"),
        "running": units.runs(frames, "usbguard.service"),
    }
    try:
        own = _own(frames, "/etc/usbguard/")
    except ProbeError as error:
        return about | dict.fromkeys(("rules", "allow_rules", "allows_everything", "rest", "present", "inserted"), Unknown(str(error)))
    settings = _settings(said(own, "usb"))
    counted = [(int(number), word) for number, _, word in (re.split(r" |\|", line) for line in said(own, "usb_rules"))]
    return about | {
        "rules": sum(number for number, _ in counted),
        "allow_rules": sum(number for number, word in counted if word == "allow"),
        "allows_everything": bool(said(own, "usb_all")),
        "rest": settings.get("ImplicitPolicyTarget", "block"),
        "present": settings.get("PresentDevicePolicy", "apply-policy"),
        "inserted": settings.get("InsertedDevicePolicy", "apply-policy"),
    }


def parse_fapolicyd(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "enabled": true, "running": true, "permissive": false, "integrity": "sha256", "denies_rest": true}"""
    whole = [line.split(" ", 1) for line in frames.text(RESTRICTIONS).splitlines() if line]
    about = {
        "installed": "fapolicyd" in said(whole, "program"),
        "enabled": units.starts(frames, "fapolicyd.service"),
        "running": units.runs(frames, "fapolicyd.service"),
    }
    try:
        own = _own(frames, "/etc/fapolicyd/")
    except ProbeError as error:
        return about | dict.fromkeys(("permissive", "integrity", "rules", "denies_rest"), Unknown(str(error)))
    settings = _settings(said(own, "fap"))
    number, rest = _rules(said(own, "fap_rules"))
    return about | {
        "permissive": settings.get("permissive", "0") == "1" if about["installed"] else None,
        "integrity": settings.get("integrity", "none") if about["installed"] else None,
        "rules": number,
        "denies_rest": rest.startswith("deny"),
    }


def _rules(lines: list[str]) -> tuple[int, str]:
    """How many rules fapolicyd reads, and the decision of the first that is about every program.

    Of the compiled file, else the old one, else the written ones in their order.
    """
    found: dict[str, tuple[int, str]] = {}
    for line in lines:
        number, _, rest = line.partition(" ")
        path, _, decision = rest.partition("|")
        found[path] = (int(number), decision)
    for path in ("/etc/fapolicyd/compiled.rules", "/etc/fapolicyd/fapolicyd.rules"):
        if path in found:
            return found[path]
    written = [found[path] for path in sorted(found)]
    return sum(number for number, _ in written), next((decision for _, decision in written if decision), "")


_STATE = (
    Fact("installed", "boolean", "it is installed"),
    Fact("enabled", "boolean", "it starts with the host"),
    Fact("running", "boolean", "it runs now"),
)
PROBES = (
    Probe(
        name="fapolicyd",
        sources=(RESTRICTIONS, units.ENABLED, units.RUNNING),
        facts=(
            *_STATE,
            Fact("permissive", "boolean", "it only tells what it would forbid; null where it is not installed"),
            Fact("integrity", "string", "how trusted programs are recognized: none, size, sha256, ima; null where it is not installed"),
            Fact("rules", "integer", "rules that it reads"),
            Fact(
                "denies_rest",
                "boolean",
                "the first rule that is about every program forbids to run it, so that only what a rule before it names may run",
            ),
        ),
        parse=parse_fapolicyd,
    ),
    Probe(
        name="usbguard",
        sources=(RESTRICTIONS, units.ENABLED, units.RUNNING),
        facts=(
            *_STATE,
            Fact("rules", "integer", "rules that it has"),
            Fact("allow_rules", "integer", "those that let a device in"),
            Fact("allows_everything", "boolean", "one of them lets every device in"),
            Fact("rest", "string", "what becomes of a device that no rule names: allow, block or reject"),
            Fact("present", "string", "what becomes of devices that were there before it started"),
            Fact("inserted", "string", "what becomes of devices that are plugged in"),
        ),
        parse=parse_usbguard,
    ),
)
