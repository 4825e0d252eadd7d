"""Services: how they start, whether they run, as whom, and from which paths."""

import re
from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, or_unknown, read_object, read_objects
from collector.windows.places import judge_places, list_open

SERVICES = Source(
    "services",
    r"""
$found = foreach ($one in Get-CimInstance -ClassName Win32_Service) {
  @{
    name = $one.Name
    start = $one.StartMode
    delayed = $one.DelayedAutoStart
    state = $one.State
    account = $one.StartName
    program = Get-StartedProgram ([string]$one.PathName)
  }
}
Format-Json @($found)
""",
    seconds=60,
)
PLACES = Source(
    "services.places",
    r"""
$places = @{}
foreach ($one in @(Get-CimInstance -Query 'SELECT PathName FROM Win32_Service')) {
  $program = (Get-StartedProgram ([string]$one.PathName)).Trim('"')
  if ($program -match '^[A-Za-z]:\\' -and -not $places.ContainsKey($program)) { $places[$program] = Get-Place $program }
}
Format-Json $places
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
# Accounts of Windows itself, of single services, and those whose passwords Windows or the domain changes by itself.
_KEPT_BY_WINDOWS = re.compile(r"localsystem|(nt authority|nt service)\\.*|.*\$", re.IGNORECASE)
# Agents that look for missing updates and weak settings and tell a server of them, by the name of their service.
SCANNERS: Final = ("Tenable Nessus Agent", "QualysAgent", "ir_agent", "Sense", "TaniumClient", "WazuhSvc")
# Per-user services are named anew at each logon: CDPUserSvc_4f2a1.
_OF_A_USER = re.compile(r".+_[0-9a-f]{4,8}")


def _read(frames: Frames) -> list[Answer]:
    answers = read_objects(frames, SERVICES)
    names = [one.get("name") for one in answers]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ProbeError(f"{SERVICES.name}: the list of services is empty, or has one without a name")
    return [one for one in answers if not _OF_A_USER.fullmatch(str(one["name"]))]


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"installed": ["Spooler", "W32Time"], "by_name": {"W32Time": {"start": "automatic", "running": true, "account": "..."}}, ...}"""
    answers = _read(frames)
    names, running = {str(one["name"]) for one in answers}, {str(one["name"]) for one in answers if one.get("state") == "Running"}
    return {
        "installed": sorted(names),
        "by_name": {str(one["name"]): _service(one) for one in answers},
        "accounts_of_their_own": _own_accounts(answers),
        "vulnerability_scanners": [name for name in SCANNERS if name in names],
        "vulnerability_scanners_stopped": [name for name in SCANNERS if name in names - running],
    }


def _own_accounts(answers: list[Answer]) -> list[str]:
    """Accounts of services that can be used, other than those that Windows keeps; a service without an account runs in the kernel."""
    used = {str(one.get("account") or "") for one in answers if STARTS.get(str(one.get("start"))) != "disabled"}
    return sorted(account for account in used if account and not _KEPT_BY_WINDOWS.fullmatch(account.removeprefix(".\\")))


def _service(one: Answer) -> dict[str, Value | Unknown]:
    mode, state = one.get("start"), one.get("state")
    start: Value | Unknown = STARTS.get(str(mode), Unknown(f"the host's start mode is {str(mode)[:40]!r}, which is none known here"))
    if start == "automatic" and one.get("delayed") is True:
        start = _DELAYED
    running = state == "Running" if isinstance(state, str) and state else Unknown("the host does not say whether it runs")
    return {"start": start, "running": running, "account": member(one, "account")}


def parse_paths(frames: Frames) -> Mapping[str, Any]:
    r"""{"unquoted": ["Updater: C:\\Program Files\\Updater\\update.exe"], "writable": []}"""
    answers = _read(frames)
    usable = [one for one in answers if one.get("start") != "Disabled"]
    return {
        "unquoted": sorted(line for line, program in _lines(answers).items() if _is_open(program)),
        "writable": or_unknown(lambda: _writable(_lines(usable), frames)),
    }


def _lines(answers: list[Answer]) -> dict[str, str]:
    """What is told of each service -> its program."""
    return {f"{one['name']}: {one.get('program')}": str(one.get("program") or "") for one in answers}


def _writable(lines: Mapping[str, str], frames: Frames) -> list[str] | Unknown:
    places = read_object(frames, PLACES)
    if not all(isinstance(said, dict) for said in places.values()):
        raise ProbeError(f"{PLACES.name}: the host's answer is not whole")
    plain = {line: program.strip('"') for line, program in lines.items()}
    return list_open({line: program for line, program in plain.items() if program in places}, judge_places(places))


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
            Fact(
                "accounts_of_their_own",
                "strings",
                "accounts of services that are not disabled, other than those of Windows and those whose passwords change by themselves",
            ),
            Fact("vulnerability_scanners", "strings", "services of agents known to look for vulnerabilities"),
            Fact("vulnerability_scanners_stopped", "strings", "those of them that do not run"),
        ),
        parse=parse,
    ),
    Probe(
        name="service_paths",
        sources=(SERVICES, PLACES),
        facts=(
            Fact("unquoted", "strings", "services whose program stands in a path with blanks and without quotes, with that path"),
            Fact(
                "writable",
                "strings",
                "services in use whose program ordinary users could change, or put a file beside it, with that path",
            ),
        ),
        parse=parse_paths,
    ),
)
