"""Event logs: how large they grow and what becomes of the oldest events, whether they are written, and where events are sent."""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, Source
from collector.windows.answers import Answer, member, read_object, read_objects
from collector.windows.codes import boolean

LOGS: Final = (
    "Application",
    "Security",
    "Setup",
    "System",
    "Windows PowerShell",
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-Windows Defender/Operational",
    "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
    "Microsoft-Windows-TaskScheduler/Operational",
    "Microsoft-Windows-DriverFrameworks-UserMode/Operational",
    "Microsoft-Windows-DNS-Client/Operational",
    "ForwardedEvents",
)
_ASKED = "\n".join(f"  '{name}'" for name in LOGS)
EVENT_LOGS = Source(
    "event_logs",
    rf"""
$found = foreach ($name in @(
{_ASKED}
)) {{
  try {{
    $log = New-Object System.Diagnostics.Eventing.Reader.EventLogConfiguration $name
    @{{ name = $name; bytes = $log.MaximumSizeInBytes; mode = [string]$log.LogMode; enabled = $log.IsEnabled; file = $log.LogFilePath }}
    $log.Dispose()
  }} catch [System.Diagnostics.Eventing.Reader.EventLogNotFoundException] {{ @{{ name = $name; missing = $true }} }}
}}
Format-Json @($found)
""",
    seconds=30,
)
FORWARDING = Source(
    "event_forwarding",
    r"""
$values = Read-RegistryKey LocalMachine 'SOFTWARE\Policies\Microsoft\Windows\EventLog\EventForwarding\SubscriptionManager'
$managers = @()
if ($null -ne $values) { $managers = @($values.Values | ForEach-Object { [string]$_ } | Sort-Object) }
$names = @(
  'winlogbeat', 'elastic agent', 'nxlog', 'SplunkForwarder', 'WazuhSvc', 'OssecSvc', 'AzureMonitorAgent', 'HealthService', 'snare'
  'syslog-ng Agent', 'rsyslog', 'fluent-bit', 'td-agent', 'fluentdwinsvc', 'cribl', 'LogRhythmSystemMonitor', 'Sysmon', 'Sysmon64'
)
$states = Get-ServiceStates
$agents = @($names | Where-Object { $states.ContainsKey($_) } | Sort-Object)
Format-Json @{
  managers = @($managers)
  agents = $agents
  running = @($agents | Where-Object { $states[$_] -eq 'Running' })
}
""",
    seconds=20,
)
_MODES: Final = {"Circular": "overwrites", "Retain": "stops", "AutoBackup": "archives"}
_ONLY_RECORDS = {"Sysmon", "Sysmon64"}


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"Security": {"exists": true, "kilobytes": 196608, "when_full": "overwrites", "enabled": true, "file": "%SystemRoot%..."}}"""
    found = {str(one.get("name")): one for one in read_objects(frames, EVENT_LOGS)}
    return {name: _log(name, found.get(name)) for name in LOGS}


def _log(name: str, one: Answer | None) -> dict[str, Value | Unknown]:
    leaves = ("kilobytes", "when_full", "enabled", "file")
    if one is None:
        return dict.fromkeys(("exists", *leaves), Unknown(f"the host's answer says nothing of the log {name}"))
    if one.get("missing") is True:
        return {"exists": False} | dict.fromkeys(leaves)
    size, mode = one.get("bytes"), str(one.get("mode"))
    return {
        "exists": True,
        "kilobytes": size // 1024 if isinstance(size, int) and not isinstance(size, bool) else Unknown(f"the size of {name} is no number"),
        "when_full": _MODES.get(mode, Unknown(f"the mode of {name} is {mode[:40]!r}, which is none known here")),
        "enabled": boolean(one, "enabled"),
        "file": member(one, "file"),
    }


def parse_forwarding(frames: Frames) -> Mapping[str, Any]:
    """{"managers": ["Server=https://wec.corp.example:5986/..."], "agents": ["SplunkForwarder"], "running": [...], "sent": true}"""
    answer = read_object(frames, FORWARDING)
    managers, agents, running = (member(answer, name) for name in ("managers", "agents", "running"))
    sent: Value | Unknown = Unknown("the host's answer is not whole")
    if isinstance(managers, list) and isinstance(running, list):
        sent = bool(managers) or bool(set(running) - _ONLY_RECORDS)
    return {"managers": managers, "agents": agents, "running": running, "sent": sent}


PROBES = (
    Probe(
        name="event_logs",
        sources=(EVENT_LOGS,),
        facts=(
            Fact("*.exists", "boolean", "the log is there", members=LOGS),
            Fact("*.kilobytes", "integer", "how large it may grow", members=LOGS),
            Fact("*.when_full", "string", "what becomes of the oldest events then", ("overwrites", "stops", "archives"), members=LOGS),
            Fact("*.enabled", "boolean", "it is written", members=LOGS),
            Fact("*.file", "string", "where it stands", members=LOGS),
        ),
        parse=parse,
    ),
    Probe(
        name="event_forwarding",
        sources=(FORWARDING,),
        facts=(
            Fact("managers", "strings", "the collectors that a policy of Windows Event Forwarding names"),
            Fact("agents", "strings", "services of agents known to record or to send events"),
            Fact("running", "strings", "those of them that run"),
            Fact("sent", "boolean", "a collector is named, or a known agent that sends events runs"),
        ),
        parse=parse_forwarding,
    ),
)
