"""Services: how they start, whether they run, as whom, and from which paths."""

import re
from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, read_objects

SERVICES = Source(
    "services",
    r"""
$found = foreach ($one in Get-CimInstance -ClassName Win32_Service) {
  $path = [string]$one.PathName
  # Arguments may hold secrets; what is started is told up to the end of the program.
  if ($path -match '^("[^"]*"|.*?\.(exe|sys|dll|com|bat|cmd))') { $path = $Matches[1] } else { $path = $path.Split(' ')[0] }
  @{
    name = $one.Name
    start = $one.StartMode
    delayed = $one.DelayedAutoStart
    state = $one.State
    account = $one.StartName
    program = $path
  }
}
Format-Json @($found)
""",
    seconds=60,
)
STARTS: Final[Mapping[str, str]] = {
    "Auto": "automatic",
    "Manual": "manual",
    "Disabled": "disabled",
    "Boot": "boot",
    "System": "system",
}
_DELAYED = "automatic_delayed"
# Per-user services are named anew at each logon: CDPUserSvc_4f2a1.
_OF_A_USER = re.compile(r".+_[0-9a-f]{4,8}")


def _read(frames: Frames) -> list[Answer]:
    answers = read_objects(frames, SERVICES)
    names = [one.get("name") for one in answers]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ProbeError(f"{SERVICES.name}: the list of services is empty, or has one without a name")
    return [one for one in answers if not _OF_A_USER.fullmatch(str(one["name"]))]


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"installed": ["Spooler", "W32Time"], "by_name": {"W32Time": {"start": "automatic", "running": true, "account": "..."}}}"""
    answers = _read(frames)
    return {"installed": sorted(str(one["name"]) for one in answers), "by_name": {str(one["name"]): _service(one) for one in answers}}


def _service(one: Answer) -> dict[str, Value | Unknown]:
    mode, state = one.get("start"), one.get("state")
    start: Value | Unknown = STARTS.get(str(mode), Unknown(f"the host's start mode is {str(mode)[:40]!r}, which is none known here"))
    if start == "automatic" and one.get("delayed") is True:
        start = _DELAYED
    running = state == "Running" if isinstance(state, str) and state else Unknown("the host does not say whether it runs")
    return {"start": start, "running": running, "account": member(one, "account")}


def parse_paths(frames: Frames) -> Mapping[str, Any]:
    r"""{"unquoted": ["Updater: C:\\Program Files\\Updater\\update.exe"]}"""
    return {"unquoted": sorted(f"{one['name']}: {one['program']}" for one in _read(frames) if _is_open(str(one.get("program") or "")))}


def _is_open(program: str) -> bool:
    """True where Windows would try another program first, because a path with blanks stands without quotes."""
    return not program.startswith('"') and " " in program and not program.lower().startswith(("\\systemroot\\", "\\??\\", "system32\\"))


PROBES = (
    Probe(
        name="services",
        sources=(SERVICES,),
        facts=(
            Fact("installed", "strings", "the names of all services; those of single users, named anew at each logon, are left out"),
            Fact("by_name.*.start", "string", "how it starts", (*STARTS.values(), _DELAYED)),
            Fact("by_name.*.running", "boolean", "it runs now"),
            Fact("by_name.*.account", "string", "the account that it runs as"),
        ),
        parse=parse,
    ),
    Probe(
        name="service_paths",
        sources=(SERVICES,),
        facts=(Fact("unquoted", "strings", "services whose program stands in a path with blanks and without quotes, with that path"),),
        parse=parse_paths,
    ),
)
