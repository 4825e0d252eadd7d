"""How the Local Security Authority guards the secrets of those who are logged on."""

from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, Source
from collector.windows.answers import Answer, or_unknown, read_object
from collector.windows.machine_values import CONTROL, machine_values, read_values

_PPL = rf"{CONTROL}\Lsa|RunAsPPL"
_WDIGEST = rf"{CONTROL}\SecurityProviders\WDigest|UseLogonCredential"
_RESTRICTED = rf"{CONTROL}\Lsa|DisableRestrictedAdmin"
VALUES = machine_values("lsa.values", [_PPL, _WDIGEST, _RESTRICTED])
# When LSA starts as a protected process, Wininit writes event 12 with the level of protection.
STARTED = Source(
    "lsa.started",
    r"""
$start = (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime
$wanted = @{ LogName = 'System'; ProviderName = 'Microsoft-Windows-Wininit'; Id = 12; StartTime = $start.AddMinutes(-5) }
$level = $null
try { $level = [int]@(Get-WinEvent -FilterHashtable $wanted -MaxEvents 1)[0].Properties[0].Value } catch {
  if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { throw }
}
$oldest = @(Get-WinEvent -LogName 'System' -Oldest -MaxEvents 1)[0].TimeCreated
Format-Json @{ level = $level; reaches_start = [bool]($oldest -lt $start) }
""",
    seconds=30,
)
PROTECTION = {0: "off", 1: "on_locked", 2: "on"}


def parse(frames: Frames) -> dict[str, Any]:
    """{"protection": {"set": "on_locked", "running": True}, "plaintext_kept": False, "restricted_admin": None}"""
    values = read_values(frames, VALUES)
    plaintext, disabled = values.flag(_WDIGEST), values.flag(_RESTRICTED)
    return {
        "protection": {"set": values.word(_PPL, PROTECTION), "running": or_unknown(lambda: _since_start(read_object(frames, STARTED)))},
        "plaintext_kept": False if plaintext is None else plaintext,
        "restricted_admin": disabled if isinstance(disabled, Unknown) else disabled is False,
    }


def _since_start(answer: Answer) -> bool | Unknown:
    """True where the event of this start is there, False where the log reaches back to the start and holds none."""
    level = answer.get("level")
    if isinstance(level, int) and not isinstance(level, bool):
        return level > 0
    if level is None and answer.get("reaches_start") is True:
        return False
    return Unknown("lsa.started: the System log does not reach back to the start of Windows; look again after a restart, or enlarge it")


PROBES = (
    Probe(
        name="lsa",
        sources=(VALUES, STARTED),
        facts=(
            Fact(
                "protection.set",
                "string",
                "whether LSA is set to run as a protected process; on_locked: firmware keeps it so; not set: Windows decides",
                tuple(PROTECTION.values()),
            ),
            Fact("protection.running", "boolean", "LSA runs as a protected process since Windows started"),
            Fact("plaintext_kept", "boolean", "WDigest keeps passwords readable in memory; not so where nothing is set"),
            Fact("restricted_admin", "boolean", "Remote Desktop takes Restricted Admin connections"),
        ),
        parse=parse,
    ),
)
