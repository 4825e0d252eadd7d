# closeout @COLLECTOR@: collects configuration facts of this host. It only reads, needs an administrator to see all, and
# installs nothing. Run it in the 64-bit Windows PowerShell 5.1 (7 does as well); what it prints is one bundle, packed:
#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File FILE > BUNDLE
# Where a policy allows signed script files only, without signing this one:
#   powershell.exe -NoProfile -Command "& ([ScriptBlock]::Create([IO.File]::ReadAllText('FILE')))" > BUNDLE
& {
  if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') {
    'closeout-bundle-gzip error constrained-language: PowerShell runs in Constrained Language Mode here; allow this script by its signature or its digest in the application control policy'
    return
  }
  if ($PSVersionTable.PSVersion -lt [Version]'5.1') {
    'closeout-bundle-gzip error old-powershell: this needs Windows PowerShell 5.1; install Windows Management Framework 5.1'
    return
  }
  if ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess) {
    'closeout-bundle-gzip error wrong-bitness: a 32-bit process is shown another registry; start the 64-bit PowerShell'
    return
  }

  $prelude = @PRELUDE@
  $bundle = New-Object System.Text.StringBuilder
  $state = @{ Worker = $null }

  function Add-Line([string]$Line) { [void]$bundle.Append($Line).Append("`n") }

  # Snippets run in a runspace of their own, so that one that hangs can be left behind.
  function Start-Worker {
    $state.Worker = [RunspaceFactory]::CreateRunspace()
    $state.Worker.Open()
    $shell = [PowerShell]::Create()
    $shell.Runspace = $state.Worker
    [void]$shell.AddScript($prelude).Invoke()
    $shell.Dispose()
  }

  # The innermost reason; its type and number say in every language what its text says in one.
  function Get-Reason($Exception) {
    while ($Exception.InnerException) { $Exception = $Exception.InnerException }
    if ($Exception.Message.StartsWith('closeout-absent: ')) { return @(69, $Exception.Message.Substring(17)) }
    return @(1, ('{0} 0x{1:X8}: {2}' -f $Exception.GetType().FullName, $Exception.HResult, $Exception.Message))
  }

  # Add-Frame NAME NATURE SECONDS SNIPPET ASKED: runs one snippet and writes down what it said and how it ended.
  function Add-Frame([string]$Name, [string]$Nature, [int]$Seconds, [string]$Snippet, [string[]]$Asked) {
    $code = 0
    $reason = ''
    $said = ''
    $shell = [PowerShell]::Create()
    $shell.Runspace = $state.Worker
    # In some languages I is no i: text is compared, sorted and written as in none.
    $culture = "[Threading.Thread]::CurrentThread.CurrentCulture = `$invariant`n"
    [void]$shell.AddScript("param(`$Asked)`n" + $culture + $Snippet).AddArgument($Asked)
    try {
      $running = $shell.BeginInvoke()
      if ($running.AsyncWaitHandle.WaitOne($Seconds * 1000)) {
        $said = [string]::Join("`n", @(foreach ($one in $shell.EndInvoke($running)) { [string]$one }))
        $shell.Dispose()
      } else {
        $code = 124
        $reason = "no answer in $Seconds s"
        [void]$shell.BeginStop($null, $null)
        Start-Worker
      }
    } catch {
      $code, $reason = Get-Reason $_.Exception
    }
    Add-Line ("begin $Name $Nature".TrimEnd())
    # Secrets in the addresses of things stay on the host.
    $said = ($said.Replace("`r`n", "`n").TrimEnd("`n")) -replace '(://)[^/"\s@]*@', '$1(hidden)@'
    if ($said) {
      foreach ($line in $said.Split("`n")) { Add-Line "|$line" }
      Add-Line ''
    }
    if ($reason) {
      foreach ($line in $reason.Replace("`r", '').Split("`n")) { Add-Line "!$line" }
    }
    Add-Line "end $Name $code"
  }

  try { (Get-Process -Id $PID).PriorityClass = 'BelowNormal' } catch { $null = $_ }
  Add-Line 'closeout-bundle 1'
  Add-Line 'collector @COLLECTOR@'
  Add-Line 'script @SCRIPT-DIGEST@'
  Add-Line 'platform windows'
  Start-Worker
@FRAMES@
  Add-Line 'finish @COUNT@'

  $bytes = (New-Object System.Text.UTF8Encoding($false)).GetBytes($bundle.ToString())
  $packed = New-Object System.IO.MemoryStream
  $zip = New-Object System.IO.Compression.GZipStream($packed, [System.IO.Compression.CompressionMode]::Compress)
  $zip.Write($bytes, 0, $bytes.Length)
  $zip.Dispose()
  'closeout-bundle-gzip 1'
  [Convert]::ToBase64String($packed.ToArray(), 'InsertLineBreaks')
  'finish'
}
