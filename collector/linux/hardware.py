"""What the host is made of, for the inventory: maker, model, firmware, processor, memory, disks, network interfaces."""

from typing import Any

from collector.facts import Fact, Unknown
from collector.linux.shown import addressable, said
from collector.probe import Frames, Probe, ProbeError, Source

HARDWARE = Source(
    "hardware",
    r"""
for key in sys_vendor product_name chassis_type bios_vendor bios_version bios_date; do
  file=/sys/class/dmi/id/$key
  if [ -r "$file" ]; then read -r text <"$file" || [ -n "$text" ] || text=''; echo "dmi $key $text"
  fi
done
awk -F'[ \t]*:[ \t]*' 'FILENAME ~ /cpuinfo$/ && $1 == "processor" { n++ }
  FILENAME ~ /cpuinfo$/ && ($1 == "model name" || $1 == "Model") && !m { m = $2 }
  FILENAME ~ /meminfo$/ && $1 == "MemTotal" { split($2, k, " "); print "memory " k[1] }
  END { print "cpus " n + 0; print "cpu " m }' /proc/cpuinfo /proc/meminfo
for path in /sys/block/*; do
  case ${path##*/} in loop* | ram* | dm-* | md* | zram* | sr* | fd* | nbd*) continue ;; esac
  [ -r "$path/size" ] || continue
  read -r size <"$path/size"; read -r removable <"$path/removable"; model=''
  if [ -r "$path/device/model" ]; then read -r model <"$path/device/model"; fi
  echo "disk ${path##*/} $removable $size $model"
done
for path in /sys/class/net/*; do
  if [ -e "$path/device" ] && [ -r "$path/address" ]; then read -r address <"$path/address"; echo "net ${path##*/} $address"; fi
done
if [ -e /sys/class/tpm/tpm0 ]; then echo 'tpm yes'; fi
if [ ! -d /sys/class/net ]; then echo unseen; fi
for path in /sys/class/net/*; do
  if [ -e "$path/wireless" ] || [ -e "$path/phy80211" ]; then echo "wifi ${path##*/}"; fi
done
for path in /sys/class/bluetooth/hci*; do
  case $path in *:*) ;; *) if [ -e "$path" ]; then echo "bluetooth ${path##*/}"; fi ;; esac
done
for path in /sys/class/rfkill/rfkill*; do
  [ -r "$path/type" ] || continue
  read -r type <"$path/type"; read -r name <"$path/name"; read -r soft <"$path/soft"; read -r hard <"$path/hard"
  echo "radio $type $soft $hard $name"
done
for path in /sys/class/video4linux/video*; do
  [ -r "$path/name" ] || continue
  read -r name <"$path/name"
  echo "camera ${path##*/} $name"
done
""",
)
NO_SYS = "hardware: /sys/class/net is not there, so devices were not seen"
PORTABLE = ("8", "9", "10", "11", "14", "30", "31", "32")  # SMBIOS 7.4.1: portable, laptop, notebook, hand held, tablet, convertible ...
_SECTOR = 512
_NOT_FILLED = ("", "To Be Filled By O.E.M.", "Default string", "Not Specified", "System Product Name", "None", "0")


def parse(frames: Frames) -> dict[str, Any]:
    """{"maker": "Dell Inc.", "model": "Latitude 7440", "portable": true, "cpus": 8, "memory_mib": 15872, "disks": {...}, ...}"""
    own = read_own(frames)
    unseen = ["unseen"] in own
    dmi = {key: text.strip() for key, _, text in (line.partition(" ") for line in said(own, "dmi"))}
    known = {key: text for key, text in dmi.items() if text not in _NOT_FILLED}
    memory = [line for line in said(own, "memory") if line.isdecimal()]
    return {
        "maker": known.get("sys_vendor"),
        "model": known.get("product_name"),
        "firmware": " ".join(known[k] for k in ("bios_vendor", "bios_version", "bios_date") if k in known) or None,
        "portable": dmi["chassis_type"] in PORTABLE if "chassis_type" in dmi else None,
        "cpu": next((text for text in said(own, "cpu") if text), None),
        "cpus": next((int(text) for text in said(own, "cpus") if int(text)), Unknown("/proc/cpuinfo could not be read")),
        "memory_mib": int(memory[0]) // 1024 if memory else Unknown("/proc/meminfo could not be read"),
    } | (dict.fromkeys(("disks", "interfaces", "tpm"), Unknown(NO_SYS)) if unseen else _devices(own))


def read_own(frames: Frames) -> list[list[str]]:
    """The lines of the source as (word, rest)."""
    return [line.split(" ", 1) for line in frames.text(HARDWARE).splitlines() if line]


def need_sys(frames: Frames) -> list[list[str]]:
    """The same; raises ProbeError where the kernel's view of devices is not there."""
    own = read_own(frames)
    if ["unseen"] in own:
        raise ProbeError(NO_SYS)
    return own


def _devices(own: list[list[str]]) -> dict[str, Any]:
    return {
        "disks": _disks(said(own, "disk")),
        "interfaces": {name: {"address": a} for name, _, a in (line.partition(" ") for line in said(own, "net")) if addressable(name)},
        "tpm": said(own, "tpm") == ["yes"],
    }


def _disks(lines: list[str]) -> dict[str, dict[str, Any]]:
    rows = (line.split(" ", 3) for line in lines)
    return {
        name: {"model": model.strip() or None, "mib": int(size) * _SECTOR // 2**20, "removable": removable == "1"}
        for name, removable, size, model in rows
        if int(size) and addressable(name)
    }


PROBES = (
    Probe(
        name="hardware",
        sources=(HARDWARE,),
        facts=(
            Fact("maker", "string", "who made the host, as its firmware says; null where it says nothing"),
            Fact("model", "string", "its model"),
            Fact("firmware", "string", "maker, version and date of its firmware"),
            Fact("portable", "boolean", "it is a laptop, tablet or the like; null where the firmware does not say"),
            Fact("cpu", "string", "its processor"),
            Fact("cpus", "integer", "how many processors the system sees"),
            Fact("memory_mib", "integer", "memory in MiB"),
            Fact("disks.*.model", "string", "model of a disk"),
            Fact("disks.*.mib", "integer", "its size in MiB"),
            Fact("disks.*.removable", "boolean", "its medium can be taken out"),
            Fact("interfaces.*.address", "string", "hardware address of a network interface"),
            Fact("tpm", "boolean", "the kernel has found a TPM"),
        ),
        parse=parse,
    ),
)
