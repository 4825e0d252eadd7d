"""Who may read, change and delete what Windows has recorded, and the programs that read it and say what is recorded."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.access_lists import (
    APPEND_DATA,
    DELETE,
    DELETE_CHILD,
    ORDINARY,
    OVER_ALL,
    READ_DATA,
    WRITE_DAC,
    WRITE_DATA,
    WRITE_OWNER,
    read_access_list,
)
from collector.windows.answers import Answer, or_unknown, read_object

LOG_PROTECTION = Source(
    "log_protection",
    r"""
$files = @{}
foreach ($name in @('Application', 'Security', 'System')) {
  $log = New-Object System.Diagnostics.Eventing.Reader.EventLogConfiguration $name
  $files[$name] = Get-Place ([Environment]::ExpandEnvironmentVariables($log.LogFilePath))
  if ($name -eq 'Security') { $channel = $log.SecurityDescriptor }
  $log.Dispose()
}
$tools = @{}
foreach ($name in @('auditpol.exe', 'eventvwr.exe', 'wecutil.exe', 'wevtutil.exe')) {
  $path = Join-Path ([Environment]::SystemDirectory) $name
  if ([IO.File]::Exists($path)) { $tools[$name] = Get-Place $path }
}
Format-Json @{ files = $files; tools = $tools; channel = $channel }
""",
    seconds=20,
)
_CHANGE: Final = WRITE_DATA | APPEND_DATA | WRITE_DAC | WRITE_OWNER
# The rights of a log itself have bits of their own: EVT_READ_ACCESS and EVT_CLEAR_ACCESS of winevt.h.
_READ_LOG, _CLEAR_LOG = 0x1, 0x4


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"readable": [], "changeable": [], "deletable": [], "tools_changeable": [], ..., "security_log_readers": ["S-1-5-18", ...]}"""
    answer = read_object(frames, LOG_PROTECTION)
    files, tools = _places(answer, "files"), _places(answer, "tools")
    return {
        "readable": _names_where(files, lambda one: _rights(one, "file") & READ_DATA),
        "changeable": _names_where(files, lambda one: _rights(one, "file") & _CHANGE),
        "deletable": _names_where(files, _may_delete),
        "tools_changeable": _names_where(tools, lambda one: _rights(one, "file") & _CHANGE),
        "tools_deletable": _names_where(tools, _may_delete),
        "security_log_readers": _channel(answer, _READ_LOG),
        "security_log_clearers": _channel(answer, _CLEAR_LOG | OVER_ALL),
    }


def _places(answer: Answer, name: str) -> dict[str, Answer]:
    found = answer.get(name)
    if not isinstance(found, dict) or not found or not all(isinstance(one, dict) for one in found.values()):
        raise ProbeError(f"{LOG_PROTECTION.name}: the host's answer is not whole")
    return found


def _names_where(places: Mapping[str, Answer], may: Callable[[Answer], int]) -> list[str] | Unknown:
    """Names whose place gives ordinary users this; where none does and one is not known, the reason of that."""
    judged = {name: or_unknown(lambda one=one: bool(may(one))) for name, one in sorted(places.items())}  # type: ignore[misc] # the default binds this one
    unclear = next((one for one in judged.values() if isinstance(one, Unknown)), None)
    return [name for name, one in judged.items() if one is True] or unclear or []


def _rights(one: Answer, which: str) -> int:
    text = one.get(which)
    if not isinstance(text, str):
        raise ProbeError(
            f"{LOG_PROTECTION.name}: the access list could not be read: {str(one.get('problem'))[:80]}; collect as an administrator"
        )
    return read_access_list(text).rights(ORDINARY)


def _may_delete(one: Answer) -> int:
    return _rights(one, "file") & DELETE or _rights(one, "folder") & DELETE_CHILD


def _channel(answer: Answer, rights: int) -> list[str] | Unknown:
    text = answer.get("channel")
    if not isinstance(text, str):
        return Unknown(f"{LOG_PROTECTION.name}: the host does not say who may read the Security log")
    return or_unknown(lambda: read_access_list(text).holders(rights))


PROBES = (
    Probe(
        name="log_protection",
        sources=(LOG_PROTECTION,),
        facts=(
            Fact("readable", "strings", "of Application, Security and System, the logs whose file ordinary users may read"),
            Fact("changeable", "strings", "those whose file ordinary users may change"),
            Fact("deletable", "strings", "those whose file ordinary users may delete"),
            Fact(
                "tools_changeable",
                "strings",
                "of the programs that read logs and set what is recorded, those that ordinary users may change",
            ),
            Fact("tools_deletable", "strings", "those of them that ordinary users may delete"),
            Fact("security_log_readers", "strings", "the SIDs that may read the Security log"),
            Fact("security_log_clearers", "strings", "the SIDs that may clear the Security log, or change who may"),
        ),
        parse=parse,
    ),
)
