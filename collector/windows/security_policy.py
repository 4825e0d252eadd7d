"""The security policy in force as secedit exports it: account policies, and who holds which user right, by SID.

On a member of a domain the account policies are those of its local accounts; those of the domain's stand on its controllers.
"""

import re
from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source

EXPORTED = Source(
    "security_policy.exported",
    r"""
$areas = @('/areas', 'SECURITYPOLICY', 'USER_RIGHTS')
$text = Read-Export 'secedit.exe' (@('/export', '/cfg', '<folder>\answer') + $areas + @('/log', '<folder>\log', '/quiet'))
$text
'[closeout names]'
$names = @{}
foreach ($line in $text.Split("`n")) {
  if ($line -match '^Se[A-Za-z]+ *=(.*)$') {
    foreach ($one in $Matches[1].Split(',')) { $name = $one.Trim(); if ($name -and -not $name.StartsWith('*')) { $names[$name] = 1 } }
  }
}
$ordered = [object[]]@($names.Keys)
[Array]::Sort($ordered, [StringComparer]::Ordinal)
foreach ($name in $ordered) {
  $account = New-Object Security.Principal.NTAccount $name
  try { $name + '=' + $account.Translate([Security.Principal.SecurityIdentifier]).Value } catch { "$name=" }
}
""",
    seconds=60,
)
NUMBERS = (
    "MinimumPasswordAge", "MaximumPasswordAge", "MinimumPasswordLength", "PasswordComplexity", "PasswordHistorySize", "LockoutBadCount",
    "ResetLockoutCount", "LockoutDuration", "AllowAdministratorLockout", "RequireLogonToChangePassword", "ForceLogoffWhenHourExpire",
    "ClearTextPassword", "LSAAnonymousNameLookup", "EnableAdminAccount", "EnableGuestAccount",
)  # fmt: skip
TEXTS = ("NewAdministratorName", "NewGuestName")
RIGHTS = (
    "SeNetworkLogonRight", "SeTcbPrivilege", "SeMachineAccountPrivilege", "SeIncreaseQuotaPrivilege", "SeInteractiveLogonRight",
    "SeRemoteInteractiveLogonRight", "SeBackupPrivilege", "SeChangeNotifyPrivilege", "SeSystemtimePrivilege", "SeTimeZonePrivilege",
    "SeCreatePagefilePrivilege", "SeCreateTokenPrivilege", "SeCreateGlobalPrivilege", "SeCreatePermanentPrivilege",
    "SeCreateSymbolicLinkPrivilege", "SeDebugPrivilege", "SeDenyNetworkLogonRight", "SeDenyBatchLogonRight", "SeDenyServiceLogonRight",
    "SeDenyInteractiveLogonRight", "SeDenyRemoteInteractiveLogonRight", "SeEnableDelegationPrivilege", "SeRemoteShutdownPrivilege",
    "SeAuditPrivilege", "SeImpersonatePrivilege", "SeIncreaseWorkingSetPrivilege", "SeIncreaseBasePriorityPrivilege",
    "SeLoadDriverPrivilege", "SeLockMemoryPrivilege", "SeBatchLogonRight", "SeServiceLogonRight", "SeSecurityPrivilege",
    "SeRelabelPrivilege", "SeSystemEnvironmentPrivilege", "SeDelegateSessionUserImpersonatePrivilege", "SeManageVolumePrivilege",
    "SeProfileSingleProcessPrivilege", "SeSystemProfilePrivilege", "SeUndockPrivilege", "SeAssignPrimaryTokenPrivilege",
    "SeRestorePrivilege", "SeShutdownPrivilege", "SeSyncAgentPrivilege", "SeTakeOwnershipPrivilege", "SeTrustedCredManAccessPrivilege",
)  # fmt: skip
_ACCESS, _RIGHTS, _NAMES = "System Access", "Privilege Rights", "closeout names"
_GROUPS = {"512": "domain_admins", "519": "enterprise_admins"}  # the last number of their SIDs, in every domain
_SID = re.compile(r"S-1(-\d{1,15}){1,16}")


def snake(key: str) -> str:
    """LockoutBadCount as lockout_bad_count."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", key).lower()


def read_sections(frames: Frames) -> dict[str, dict[str, str]]:
    """Section -> key -> what stands behind the sign, of the exported template; raises ProbeError where it is none, or not whole."""
    found: dict[str, dict[str, str]] = {}
    now: dict[str, str] = {}
    for line in frames.text(EXPORTED).lstrip("\ufeff").splitlines():
        plain = line.strip()
        if plain.startswith("[") and plain.endswith("]"):
            now = found.setdefault(plain[1:-1], {})
        elif "=" in plain:
            key, _, value = plain.partition("=")
            if now.setdefault(key.strip(), value.strip()) != value.strip():
                raise ProbeError(f"{EXPORTED.name}: {key.strip()[:60]} stands in the template twice, with different values")
    if "Version" not in found or _NAMES not in found:
        raise ProbeError(f"{EXPORTED.name}: the template is cut: its last section is missing")
    return found


def parse_policy(frames: Frames) -> Mapping[str, Any]:
    """{"minimum_password_length": 14, "lockout_bad_count": 5, "new_administrator_name": "Administrator", ...}"""
    access = read_sections(frames).get(_ACCESS)
    if access is None:
        raise ProbeError(f"{EXPORTED.name}: the template has no section [{_ACCESS}]")
    numbers = {snake(key): _number(key, access.get(key)) for key in NUMBERS}
    return numbers | {snake(key): access[key].strip('"') if key in access else None for key in TEXTS}


def _number(key: str, text: str | None) -> Value | Unknown:
    if text is None:
        return None
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else Unknown(f"{EXPORTED.name}: {key} is {text[:40]!r}, which is no number")


def parse_rights(frames: Frames) -> Mapping[str, Any]:
    """{"SeDebugPrivilege": {"sids": ["S-1-5-32-544"], "groups_of_domains": []}, "SeTcbPrivilege": {"sids": [], ...}, ...}"""
    sections = read_sections(frames)
    if _RIGHTS not in sections:
        raise ProbeError(f"{EXPORTED.name}: the template has no section [{_RIGHTS}]")
    held, names = _spelled(sections[_RIGHTS]), sections[_NAMES]
    return {right: _right(_holders(right, held.get(right, ""), names)) for right in sorted({*RIGHTS, *held})}


def _spelled(held: Mapping[str, str]) -> dict[str, str]:
    """The rights under their usual names: templates of Group Policy spell some otherwise, as SeSystemTimePrivilege."""
    usual = {right.lower(): right for right in RIGHTS}
    found: dict[str, str] = {}
    for key, text in held.items():
        right = usual.get(key.lower(), key)
        if found.setdefault(right, text) != text:
            raise ProbeError(f"{EXPORTED.name}: {right} stands in the template twice, with different values")
    return found


def _right(sids: list[str] | Unknown) -> dict[str, Value | Unknown]:
    if isinstance(sids, Unknown):
        return {"sids": sids, "groups_of_domains": sids}
    tails = {sid.rsplit("-", 1)[1] for sid in sids if sid.startswith("S-1-5-21-")}
    return {"sids": sids, "groups_of_domains": sorted(word for tail, word in _GROUPS.items() if tail in tails)}


def _holders(right: str, text: str, names: Mapping[str, str]) -> list[str] | Unknown:
    """The SIDs, in order; Unknown where somebody is named of whom the host does not know the SID."""
    members = [one.strip() for one in text.split(",") if one.strip()]
    sids = [one.removeprefix("*") if one.startswith("*") else names.get(one, "") for one in members]
    if strange := [one for one, sid in zip(members, sids, strict=True) if not _SID.fullmatch(sid)]:
        return Unknown(f"{right} is held by {strange[0][:80]!r}, whose SID the host does not know; remove or correct that entry")
    return sorted(set(sids))


_MEANINGS: Mapping[str, str] = {
    "MinimumPasswordAge": "days that a password has to be kept",
    "MaximumPasswordAge": "days after which a password has to be changed; -1 is never",
    "MinimumPasswordLength": "fewest characters of a password",
    "PasswordComplexity": "1 where passwords have to be of several kinds of characters",
    "PasswordHistorySize": "how many old passwords cannot be used again",
    "LockoutBadCount": "failed logons after which an account locks; 0 is never",
    "ResetLockoutCount": "minutes after which failed logons are forgotten; not set where accounts never lock",
    "LockoutDuration": "minutes for which an account is locked, -1 until an administrator unlocks it; not set where accounts never lock",
    "AllowAdministratorLockout": "1 where the built-in administrator locks too",
    "RequireLogonToChangePassword": "1 where an expired password can be changed only by who is logged on",
    "ForceLogoffWhenHourExpire": "1 where sessions end when logon hours do",
    "ClearTextPassword": "1 where passwords are stored so that they can be read back",
    "LSAAnonymousNameLookup": "1 where anybody may ask for the name of a SID",
    "EnableAdminAccount": "1 where the built-in administrator is enabled",
    "EnableGuestAccount": "1 where the built-in guest is enabled",
    "NewAdministratorName": "what the built-in administrator is called",
    "NewGuestName": "what the built-in guest is called",
}
PROBES = (
    Probe(
        name="security_policy",
        sources=(EXPORTED,),
        facts=(
            *(Fact(snake(key), "integer", _MEANINGS[key]) for key in NUMBERS),
            *(Fact(snake(key), "string", _MEANINGS[key]) for key in TEXTS),
        ),
        parse=parse_policy,
    ),
    Probe(
        name="user_rights",
        sources=(EXPORTED,),
        facts=(
            Fact("*.sids", "strings", "the SIDs that hold the user right of this name; none where the policy names nobody"),
            Fact("*.groups_of_domains", "strings", "which of domain_admins and enterprise_admins, of whatever domain, are among them"),
        ),
        parse=parse_rights,
    ),
)
