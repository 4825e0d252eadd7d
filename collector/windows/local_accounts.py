"""Local users and groups, by SID. A domain controller has none of its own: its accounts are the domain's."""

import re
from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, Source
from collector.windows.answers import Answer, member, read_object
from collector.windows.codes import boolean

ACCOUNTS = Source(
    "accounts",
    r"""
$role = [int](Get-CimInstance -ClassName Win32_ComputerSystem).DomainRole
if ($role -ge 4) { Format-Json @{ controller = $true; users = @(); groups = @() }; return }
$users = foreach ($one in Get-CimInstance -ClassName Win32_UserAccount -Filter 'LocalAccount = TRUE') {
  @{
    sid = $one.SID
    name = $one.Name
    disabled = $one.Disabled
    locked = $one.Lockout
    password_required = $one.PasswordRequired
    password_expires = $one.PasswordExpires
  }
}
$groups = foreach ($one in Get-CimInstance -ClassName Win32_Group -Filter 'LocalAccount = TRUE') {
  $members = @()
  $problem = $null
  try {
    $group = [ADSI]"WinNT://$([Environment]::MachineName)/$($one.Name),group"
    $members = @(foreach ($other in @($group.Invoke('Members'))) {
      $bytes = $other.GetType().InvokeMember('objectSid', 'GetProperty', $null, $other, $null)
      (New-Object Security.Principal.SecurityIdentifier([byte[]]$bytes, 0)).Value
    })
  } catch { $problem = $_.Exception.GetType().FullName }
  @{ sid = $one.SID; name = $one.Name; members = @($members | Sort-Object); problem = $problem }
}
Format-Json @{ controller = $false; users = @($users); groups = @($groups) }
""",
    seconds=60,
)
_SID = re.compile(r"S-1(-\d{1,15}){1,16}")
_ADMINISTRATOR, _GUEST = "-500", "-501"
ADMINISTRATORS = "S-1-5-32-544"


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"local": {"exist": true, "users": {"S-1-5-21-...-1001": {...}}, "enabled": ["jane"], ..., "groups": {"S-1-5-32-544": {...}}}}"""
    answer = read_object(frames, ACCOUNTS)
    users = {str(one.get("sid")): one for one in _objects(answer, "users")}
    groups = {str(one.get("sid")): one for one in _objects(answer, "groups")}
    controller = boolean(answer, "controller")
    read = {sid: _user(one) for sid, one in users.items()}
    return {
        "local": {
            "exist": not controller if isinstance(controller, bool) else controller,
            "users": read,
            "administrator": _by_rid(read, _ADMINISTRATOR),
            "guest": _by_rid(read, _GUEST),
            "enabled": _names(read, lambda one: one["enabled"] is True),
            "without_password_required": _names(read, lambda one: one["enabled"] is True and one["password_required"] is False),
            "without_password_expiry": _names(read, lambda one: one["enabled"] is True and one["password_expires"] is False),
            "groups": {sid: _group(one) for sid, one in groups.items()},
            "administrators": _members(groups.get(ADMINISTRATORS)) if groups else [],
        }
    }


def _objects(answer: Answer, name: str) -> list[Answer]:
    found = answer.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _user(one: Answer) -> dict[str, Value | Unknown]:
    disabled = boolean(one, "disabled")
    return {
        "name": member(one, "name"),
        "enabled": not disabled if isinstance(disabled, bool) else disabled,
        "locked": boolean(one, "locked"),
        "password_required": boolean(one, "password_required"),
        "password_expires": boolean(one, "password_expires"),
    }


def _by_rid(users: Mapping[str, Mapping[str, Value]], tail: str) -> dict[str, Value | Unknown]:
    """The built-in account of this number, whatever it is called."""
    found = next((one for sid, one in users.items() if sid.endswith(tail)), None)
    return {"name": found["name"], "enabled": found["enabled"]} if found else {"name": None, "enabled": None}


def _names(users: Mapping[str, Mapping[str, Value]], wanted: Any) -> list[str] | Unknown:  # noqa: ANN401 - a predicate
    if any(isinstance(value, Unknown) for one in users.values() for value in one.values()):
        return Unknown("the host did not say everything of every local user")
    return sorted(str(one["name"]) for one in users.values() if wanted(one))


def _group(one: Answer) -> dict[str, Value | Unknown]:
    return {"name": member(one, "name"), "members": _members(one)}


def _members(one: Answer | None) -> list[str] | Unknown:
    if one is None:
        return Unknown("the host named no group with this SID")
    if one.get("problem"):
        return Unknown(f"the members of {str(one.get('name'))[:60]} could not be read: {str(one['problem'])[:80]}")
    found = one.get("members")
    if not isinstance(found, list) or not all(isinstance(sid, str) and _SID.fullmatch(sid) for sid in found):
        return Unknown(f"the members of {str(one.get('name'))[:60]} are no SIDs")
    return sorted(found)


PROBES = (
    Probe(
        name="accounts",
        sources=(ACCOUNTS,),
        facts=(
            Fact("local.exist", "boolean", "the system has local accounts; a domain controller has none"),
            Fact("local.users.*.name", "string", "what a local user is called"),
            Fact("local.users.*.enabled", "boolean", "the account can be used"),
            Fact("local.users.*.locked", "boolean", "the account is locked now"),
            Fact("local.users.*.password_required", "boolean", "the account may not have an empty password"),
            Fact("local.users.*.password_expires", "boolean", "its password ages as the policy says"),
            Fact("local.administrator.name", "string", "what the built-in administrator (RID 500) is called"),
            Fact("local.administrator.enabled", "boolean", "the built-in administrator is enabled"),
            Fact("local.guest.name", "string", "what the built-in guest (RID 501) is called"),
            Fact("local.guest.enabled", "boolean", "the built-in guest is enabled"),
            Fact("local.enabled", "strings", "the names of all enabled local users"),
            Fact("local.without_password_required", "strings", "enabled local users who may have an empty password"),
            Fact("local.without_password_expiry", "strings", "enabled local users whose password never expires"),
            Fact("local.groups.*.name", "string", "what a local group is called"),
            Fact("local.groups.*.members", "strings", "the SIDs of its members"),
            Fact("local.administrators", "strings", "the SIDs of the members of the local Administrators group (S-1-5-32-544)"),
        ),
        parse=parse,
    ),
)
