"""Windows Firewall as it is in force, policy and own rules together: its profiles, and what is let in."""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, read_object, read_objects

PROFILES = Source(
    "firewall.profiles",
    r"""
$found = foreach ($one in Get-NetFirewallProfile -PolicyStore ActiveStore) {
  @{
    name = $one.Name
    enabled = [string]$one.Enabled
    inbound = [string]$one.DefaultInboundAction
    outbound = [string]$one.DefaultOutboundAction
    log_allowed = [string]$one.LogAllowed
    log_blocked = [string]$one.LogBlocked
    log_kilobytes = $one.LogMaxSizeKilobytes
    log_file = $one.LogFileName
    local_rules = [string]$one.AllowLocalFirewallRules
    notify = [string]$one.NotifyOnListen
  }
}
Format-Json @($found)
""",
    seconds=30,
)
_MOST = 2000
_BARS, _FROM = 3, 3
RULES = Source(
    "firewall.rules",
    rf"""
$ports = @{{}}
foreach ($one in Get-NetFirewallPortFilter -PolicyStore ActiveStore) {{ $ports[[string]$one.InstanceID] = $one }}
$addresses = @{{}}
foreach ($one in Get-NetFirewallAddressFilter -PolicyStore ActiveStore) {{ $addresses[[string]$one.InstanceID] = $one }}
$open = foreach ($one in Get-NetFirewallRule -PolicyStore ActiveStore) {{
  if ([string]$one.Enabled -ne 'True' -or [string]$one.Direction -ne 'Inbound' -or [string]$one.Action -ne 'Allow') {{ continue }}
  $port = $ports[[string]$one.InstanceID]
  $address = $addresses[[string]$one.InstanceID]
  if ($null -eq $port -or $null -eq $address) {{ "$($one.Profile)|Any|Any|Any"; continue }}
  $from = [string]::Join(' ', @($address.RemoteAddress | ForEach-Object {{ [string]$_ }}))
  $to = [string]::Join(' ', @($port.LocalPort | ForEach-Object {{ [string]$_ }}))
  "$($one.Profile)|$($port.Protocol)|$to|$from"
}}
$lines = [object[]]@($open | Sort-Object -Unique)
[Array]::Sort($lines, [StringComparer]::Ordinal)
Format-Json @{{ total = $lines.Count; open = @($lines | Select-Object -First {_MOST}) }}
""",
    seconds=90,
)
_CUT = f"{RULES.name}: there are more rules than are read, or their list is not whole"
NAMES: Final = ("domain", "private", "public")
_FLAGS: Final = {"True": True, "False": False}
_LOGS: Final = ("log_allowed", "log_blocked")


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"profiles": {"domain": {"enabled": true, "inbound": "block", ...}, ...}, "open": ["Any|TCP|3389|LocalSubnet"], ...}"""
    found = {str(one.get("name")).lower(): one for one in read_objects(frames, PROFILES)}
    missing = Unknown("the host's answer says nothing of this profile")
    profiles = {name: _profile(found[name]) if name in found else dict.fromkeys(_LEAVES, missing) for name in NAMES}
    return {"profiles": profiles, **_open(frames)}


_LEAVES: Final = ("enabled", "inbound", "outbound", *_LOGS, "log_kilobytes", "log_file", "local_rules", "notify")


def _profile(one: Answer) -> dict[str, Value | Unknown]:
    return {
        "enabled": _flag(one, "enabled"),
        "inbound": _action(one, "inbound", "block"),
        "outbound": _action(one, "outbound", "allow"),
        **{name: _flag(one, name, unset=False) for name in _LOGS},
        "log_kilobytes": member(one, "log_kilobytes"),
        "log_file": member(one, "log_file"),
        "local_rules": _flag(one, "local_rules", unset=True),
        "notify": _flag(one, "notify", unset=True),
    }


def _flag(one: Answer, name: str, unset: bool | None = None) -> Value | Unknown:  # noqa: FBT001 - what holds where nothing is configured
    said = str(one.get(name))
    if said in _FLAGS:
        return _FLAGS[said]
    if said == "NotConfigured" and unset is not None:
        return unset
    return Unknown(f"the host's {name} is {said[:40]!r}, which is none known here")


def _action(one: Answer, name: str, unset: str) -> Value | Unknown:
    said = str(one.get(name)).lower()
    words = {"allow": "allow", "block": "block", "notconfigured": unset}
    return words.get(said, Unknown(f"the host's {name} action is {said[:40]!r}, which is none known here"))


def _open(frames: Frames) -> dict[str, Value | Unknown]:
    """What is let in; Unknown where the rules could not be read or were too many, while the profiles are known all the same."""
    try:
        answer = read_object(frames, RULES)
    except ProbeError as error:
        return dict.fromkeys(("open", "open_from_anywhere"), Unknown(str(error)))
    lines, total = answer.get("open"), answer.get("total")
    if not isinstance(lines, list) or not all(isinstance(line, str) and line.count("|") == _BARS for line in lines) or total != len(lines):
        return dict.fromkeys(("open", "open_from_anywhere"), Unknown(_CUT))
    return {"open": sorted(lines), "open_from_anywhere": sorted(line for line in lines if line.split("|")[_FROM] == "Any")}


_ACTIONS: Final = ("allow", "block")


def _facts(name: str) -> tuple[Fact, ...]:
    """The facts of one profile."""
    place = f"profiles.{name}"
    return (
        Fact(f"{place}.enabled", "boolean", f"the firewall is on in {name} networks"),
        Fact(f"{place}.inbound", "string", "what happens to connections from elsewhere that no rule speaks of", _ACTIONS),
        Fact(f"{place}.outbound", "string", "what happens to outgoing connections that no rule speaks of", _ACTIONS),
        Fact(f"{place}.log_allowed", "boolean", "connections that are let in are recorded"),
        Fact(f"{place}.log_blocked", "boolean", "packets that are dropped are recorded"),
        Fact(f"{place}.log_kilobytes", "integer", "how large the record grows before it begins anew"),
        Fact(f"{place}.log_file", "string", "where the record stands"),
        Fact(f"{place}.local_rules", "boolean", "rules made on the host count beside those of a policy"),
        Fact(f"{place}.notify", "boolean", "a user is told of programs that are not let listen"),
    )


PROBES = (
    Probe(
        name="firewall",
        sources=(PROFILES, RULES),
        facts=(
            *(fact for name in NAMES for fact in _facts(name)),
            Fact("open", "strings", "what is let in, as PROFILE|PROTOCOL|LOCAL PORTS|REMOTE ADDRESSES"),
            Fact("open_from_anywhere", "strings", "the same, of what is let in from any address"),
        ),
        parse=parse,
    ),
)
