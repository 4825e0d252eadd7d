"""Removable media: what policy denies of them, whether USB storage has its driver, and which devices may not be installed."""

from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, Source
from collector.windows.answers import or_unknown, read_object
from collector.windows.machine_values import EXPLORER, POLICIES, MachineValues, known, machine_values, read_values

_STORAGE, _INSTALL = rf"{POLICIES}\Windows\RemovableStorageDevices", rf"{POLICIES}\Windows\DeviceInstall\Restrictions"
CLASSES = {
    "disks": ("{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}", "removable disks, USB sticks among them"),
    "optical": ("{53f56308-b6bf-11d0-94f2-00a0c91efb8b}", "CD and DVD"),
    "floppy": ("{53f56311-b6bf-11d0-94f2-00a0c91efb8b}", "floppy disks"),
    "tape": ("{53f5630b-b6bf-11d0-94f2-00a0c91efb8b}", "tapes"),
    "phones": ("{6AC27878-A6FA-4155-BA85-F98F491D4F33}", "phones, cameras and players"),
}
RIGHTS = {"read": "Deny_Read", "write": "Deny_Write", "execute": "Deny_Execute"}
_ALL = f"{_STORAGE}|Deny_All"
_DRIVERS = {"usb_driver": "USBSTOR", "uas_driver": "UASPStor"}
_ENCRYPTED = r"SYSTEM\CurrentControlSet\Policies\Microsoft\FVE|RDVDenyWriteAccess"
_RESTRICTIONS = {
    "removable_denied": ("DenyRemovableDevices", "no removable device may be installed"),
    "ids_denied": ("DenyDeviceIDs", "devices with certain hardware IDs may not be installed"),
    "classes_denied": ("DenyDeviceClasses", "devices of certain setup classes may not be installed"),
    "unspecified_denied": ("DenyUnspecified", "only devices that another policy names may be installed"),
    "administrators_exempt": ("AllowAdminInstall", "administrators may install what policy denies"),
}
STORAGE = machine_values(
    "removable_storage",
    [
        _ALL,
        _ENCRYPTED,
        *(f"{_STORAGE}\\{guid}|{right}" for guid, _ in CLASSES.values() for right in RIGHTS.values()),
        *(rf"SYSTEM\CurrentControlSet\Services\{driver}|Start" for driver in _DRIVERS.values()),
        *(f"{_INSTALL}|{name}" for name, _ in _RESTRICTIONS.values()),
    ],
)
STARTS = {0: "boot", 1: "system", 2: "automatic", 3: "manual", 4: "disabled"}
_DRIVES, _COMMANDS = f"{EXPLORER}|NoDriveTypeAutoRun", f"{EXPLORER}|NoAutorun"
_PLAIN = rf"{POLICIES}\Windows\Explorer|NoAutoplayfornonVolume"
AUTOPLAY = machine_values("autoplay", [_DRIVES, _COMMANDS, _PLAIN])
USERS = Source(
    "autoplay.users",
    r"""
$found = @{}
foreach ($sid in @(Get-Subkeys Users '') -match '^S-1-(5-21|12-1)-[\d-]+$') {
  $found[$sid] = @{
    drives = Read-Registry Users "$sid\Software\Microsoft\Windows\CurrentVersion\Policies\Explorer" 'NoDriveTypeAutoRun'
    off = Read-Registry Users "$sid\Software\Microsoft\Windows\CurrentVersion\Explorer\AutoplayHandlers" 'DisableAutoplay'
  }
}
Format-Json $found
""",
)
EVERY_DRIVE, USUAL_DRIVES = 0xFF, 0x91


def parse(frames: Frames) -> dict[str, Any]:
    """{"deny_all": False, "disks": {"read": "allowed", "write": "denied", "execute": "denied"}, "usb_driver": "manual", ...}"""
    values = read_values(frames, STORAGE)
    everything = values.flag(_ALL)
    classes = {
        name: {r: _access(values, everything, f"{_STORAGE}\\{guid}|{v}") for r, v in RIGHTS.items()} for name, (guid, _) in CLASSES.items()
    }
    if classes["disks"]["write"] == "allowed":
        classes["disks"]["write"] = _encrypted_only(values.flag(_ENCRYPTED))
    drivers = {name: values.word(rf"SYSTEM\CurrentControlSet\Services\{driver}|Start", STARTS) for name, driver in _DRIVERS.items()}
    restrictions = {name: known(values.flag(f"{_INSTALL}|{value}"), default=False) for name, (value, _) in _RESTRICTIONS.items()}
    return {"deny_all": known(everything, default=False), **classes, **drivers, "installation": restrictions}


def _access(values: MachineValues, everything: Value | Unknown, value: str) -> str | Unknown:
    denied = everything or values.flag(value)
    return denied if isinstance(denied, Unknown) else "denied" if denied else "allowed"


def _encrypted_only(demanded: Value | Unknown) -> str | Unknown:
    return demanded if isinstance(demanded, Unknown) else "encrypted_only" if demanded else "allowed"


def parse_autoplay(frames: Frames) -> dict[str, Any]:
    """{"off_on_all_drives": True, "by_machine": 255, "commands_off": True, "other_devices_off": True, "users": {...}}"""
    values = read_values(frames, AUTOPLAY)
    drives, commands = values.number(_DRIVES), values.number(_COMMANDS)
    return {
        "by_machine": drives,
        "off_on_all_drives": drives
        if isinstance(drives, Unknown)
        else (USUAL_DRIVES if drives is None else drives) & EVERY_DRIVE == EVERY_DRIVE,
        "commands_off": commands if isinstance(commands, Unknown) else commands == 1,
        "other_devices_off": known(values.flag(_PLAIN), default=False),
        "users": _users(frames, drives),
    }


def _users(frames: Frames, machine: Value | Unknown) -> dict[str, Any] | Unknown:
    users = or_unknown(lambda: read_object(frames, USERS))
    return (
        users
        if isinstance(users, Unknown)
        else {sid: _user(said if isinstance(said, dict) else {}, machine) for sid, said in users.items()}
    )


def _user(said: dict[str, Any], machine: Value | Unknown) -> dict[str, Any]:
    """A user's value counts only where the machine has none."""
    drives = said.get("drives") if machine is None else machine
    if drives is not None and (isinstance(drives, bool) or not isinstance(drives, int)):
        unclear = (
            drives if isinstance(drives, Unknown) else Unknown(f"NoDriveTypeAutoRun holds {str(drives)[:40]!r}, where a number belongs")
        )
        return {"off_on_all_drives": unclear}
    return {"off_on_all_drives": (USUAL_DRIVES if drives is None else drives) & EVERY_DRIVE == EVERY_DRIVE or said.get("off") == 1}


PROBES = (
    Probe(
        name="removable_storage",
        sources=(STORAGE,),
        facts=(
            Fact("deny_all", "boolean", "policy denies all access to all removable storage"),
            *(
                Fact(
                    f"{name}.{right}",
                    "string",
                    f"policy on {right} access to {meaning}",
                    ("allowed", "denied", "encrypted_only") if (name, right) == ("disks", "write") else ("allowed", "denied"),
                )
                for name, (_, meaning) in CLASSES.items()
                for right in RIGHTS
            ),
            *(
                Fact(
                    name,
                    "string",
                    f"start of the driver {driver}; disabled keeps USB storage from being used; not set: there is none",
                    tuple(STARTS.values()),
                )
                for name, driver in _DRIVERS.items()
            ),
            *(Fact(f"installation.{name}", "boolean", f"policy: {meaning}") for name, (_, meaning) in _RESTRICTIONS.items()),
        ),
        parse=parse,
    ),
    Probe(
        name="autoplay",
        sources=(AUTOPLAY, USERS),
        facts=(
            Fact("off_on_all_drives", "boolean", "the machine's policy switches AutoPlay off on every kind of drive (255)"),
            Fact(
                "by_machine",
                "integer",
                "NoDriveTypeAutoRun of the machine's policy; where it is not set, a user's own value counts, else 145",
            ),
            Fact("commands_off", "boolean", "autorun commands of media are not carried out (NoAutorun is 1)"),
            Fact("other_devices_off", "boolean", "AutoPlay is off for phones and cameras, which are no drives"),
            Fact(
                "users.*.off_on_all_drives",
                "boolean",
                "AutoPlay is off on every drive for this user, by machine, policy or own choice; users logged on alone",
            ),
        ),
        parse=parse_autoplay,
    ),
)
