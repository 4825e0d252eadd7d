"""BitLocker: whether each volume is encrypted and protected, how, and by which kinds of key protectors; never a key itself."""

from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_object
from collector.windows.codes import boolean, spell, word
from collector.windows.machine_values import POLICIES, machine_values, read_values

# Windows answers a volume that is locked or has no BitLocker with an error number in place of its state: null here.
# Where BitLocker is not installed, as on most servers, it encrypts nothing: then the volumes are told as what they are, open.
VOLUMES = Source(
    "bitlocker.volumes",
    r"""
function Ask($Volume, [string]$Method, $With, [string]$Member) {
  $said = Invoke-CimMethod -InputObject $Volume -MethodName $Method -Arguments $With
  if ($said.ReturnValue -eq 0) { return , $said.$Member }
}
# What Win32_Volume calls the volume of the running system, a fixed and a removable one.
function Get-Kind($Volume) {
  if ($Volume.BootVolume) { return 0 }
  if ([int]$Volume.DriveType -eq 3) { return 1 }
  if ([int]$Volume.DriveType -eq 2) { return 2 }
}
$plain = @{}
foreach ($one in @(Get-CimInstance -ClassName Win32_Volume)) { $plain[[string]$one.DeviceID] = $one }
$installed = $true
$encryptable = @()
try { $encryptable = @(Get-Instances 'root/cimv2/Security/MicrosoftVolumeEncryption' 'Win32_EncryptableVolume') } catch {
  if (-not $_.Exception.Message.StartsWith('closeout-absent: ')) { throw }
  $installed = $false
}
$volumes = @(foreach ($volume in $encryptable) {
  $one = $plain[[string]$volume.DeviceID]
  $protectors = Ask $volume 'GetKeyProtectors' @{ KeyProtectorType = [uint32]0 } 'VolumeKeyProtectorID'
  $kinds = @(foreach ($id in $protectors) { Ask $volume 'GetKeyProtectorType' @{ VolumeKeyProtectorID = [string]$id } 'KeyProtectorType' })
  @{
    device = $volume.DeviceID
    letter = $volume.DriveLetter
    path = $one.Name
    kind = if ($null -eq $volume.VolumeType) { Get-Kind $one } else { $volume.VolumeType }
    protection = Ask $volume 'GetProtectionStatus' @{} 'ProtectionStatus'
    conversion = Ask $volume 'GetConversionStatus' @{} 'ConversionStatus'
    method = Ask $volume 'GetEncryptionMethod' @{} 'EncryptionMethod'
    lock = Ask $volume 'GetLockStatus' @{} 'LockStatus'
    protectors = @($kinds | Sort-Object)
  }
})
if (-not $installed) {
  $volumes = @(foreach ($one in $plain.Values) {
    $kind = Get-Kind $one
    if ($null -ne $kind) {
      @{
        device = $one.DeviceID
        letter = $one.DriveLetter
        path = $one.Name
        kind = $kind
        protection = 0
        conversion = 0
        method = 0
        lock = 0
        protectors = @()
      }
    }
  })
}
Format-Json @{ installed = $installed; volumes = @($volumes | Sort-Object { $_.device }) }
""",
    seconds=30,
)
_SYSTEM_POLICY = r"SYSTEM\CurrentControlSet\Policies\Microsoft\FVE"
_NUMBERS = {
    "os_method": (
        rf"{POLICIES}\FVE|EncryptionMethodWithXtsOs",
        "method of system drives: 3 AES-CBC-128, 4 AES-CBC-256, 6 XTS-AES-128, 7 XTS-AES-256",
    ),
    "fixed_method": (rf"{POLICIES}\FVE|EncryptionMethodWithXtsFdv", "method of fixed drives, as for system drives"),
    "removable_method": (
        rf"{POLICIES}\FVE|EncryptionMethodWithXtsRdv",
        "method of removable drives, as for system drives",
    ),
    "startup_authentication": (rf"{POLICIES}\FVE|UseAdvancedStartup", "1: more authentication at startup may be demanded"),
    "tpm_pin": (rf"{POLICIES}\FVE|UseTPMPIN", "startup PIN with TPM: 1 required, 2 allowed, 0 not allowed"),
    "minimum_pin": (rf"{POLICIES}\FVE|MinimumPIN", "fewest digits of a startup PIN"),
    "os_backup_required": (
        rf"{POLICIES}\FVE|OSRequireActiveDirectoryBackup",
        "1: encryption waits until the recovery key is in the directory",
    ),
}
_FLAGS = {
    "deny_unencrypted_fixed": (rf"{_SYSTEM_POLICY}|FDVDenyWriteAccess", "fixed drives without BitLocker cannot be written to"),
    "deny_unencrypted_removable": (rf"{_SYSTEM_POLICY}|RDVDenyWriteAccess", "removable drives without BitLocker cannot be written to"),
}
POLICY = machine_values("bitlocker.policy", [value for value, _ in (_NUMBERS | _FLAGS).values()])

KINDS = {0: "os", 1: "fixed", 2: "removable"}
PROTECTION = {0: "off", 1: "on", 2: "unknown"}
CONVERSION = {
    0: "fully_decrypted",
    1: "fully_encrypted",
    2: "encrypting",
    3: "decrypting",
    4: "encryption_paused",
    5: "decryption_paused",
}
_UNKNOWN_METHOD = 0xFFFFFFFF
METHODS = {
    0: "none",
    1: "aes_cbc_128_diffuser",
    2: "aes_cbc_256_diffuser",
    3: "aes_cbc_128",
    4: "aes_cbc_256",
    5: "hardware",
    6: "xts_aes_128",
    7: "xts_aes_256",
    -1: "unknown",
    _UNKNOWN_METHOD: "unknown",
}
PROTECTORS = {
    0: "other",
    1: "tpm",
    2: "external_key",
    3: "recovery_password",
    4: "tpm_pin",
    5: "tpm_startup_key",
    6: "tpm_pin_startup_key",
    7: "public_key",
    8: "passphrase",
    9: "tpm_certificate",
    10: "cng",
}
LOCKED = {0: "unlocked", 1: "locked"}


def parse(frames: Frames) -> dict[str, Any]:
    """{"installed": True, "volumes": {"C:": {"kind": "os", ...}}, "os": {...}, "unprotected_fixed": [], ...}"""
    try:
        values = read_values(frames, POLICY)
        policy: Any = {name: values.number(value) for name, (value, _) in _NUMBERS.items()}
        policy |= {name: values.flag(value) or False for name, (value, _) in _FLAGS.items()}
    except ProbeError as error:
        policy = Unknown(str(error))
    try:
        return {"policy": policy} | _read(read_object(frames, VOLUMES))
    except ProbeError as error:
        return {"policy": policy} | dict.fromkeys(_SAID_OF_VOLUMES, Unknown(str(error)))


_SAID_OF_VOLUMES = ("installed", "volumes", "os", "unprotected_fixed", "unprotected_removable")


def _read(answer: Answer) -> dict[str, Any]:
    volumes = answer.get("volumes")
    if not isinstance(volumes, list) or not all(isinstance(one, dict) for one in volumes):
        raise ProbeError(f"{VOLUMES.name}: the host's answer is no list of volumes")
    return {"installed": boolean(answer, "installed")} | _volumes([_volume(one) for one in volumes])


def _volume(answer: Answer) -> tuple[str, dict[str, Any]]:
    name = answer.get("letter") or answer.get("path") or answer.get("device")
    if not isinstance(name, str) or not name:
        raise ProbeError(f"{VOLUMES.name}: a volume has neither a letter nor a path nor a device name")
    return name, {
        "kind": word(answer, "kind", KINDS) or _silent(name, "kind"),
        "protection": word(answer, "protection", PROTECTION) or _silent(name, "protection"),
        "conversion": word(answer, "conversion", CONVERSION) or _silent(name, "conversion"),
        "method": word(answer, "method", METHODS) or _silent(name, "encryption method"),
        "locked": word(answer, "lock", LOCKED) == "locked",
        "protectors": _protectors(answer),
    }


def _silent(name: str, what: str) -> Unknown:
    return Unknown(f"{VOLUMES.name}: Windows did not tell the {what} of {name}, as it does of a locked volume")


def _protectors(answer: Answer) -> list[str] | Unknown:
    found = answer.get("protectors")
    if not isinstance(found, list):
        return Unknown(f"{VOLUMES.name}: the kinds of key protectors are no list")
    words = [spell(one, PROTECTORS, "kind of key protector") for one in found]
    return next((one for one in words if isinstance(one, Unknown)), sorted({one for one in words if isinstance(one, str)}))


def _volumes(named: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    volumes = dict(named)
    if len(volumes) != len(named):
        raise ProbeError(f"{VOLUMES.name}: two volumes have one name")
    system = [volume for volume in volumes.values() if volume["kind"] == "os"]
    return {
        "volumes": volumes,
        "os": system[0] if len(system) == 1 else Unknown(f"{VOLUMES.name}: {len(system)} volumes are said to hold the running system"),
        "unprotected_fixed": _unprotected(volumes, ("os", "fixed")),
        "unprotected_removable": _unprotected(volumes, ("removable",)),
    }


def _unprotected(volumes: Mapping[str, Mapping[str, Any]], kinds: tuple[str, ...]) -> list[str] | Unknown:
    """Volumes in use that lie open: neither locked nor wholly encrypted with protection on; Unknown while one does not say.

    One with neither letter nor folder, such as that of the recovery system, is not in use and has its device as its name.
    """
    open_ones = {name: volume for name, volume in volumes.items() if not name.startswith("\\\\?\\") and not volume["locked"]}
    chosen = {name: v for name, v in open_ones.items() if isinstance(v["kind"], Unknown) or v["kind"] in kinds}
    for volume in chosen.values():
        for said in (volume["kind"], volume["protection"], volume["conversion"]):
            if isinstance(said, Unknown):
                return said
    return sorted(name for name, v in chosen.items() if (v["protection"], v["conversion"]) != ("on", "fully_encrypted"))


def _volume_facts(above: str) -> tuple[Fact, ...]:
    return (
        Fact(f"{above}.kind", "string", "what the volume is for", tuple(KINDS.values())),
        Fact(
            f"{above}.protection",
            "string",
            "on: the key is protected; off: a clear key lies on the disk, as while suspended; unknown: the volume is locked",
            tuple(PROTECTION.values()),
        ),
        Fact(f"{above}.conversion", "string", "how far the volume is encrypted", tuple(CONVERSION.values())),
        Fact(f"{above}.method", "string", "how it is encrypted", tuple(sorted(set(METHODS.values())))),
        Fact(f"{above}.locked", "boolean", "its contents cannot be read now"),
        Fact(f"{above}.protectors", "strings", "kinds of key protectors: tpm, tpm_pin, recovery_password ..."),
    )


PROBES = (
    Probe(
        name="bitlocker",
        sources=(VOLUMES, POLICY),
        facts=(
            Fact(
                "installed",
                "boolean",
                "Windows has BitLocker; servers have it as a feature to install, and without it nothing is encrypted by Windows",
            ),
            *_volume_facts("volumes.*"),
            *_volume_facts("os"),
            Fact(
                "unprotected_fixed",
                "strings",
                "system and fixed drives, by letter or folder, that are not wholly encrypted with protection on",
            ),
            Fact("unprotected_removable", "strings", "removable drives now attached that are not so"),
            *(Fact(f"policy.{name}", "integer", f"policy: {meaning}") for name, (_, meaning) in _NUMBERS.items()),
            *(Fact(f"policy.{name}", "boolean", f"policy: {meaning}") for name, (_, meaning) in _FLAGS.items()),
        ),
        parse=parse,
    ),
)
