"""A change of Windows hosts, or of a Group Policy object, as PowerShell for people to read and run."""

from collections.abc import Callable, Mapping
from typing import Final

from poam_generator.changes.group import PlannedChange
from poam_generator.changes.places import Place
from poam_generator.changes.quote import comment
from poam_generator.changes.quote import powershell as quote
from poam_generator.changes.script import Render, head_of, part_lines
from poam_generator.changes.steps import Step, StepKind
from poam_generator.errors import PoamError

_FUNCTIONS: Final = r"""
function Set-RegistryValue([string]$Key, [string]$Name, $Value, [string]$Kind) {
    $path = 'Registry::' + $Key
    if (-not (Test-Path -LiteralPath $path)) { New-Item -Path $path -Force | Out-Null }
    New-ItemProperty -LiteralPath $path -Name $Name -Value $Value -PropertyType $Kind -Force | Out-Null
}

function Set-SystemAccess([string]$Line) {
    $base = Join-Path $env:TEMP ('closeout-' + [guid]::NewGuid())
    $template = '[Unicode]', 'Unicode=yes', '[Version]', 'signature="$CHICAGO$"', 'Revision=1', '[System Access]', $Line
    Set-Content -LiteralPath ($base + '.inf') -Value $template -Encoding Unicode
    secedit.exe /configure /db ($base + '.sdb') /cfg ($base + '.inf') /areas SECURITYPOLICY /quiet
    $code = $LASTEXITCODE
    Remove-Item -Path ($base + '.*')
    if ($code -ne 0) { throw "secedit ended with $code on: $Line" }
}

function Disable-Service([string]$Name) {
    if (-not (Get-Service -Name $Name -ErrorAction SilentlyContinue)) { return }
    Stop-Service -Name $Name -Force
    Set-Service -Name $Name -StartupType Disabled
}"""
_IN_DOMAIN: Final = "Run it where the Group Policy management tools are, as somebody who may edit the object; then gpupdate on the hosts."


def write_powershell(change: PlannedChange) -> str:
    """The script; raises PoamError for a change that is none of Windows hosts."""
    if change.place.platform != "windows":
        raise PoamError(f"{change.place} is mended on Linux; export it as shell or ansible")
    central = change.place.kind == "gpo"
    render = _in_object(change.place) if central else _render
    parts = [line for part in change.parts for line in ("", *part_lines(part, render))]
    first = [comment(_IN_DOMAIN), "$ErrorActionPreference = 'Stop'", "Import-Module GroupPolicy"] if central else [_LOCAL]
    return "\n".join([head_of(change), *first, *parts, ""])


_LOCAL: Final = f"$ErrorActionPreference = 'Stop'\n{_FUNCTIONS}"


def _render(step: Step) -> str:
    return _RENDER[step.kind](step)


def _in_object(place: Place) -> Render:
    """How steps are written for a Group Policy object; what no cmdlet sets is named for the editor."""
    which = f"-Guid {quote(place.guid.strip('{}'))}" if place.guid else f"-Name {quote(place.name)}"

    def render(step: Step) -> str:
        if step.kind == "registry":
            value, kind = _typed(step)
            return f"Set-GPRegistryValue {which} -Key {quote(step.where)} -ValueName {quote(step.name)} -Type {kind} -Value {value}"
        return comment(f"BY HAND, in the editor of this object: {step.name} = {step.value}")

    return render


def _typed(step: Step) -> tuple[str, str]:
    """The value as PowerShell has it, and its type in the registry."""
    return (str(step.value), "DWord") if isinstance(step.value, int) else (quote(step.value), "String")


def _registry(step: Step) -> str:
    value, kind = _typed(step)
    key = step.where.replace("HKLM\\", "HKEY_LOCAL_MACHINE\\", 1)
    return f"Set-RegistryValue {quote(key)} {quote(step.name)} {value} {kind}"


def _auditpol(step: Step) -> str:
    return f"auditpol.exe /set {quote(f'/subcategory:{step.name}')} {quote(f'/{step.value}:enable')}"


_RENDER: Final[Mapping[StepKind, Callable[[Step], str]]] = {
    "registry": _registry,
    "auditpol": _auditpol,
    "windows_service": lambda step: f"Disable-Service {quote(step.name)}",
    "secedit": lambda step: f"Set-SystemAccess {quote(f'{step.name}{step.sign}{step.value}')}",
}
