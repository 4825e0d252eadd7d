"""Local users and groups, by SID. A domain controller has none of its own: its accounts are the domain's."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from collector.aging import Aging
from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, or_unknown, read_object
from collector.windows.codes import boolean, moment

ACCOUNTS = Source(
    "accounts",
    r"""
$role = [int](Get-CimInstance -ClassName Win32_ComputerSystem).DomainRole
if ($role -ge 4) { Format-Json @{ controller = $true; users = @(); groups = @() }; return }
$users = @(foreach ($one in @(Get-CimInstance -ClassName Win32_UserAccount -Filter 'LocalAccount = TRUE')) {
  @{
    sid = $one.SID
    name = $one.Name
    disabled = $one.Disabled
    locked = $one.Lockout
    password_required = $one.PasswordRequired
    password_expires = $one.PasswordExpires
  }
})
$groups = @(foreach ($one in @(Get-CimInstance -ClassName Win32_Group -Filter 'LocalAccount = TRUE')) {
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
})
Format-Json @{ controller = $false; users = $users; groups = $groups }
""",
    seconds=60,
)
# When accounts were last used changes with every logon, so it does not make a host look changed.
LOGONS = Source(
    "accounts.logons",
    r"""
$users = @{}
if ([int](Get-CimInstance -ClassName Win32_ComputerSystem).DomainRole -lt 4) {
  foreach ($one in @(Get-CimInstance -ClassName Win32_UserAccount -Filter 'LocalAccount = TRUE')) {
    $user = [ADSI]"WinNT://$([Environment]::MachineName)/$($one.Name),user"
    $users[[string]$one.SID] = @{
      last_logon = $user.Properties['LastLogin'].Value
      password_seconds = $user.Properties['PasswordAge'].Value
      expired = [bool]$user.Properties['PasswordExpired'].Value
    }
  }
}
Format-Json @{ now = [DateTime]::UtcNow; users = $users }
""",
    seconds=60,
    volatile=True,
)
_SID = re.compile(r"S-1(-\d{1,15}){1,16}")
_ADMINISTRATOR, _GUEST = "-500", "-501"
ADMINISTRATORS = "S-1-5-32-544"
# Whoever administers a host, reads its records and restores its backups could do something and remove the trace of it.
_SEPARATE = (ADMINISTRATORS, "S-1-5-32-551", "S-1-5-32-573")
_OF_A_DOMAIN = "S-1-5-21-"
_ROLES = {"-512": "domain_admins", "-519": "enterprise_admins"}
_USE = ("last_logon", "password_set", "since")
_LONGEST_AGE = 2**32  # seconds; more is no age


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"local": {"exist": true, "users": {"S-1-5-21-...-1001": {...}}, "enabled": ["jane"], ..., "groups": {"S-1-5-32-544": {...}}}}"""
    answer = read_object(frames, ACCOUNTS)
    users = {str(one.get("sid")): one for one in _objects(answer, "users")}
    groups = {str(one.get("sid")): one for one in _objects(answer, "groups")}
    controller = boolean(answer, "controller")
    read = {sid: _user(one) for sid, one in users.items()}
    administrators = _members(groups.get(ADMINISTRATORS)) if groups else []
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
            "administrators": administrators,
            "administrators_by_role": _roles(administrators, read),
            "in_use": or_unknown(lambda: _in_use(read, read_object(frames, LOGONS))),
            "first_password_kept": or_unknown(lambda: _first_password_kept(read, read_object(frames, LOGONS))),
            "in_several_privileged_groups": _in_several(groups),
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


def _roles(administrators: list[str] | Unknown, users: Mapping[str, Any]) -> list[str] | Unknown:
    """Those whose number says what they are, by a word; the others by their SIDs, another system's administrator among them."""
    if isinstance(administrators, Unknown):
        return administrators
    return sorted({_role(sid, own=sid in users) for sid in administrators})


def _role(sid: str, *, own: bool) -> str:
    tail = sid[sid.rindex("-") :]
    if tail == _ADMINISTRATOR:
        return "builtin_administrator" if own else sid
    return _ROLES.get(tail, sid) if sid.startswith(_OF_A_DOMAIN) else sid


def _in_several(groups: Mapping[str, Answer]) -> list[str] | Unknown:
    """Members of more than one of the groups whose duties watch each other; a group that this Windows has not has no members."""
    members = {sid: _members(groups[sid]) for sid in _SEPARATE if sid in groups}
    if unclear := next((one for one in members.values() if isinstance(one, Unknown)), None):
        return unclear
    every = [sid for found in members.values() if not isinstance(found, Unknown) for sid in found]
    return sorted({sid for sid in every if every.count(sid) > 1})


def _first_password_kept(users: Mapping[str, Mapping[str, Value]], answer: Answer) -> list[str]:
    """Names of enabled users who never logged on and need not change the password that somebody else has set."""
    said, kept = answer.get("users"), []
    if not isinstance(said, dict):
        raise ProbeError(f"{LOGONS.name}: the host's answer is not whole")
    for sid, one in users.items():
        use = said.get(sid)
        if one["enabled"] is False or sid.endswith(_ADMINISTRATOR):
            continue
        if not isinstance(use, dict) or isinstance(last := moment(use, "last_logon"), Unknown) or not isinstance(use.get("expired"), bool):
            raise ProbeError(f"{LOGONS.name}: the host's answer does not say whether {str(one['name'])[:60]} was ever used")
        kept += [str(one["name"])] if last is None and not use["expired"] else []
    return sorted(kept)


def _in_use(users: Mapping[str, Mapping[str, Value]], answer: Answer) -> dict[str, dict[str, Value | Unknown]]:
    """Enabled users by name, with the day on which somebody last logged on or set the password."""
    now, said = _day(moment(answer, "now")), answer.get("users")
    if now is None or not isinstance(said, dict) or any(isinstance(one["name"], Unknown) for one in users.values()):
        raise ProbeError(f"{LOGONS.name}: the host's answer is not whole")
    return {str(one["name"]): _use(said.get(sid), now) for sid, one in users.items() if one["enabled"] is not False}


def _use(said: Value, now: date) -> dict[str, Value | Unknown]:
    if not isinstance(said, dict):
        return dict.fromkeys(_USE, Unknown(f"{LOGONS.name}: the host's answer says nothing of this user"))
    last, seconds = moment(said, "last_logon"), said.get("password_seconds")
    if isinstance(last, Unknown):
        return dict.fromkeys(_USE, last)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds < _LONGEST_AGE:
        return dict.fromkeys(_USE, Unknown(f"{LOGONS.name}: the age of the password is {str(seconds)[:40]!r}"))
    used, password = _day(last), now - timedelta(seconds=seconds)
    since = max(used or password, password)
    return {"last_logon": used.isoformat() if used else None, "password_set": password.isoformat(), "since": since.isoformat()}


def derive(aging: Aging) -> None:
    """For how long nobody has used an account."""
    aging.fill("local.in_use.*.idle_days", since="since")


def _day(said: Value | Unknown) -> date | None:
    return date.fromisoformat(said[:10]) if isinstance(said, str) else None


PROBES = (
    Probe(
        name="accounts",
        sources=(ACCOUNTS, LOGONS),
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
            Fact(
                "local.administrators_by_role",
                "strings",
                "the same, with a word for the built-in administrator and the administrators of the domain and of the forest",
            ),
            Fact("local.in_use.*.last_logon", "string", "the day on which an enabled local user last logged on; null: never; by name"),
            Fact("local.in_use.*.password_set", "string", "the day on which the password was set"),
            Fact("local.in_use.*.since", "string", "the later of the two"),
            Fact("local.in_use.*.idle_days", "integer", "days since then"),
            Fact(
                "local.first_password_kept",
                "strings",
                "enabled users who never logged on and need not change the password they were given; without the built-in administrator",
            ),
            Fact(
                "local.in_several_privileged_groups",
                "strings",
                "SIDs that are in more than one of Administrators, Backup Operators and Event Log Readers",
            ),
        ),
        parse=parse,
        derive=derive,
        version=2,
    ),
)
