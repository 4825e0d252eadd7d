"""Updates: how they come, what was installed when, and which of those that the host knows of are still missing."""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import member, read_object
from collector.windows.codes import moment
from collector.windows.machine_values import POLICIES, known, machine_values, read_values

_POLICY: Final = rf"{POLICIES}\Windows\WindowsUpdate"
POLICY = machine_values(
    "updates.policy",
    [
        *(rf"{_POLICY}|{name}" for name in ("WUServer", "DoNotConnectToWindowsUpdateInternetLocations", "DisableWindowsUpdateAccess")),
        *(rf"{_POLICY}\AU|{name}" for name in ("UseWUServer", "NoAutoUpdate", "AUOptions", "ScheduledInstallDay")),
    ],
)
LATELY = Source(
    "updates.lately",
    r"""
$results = (New-Object -ComObject Microsoft.Update.AutoUpdate).Results
Format-Json @{
  searched = $(if ($results.LastSearchSuccessDate) { [DateTime]::SpecifyKind($results.LastSearchSuccessDate, 'Utc') })
  installed = $(if ($results.LastInstallationSuccessDate) { [DateTime]::SpecifyKind($results.LastInstallationSuccessDate, 'Utc') })
}
""",
    volatile=True,
    seconds=30,
)
# Asks what the host has heard of already, and no server.
MISSING = Source(
    "updates.missing",
    r"""
$searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
$searcher.Online = $false
$found = foreach ($one in $searcher.Search('IsInstalled=0 and IsHidden=0').Updates) {
  @{ title = [string]$one.Title; severity = [string]$one.MsrcSeverity; articles = @($one.KBArticleIDs | ForEach-Object { "KB$_" }) }
}
Format-Json @{ missing = @($found) }
""",
    volatile=True,
    seconds=120,
)
HOTFIXES = Source(
    "updates.hotfixes",
    r"""
$ids = [object[]]@(Get-CimInstance -ClassName Win32_QuickFixEngineering | ForEach-Object { [string]$_.HotFixID } | Sort-Object -Unique)
Format-Json @{ hotfixes = @($ids) }
""",
    seconds=60,
)
_OPTIONS: Final = {2: "notify", 3: "download", 4: "install", 5: "administrator_chooses", 7: "notify_restart"}


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"automatic": true, "mode": "install", "server": "https://wsus.corp.example:8531", "hotfixes": ["KB5044281"], "missing": [], ...}"""
    values = read_values(frames, POLICY)
    off = values.flag(rf"{_POLICY}\AU|NoAutoUpdate")
    used = values.flag(rf"{_POLICY}\AU|UseWUServer")
    return {
        "automatic": known(not off if isinstance(off, bool) else off, default=True),
        "mode": values.word(rf"{_POLICY}\AU|AUOptions", _OPTIONS),
        "server": values.text(rf"{_POLICY}|WUServer") if used is True else used if isinstance(used, Unknown) else None,
        "hotfixes": _answer(frames, HOTFIXES, "hotfixes"),
        "searched_on": _moment(frames, "searched"),
        "installed_on": _moment(frames, "installed"),
        **_missing(frames),
    }


def _answer(frames: Frames, source: Source, name: str) -> Value | Unknown:
    try:
        return member(read_object(frames, source), name)
    except ProbeError as error:
        return Unknown(str(error))


def _moment(frames: Frames, name: str) -> Value | Unknown:
    try:
        return moment(read_object(frames, LATELY), name)
    except ProbeError as error:
        return Unknown(str(error))


def _missing(frames: Frames) -> dict[str, Value | Unknown]:
    found = _answer(frames, MISSING, "missing")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        reason = found if isinstance(found, Unknown) else Unknown(f"{MISSING.name}: the host's answer is no list of updates")
        return dict.fromkeys(("missing", "missing_severe"), reason)
    return {
        "missing": sorted(str(one.get("title")) for one in found),
        "missing_severe": sorted(str(one.get("title")) for one in found if one.get("severity") in {"Critical", "Important"}),
    }


PROBES = (
    Probe(
        name="updates",
        sources=(POLICY, LATELY, MISSING, HOTFIXES),
        facts=(
            Fact("automatic", "boolean", "updates are not switched off by policy"),
            Fact("mode", "string", "what a policy has the host do by itself; null where there is none", tuple(_OPTIONS.values())),
            Fact("server", "string", "the update server of the organization that is used; null where it is Microsoft's"),
            Fact("hotfixes", "strings", "the updates that are installed, as KB numbers"),
            Fact("searched_on", "string", "when the host last looked for updates with success"),
            Fact("installed_on", "string", "when it last installed some with success"),
            Fact("missing", "strings", "updates that it has heard of and not installed"),
            Fact("missing_severe", "strings", "those of them that Microsoft calls critical or important"),
        ),
        parse=parse,
    ),
)
