"""Sockets that listen, and which programs and services hold them. Ports that change from start to start are told by their holders."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from collector.facts import Fact
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_objects

SOCKETS = Source(
    "sockets",
    r"""
$programs = @{}
foreach ($one in @(Get-CimInstance -Query 'SELECT ProcessId, Name FROM Win32_Process')) {
  $programs[[int]$one.ProcessId] = [string]$one.Name
}
$services = @{}
foreach ($one in @(Get-CimInstance -Query "SELECT ProcessId, Name FROM Win32_Service WHERE State = 'Running'")) {
  # Services of single users are named anew at each logon.
  $services[[int]$one.ProcessId] = @($services[[int]$one.ProcessId]) + @(([string]$one.Name) -replace '_[0-9a-f]{4,8}$', '')
}
$kinds = @(
  @('tcp', 'MSFT_NetTCPConnection', 'MSFT_NetTCPSetting'),
  @('udp', 'MSFT_NetUDPEndpoint', 'MSFT_NetUDPSetting')
)
$seen = @{}
foreach ($kind in $kinds) {
  $ranges = @(foreach ($one in @(Get-Instances 'root/StandardCimv2' $kind[2])) {
    if ([int]$one.DynamicPortRangeNumberOfPorts -gt 0) { , @([int]$one.DynamicPortRangeStartPort, [int]$one.DynamicPortRangeNumberOfPorts) }
  })
  foreach ($one in @(Get-Instances 'root/StandardCimv2' $kind[1])) {
    if ($kind[0] -eq 'tcp' -and [int]$one.State -ne 2) { continue }
    $port = [int]$one.LocalPort
    foreach ($range in $ranges) { if ($port -ge $range[0] -and $port -lt $range[0] + $range[1]) { $port = 0 } }
    $process = [int]$one.OwningProcess
    $socket = @{
      protocol = $kind[0]
      address = [string]$one.LocalAddress
      port = $port
      program = $programs[$process]
      services = @($services[$process] | Where-Object { $_ } | Sort-Object -Unique)
    }
    $seen[(Format-Json $socket)] = $socket
  }
}
$ordered = [object[]]@($seen.Keys)
[Array]::Sort($ordered, [StringComparer]::Ordinal)
Format-Json @(foreach ($one in $ordered) { $seen[$one] })
""",
    seconds=60,
)
_HIGHEST = 65535
_SHARED_PROCESS = "svchost.exe"


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"exposed": ["tcp/445"], "exposed_dynamic": ["lsass.exe"], "by_port": {"tcp/445": {"holders": ["System"]}}}"""
    holders: dict[str, set[str]] = {}
    changing: set[str] = set()
    for one in read_objects(frames, SOCKETS):
        if not _only_here(one):
            port = _port(one)
            (holders.setdefault(f"{one['protocol']}/{port}", set()) if port else changing).update(_holders(one))
    return {
        "exposed": sorted(holders),
        "exposed_dynamic": sorted(changing),
        "by_port": {port: {"holders": sorted(names)} for port, names in holders.items()},
    }


def _port(one: Answer) -> int:
    port = one.get("port")
    if one.get("protocol") not in {"tcp", "udp"} or isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= _HIGHEST:
        raise ProbeError(f"{SOCKETS.name}: a socket without a protocol or a port")
    return port


def _only_here(one: Answer) -> bool:
    """True where only this host itself reaches the socket."""
    text = str(one.get("address")).partition("%")[0]
    try:
        address = ip_address(text)
    except ValueError as error:
        raise ProbeError(f"{SOCKETS.name}: {text[:60]!r} is no address") from error
    return address.is_loopback


def _holders(one: Answer) -> list[str]:
    """The services where their process is the shared one of Windows, else the program."""
    program, services = one.get("program"), one.get("services")
    if not isinstance(services, list) or not all(isinstance(name, str) for name in services):
        raise ProbeError(f"{SOCKETS.name}: a socket whose services are no texts")
    if services and (program is None or str(program).lower() == _SHARED_PROCESS):
        return services
    return [str(program or "a program that has ended")]


PROBES = (
    Probe(
        name="sockets",
        sources=(SOCKETS,),
        facts=(
            Fact(
                "exposed", "strings", "ports that listen to the network, as in tcp/445; those of the host's own changing range are left out"
            ),
            Fact("exposed_dynamic", "strings", "programs, or services of Windows, that listen to the network on ports of that range"),
            Fact("by_port.*.holders", "strings", "the programs, or services of Windows, that hold such a port; System is Windows itself"),
        ),
        parse=parse,
    ),
)
