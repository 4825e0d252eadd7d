"""What PowerShell records of the commands that run, and which scripts it runs at all."""

from typing import Any, Final

from collector.facts import Fact
from collector.probe import Frames, Probe, Source
from collector.windows.answers import member, read_object
from collector.windows.machine_values import POLICIES, known, machine_values, read_values

_POLICY: Final = rf"{POLICIES}\Windows\PowerShell"
_SHELL: Final = r"SOFTWARE\Microsoft\PowerShell\1\ShellIds\Microsoft.PowerShell"
POWERSHELL = machine_values(
    "powershell",
    [
        rf"{_POLICY}\ScriptBlockLogging|EnableScriptBlockLogging",
        rf"{_POLICY}\ScriptBlockLogging|EnableScriptBlockInvocationLogging",
        rf"{_POLICY}\ModuleLogging|EnableModuleLogging",
        rf"{_POLICY}\Transcription|EnableTranscripting",
        rf"{_POLICY}\Transcription|OutputDirectory",
        rf"{_POLICY}\Transcription|EnableInvocationHeader",
        rf"{_POLICY}|EnableScripts",
        rf"{_POLICY}|ExecutionPolicy",
        rf"{_SHELL}|ExecutionPolicy",
    ],
)
MODULES = Source(
    "powershell.modules",
    r"""
$values = Read-RegistryKey LocalMachine 'SOFTWARE\Policies\Microsoft\Windows\PowerShell\ModuleLogging\ModuleNames'
$names = @()
if ($null -ne $values) { $names = [object[]]@($values.Values | ForEach-Object { [string]$_ }) }
[Array]::Sort($names, [StringComparer]::Ordinal)
Format-Json @{ modules = @($names) }
""",
)


def parse(frames: Frames) -> dict[str, Any]:
    r"""{"script_blocks_logged": true, "modules_logged": ["*"], "transcripts": true, "transcript_folder": "\\\\log\\ps$", ...}"""
    values = read_values(frames, POWERSHELL)
    return {
        "script_blocks_logged": known(values.flag(rf"{_POLICY}\ScriptBlockLogging|EnableScriptBlockLogging"), default=False),
        "invocations_logged": known(values.flag(rf"{_POLICY}\ScriptBlockLogging|EnableScriptBlockInvocationLogging"), default=False),
        "module_logging": known(values.flag(rf"{_POLICY}\ModuleLogging|EnableModuleLogging"), default=False),
        "modules_logged": member(read_object(frames, MODULES), "modules"),
        "transcripts": known(values.flag(rf"{_POLICY}\Transcription|EnableTranscripting"), default=False),
        "transcript_folder": values.text(rf"{_POLICY}\Transcription|OutputDirectory"),
        "transcript_headers": known(values.flag(rf"{_POLICY}\Transcription|EnableInvocationHeader"), default=False),
        "scripts_policy": values.flag(rf"{_POLICY}|EnableScripts"),
        "execution_policy_by_policy": values.text(rf"{_POLICY}|ExecutionPolicy"),
        "execution_policy_of_machine": values.text(rf"{_SHELL}|ExecutionPolicy"),
    }


PROBES = (
    Probe(
        name="powershell",
        sources=(POWERSHELL, MODULES),
        facts=(
            Fact("script_blocks_logged", "boolean", "every script block that runs is recorded"),
            Fact("invocations_logged", "boolean", "the start and end of every script block is recorded as well"),
            Fact("module_logging", "boolean", "what commands of modules do is recorded"),
            Fact("modules_logged", "strings", "of these modules"),
            Fact("transcripts", "boolean", "every session is written down"),
            Fact("transcript_folder", "string", "where to; null is each user's own documents"),
            Fact("transcript_headers", "boolean", "each command in a transcript has its time"),
            Fact("scripts_policy", "boolean", "a policy allows or forbids scripts; null where there is none"),
            Fact("execution_policy_by_policy", "string", "which scripts a policy allows; null where there is none"),
            Fact("execution_policy_of_machine", "string", "which scripts the host's own setting allows; null where it is not set"),
        ),
        parse=parse,
    ),
)
