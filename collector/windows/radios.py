"""Wireless networks and Bluetooth: adapters and radios that are there, their services, and how stored networks authenticate."""

from collections import Counter
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, read_object, read_objects
from collector.windows.codes import boolean

ADAPTERS = Source(
    "wireless.adapters",
    r"""
$found = @(foreach ($one in @(Get-Instances 'root/StandardCimv2' 'MSFT_NetAdapter')) {
  if (@(1, 8, 9) -contains [int]$one.NdisPhysicalMedium) {
    @{
      name = $one.Name
      description = $one.InterfaceDescription
      medium = [int]$one.NdisPhysicalMedium
      up = ($one.InterfaceAdminStatus -eq 1)
      virtual = [bool]$one.Virtual
    }
  }
})
Format-Json @($found | Sort-Object { $_.name })
""",
    seconds=20,
)
# Of the profiles only the elements that say how they authenticate are read; names and keys are passed over.
NETWORKS = Source(
    "wireless.networks",
    r"""
$me = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
  throw 'stored networks are for administrators alone to see; collect as one'
}
$folder = Join-Path ([Environment]::GetFolderPath('CommonApplicationData')) 'Microsoft\Wlansvc\Profiles\Interfaces'
$found = @()
if (Test-Path -LiteralPath $folder) {
  $files = @(Get-ChildItem -LiteralPath $folder -Recurse -File -Force | Where-Object { $_.Extension -eq '.xml' })
  foreach ($file in @($files | Sort-Object FullName)) {
    $network = @{ authentication = $null; encryption = $null; enterprise = $null; automatic = $null }
    $reader = [Xml.XmlReader]::Create($file.FullName)
    try {
      while ($reader.Read()) {
        if ($reader.NodeType -ne [Xml.XmlNodeType]::Element) { continue }
        $element = $reader.LocalName
        if (@('authentication', 'encryption', 'useOneX', 'connectionMode') -notcontains $element) { continue }
        if ($reader.Read() -and $reader.NodeType -eq [Xml.XmlNodeType]::Text) {
          if ($element -eq 'useOneX') { $network['enterprise'] = ($reader.Value -eq 'true') }
          elseif ($element -eq 'connectionMode') { $network['automatic'] = ($reader.Value -eq 'auto') }
          elseif ($null -eq $network[$element]) { $network[$element] = $reader.Value }
        }
      }
    } finally { $reader.Dispose() }
    $found += , $network
  }
}
Format-Json $found
""",
    seconds=20,
)
RADIOS = Source(
    "bluetooth.radios",
    r"""
$query = "SELECT Name, DeviceID, ConfigManagerErrorCode FROM Win32_PnPEntity WHERE ClassGuid = '{e0cbf06c-cd8b-4647-bb8a-263b43f0f974}'"
$found = @(foreach ($one in @(Get-CimInstance -Query $query)) {
  if ($one.DeviceID -notmatch '^(BTH|SWD|ROOT)') { @{ name = $one.Name; code = [int]$one.ConfigManagerErrorCode } }
})
Format-Json @($found | Sort-Object { $_.name })
""",
    seconds=30,
)
SERVICES = Source(
    "radios.services",
    r"""
$states = Get-ServiceStates
$found = @{}
foreach ($name in @('WlanSvc', 'bthserv', 'icssvc', 'SharedAccess')) {
  $start = Read-Registry LocalMachine "SYSTEM\CurrentControlSet\Services\$name" 'Start'
  $found[$name] = @{ start = $start; running = ($states[$name] -eq 'Running') }
}
Format-Json $found
""",
)
_MOBILE = 8
_DISABLED = 22  # CM_PROB_DISABLED
_DISABLED_START = 4


def parse_wireless(frames: Frames) -> dict[str, Any]:
    """{"adapters": {"Wi-Fi": {"enabled": True, ...}}, "enabled": ["Wi-Fi"], "networks": {"count": 3, ...}, ...}"""
    return {
        **_adapters(frames),
        "service": _service(frames, "WlanSvc"),
        "hotspot": _service(frames, "icssvc"),
        "networks": _networks(frames),
    }


def _adapters(frames: Frames) -> dict[str, Any]:
    if frames.absent(ADAPTERS):
        return dict.fromkeys(
            ("adapters", "enabled"), Unknown("wireless.adapters: this Windows has no class that tells its network adapters")
        )
    try:
        found = [_adapter(answer) for answer in read_objects(frames, ADAPTERS) if answer.get("virtual") is not True]
    except ProbeError as error:
        return dict.fromkeys(("adapters", "enabled"), Unknown(str(error)))
    adapters = dict(found)
    return {"adapters": adapters, "enabled": sorted(name for name, one in adapters.items() if one["enabled"] is not False)}


def _adapter(answer: Answer) -> tuple[str, dict[str, Any]]:
    name = answer.get("name")
    if not isinstance(name, str) or not name:
        raise ProbeError("wireless.adapters: an adapter without a name")
    return name, {
        "description": member(answer, "description"),
        "kind": "mobile" if answer.get("medium") == _MOBILE else "wlan",
        "enabled": boolean(answer, "up"),
    }


def _service(frames: Frames, name: str) -> dict[str, Any] | Unknown:
    """Whether a service may start and whether it runs."""
    try:
        said = read_object(frames, SERVICES).get(name)
    except ProbeError as error:
        return Unknown(str(error))
    if not isinstance(said, dict):
        return Unknown(f"radios.services: the host's answer says nothing of {name}")
    start = member(said, "start")
    odd = Unknown(f"the start of {name} is {str(start)[:40]!r}, which is no number")
    startable = start != _DISABLED_START if isinstance(start, int) and not isinstance(start, bool) else odd
    return {"startable": False if start is None else startable, "running": boolean(said, "running")}


def _networks(frames: Frames) -> dict[str, Any] | Unknown:
    try:
        profiles = read_objects(frames, NETWORKS)
    except ProbeError as error:
        return Unknown(str(error))
    said = [(str(one.get("authentication")), str(one.get("encryption"))) for one in profiles]
    if any("None" in pair for pair in said):
        return Unknown("wireless.networks: a stored network does not say how it authenticates and encrypts")
    return {
        "count": len(profiles),
        "authentication": sorted({authentication for authentication, _ in said}),
        "encryption": sorted({encryption for _, encryption in said}),
        "open": sum(
            authentication == "open" and one.get("enterprise") is not True for one, (authentication, _) in zip(profiles, said, strict=True)
        ),
        "shared_key": sum(authentication.endswith("PSK") or authentication == "WPA3SAE" for authentication, _ in said),
    }


def parse_bluetooth(frames: Frames) -> dict[str, Any]:
    """{"radios": ["Intel(R) Wireless Bluetooth(R)"], "enabled": [...], "service": {"startable": True, "running": True}}"""
    found = read_objects(frames, RADIOS)
    if not all(isinstance(one.get("name"), str) and isinstance(one.get("code"), int) for one in found):
        raise ProbeError("bluetooth.radios: a radio without a name or a state")
    names = Counter(one["name"] for one in found)
    working = Counter(one["name"] for one in found if one["code"] != _DISABLED)
    return {"radios": sorted(names.elements()), "enabled": sorted(working.elements()), "service": _service(frames, "bthserv")}


def _service_facts(name: str, meaning: str) -> tuple[Fact, ...]:
    return (
        Fact(f"{name}.startable", "boolean", f"the service of {meaning} is there and not disabled"),
        Fact(f"{name}.running", "boolean", f"the service of {meaning} runs"),
    )


PROBES = (
    Probe(
        name="wireless",
        sources=(ADAPTERS, NETWORKS, SERVICES),
        facts=(
            Fact("adapters.*.description", "string", "the adapter's maker and model"),
            Fact("adapters.*.kind", "string", "WLAN or mobile broadband", ("wlan", "mobile")),
            Fact("adapters.*.enabled", "boolean", "the adapter is not disabled"),
            Fact("enabled", "strings", "names of wireless adapters that are not disabled"),
            *_service_facts("service", "wireless networks (WlanSvc)"),
            *_service_facts("hotspot", "the mobile hotspot (icssvc)"),
            Fact("networks.count", "integer", "stored wireless networks of all users"),
            Fact("networks.authentication", "strings", "how they authenticate: WPA2, WPA2PSK, WPA3SAE, open ..."),
            Fact("networks.encryption", "strings", "how they encrypt: AES, TKIP, WEP, none ..."),
            Fact("networks.open", "integer", "stored networks without authentication"),
            Fact("networks.shared_key", "integer", "stored networks that all users share one key of"),
        ),
        parse=parse_wireless,
    ),
    Probe(
        name="bluetooth",
        sources=(RADIOS, SERVICES),
        facts=(
            Fact("radios", "strings", "Bluetooth radios that Windows knows of; paired devices are left out"),
            Fact("enabled", "strings", "those of them that are not disabled"),
            *_service_facts("service", "Bluetooth (bthserv)"),
        ),
        parse=parse_bluetooth,
    ),
)
