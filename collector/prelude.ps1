# What every snippet may use. An error of any command ends its snippet: an error is not an answer.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
Set-StrictMode -Version 1.0
$invariant = [Globalization.CultureInfo]::InvariantCulture

# Skip-Absent WHY: ends the snippet with "this is not installed here".
function Skip-Absent([string]$Why) { throw "closeout-absent: $Why" }

# Invoke-Program NAME ARGUMENTS: the lines that a program of System32 printed; ends the snippet when the program failed.
function Invoke-Program([string]$Name, [string[]]$Arguments) {
  $program = Join-Path ([Environment]::SystemDirectory) $Name
  if (-not (Test-Path -LiteralPath $program)) { Skip-Absent "$Name is not on this system" }
  $said = & $program $Arguments
  if ($LASTEXITCODE -ne 0) { throw "$Name ended with exit code $LASTEXITCODE" }
  $said
}

# Read-Export PROGRAM ARGUMENTS: what a program of System32 wrote that answers into a file only. <folder> in its arguments is a new
# folder of this script's own, which is removed again, and `answer` the file in it.
function Read-Export([string]$Program, [string[]]$Arguments) {
  $folder = Join-Path ([IO.Path]::GetTempPath()) ('closeout-' + [Guid]::NewGuid().ToString('N'))
  [void][IO.Directory]::CreateDirectory($folder)
  try {
    [void](Invoke-Program $Program @(foreach ($one in $Arguments) { $one.Replace('<folder>', $folder) }))
    [IO.File]::ReadAllText((Join-Path $folder 'answer'))
  } finally { [IO.Directory]::Delete($folder, $true) }
}

# Read-Registry HIVE KEY NAME: the value as it is stored, $null where key or value is not there; no access ends the snippet.
# HIVE is LocalMachine or Users.
function Read-Registry([string]$Hive, [string]$Key, [string]$Name) {
  $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]$Hive, [Microsoft.Win32.RegistryView]::Registry64)
  $open = $base.OpenSubKey($Key, $false)
  if ($null -eq $open) { return $null }
  try { return , $open.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames) } finally { $open.Dispose() }
}

# Read-RegistryValue HIVE KEY NAME: what is stored there and of which kind; an empty table where it is not there, the reason where it
# cannot be read. Text under a name that sounds like a secret stays on the host.
function Read-RegistryValue([string]$Hive, [string]$Key, [string]$Name) {
  try {
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]$Hive, [Microsoft.Win32.RegistryView]::Registry64)
    $open = $base.OpenSubKey($Key, $false)
    if ($null -eq $open) { return @{} }
    $data = $open.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
    if ($null -eq $data) { $open.Dispose(); return @{} }
    $kind = [string]$open.GetValueKind($Name)
    $open.Dispose()
    if ($Name -match '(?i)passw|passphrase|secret|token|credential|psk|apikey|privatekey' -and $kind -notmatch '^[DQ]Word$') {
      return @{ kind = $kind; withheld = $true }
    }
    if ($data -is [byte[]]) { $data = [BitConverter]::ToString($data).Replace('-', '').ToLowerInvariant() }
    return @{ kind = $kind; data = $data }
  } catch {
    $reason = $_.Exception
    while ($reason.InnerException) { $reason = $reason.InnerException }
    return @{ denied = $reason.GetType().FullName }
  }
}

# Read-RegistryKey HIVE KEY: every value of a key under its name, $null where the key is not there; no access ends the snippet.
function Read-RegistryKey([string]$Hive, [string]$Key) {
  $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]$Hive, [Microsoft.Win32.RegistryView]::Registry64)
  $open = $base.OpenSubKey($Key, $false)
  if ($null -eq $open) { return $null }
  $values = @{}
  foreach ($name in $open.GetValueNames()) {
    $values[$name] = $open.GetValue($name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
  }
  $open.Dispose()
  return $values
}

# Get-Subkeys HIVE KEY: the names of the keys below a key in order, none where it is not there; no access ends the snippet.
function Get-Subkeys([string]$Hive, [string]$Key) {
  $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]$Hive, [Microsoft.Win32.RegistryView]::Registry64)
  $open = $base.OpenSubKey($Key, $false)
  if ($null -eq $open) { return }
  $names = [object[]]$open.GetSubKeyNames()
  $open.Dispose()
  [Array]::Sort($names, [StringComparer]::Ordinal)
  return $names
}

# Get-Instances NAMESPACE CLASS: the instances of a CIM class; "not installed here" where Windows knows no such namespace or class.
function Get-Instances([string]$Namespace, [string]$Class) {
  try { Get-CimInstance -Namespace $Namespace -ClassName $Class } catch {
    if (@('InvalidNamespace', 'InvalidClass') -contains [string]$_.Exception.NativeErrorCode) { Skip-Absent "there is no $Namespace $Class" }
    throw
  }
}

# Get-StartedProgram TEXT: what a service starts, up to the end of the program: its arguments may hold secrets.
function Get-StartedProgram([string]$Text) {
  if ($Text -match '^("[^"]*"|.*?\.(exe|sys|dll|com|bat|cmd))') { return $Matches[1] }
  return $Text.Split(' ')[0]
}

# Get-Place PATH: the access lists (SDDL) of a file and of its folder; of the nearest folder that is there where they are not.
# What stands on another host is not asked.
function Get-Place([string]$Path) {
  if ($Path.StartsWith('\\')) { return @{ problem = 'it stands on another host' } }
  try {
    $folder = [IO.Path]::GetDirectoryName($Path)
    $there = [IO.Directory]::Exists($folder)
    while ($folder -and -not [IO.Directory]::Exists($folder)) { $folder = [IO.Path]::GetDirectoryName($folder) }
    if (-not $folder) { return @{ problem = 'its drive is not there' } }
    $file = $null
    if ([IO.File]::Exists($Path)) { $file = (Get-Acl -LiteralPath $Path).Sddl }
    return @{ file = $file; folder = (Get-Acl -LiteralPath $folder).Sddl; folder_there = $there }
  } catch { return @{ problem = $_.Exception.GetType().FullName } }
}

# Get-ServiceStates: name of each service -> Running, Stopped ..., in English everywhere. (Get-Service fails as a whole where one service
# cannot be asked for its description, as on some releases of Windows 11.)
function Get-ServiceStates {
  $states = @{}
  foreach ($one in @(Get-CimInstance -Query 'SELECT Name, State FROM Win32_Service')) { $states[[string]$one.Name] = [string]$one.State }
  return $states
}

# Format-Text TEXT: a JSON string in ASCII.
function Format-Text([string]$Text) {
  $safe = $Text.Replace('\', '\\').Replace('"', '\"')
  '"' + [regex]::Replace($safe, '[^\x20-\x7e]', { param($found) '\u{0:x4}' -f [int][char]$found.Value }) + '"'
}

# Format-Json VALUE: JSON of nested hashtables, lists and plain values, names in order. Words for enumerations, lists stay lists, moments are
# UTC in ISO 8601: what ConvertTo-Json makes of these differs between versions of PowerShell.
function Format-Json($Value) {
  if ($null -eq $Value -or $Value -is [DBNull]) { return 'null' }
  if ($Value -is [bool]) { if ($Value) { return 'true' } else { return 'false' } }
  if ($Value -is [string] -or $Value -is [char] -or $Value -is [enum]) { return Format-Text ([string]$Value) }
  if ($Value -is [datetime]) { return Format-Text ($Value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", $invariant)) }
  if ($Value -is [double] -or $Value -is [single] -or $Value -is [decimal]) { return ([decimal]$Value).ToString($invariant) }
  if ($Value -is [ValueType] -and $Value.GetType().IsPrimitive) { return $Value.ToString($invariant) }
  if ($Value -is [Collections.IDictionary]) {
    $names = [object[]]@($Value.psbase.Keys)
    [Array]::Sort($names, [StringComparer]::Ordinal)
    $members = foreach ($name in $names) { (Format-Text $name) + ':' + (Format-Json $Value[$name]) }
    return '{' + [string]::Join(',', @($members)) + '}'
  }
  if ($Value -is [Collections.IEnumerable]) {
    $members = foreach ($one in $Value) { Format-Json $one }
    return '[' + [string]::Join(',', @($members)) + ']'
  }
  return Format-Text ([string]$Value)
}
