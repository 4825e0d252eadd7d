r"""Scheduled tasks that run with more rights than ordinary users have, and whether those could change what is run.

A task is privileged that runs as the system, as one of its two service accounts, or with all the rights of its user.
"""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_object
from collector.windows.places import judge_places, list_open

TASKS = Source(
    "tasks",
    r"""
$service = New-Object -ComObject Schedule.Service
$service.Connect()
$folders = New-Object Collections.Queue
$folders.Enqueue($service.GetFolder('\'))
$places = @{}
# Arguments may hold secrets; of them only paths of programs and scripts are told.
$ending = '\.(?:exe|com|bat|cmd|ps1|vbs|js|wsf|py|jar|dll)'
$inside = '"([A-Za-z]:\\[^"]+' + $ending + ')"|(?<![\w\\])([A-Za-z]:\\[^\s",;]+' + $ending + ')'
$found = while ($folders.Count -gt 0) {
  $folder = $folders.Dequeue()
  foreach ($one in @($folder.GetFolders(0))) { $folders.Enqueue($one) }
  foreach ($task in @($folder.GetTasks(1))) {
    $xml = ([xml]$task.Xml).Task
    $user = [string]$xml.Principals.Principal.UserId
    if ($user -and $user -notmatch '^S-1-') {
      try { $user = (New-Object Security.Principal.NTAccount $user).Translate([Security.Principal.SecurityIdentifier]).Value } catch { }
    }
    $all = [string]$xml.Principals.Principal.RunLevel -eq 'HighestAvailable'
    if (-not $all -and @('S-1-5-18', 'S-1-5-19', 'S-1-5-20') -notcontains $user) { continue }
    $programs = @(foreach ($action in @($xml.Actions.Exec)) {
      if ($null -eq $action) { continue }
      $command = [Environment]::ExpandEnvironmentVariables([string]$action.Command).Trim().Trim('"')
      $command
      foreach ($match in [regex]::Matches([Environment]::ExpandEnvironmentVariables([string]$action.Arguments), $inside, 'IgnoreCase')) {
        $match.Groups[1].Value + $match.Groups[2].Value
      }
    })
    foreach ($program in $programs) { if ($program -match '^([A-Za-z]:|\\)\\') { $places[$program] = Get-Place $program } }
    @{ path = $task.Path; enabled = [bool]$task.Enabled; user = $user; all = $all; programs = $programs }
  }
}
Format-Json @{ tasks = @($found | Sort-Object { $_.path }); places = $places }
""",
    seconds=60,
)
_WINDOWS_OWN: Final = "\\Microsoft\\Windows\\"


def parse(frames: Frames) -> Mapping[str, Any]:
    r"""{"privileged": ["\\Backup: C:\\Tools\\backup.exe"], "from_writable_places": [], "from_other_hosts": []}"""
    answer = read_object(frames, TASKS)
    tasks, places = answer.get("tasks"), answer.get("places")
    if not isinstance(tasks, list) or not isinstance(places, dict) or not all(isinstance(one, dict) for one in (*tasks, *places.values())):
        raise ProbeError(f"{TASKS.name}: the host's answer is not whole")
    lines = {f"{one.get('path')}: {program}": program for one in tasks if one.get("enabled") is True for program in _programs(one)}
    here = {line: program for line, program in lines.items() if program in places and not program.startswith("\\\\")}
    return {
        "privileged": sorted(line for line in lines if not line.startswith(_WINDOWS_OWN)),
        "from_writable_places": list_open(here, judge_places(places)),
        "from_other_hosts": sorted(line for line, program in lines.items() if program.startswith("\\\\")),
    }


def _programs(one: Answer) -> list[str]:
    programs = one.get("programs")
    if not isinstance(one.get("path"), str) or not isinstance(programs, list) or not all(isinstance(program, str) for program in programs):
        raise ProbeError(f"{TASKS.name}: a task without a path, or with programs that are no texts")
    return programs


PROBES = (
    Probe(
        name="tasks",
        sources=(TASKS,),
        facts=(
            Fact("privileged", "strings", "tasks that are not Windows's own and run with more rights, each with a program that it starts"),
            Fact(
                "from_writable_places",
                "strings",
                "of all tasks that run with more rights, those whose program or script ordinary users could change or put there",
            ),
            Fact("from_other_hosts", "strings", "those whose program stands on another host"),
        ),
        parse=parse,
    ),
)
