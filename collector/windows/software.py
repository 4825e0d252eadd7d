"""Installed software, for 64-bit and 32-bit programs and for users who are logged on, and what of it lets others onto a screen."""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_objects

SOFTWARE = Source(
    "software",
    r"""
$places = @(
  @('LocalMachine', 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'),
  @('LocalMachine', 'SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall')
)
foreach ($sid in @(Get-Subkeys Users '' | Where-Object { $_ -match '^S-1-(5-21|12-1)-[0-9-]+$' })) {
  $places += , @('Users', "$sid\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall")
}
$found = foreach ($place in $places) {
  foreach ($key in @(Get-Subkeys $place[0] $place[1])) {
    $values = Read-RegistryKey $place[0] "$($place[1])\$key"
    if ($null -eq $values -or -not $values['DisplayName'] -or $values['SystemComponent'] -eq 1) { continue }
    @{ name = [string]$values['DisplayName']; version = [string]$values['DisplayVersion']; publisher = [string]$values['Publisher'] }
  }
}
Format-Json @($found)
""",
    seconds=60,
)
REMOTE_ACCESS: Final = (
    "teamviewer", "anydesk", "logmein", "gotoassist", "gotomypc", "splashtop", "rustdesk", "vnc", "screenconnect", "connectwise control",
    "chrome remote desktop", "parsec", "ammyy", "supremo", "remote utilities", "dameware", "radmin", "zoho assist", "bomgar",
    "beyondtrust remote support", "ultraviewer", "atera", "simplehelp", "meshcentral", "meshagent", "ngrok", "tailscale", "zerotier",
)  # fmt: skip

# Office by the names that its installers give it; its parts for single programs and languages begin with the same words.
_OFFICE: Final = ("Microsoft 365", "Microsoft Office", "Office 16 Click-to-Run")


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"installed": ["7-Zip 24.08 (x64) 24.08"], "names": ["7-Zip 24.08 (x64)"], "remote_access": [], "office": False}"""
    answers = read_objects(frames, SOFTWARE)
    if not all(isinstance(one.get("name"), str) and one["name"] for one in answers):
        raise ProbeError(f"{SOFTWARE.name}: a program in the list has no name")
    names = sorted({str(one["name"]) for one in answers})
    return {
        "installed": sorted({_line(one) for one in answers}),
        "names": names,
        "remote_access": [name for name in names if any(word in name.lower() for word in REMOTE_ACCESS)],
        "office": any(name.startswith(_OFFICE) for name in names),
    }


def _line(one: Answer) -> str:
    return " ".join(str(part) for part in (one["name"], one.get("version") or "") if part)


PROBES = (
    Probe(
        name="software",
        sources=(SOFTWARE,),
        facts=(
            Fact("installed", "strings", "programs with their versions"),
            Fact("names", "strings", "their names"),
            Fact("remote_access", "strings", "those known to let others see or steer this host from elsewhere"),
            Fact("office", "boolean", "Microsoft Office, or one of its programs, is installed"),
        ),
        parse=parse,
    ),
)
