# Installs the closeout agent on this host, or takes it away. Run it as an administrator, in the folder that the package was unpacked to.
#
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File install.ps1                   install and enrol; the token is asked for
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File install.ps1 -TokenFile FILE   the same with the token in a file
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File install.ps1 -Uninstall        take everything away, the key too
#
# A token on standard input is taken too. %COMPUTERNAME% in FILE is the name of this host. On a host that is enrolled the scripts are
# replaced by those of this package.
#
# The server that the agent will talk to stands in server.conf, with the key that it has to show. What collects is fixed here and
# now: no server can change it later, only an administrator of this host by installing another package.
#
# The task runs as SYSTEM. The security policy, the audit policy, BitLocker, the TPM and the settings of other accounts are told to
# administrators only, so an account that may read them is one in all but name; and SYSTEM has no password that somebody must keep.
param([string]$TokenFile = '', [switch]$Uninstall)

if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') {
  Write-Host 'install.ps1: constrained-language: PowerShell runs in Constrained Language Mode here; sign the scripts of the agent, or allow them in the application control policy by their digests. Nothing was installed.'
  exit 69
}

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-StrictMode -Version 1.0

$here = $PSScriptRoot
$code = Join-Path ([Environment]::GetFolderPath('ProgramFiles')) 'closeout-agent'
$state = Join-Path ([Environment]::GetFolderPath('CommonApplicationData')) 'closeout-agent'
$agent = Join-Path $code 'closeout-agent.ps1'
$task = 'closeout-agent'
$files = 'server.conf', 'collect.ps1', 'closeout-agent.ps1', 'install.ps1'
$administrators = 'S-1-5-32-544', 'S-1-5-18' # the group and SYSTEM, whatever they are called here
$private = 'O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)' # nobody else reads or writes

function Stop-Install([string]$Sentence) {
  Write-Host "install.ps1: $Sentence"
  exit 69
}

function Confirm-Administrator {
  $me = New-Object Security.Principal.WindowsPrincipal -ArgumentList ([Security.Principal.WindowsIdentity]::GetCurrent())
  if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Stop-Install 'only an administrator can install or remove the agent; start PowerShell with "Run as administrator"'
  }
}

function Confirm-PowerShell {
  if ($PSVersionTable.PSVersion -lt [Version]'5.1' -or $PSVersionTable.PSEdition -ne 'Desktop') {
    Stop-Install 'the agent needs Windows PowerShell 5.1 (powershell.exe), which is part of Windows 10, Windows 11 and Windows Server 2016 and later. Nothing was installed.'
  }
  if ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess) {
    Stop-Install 'this is the 32-bit PowerShell; start the 64-bit one (from a 32-bit program: %SystemRoot%\sysnative\WindowsPowerShell\v1.0\powershell.exe). Nothing was installed.'
  }
}

function Confirm-Package {
  foreach ($file in $files) {
    if (-not (Test-Path -LiteralPath (Join-Path $here $file) -PathType Leaf)) {
      Stop-Install "$file is not beside this script; unpack the package that ``closeout agents package`` made"
    }
  }
}

# Test-Ours FOLDER: true where an administrator or SYSTEM made it, and it is no link to another place. Any user may make folders
# where those of the state lie.
function Test-Ours([string]$Folder) {
  $found = New-Object IO.DirectoryInfo -ArgumentList $Folder
  if (-not $found.Exists -or ($found.Attributes -band [IO.FileAttributes]::ReparsePoint)) { return $false }
  return $administrators -contains $found.GetAccessControl().GetOwner([Security.Principal.SecurityIdentifier]).Value
}

# New-PrivateFolder FOLDER: made with its permissions at once; one that is there already gets them.
function New-PrivateFolder([string]$Folder) {
  $security = New-Object Security.AccessControl.DirectorySecurity
  $security.SetSecurityDescriptorSddlForm($private, [Security.AccessControl.AccessControlSections]'Owner, Access')
  [void][IO.Directory]::CreateDirectory($Folder, $security)
  if (-not (Test-Ours $Folder)) { Stop-Install "$Folder is there already and does not belong to the administrators; look what it is, and remove it" }
  (New-Object IO.DirectoryInfo -ArgumentList $Folder).SetAccessControl($security)
}

# Copy-Files: by their content, so that a mark "from the internet" stays behind; a signature within the text comes along.
function Copy-Files {
  New-PrivateFolder $code
  New-PrivateFolder $state
  if ($here -eq $code) { return }
  foreach ($file in $files) { [IO.File]::WriteAllBytes((Join-Path $code $file), [IO.File]::ReadAllBytes((Join-Path $here $file))) }
}

# Every four hours, from a moment of this host's own and with half an hour of chance, so that hosts of one image do not all come at once.
function Register-Agent {
  $shell = Join-Path ([Environment]::SystemDirectory) 'WindowsPowerShell\v1.0\powershell.exe'
  $arguments = '-NoProfile -NonInteractive -ExecutionPolicy RemoteSigned -File "{0}" run' -f $agent
  $first = [DateTime]::Today.AddSeconds((Get-Random -Maximum 14400))
  $settings = @{
    AllowStartIfOnBatteries    = $true
    DontStopIfGoingOnBatteries = $true
    StartWhenAvailable         = $true
    MultipleInstances          = 'IgnoreNew'
    ExecutionTimeLimit         = New-TimeSpan -Minutes 60
  }
  $parts = @{
    TaskName    = $task
    Description = 'Collects the configuration facts of this host, signs them and sends them to closeout'
    Action      = New-ScheduledTaskAction -Execute $shell -Argument $arguments
    Trigger     = New-ScheduledTaskTrigger -Once -At $first -RepetitionInterval (New-TimeSpan -Hours 4) -RandomDelay (New-TimeSpan -Minutes 30)
    Principal   = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
    Settings    = New-ScheduledTaskSettingsSet @settings
  }
  [void](Register-ScheduledTask @parts -Force)
}

# Read-Token PIPED: from the file, from standard input or from whoever sits here; never from the command line, which others can see.
function Read-Token([object[]]$Piped) {
  $token = ''
  if ($TokenFile) {
    $file = [Environment]::ExpandEnvironmentVariables($TokenFile)
    if (-not (Test-Path -LiteralPath $file)) { Stop-Install "there is no file $file with a token, or this account may not read it. Nothing was installed." }
    $token = @(Get-Content -LiteralPath $file -TotalCount 1)[0]
  } elseif ($Piped.Length -gt 0) {
    $token = $Piped[0]
  } elseif ([Environment]::UserInteractive -and -not [Console]::IsInputRedirected) {
    $typed = Read-Host 'The token (closeout agents token)' -AsSecureString
    $token = (New-Object Net.NetworkCredential -ArgumentList '', $typed).Password
  }
  $token = ([string]$token).Trim()
  if (-not $token) { Stop-Install 'there is no token; make one with `closeout agents token`. Nothing was installed.' }
  return $token
}

function Remove-Agent {
  [Environment]::CurrentDirectory = [Environment]::SystemDirectory # a folder that is a process's current one cannot be deleted
  if (Get-ScheduledTask -TaskName $task -ErrorAction SilentlyContinue) {
    Stop-ScheduledTask -TaskName $task -ErrorAction SilentlyContinue
    Unregister-ScheduledTask -TaskName $task -Confirm:$false
  }
  if ((Test-Ours $code) -and (Test-Path -LiteralPath $agent)) { & $agent forget }
  foreach ($folder in $code, $state) {
    if (Test-Ours $folder) { [IO.Directory]::Delete($folder, $true) }
  }
}

function Update-Agent {
  Copy-Files
  Register-Agent
  Write-Host 'This host is enrolled already: its key was kept, the scripts were replaced.'
}

function Install-Agent([string]$Token) {
  $done = $false
  try {
    Copy-Files
    & $agent try
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
    $Token | & $agent enrol
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
    Register-Agent
    $done = $true
  } finally {
    if (-not $done) {
      Remove-Agent
      Write-Host 'install.ps1: nothing was left installed'
    }
  }
  Write-Host 'Compare the key with what `closeout agents list` shows, then approve it there. Until then the server takes nothing from here.'
}

try {
  Confirm-PowerShell
  Confirm-Administrator
  if ($Uninstall) {
    Remove-Agent
    Write-Host 'The agent and its key are gone. Revoke it on the server too: closeout agents revoke ID --because "..."'
    exit 0
  }
  Confirm-Package
  if ((Test-Ours $state) -and (Test-Path -LiteralPath (Join-Path $state 'id'))) {
    Update-Agent
  } else {
    Install-Agent (Read-Token @(foreach ($line in $input) { if ($line) { $line } })) # no cmdlet, whose input a log might keep
  }
} catch {
  Stop-Install ('{0}: {1}' -f $_.Exception.GetType().FullName, $_.Exception.Message)
}
exit 0
