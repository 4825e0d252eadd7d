"""Passwords of local administrators that Windows itself changes and keeps elsewhere (LAPS): which policy holds, and what it asks for.

Windows takes the first of these that sets anything, and only that one: device management, Group Policy, the host's own
configuration, the policy of the older LAPS. What that one leaves open has its documented default.
"""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_object
from collector.windows.codes import boolean
from collector.windows.machine_values import MachineValues, first_set, known, machine_values, read_values
from collector.windows.operating_system import SYSTEM

_ROOTS: Final = {
    "management": r"SOFTWARE\Microsoft\Policies\LAPS",
    "group_policy": r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\LAPS",
    "own": r"SOFTWARE\Microsoft\Windows\CurrentVersion\LAPS\Config",
}
_LEGACY: Final = r"SOFTWARE\Policies\Microsoft Services\AdmPwd"
_NAMES: Final = (
    "ADBackupDSRMPassword", "ADEncryptedPasswordHistorySize", "ADPasswordEncryptionEnabled", "AdministratorAccountName",
    "BackupDirectory", "PasswordAgeDays", "PasswordComplexity", "PasswordExpirationProtectionEnabled", "PasswordLength",
    "PostAuthenticationActions", "PostAuthenticationResetDelay",
)  # fmt: skip
_LEGACY_NAMES: Final = (
    "AdmPwdEnabled",
    "AdminAccountName",
    "PasswordAgeDays",
    "PasswordComplexity",
    "PasswordLength",
    "PwdExpirationProtectionEnabled",
)
# Microsoft's documents have the long name of it, published baselines of Group Policy that of the older extension.
_SHORT_NAME: Final = rf"{_ROOTS['group_policy']}|PwdExpirationProtectionEnabled"
POLICIES = machine_values(
    "laps.policies",
    [
        *(rf"{root}|{name}" for root in _ROOTS.values() for name in _NAMES),
        *(f"{_LEGACY}|{name}" for name in _LEGACY_NAMES),
        _SHORT_NAME,
    ],
)
# The extension of Group Policy that the older LAPS is, by its GUID; the newer one is a part of Windows since April 2023.
PARTS = Source(
    "laps.parts",
    r"""
$extension = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\GPExtensions\{D76B9641-3288-4f75-942D-087DE603E3EA}'
Format-Json @{
  windows = [IO.File]::Exists((Join-Path ([Environment]::SystemDirectory) 'laps.dll'))
  older = ($null -ne (Read-RegistryKey LocalMachine $extension))
}
""",
)
_DIRECTORIES: Final = {0: "off", 1: "entra_id", 2: "active_directory"}
# where passwords are kept -> what says that the machine is joined there; elsewhere LAPS does nothing
_JOINED: Final = {"entra_id": "entra_joined", "active_directory": "domain_joined"}
_DEFAULTS: Final = {"PasswordAgeDays": 30, "PasswordLength": 14, "PasswordComplexity": 4}


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"policy": "group_policy", "backup": "active_directory", "manages": true, "password_length": 16, ...}"""
    values, parts = read_values(frames, POLICIES), read_object(frames, PARTS)
    windows, older = boolean(parts, "windows"), boolean(parts, "older")
    if missing := [rf"{root}|{name}" for root in _ROOTS.values() for name in _NAMES if rf"{root}|{name}" not in values.answer]:
        raise ProbeError(f"{POLICIES.name}: the host's answer says nothing of HKLM\\{missing[0]}")
    policy = _active(values)
    found = {"built_in": windows, "older_extension": older, "policy": policy}
    if isinstance(policy, Unknown):
        return found | dict.fromkeys(("backup", "manages", *_READ), policy)
    backup = _backup(values, policy)
    able = (windows, older) if policy == "older" else (windows,)  # the older extension knows no policy but its own
    system = read_object(frames, SYSTEM)
    set_here = {name: _read(values, policy, name) for name in _READ}
    return found | {"backup": backup, "manages": _manages(backup, able, system)} | set_here


def _active(values: MachineValues) -> str | Unknown:
    """The policy that holds: the first that sets anything."""
    for policy, root in _ROOTS.items():
        if any(values.answer[rf"{root}|{name}"] is not None for name in _NAMES):
            return policy
    enabled = values.flag(rf"{_LEGACY}|AdmPwdEnabled")
    if isinstance(enabled, Unknown):
        return enabled
    return "older" if enabled else "none"


def _backup(values: MachineValues, policy: str) -> str | Unknown | None:
    if policy in _ROOTS:
        return values.word(rf"{_ROOTS[policy]}|BackupDirectory", _DIRECTORIES, "off")
    return "active_directory" if policy == "older" else "off"


def _manages(backup: Value | Unknown, able: tuple[Value | Unknown, ...], system: Answer) -> bool | Unknown:
    """Some part of this system heeds the policy, and the machine is joined to where it has the passwords kept."""
    if isinstance(backup, str) and backup not in _JOINED:
        return False
    joined = (
        known(boolean(system, _JOINED[backup]), Unknown("the host does not say where it is joined")) if isinstance(backup, str) else backup
    )
    unclear = next((value for value in (joined, *able) if isinstance(value, Unknown)), None)
    return unclear if isinstance(unclear, Unknown) else joined is True and any(one is True for one in able)


_READ: Final[Mapping[str, tuple[str, str | None]]] = {
    "account": ("AdministratorAccountName", "AdminAccountName"),
    "password_age_days": ("PasswordAgeDays", "PasswordAgeDays"),
    "password_length": ("PasswordLength", "PasswordLength"),
    "password_complexity": ("PasswordComplexity", "PasswordComplexity"),
    "encrypted": ("ADPasswordEncryptionEnabled", None),
    "expiry_protected": ("PasswordExpirationProtectionEnabled", "PwdExpirationProtectionEnabled"),
    "actions_after_use": ("PostAuthenticationActions", None),
    "hours_after_use": ("PostAuthenticationResetDelay", None),
    "recovery_mode_password": ("ADBackupDSRMPassword", None),
}
_ALSO_SHORT: Final = ("expiry_protected", "group_policy")
_UNSET: Final[Mapping[str, Value]] = {
    "encrypted": True,
    "expiry_protected": True,
    "actions_after_use": 3,
    "hours_after_use": 24,
    "recovery_mode_password": False,
}


def _read(values: MachineValues, policy: str, name: str) -> Value | Unknown:
    """What the policy asks for, with the default; null where there is no policy, or it knows no such thing."""
    own = _READ[name][0] if policy in _ROOTS else _READ[name][1]
    if policy == "none" or own is None:
        return None
    place = rf"{_ROOTS.get(policy, _LEGACY)}|{own}"
    if name == "account":
        return values.text(place)
    if name in {"encrypted", "expiry_protected", "recovery_mode_password"}:
        short = values.flag(_SHORT_NAME) if (name, policy) == _ALSO_SHORT and _SHORT_NAME in values.answer else None
        return known(first_set(values.flag(place), short), _UNSET[name] if policy in _ROOTS else False)
    return known(values.number(place), _DEFAULTS.get(own, _UNSET.get(name)))


PROBES = (
    Probe(
        name="laps",
        sources=(POLICIES, PARTS, SYSTEM),
        facts=(
            Fact("built_in", "boolean", "this Windows has LAPS in it"),
            Fact("older_extension", "boolean", "the older LAPS is installed"),
            Fact("policy", "string", "where the policy that holds comes from", (*_ROOTS, "older", "none")),
            Fact("backup", "string", "where passwords are kept", tuple(_DIRECTORIES.values())),
            Fact("manages", "boolean", "passwords are kept where the machine is joined, and something here heeds the policy"),
            Fact("account", "string", "the account whose password is managed; not set: the built-in administrator (RID 500)"),
            Fact("password_age_days", "integer", "days after which the password is changed; null without a policy, as all that follows"),
            Fact("password_length", "integer", "characters of the password"),
            Fact(
                "password_complexity",
                "integer",
                "1 capitals, 2 and small letters, 3 and digits, 4 and other characters; more: Windows 11 24H2",
            ),
            Fact("encrypted", "boolean", "Active Directory holds it encrypted; null in the older LAPS, which cannot"),
            Fact("expiry_protected", "boolean", "nobody can put its change off beyond the policy"),
            Fact("actions_after_use", "integer", "what follows a logon with it: 1 new password, 3 and logoff, 5 and restart; 0 nothing"),
            Fact("hours_after_use", "integer", "hours after such a logon until that happens; 0: it does not"),
            Fact("recovery_mode_password", "boolean", "a controller's password for the restore mode is managed too"),
        ),
        parse=parse,
    ),
)
