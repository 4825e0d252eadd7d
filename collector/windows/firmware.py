"""What the machine itself brings: firmware, Secure Boot and the Trusted Platform Module."""

import re
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_objects
from collector.windows.codes import boolean
from collector.windows.machine_values import CONTROL, machine_values, read_values

_TYPE, _STATE = rf"{CONTROL}|PEFirmwareType", rf"{CONTROL}\SecureBoot\State|UEFISecureBootEnabled"
FIRMWARE = machine_values("firmware", [_TYPE, _STATE])
TPM = Source(
    "tpm",
    r"""
$found = @(foreach ($tpm in @(Get-Instances 'root/cimv2/Security/MicrosoftTpm' 'Win32_Tpm')) {
  @{
    enabled = $tpm.IsEnabled_InitialValue
    activated = $tpm.IsActivated_InitialValue
    owned = $tpm.IsOwned_InitialValue
    specification = $tpm.SpecVersion
    manufacturer = $tpm.ManufacturerIdTxt
    version = $tpm.ManufacturerVersion
  }
})
Format-Json $found
""",
    seconds=30,
)
FIRMWARES = {1: "bios", 2: "uefi"}


def parse_secure_boot(frames: Frames) -> dict[str, Any]:
    """{"firmware": "uefi", "enabled": True}"""
    values = read_values(frames, FIRMWARE)
    firmware, enabled = values.word(_TYPE, FIRMWARES), values.flag(_STATE)
    if enabled is None:
        silent = Unknown("Windows started from UEFI and does not say whether Secure Boot was on; ask Confirm-SecureBootUEFI on the host")
        enabled = False if firmware == "bios" else silent
    return {"firmware": firmware, "enabled": enabled}


def parse_tpm(frames: Frames) -> dict[str, Any]:
    """{"present": True, "enabled": True, "activated": True, "owned": True, "version": "2.0", ...}"""
    if frames.absent(TPM):
        raise ProbeError("tpm: this Windows has no class for the TPM, so whether the machine has one cannot be told")
    found = read_objects(frames, TPM)
    if len(found) > 1:
        raise ProbeError(f"tpm: the host speaks of {len(found)} TPMs")
    return {"present": False, "ready": False} if not found else _tpm(found[0])


def _tpm(answer: Answer) -> dict[str, Any]:
    states = {name: _state(answer, name) for name in ("enabled", "activated", "owned")}
    unknown = next((state for state in states.values() if isinstance(state, Unknown)), None)
    specification = str(answer.get("specification") or "").split(",")[0].strip()
    return {
        "present": True,
        **states,
        "ready": unknown or all(states.values()),
        "version": specification if re.fullmatch(r"\d\.\d", specification) else None,
        "manufacturer": str(answer.get("manufacturer") or "").strip("\0 ") or None,
        "firmware_version": answer.get("version"),
    }


def _state(answer: Answer, name: str) -> bool | Unknown:
    found = boolean(answer, name)
    return Unknown(f"tpm: Windows does not tell whether the TPM is {name}; ask Get-Tpm on the host") if found is None else found


PROBES = (
    Probe(
        name="secure_boot",
        sources=(FIRMWARE,),
        facts=(
            Fact("enabled", "boolean", "the firmware let only signed boot loaders start this Windows"),
            Fact("firmware", "string", "what Windows was started by", tuple(FIRMWARES.values())),
        ),
        parse=parse_secure_boot,
    ),
    Probe(
        name="tpm",
        sources=(TPM,),
        facts=(
            Fact("present", "boolean", "Windows sees a TPM; one that the firmware hides counts as none"),
            Fact("enabled", "boolean", "it was enabled when Windows started"),
            Fact("activated", "boolean", "it was activated when Windows started"),
            Fact("owned", "boolean", "it had an owner when Windows started"),
            Fact("ready", "boolean", "it is there, enabled, activated and owned"),
            Fact("version", "string", "version of its specification, as in 2.0"),
            Fact("manufacturer", "string", "its maker's letters, as in INTC"),
            Fact("firmware_version", "string", "version of its own firmware"),
        ),
        parse=parse_tpm,
    ),
)
