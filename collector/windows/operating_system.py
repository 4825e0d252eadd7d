"""Which Windows this is, and which domain it belongs to."""

from typing import Any, Final

from collector.facts import Fact, Value
from collector.probe import Frames, Probe, Source
from collector.windows.answers import member, read_object
from collector.windows.codes import boolean, moment
from collector.windows.release import KINDS, RELEASE, read_release

SYSTEM = Source(
    "os",
    r"""
$key = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$machine = Get-CimInstance -ClassName Win32_ComputerSystem
$system = Get-CimInstance -ClassName Win32_OperatingSystem
$joined = @(Get-Subkeys LocalMachine 'SYSTEM\CurrentControlSet\Control\CloudDomainJoin\JoinInfo')
Format-Json @{
  name = [string]$system.Caption
  edition = Read-Registry LocalMachine $key 'EditionID'
  display_version = Read-Registry LocalMachine $key 'DisplayVersion'
  release_id = Read-Registry LocalMachine $key 'ReleaseId'
  revision = Read-Registry LocalMachine $key 'UBR'
  installation = Read-Registry LocalMachine $key 'InstallationType'
  domain_joined = [bool]$machine.PartOfDomain
  domain = [string]$machine.Domain
  entra_joined = ($joined.Count -gt 0)
  installed_on = $system.InstallDate
}
""",
    seconds=30,
)
STARTED = Source(
    "os.started", r"Format-Json @{ started = (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime }", volatile=True, seconds=30
)
_CORE: Final = "server core"


def parse(frames: Frames) -> dict[str, Any]:
    """{"product_type": "member_server", "build": 20348, "edition": "ServerStandard", "domain_joined": true, "domain": "corp"}"""
    answer, release = read_object(frames, SYSTEM), read_release(frames)
    shown: Value = answer.get("display_version") or answer.get("release_id")
    joined = boolean(answer, "domain_joined")
    return {
        "name": member(answer, "name"),
        "product_type": release.kind,
        "build": release.build,
        "revision": member(answer, "revision"),
        "edition": member(answer, "edition"),
        "display_version": shown,
        "core": str(answer.get("installation") or "").lower() == _CORE,
        "domain_joined": joined,
        "domain": answer.get("domain") if joined is True else None,
        "entra_joined": boolean(answer, "entra_joined"),
        "installed_on": moment(answer, "installed_on"),
        "started": moment(read_object(frames, STARTED), "started"),
    }


PROBES = (
    Probe(
        name="os",
        sources=(SYSTEM, STARTED, RELEASE),
        facts=(
            Fact("name", "string", "what the system calls itself, in its own language"),
            Fact("product_type", "string", "what it is installed as", tuple(KINDS.values())),
            Fact("build", "integer", "its build, as in 20348"),
            Fact("revision", "integer", "the revision of the build, which every cumulative update raises"),
            Fact("edition", "string", "its edition, as in Enterprise or ServerStandard"),
            Fact("display_version", "string", "its release, as in 22H2"),
            Fact("core", "boolean", "a server without a desktop"),
            Fact("domain_joined", "boolean", "a member of an Active Directory domain, or a controller of one"),
            Fact("domain", "string", "the domain; null where it belongs to none"),
            Fact("entra_joined", "boolean", "joined to Microsoft Entra ID"),
            Fact("installed_on", "string", "when this Windows was installed"),
            Fact("started", "string", "when it was started"),
        ),
        parse=parse,
    ),
)
