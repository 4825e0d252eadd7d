"""What the machine is made of, for the inventory: maker, model, firmware, processors, memory and disks."""

from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, read_object
from collector.windows.codes import boolean

HARDWARE = Source(
    "hardware",
    r"""
$machine = Get-CimInstance -ClassName Win32_ComputerSystem
$firmware = Get-CimInstance -ClassName Win32_BIOS
$disks = @(foreach ($one in @(Get-CimInstance -ClassName Win32_DiskDrive)) {
  @{ number = [int]$one.Index; model = $one.Model; bytes = $one.Size; usb = ([string]$one.InterfaceType -eq 'USB') }
})
Format-Json @{
  maker = $machine.Manufacturer
  model = $machine.Model
  kind = $machine.PCSystemType
  firmware = @($firmware.Manufacturer, $firmware.SMBIOSBIOSVersion, $firmware.ReleaseDate)
  serial = $firmware.SerialNumber
  processors = $machine.NumberOfLogicalProcessors
  memory = $machine.TotalPhysicalMemory
  processor = [string]@(Get-CimInstance -ClassName Win32_Processor)[0].Name
  disks = @($disks | Sort-Object { $_.number })
}
""",
    seconds=30,
)
_MIB = 2**20
_UNSPECIFIED, _MOBILE = 0, 2  # PCSystemType
# What makers leave in the place of a serial number; it is none.
_PLACEHOLDERS = {"to be filled by o.e.m.", "default string", "system serial number", "none", "0", "not specified", "invalid"}


def parse(frames: Frames) -> dict[str, Any]:
    """{"maker": "LENOVO", "portable": True, "cpus": 16, "memory_mib": 16104, "disks": {"disk0": {"model": "...", "mib": 488386}}, ...}"""
    answer = read_object(frames, HARDWARE)
    serial, kind = _text(answer, "serial"), member(answer, "kind")
    return {
        "maker": _text(answer, "maker"),
        "model": _text(answer, "model"),
        "serial": None if isinstance(serial, str) and serial.lower() in _PLACEHOLDERS else serial,
        "firmware": _firmware(member(answer, "firmware")),
        "portable": kind if isinstance(kind, Unknown) else None if kind in (None, _UNSPECIFIED) else kind == _MOBILE,
        "cpu": _text(answer, "processor"),
        "cpus": member(answer, "processors"),
        "memory_mib": _mib(member(answer, "memory")),
        "disks": _disks(member(answer, "disks")),
    }


def _text(answer: Answer, name: str) -> str | Unknown | None:
    """A text without the blanks that makers put around it; null for nothing but blanks."""
    found = member(answer, name)
    return " ".join(found.split()) or None if isinstance(found, str) else found


def _firmware(found: Value | Unknown) -> str | Unknown | None:
    if found is None or isinstance(found, Unknown):
        return found
    if not isinstance(found, list):
        raise ProbeError("hardware: the host's firmware is no list of its maker, version and date")
    return " ".join(" ".join(str(one).split()).removesuffix("T00:00:00Z") for one in found if one) or None


def _mib(found: Value | Unknown) -> Value | Unknown:
    return found // _MIB if isinstance(found, int) and not isinstance(found, bool) else found


def _disks(found: Value | Unknown) -> Mapping[str, Any] | Unknown:
    if isinstance(found, Unknown):
        return found
    if not isinstance(found, list) or not all(isinstance(one, dict) and isinstance(one.get("number"), int) for one in found):
        raise ProbeError("hardware: the host's disks are no list of numbered disks")
    return {
        f"disk{one['number']}": {"model": _text(one, "model"), "mib": _mib(member(one, "bytes")), "removable": boolean(one, "usb")}
        for one in found
    }


PROBES = (
    Probe(
        name="hardware",
        sources=(HARDWARE,),
        facts=(
            Fact("maker", "string", "who made the host, as its firmware says"),
            Fact("model", "string", "its model"),
            Fact("serial", "string", "its serial number; null where the maker left it out"),
            Fact("firmware", "string", "maker, version and date of its firmware"),
            Fact("portable", "boolean", "it is a laptop, tablet or the like; null where the firmware does not say"),
            Fact("cpu", "string", "its processor"),
            Fact("cpus", "integer", "how many processors Windows sees, each thread counted"),
            Fact("memory_mib", "integer", "memory in MiB"),
            Fact("disks.*.model", "string", "model of a disk"),
            Fact("disks.*.mib", "integer", "its size in MiB; null for a reader without a card"),
            Fact("disks.*.removable", "boolean", "it hangs on USB"),
        ),
        parse=parse,
    ),
)
