"""The password and lockout policies of a domain, fine-grained ones among them, as a controller of it holds them."""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, FactType, Unknown, Value
from collector.probe import Frames, Probe, Source
from collector.windows.answers import Answer, member, read_object
from collector.windows.codes import boolean

POLICIES = Source(
    "domain_policy",
    r"""
if ([int](Get-CimInstance -ClassName Win32_ComputerSystem).DomainRole -lt 4) { Format-Json @{ controller = $false }; return }
function Find-Objects([string]$Path, [string]$Filter, [string]$Scope, [string[]]$Names) {
  $searcher = New-Object DirectoryServices.DirectorySearcher
  $searcher.SearchRoot = [ADSI]$Path
  $searcher.Filter = $Filter
  $searcher.SearchScope = $Scope
  [void]$searcher.PropertiesToLoad.AddRange($Names)
  $searcher.PageSize = 200
  $results = $searcher.FindAll()
  try {
    foreach ($one in $results) {
      $found = @{}
      foreach ($name in $Names) {
        $held = $one.Properties[$name.ToLowerInvariant()]
        if ($held.Count -gt 0) { $found[$name] = $held[0] } else { $found[$name] = $null }
      }
      $found
    }
  } finally { $results.Dispose() }
}
$naming = [string]([ADSI]'LDAP://RootDSE').Properties['defaultNamingContext'].Value
$container = "LDAP://CN=Password Settings Container,CN=System,$naming"
$ordinary = @('minPwdLength', 'pwdHistoryLength', 'pwdProperties', 'minPwdAge', 'maxPwdAge',
  'lockoutThreshold', 'lockOutObservationWindow', 'lockoutDuration')
$fine = @('name', 'msDS-PSOAppliesTo', 'msDS-PasswordSettingsPrecedence', 'msDS-MinimumPasswordLength', 'msDS-PasswordHistoryLength',
  'msDS-PasswordComplexityEnabled', 'msDS-PasswordReversibleEncryptionEnabled', 'msDS-MinimumPasswordAge', 'msDS-MaximumPasswordAge',
  'msDS-LockoutThreshold', 'msDS-LockoutObservationWindow', 'msDS-LockoutDuration')
$seen = $true
$several = @()
try {
  $seen = (@(Find-Objects $container '(objectClass=*)' 'Base' @('name')).Count -eq 1)
  if ($seen) { $several = @(Find-Objects $container '(objectClass=msDS-PasswordSettings)' 'OneLevel' $fine | Sort-Object { $_['name'] }) }
} catch { $seen = $false }
Format-Json @{
  controller = $true
  ordinary = @(Find-Objects "LDAP://$naming" '(objectClass=*)' 'Base' $ordinary)
  fine_grained_seen = $seen
  fine_grained = $several
}
""",
    seconds=60,
)
_TICKS: Final = {"minutes": 600_000_000, "days": 864_000_000_000}  # of 100 ns, which the directory counts below zero
_NEVER: Final = -(2**63)
_COMPLEX, _REVERSIBLE = 1, 16  # bits of pwdProperties
# fact -> attribute of the domain, attribute of a fine-grained policy, unit of time
_NUMBERS: Final[Mapping[str, tuple[str, str, str | None]]] = {
    "minimum_length": ("minPwdLength", "msDS-MinimumPasswordLength", None),
    "history": ("pwdHistoryLength", "msDS-PasswordHistoryLength", None),
    "lockout_threshold": ("lockoutThreshold", "msDS-LockoutThreshold", None),
    "minimum_age_days": ("minPwdAge", "msDS-MinimumPasswordAge", "days"),
    "maximum_age_days": ("maxPwdAge", "msDS-MaximumPasswordAge", "days"),
    "lockout_window_minutes": ("lockOutObservationWindow", "msDS-LockoutObservationWindow", "minutes"),
    "lockout_minutes": ("lockoutDuration", "msDS-LockoutDuration", "minutes"),
}
# where nothing means for ever: as secedit has it, and the longest that can be set, so that longer is stricter
_ENDLESS: Final = {"maximum_age_days": -1, "lockout_minutes": 99999}
_FLAGS: Final = {"complexity": "msDS-PasswordComplexityEnabled", "reversible": "msDS-PasswordReversibleEncryptionEnabled"}


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"controller": true, "ordinary": {"minimum_length": 14, ...}, "fine_grained_exist": true, "fine_grained": {"Services": {...}}}"""
    answer = read_object(frames, POLICIES)
    controller = boolean(answer, "controller")
    if controller is not True:
        return {"controller": controller, "fine_grained_exist": False if controller is False else controller, "fine_grained": {}}
    return {"controller": True, "ordinary": _ordinary(answer), **_fine_grained(answer)}


def _ordinary(answer: Answer) -> dict[str, Value | Unknown] | Unknown:
    said = answer.get("ordinary")
    if not isinstance(said, list) or len(said) != 1 or not isinstance(said[0], dict):
        return Unknown(f"{POLICIES.name}: the controller did not say what the domain's own policy is")
    bits = member(said[0], "pwdProperties")
    if isinstance(bits, bool) or not isinstance(bits, int):
        bits = Unknown(f"{POLICIES.name}: pwdProperties is {str(bits)[:40]!r}")
    flags = {
        name: bits if isinstance(bits, Unknown) else bool(bits & bit)
        for name, bit in (("complexity", _COMPLEX), ("reversible", _REVERSIBLE))
    }
    return {name: _number(said[0], own, unit, name) for name, (own, _, unit) in _NUMBERS.items()} | flags


def _fine_grained(answer: Answer) -> dict[str, Any]:
    found = answer.get("fine_grained")
    if answer.get("fine_grained_seen") is not True or not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        hidden = Unknown(
            f"{POLICIES.name}: the account may not read fine-grained password policies; collect as SYSTEM or a domain administrator"
        )
        return dict.fromkeys(("fine_grained_exist", "fine_grained", "fine_grained_unused"), hidden)
    used = {str(one.get("name")): _fine(one) for one in found if one.get("msDS-PSOAppliesTo") is not None}
    unused = sorted(str(one.get("name")) for one in found if one.get("msDS-PSOAppliesTo") is None)
    return {"fine_grained_exist": bool(used), "fine_grained": used, "fine_grained_unused": unused}


def _fine(one: Answer) -> dict[str, Value | Unknown]:
    precedence = {"precedence": member(one, "msDS-PasswordSettingsPrecedence")}
    flags = {name: boolean(one, attribute) for name, attribute in _FLAGS.items()}
    return precedence | {name: _number(one, own, unit, name) for name, (_, own, unit) in _NUMBERS.items()} | flags


def _number(one: Answer, attribute: str, unit: str | None, name: str) -> Value | Unknown:
    """A number, of whole days or minutes where it is a time."""
    found = member(one, attribute)
    if isinstance(found, Unknown):
        return found
    if isinstance(found, bool) or not isinstance(found, int):
        return Unknown(f"{POLICIES.name}: {attribute} is {str(found)[:40]!r}")
    if unit is None:
        return found
    if name in _ENDLESS and found in (0, _NEVER):
        return _ENDLESS[name]
    return -found // _TICKS[unit]


_MEANINGS: Final[Mapping[str, tuple[FactType, str]]] = {
    "minimum_length": ("integer", "fewest characters of a password"),
    "history": ("integer", "how many old passwords cannot be used again"),
    "complexity": ("boolean", "passwords have to be of several kinds of characters"),
    "reversible": ("boolean", "passwords are stored so that they can be read back"),
    "minimum_age_days": ("integer", "days that a password has to be kept"),
    "maximum_age_days": ("integer", "days after which a password has to be changed; -1 is never"),
    "lockout_threshold": ("integer", "failed logons after which an account locks; 0 is never"),
    "lockout_window_minutes": ("integer", "minutes after which failed logons are forgotten"),
    "lockout_minutes": ("integer", "minutes for which an account is locked; 99999, the longest, until an administrator unlocks it"),
}
PROBES = (
    Probe(
        name="domain_policy",
        sources=(POLICIES,),
        facts=(
            Fact("controller", "boolean", "this is a controller of a domain; what follows is null on every other system"),
            *(Fact(f"ordinary.{name}", kind, f"{meaning}; the domain's own policy") for name, (kind, meaning) in _MEANINGS.items()),
            Fact("fine_grained_exist", "boolean", "somebody is given a fine-grained policy, which goes before the domain's own"),
            Fact("fine_grained_unused", "strings", "fine-grained policies that nobody is given"),
            Fact("fine_grained.*.precedence", "integer", "the lowest wins where several are given to one"),
            *(Fact(f"fine_grained.*.{name}", kind, f"{meaning}; of a fine-grained policy") for name, (kind, meaning) in _MEANINGS.items()),
        ),
        parse=parse,
    ),
)
