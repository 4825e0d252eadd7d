"""Which host this is, by its own word, and what its clock said: for display and for noticing conflicts, never for attribution."""

import re
from datetime import UTC, datetime
from typing import Any

from collector.canonical import time_text
from collector.facts import Fact
from collector.probe import Frames, Probe, ProbeError, Source

IDENTITY = Source(
    "host.identity",
    r"""
[Environment]::MachineName
[string](Read-Registry LocalMachine 'SOFTWARE\Microsoft\Cryptography' 'MachineGuid')
$me = [Security.Principal.WindowsIdentity]::GetCurrent()
(New-Object Security.Principal.WindowsPrincipal $me).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator).ToString($invariant)
$me.User.Value
$PSVersionTable.PSVersion.ToString()
""",
)
CLOCK = Source("host.clock", "[DateTimeOffset]::UtcNow.ToUnixTimeSeconds()", volatile=True)


def parse(frames: Frames) -> dict[str, Any]:
    """{"name": "WS-014", "machine_id": "9f0c...", "elevated": true, "account_sid": "S-1-5-18", "powershell": "5.1.2", "clock": "..."}"""
    said = frames.text(IDENTITY).split("\n")
    if len(said) != 6 or said[2] not in {"True", "False"}:  # noqa: PLR2004 - five lines and the end
        raise ProbeError(f"{IDENTITY.name}: the host's answer is not the five lines that it should be")
    name, guid, elevated, sid, version, _ = said
    seconds = frames.text(CLOCK).strip()
    if not re.fullmatch(r"\d{1,12}", seconds):
        raise ProbeError(f"{CLOCK.name}: the host's clock said {seconds[:40]!r}")
    return {
        "name": name or None,
        "machine_id": guid.lower() or None,
        "elevated": elevated == "True",
        "account_sid": sid,
        "powershell": version,
        "clock": time_text(datetime.fromtimestamp(int(seconds), UTC)),
    }


PROBES = (
    Probe(
        name="host",
        sources=(IDENTITY, CLOCK),
        facts=(
            Fact("name", "string", "what the host calls itself (its NetBIOS name)"),
            Fact("machine_id", "string", "MachineGuid of the registry"),
            Fact("elevated", "boolean", "the collection script ran with the rights of an administrator"),
            Fact("account_sid", "string", "the SID of the account that the collection script ran as; S-1-5-18 is SYSTEM"),
            Fact("powershell", "string", "the version of PowerShell that ran the script"),
            Fact("clock", "string", "the host's clock in UTC when the script ran"),
        ),
        parse=parse,
    ),
)
