r"""Where the machine's policy comes from: the Group Policy objects that apply, which of them wins each setting, and device management.

A finding is mended in the object that wins; an edit in another one, or on the host itself, is undone at the next refresh.
"""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value, addressable
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import or_unknown, read_object

APPLIED = Source(
    "gpo.applied",
    r"""
$history = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History'
$found = @{}
foreach ($extension in @(Get-Subkeys LocalMachine $history)) {
  foreach ($place in @(Get-Subkeys LocalMachine "$history\$extension")) {
    $key = "$history\$extension\$place"
    $id = [string](Read-Registry LocalMachine $key 'GPOName')
    if ($id) { $found[$id] = @{ name = Read-Registry LocalMachine $key 'DisplayName'; link = Read-Registry LocalMachine $key 'Link' } }
  }
}
Format-Json @{ applied = $found; areas = @(Get-Subkeys LocalMachine 'SOFTWARE\Microsoft\PolicyManager\current\device') }
""",
    seconds=30,
)
# The record that Windows itself makes when it applies policies; the one with precedence 1 has won.
WINNERS = Source(
    "gpo.winners",
    r"""
$space = 'root/rsop/computer'
$objects = @{}
foreach ($one in @(Get-Instances $space 'RSOP_GPO')) { $objects[[string]$one.id] = @{ name = $one.name; guid = $one.guidName } }
$registry = @{}
foreach ($one in @(Get-Instances $space 'RSOP_RegistryPolicySetting')) {
  if ([int]$one.precedence -eq 1) { $registry['HKLM\' + $one.registryKey + '|' + $one.valueName] = $one.GPOID }
}
$options = @{}
foreach ($one in @(Get-Instances $space 'RSOP_RegistryValue')) {
  if ([int]$one.precedence -eq 1) { $options[[string]$one.Path] = $one.GPOID }
}
$security = @{}
foreach ($class in @('RSOP_SecuritySettingNumeric', 'RSOP_SecuritySettingBoolean', 'RSOP_SecuritySettingString')) {
  foreach ($one in @(Get-Instances $space $class)) { if ([int]$one.precedence -eq 1) { $security[[string]$one.KeyName] = $one.GPOID } }
}
foreach ($one in @(Get-Instances $space 'RSOP_UserPrivilegeRight')) {
  if ([int]$one.precedence -eq 1) { $security[[string]$one.UserRight] = $one.GPOID }
}
Format-Json @{ objects = $objects; registry = $registry; options = $options; security = $security }
""",
    seconds=60,
)
_MACHINE: Final = "machine\\"


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"applied": {"{31B2...}": {"name": "Default Domain Policy"}}, "winners": {"LockoutBadCount": {"gpo": "...", "guid": "..."}}, ...}"""
    answer = read_object(frames, APPLIED)
    areas = answer.get("areas")
    recorded = not frames.absent(WINNERS)
    winners = or_unknown(lambda: _winners(read_object(frames, WINNERS))) if recorded else {}
    kept = winners if isinstance(winners, Unknown) else {key: one for key, one in winners.items() if addressable(key)}
    return {
        "applied": _applied(answer.get("applied")),
        "managed_areas": areas if isinstance(areas, list) else Unknown(f"{APPLIED.name}: the host's answer says nothing of areas"),
        "recorded": recorded,
        "winners": kept,
        "winners_left_out": kept if isinstance(kept, Unknown) else len(winners) - len(kept) if isinstance(winners, dict) else 0,
    }


def _applied(said: Value) -> dict[str, Any] | Unknown:
    if not isinstance(said, dict) or not all(isinstance(one, dict) for one in said.values()):
        return Unknown(f"{APPLIED.name}: the host's answer is no list of Group Policy objects")
    return {guid: {"name": one.get("name"), "link": one.get("link")} for guid, one in said.items()}


def _winners(answer: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
    """Setting -> the object that wins it, by name and GUID; an object that is not listed keeps what the host called it."""
    parts = [answer.get(name) for name in ("objects", "registry", "options", "security")]
    if not all(isinstance(part, dict) for part in parts):
        raise ProbeError(f"{WINNERS.name}: the host's answer is not whole")
    objects, registry, options, security = (part if isinstance(part, dict) else {} for part in parts)
    settings = registry | {_option_key(path): gpo for path, gpo in options.items()} | security
    return {key: _object(objects, gpo) for key, gpo in settings.items()}


def _option_key(path: str) -> str:
    r"""MACHINE\System\...\Lsa\NoLMHash, as security templates have it, as HKLM\System\...\Lsa|NoLMHash."""
    plain = path[len(_MACHINE) :] if path.lower().startswith(_MACHINE) else path
    key, _, value = plain.rpartition("\\")
    return f"HKLM\\{key}|{value}"


def _object(objects: Mapping[str, Any], gpo: Value) -> dict[str, Value]:
    found = objects.get(str(gpo))
    return {"gpo": found.get("name"), "guid": found.get("guid")} if isinstance(found, dict) else {"gpo": str(gpo), "guid": None}


PROBES = (
    Probe(
        name="gpo",
        sources=(APPLIED, WINNERS),
        facts=(
            Fact("applied.*.name", "string", "what a Group Policy object that applies to the machine is called; by its GUID"),
            Fact("applied.*.link", "string", "the site, domain or unit that it is linked to"),
            Fact("managed_areas", "strings", "the areas in which device management has set policies (PolicyManager)"),
            Fact("recorded", "boolean", "Windows records which object sets what (RSoP)"),
            Fact(
                "winners.*.gpo",
                "string",
                r"the object that wins a setting: HKLM\KEY|VALUE, a key of the security template, or a user right; "
                "the audit policy is not among them",
            ),
            Fact("winners.*.guid", "string", "its GUID"),
            Fact("winners_left_out", "integer", "settings whose names no path can hold"),
        ),
        parse=parse,
    ),
)
