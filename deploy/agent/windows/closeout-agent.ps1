# The closeout agent for Windows: collects once, signs what came out with the key of this host, and sends it to the one server whose
# key is pinned. What the server answers is compared with fixed words and otherwise thrown away: no line here runs, stores or shows it.
#
#   closeout-agent.ps1 run      collect and send once; a scheduled task calls this
#   closeout-agent.ps1 enrol    hand in the public key of this host, with the token that comes down the pipeline
#   closeout-agent.ps1 try      see that the server is reached and shows the pinned key
#   closeout-agent.ps1 forget   delete the key of this host
#
# It ends with 0 when the server took it, 1 when the server refused, 69 when this host cannot, 75 when the server was not reached.
param([string]$What = '')

if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') {
  Write-Host 'closeout-agent: constrained-language: PowerShell runs in Constrained Language Mode here; sign the scripts of the agent, or allow them in the application control policy by their digests'
  exit 69
}
if ($PSVersionTable.PSVersion -lt [Version]'5.1' -or $PSVersionTable.PSEdition -ne 'Desktop' -or ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess)) {
  Write-Host 'closeout-agent: wrong-powershell: the agent needs Windows PowerShell 5.1 (powershell.exe, the 64-bit one), which is part of Windows 10, Windows 11 and Windows Server 2016 and later'
  exit 69
}

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-StrictMode -Version 1.0

$code = Join-Path ([Environment]::GetFolderPath('ProgramFiles')) 'closeout-agent'
$state = Join-Path ([Environment]::GetFolderPath('CommonApplicationData')) 'closeout-agent'
$keyName = 'closeout-agent'
$providers = 'Microsoft Platform Crypto Provider', 'Microsoft Software Key Storage Provider' # the TPM where it makes such keys, else Windows
$largest = 67108864 # bytes, what the server takes
$longestAnswer = 65536
$connectSeconds = 30
$answerSeconds = 300
$collectSeconds = 2700
$ascii = [Text.Encoding]::ASCII
$utf8 = New-Object Text.UTF8Encoding -ArgumentList $false
$machineKey = [Security.Cryptography.CngKeyOpenOptions]::MachineKey

# Frames that differ from run to run are marked so where they begin, and end with a line `end` or `again`; every line within a
# frame has a prefix or is empty.
$volatileFrames = '(?m)^begin [^ \n]+ volatile(?=[ \n])[^\n]*\n(?:(?![ae])[^\n]*\n)*[ae][^\n]*\n'
$uploadHead = "closeout-upload 1`nhost {0}`ntime {1}`nsequence {2}`ndigest {3}`n"
$enrolmentHead = "closeout-enrol 1`nhost {0}`nsecret {1}`nname {2}`nkey {3}`n"
$requestHead = "POST {0}/{1} HTTP/1.1`r`nHost: {2}`r`nContent-Type: {3}`r`nContent-Length: {4}`r`nConnection: close`r`n`r`n"
# A proxy may send the one line of the answer as a chunk of its own.
$answerForm = '\AHTTP/1\.[01] [1-5][0-9][0-9][^\r\n]*\r\n(?:[^\r\n]+\r\n){0,100}\r\n(?:[0-9a-fA-F]{1,8}[^\r\n]{0,99}\r\n)?closeout (?<word>[a-z-]{1,20})\r?\n'
$tokenForm = '\A(?<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.(?<secret>[A-Za-z0-9_-]{43})\z'
$urlForm = '\Ahttps://(?<authority>(?<host>[A-Za-z0-9.-]+)(?::(?<port>[0-9]{1,5}))?)(?<path>/[A-Za-z0-9._/-]*)?\z'
$pinForm = '\Asha256//[A-Za-z0-9+/]{43}=\z'

# The sentence for each word that the server refuses with.
$refusals = @{
  'pending'        = 'this host is enrolled and waits for an administrator: closeout agents approve {0} --host NAME'
  'unknown'        = 'the server does not know this token or this agent; ask for a new token, and install again'
  'token-used'     = 'this token was used before; ask for a new one'
  'token-expired'  = 'this token has ended; ask for a new one'
  'wrong-key'      = 'the server does not take this key; uninstall, and install again with a new token'
  'revoked'        = 'this agent was revoked; uninstall it, or ask for a new token and install again'
  'retired'        = 'this host was taken out of scope; uninstall the agent'
  'other-platform' = 'the server knows this host as one of another platform; see that the agent was approved for the right host'
  'foreign'        = 'the server knows another key for this agent; uninstall, and install again with a new token'
  'replayed'       = 'the server has a higher sequence number of this host; see that its clock is right, the next run goes on from there'
  'stale'          = 'the clocks of this host and of the server are too far apart; see that time is synchronized'
  'damaged'        = 'the bundle was changed on the way; the next run sends it again'
  'cut'            = 'the server could not read the bundle to its end; the next run collects again'
  'too-large'      = 'the bundle is larger than the server takes'
  'unknown-script' = 'the server does not know the collection script of this host; install the package that it makes now'
  'slow-down'      = 'the server has heard too much from here lately; the next run tries again'
  'trouble'        = 'the server has a trouble of its own, which its log tells; the next run tries again'
}

# Write-Outcome SENTENCE: says how this run ended, and keeps it for whoever looks later.
function Write-Outcome([string]$Sentence) {
  Write-Host "closeout-agent: $Sentence"
  try {
    if (Test-Path -LiteralPath $state) { Set-State 'last-run' ('{0} {1}' -f (Get-Moment), $Sentence) }
  } catch { $null = $_ } # an account that may not write there has read the sentence
}

function Stop-Agent([int]$Status, [string]$Sentence) {
  Write-Outcome $Sentence
  exit $Status
}

function Get-Moment { [DateTime]::UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [Globalization.CultureInfo]::InvariantCulture) }

# Set-State NAME TEXT: a line of the state, written whole or not at all.
function Set-State([string]$Name, [string]$Text) {
  $file = Join-Path $state $Name
  [IO.File]::WriteAllText("$file.new", "$Text`n", $utf8)
  Move-Item -LiteralPath "$file.new" -Destination $file -Force
}

function Get-State([string]$Name) {
  $file = Join-Path $state $Name
  if (Test-Path -LiteralPath $file) { return [IO.File]::ReadAllText($file).Trim() }
  return ''
}

# Read-Setting NAME: its value in the file that came with the package; the file is read, never run.
function Read-Setting([string]$Name) {
  foreach ($line in [IO.File]::ReadAllLines((Join-Path $code 'server.conf'))) {
    if ($line.StartsWith("$Name ", [StringComparison]::Ordinal)) { return $line.Substring($Name.Length + 1) }
  }
  return ''
}

function Read-Server {
  $url = Read-Setting 'url'
  if (-not ($url -cmatch $urlForm)) { Stop-Agent 69 "the address in $code\server.conf is none that begins with https://; install the agent again" }
  $server = @{ Url = $url; Authority = $Matches['authority']; Host = $Matches['host']; Port = 443; Path = [string]$Matches['path'] }
  if ($Matches['port']) { $server.Port = [int]$Matches['port'] }
  $server.Pin = Read-Setting 'pin'
  if ($server.Pin -cnotmatch $pinForm) { Stop-Agent 69 "the pin in $code\server.conf is none; install the agent again" }
  return $server
}

# Get-Hash BYTES: SHA-256 by the one provider that a host in FIPS mode has in every version of .NET Framework.
function Get-Hash([byte[]]$Bytes) {
  $hash = New-Object Security.Cryptography.SHA256Cng
  try { return , $hash.ComputeHash($Bytes) } finally { $hash.Dispose() }
}

function Get-Digest([byte[]]$Bytes) { [BitConverter]::ToString((Get-Hash $Bytes)).Replace('-', '').ToLowerInvariant() }

# Join-Der TAG CONTENT: one value in DER.
function Join-Der([int]$Tag, [byte[]]$Content) {
  $length = $Content.Length
  $head = @($Tag, $length)
  if ($length -gt 127) { $head = @($Tag, 0x81, $length) }
  if ($length -gt 255) { $head = @($Tag, 0x82, ($length -shr 8), ($length -band 255)) }
  return , [byte[]]($head + $Content)
}

# Format-Integer BYTES: an unsigned number as short as DER wants it, with a zero before it where it would look negative.
function Format-Integer([byte[]]$Bytes) {
  $start = 0
  while ($start -lt $Bytes.Length - 1 -and $Bytes[$start] -eq 0) { $start++ }
  $digits = @($Bytes[$start..($Bytes.Length - 1)])
  if ($digits[0] -gt 127) { $digits = @(0) + $digits }
  return , (Join-Der 2 $digits)
}

# Format-Signature RAW: the two halves that Windows gives, as the SEQUENCE that everybody else reads.
function Format-Signature([byte[]]$Raw) {
  return , (Join-Der 0x30 ((Format-Integer $Raw[0..31]) + (Format-Integer $Raw[32..63])))
}

# Format-PublicKey ALGORITHM PARAMETERS KEY: SubjectPublicKeyInfo in DER.
function Format-PublicKey([string]$Algorithm, [byte[]]$Parameters, [byte[]]$Key) {
  $identifier = Join-Der 0x30 ([Security.Cryptography.CryptoConfig]::EncodeOID($Algorithm) + $Parameters)
  return , (Join-Der 0x30 ($identifier + (Join-Der 3 (@(0) + $Key))))
}

# Open-Key: the key of this host, $null where there is none that this account may open.
function Open-Key {
  foreach ($name in $providers) {
    try {
      $provider = New-Object Security.Cryptography.CngProvider -ArgumentList $name
      if ([Security.Cryptography.CngKey]::Exists($keyName, $provider, $machineKey)) {
        return [Security.Cryptography.CngKey]::Open($keyName, $provider, $machineKey)
      }
    } catch { continue }
  }
  return $null
}

function Remove-Key {
  while ($key = Open-Key) { $key.Delete() }
}

# Get-RawSignature KEY BYTES: r and s, 32 bytes each.
function Get-RawSignature($Key, [byte[]]$Bytes) {
  $signer = New-Object Security.Cryptography.ECDsaCng -ArgumentList $Key
  return , $signer.SignHash((Get-Hash $Bytes))
}

# Test-Key KEY: true where it signs; some TPMs make keys that they then cannot use.
function Test-Key($Key) {
  try {
    $bytes = $ascii.GetBytes('closeout')
    $signer = New-Object Security.Cryptography.ECDsaCng -ArgumentList $Key
    return $signer.VerifyHash((Get-Hash $bytes), (Get-RawSignature $Key $bytes))
  } catch { return $false }
}

# New-Key: a key pair on the curve P-256 in the store of the machine, whose private half cannot be taken out.
function New-Key {
  Remove-Key
  foreach ($name in $providers) {
    try {
      $wanted = New-Object Security.Cryptography.CngKeyCreationParameters
      $wanted.Provider = New-Object Security.Cryptography.CngProvider -ArgumentList $name
      $wanted.KeyCreationOptions = [Security.Cryptography.CngKeyCreationOptions]::MachineKey
      $wanted.ExportPolicy = [Security.Cryptography.CngExportPolicies]::None
      $key = [Security.Cryptography.CngKey]::Create([Security.Cryptography.CngAlgorithm]::ECDsaP256, $keyName, $wanted)
    } catch { continue }
    if (Test-Key $key) { return $key }
    $key.Delete()
  }
  Stop-Agent 69 'Windows could not make a key on the curve P-256 that signs; nothing was sent'
}

# Get-PublicKey KEY: SubjectPublicKeyInfo of a key on P-256; the blob has eight bytes before x and y.
function Get-PublicKey($Key) {
  $blob = $Key.Export([Security.Cryptography.CngKeyBlobFormat]::EccPublicBlob)
  $curve = [Security.Cryptography.CryptoConfig]::EncodeOID('1.2.840.10045.3.1.7')
  return , (Format-PublicKey '1.2.840.10045.2.1' $curve (@(4) + $blob[8..71]))
}

function Get-Signature($Key, [string]$Text) {
  return [Convert]::ToBase64String((Format-Signature (Get-RawSignature $Key ($ascii.GetBytes($Text)))))
}

# The delegate that takes any certificate, because the pinned key says more than a certificate authority would, and it is compared
# before a byte is sent. A script block cannot be called on the threads of .NET; an expression is compiled in memory and can.
function New-Acceptance {
  $expression = [System.Linq.Expressions.Expression]
  $parameters = [System.Linq.Expressions.ParameterExpression[]]@(
    $expression::Parameter([object], 'sender'),
    $expression::Parameter([Security.Cryptography.X509Certificates.X509Certificate], 'certificate'),
    $expression::Parameter([Security.Cryptography.X509Certificates.X509Chain], 'chain'),
    $expression::Parameter([Net.Security.SslPolicyErrors], 'errors')
  )
  return $expression::Lambda([Net.Security.RemoteCertificateValidationCallback], $expression::Constant($true), $parameters).Compile()
}

# Open-Socket SERVER: a connection to the first of its addresses that answers.
function Open-Socket($Server) {
  $addresses = try { [Net.Dns]::GetHostAddresses($Server.Host) } catch { @() }
  foreach ($address in $addresses) {
    $socket = New-Object Net.Sockets.TcpClient -ArgumentList $address.AddressFamily
    try {
      if ($socket.ConnectAsync($address, $Server.Port).Wait($connectSeconds * 1000)) { return $socket }
    } catch { $null = $_ }
    $socket.Close()
  }
  Stop-Agent 75 "the server at $($Server.Url) was not reached"
}

# Open-Tls SERVER: an encrypted connection to whoever answers. 1.2 is what every Windows and .NET speak; 1.3 where the server wants it.
function Open-Tls($Server) {
  foreach ($protocol in 'Tls12', 'Tls13') {
    if ([Enum]::GetNames([Security.Authentication.SslProtocols]) -notcontains $protocol) { continue }
    $socket = Open-Socket $Server
    $socket.SendTimeout = $answerSeconds * 1000
    $socket.ReceiveTimeout = $answerSeconds * 1000
    $tls = New-Object Net.Security.SslStream -ArgumentList @($socket.GetStream(), $false, (New-Acceptance))
    try {
      $tls.AuthenticateAsClient($Server.Host, $null, [Security.Authentication.SslProtocols]$protocol, $false)
      return $tls
    } catch { $tls.Dispose() }
  }
  Stop-Agent 75 "the server at $($Server.Url) and this host agree on no way to encrypt (TLS 1.2 or 1.3)"
}

# Get-Pin TLS: the SHA-256 of the public key that the server showed.
function Get-Pin($Tls) {
  $shown = $Tls.RemoteCertificate
  $key = Format-PublicKey ($shown.GetKeyAlgorithm()) ($shown.GetKeyAlgorithmParameters()) ($shown.GetPublicKey())
  return 'sha256//' + [Convert]::ToBase64String((Get-Hash $key))
}

# Open-Server SERVER: an encrypted connection to the server with the pinned key; ends where another answers.
function Open-Server($Server) {
  $tls = Open-Tls $Server
  if ((Get-Pin $tls) -ceq $Server.Pin) { return $tls }
  $tls.Dispose()
  Stop-Agent 75 "the server at $($Server.Url) does not show the pinned key $($Server.Pin); nothing was sent to it"
}

# Read-Word TLS: the word in the answer, which is read no further than a few kilobytes.
function Read-Word($Tls) {
  $buffer = New-Object byte[] $longestAnswer
  $filled = 0
  try {
    while (($count = $Tls.Read($buffer, $filled, $buffer.Length - $filled)) -gt 0) {
      $filled += $count
      if ($ascii.GetString($buffer, 0, $filled) -cmatch $answerForm) { return $Matches['word'] }
    }
  } catch { $null = $_ }
  if ($filled -eq 0) { return '' }
  Stop-Agent 75 'the server does not answer as a closeout server does; nothing of its answer was used'
}

# Send-Request SERVER PLACE TYPE BODY: the word that the server answers.
function Send-Request($Server, [string]$Place, [string]$Type, [byte[]]$Body) {
  $head = $ascii.GetBytes(($requestHead -f $Server.Path, $Place, $Server.Authority, $Type, $Body.Length))
  $tls = Open-Server $Server
  try {
    try {
      $tls.Write($head, 0, $head.Length)
      $tls.Write($Body, 0, $Body.Length)
      $tls.Flush()
    } catch { $null = $_ } # a server that refuses may close before it has read all; what it said is read all the same
    $word = Read-Word $tls
  } finally { $tls.Dispose() }
  if (-not $word) { Stop-Agent 75 "the connection to the server at $($Server.Url) broke" }
  return $word
}

function Stop-Refused([string]$Word) {
  if (-not $refusals.ContainsKey($Word)) { Stop-Agent 1 'the server refused, with a word that this version does not know' }
  Stop-Agent 1 ($refusals[$Word] -f (Get-State 'id'))
}

# Read-Collector: what the collection script printed. It runs in a process of its own, as it does by hand.
function Read-Collector {
  $start = New-Object Diagnostics.ProcessStartInfo
  $start.FileName = Join-Path ([Environment]::SystemDirectory) 'WindowsPowerShell\v1.0\powershell.exe'
  $start.Arguments = '-NoProfile -NonInteractive -ExecutionPolicy RemoteSigned -File "{0}"' -f (Join-Path $code 'collect.ps1')
  $start.UseShellExecute = $false
  $start.CreateNoWindow = $true
  $start.RedirectStandardInput = $true
  $start.RedirectStandardOutput = $true
  $start.StandardOutputEncoding = $ascii
  $child = [Diagnostics.Process]::Start($start)
  $child.StandardInput.Close()
  $reading = $child.StandardOutput.ReadToEndAsync()
  if (-not $reading.Wait($collectSeconds * 1000)) {
    $child.Kill()
    Stop-Agent 69 "the collection script was not done in $collectSeconds seconds; nothing was sent"
  }
  return $reading.Result
}

# Expand-Bundle TEXT: the bytes of the bundle in the package that the collection script printed.
function Expand-Bundle([string]$Text) {
  if ($Text -cmatch 'closeout-bundle-gzip error (?<word>[a-z0-9-]{1,40}): (?<why>[^\r\n]{1,400})') {
    Stop-Agent 69 "the collection script could not begin ($($Matches['word'])): $($Matches['why'])"
  }
  $first = 'closeout-bundle-gzip 1'
  $from = $Text.IndexOf($first, [StringComparison]::Ordinal)
  $to = $Text.LastIndexOf("`nfinish", [StringComparison]::Ordinal)
  if ($from -lt 0 -or $to -lt $from + $first.Length) { Stop-Agent 69 'the collection was cut short; nothing was sent' }
  $packed = [Convert]::FromBase64String($Text.Substring($from + $first.Length, $to - $from - $first.Length))
  $source = New-Object IO.MemoryStream -ArgumentList (, $packed)
  $reader = New-Object IO.Compression.GZipStream -ArgumentList $source, ([IO.Compression.CompressionMode]::Decompress)
  $bundle = New-Object IO.MemoryStream
  $buffer = New-Object byte[] 1048576
  while (($count = $reader.Read($buffer, 0, $buffer.Length)) -gt 0) {
    $bundle.Write($buffer, 0, $count)
    if ($bundle.Length -gt $largest) { Stop-Agent 69 "the bundle is larger than $largest bytes; nothing was sent" }
  }
  return , $bundle.ToArray()
}

# Get-Sequence: higher than any before, and at least the time, so that a host restored from a backup goes on by itself.
function Get-Sequence {
  $previous = Get-State 'sequence'
  $sequence = [long]1
  if ($previous -cmatch '\A[0-9]{1,17}\z') { $sequence = [long]$previous + 1 }
  $sequence = [Math]::Max($sequence, [DateTimeOffset]::UtcNow.ToUnixTimeSeconds())
  Set-State 'sequence' "$sequence"
  return $sequence
}

# Join-Upload KEY DIGEST KIND BODY: one signed upload; the signature is over the whole bundle in both kinds.
function Join-Upload($Key, [string]$Digest, [string]$Kind, [byte[]]$Body) {
  $signed = $uploadHead -f (Get-State 'id'), (Get-Moment), (Get-Sequence), $Digest
  $head = $ascii.GetBytes("${signed}signature $(Get-Signature $Key $signed)`n$Kind`n`n")
  $upload = New-Object byte[] ($head.Length + $Body.Length)
  [Buffer]::BlockCopy($head, 0, $upload, 0, $head.Length)
  [Buffer]::BlockCopy($Body, 0, $upload, $head.Length, $Body.Length)
  return , $upload
}

function Send-Upload($Server, [byte[]]$Upload) { Send-Request $Server 'upload' 'application/vnd.closeout.upload' $Upload }

function Invoke-Run {
  $server = Read-Server
  $key = Open-Key
  if ($null -eq $key -or -not (Get-State 'id')) { Stop-Agent 69 'this host is not enrolled, or this account may not use its key; uninstall the agent, and install it again with a new token' }
  $bundle = Expand-Bundle (Read-Collector)
  $text = $utf8.GetString($bundle)
  if ($text -cnotmatch '\nfinish [0-9]+\n\z') { Stop-Agent 69 'the collection was cut short; nothing was sent' }
  $digest = Get-Digest $bundle
  $stable = Get-Digest ($utf8.GetBytes([regex]::Replace($text, $volatileFrames, '')))
  $word = 'send-whole'
  $knownStable, $known = (Get-State 'accepted').Split(' ')
  if ($known -and $stable -ceq $knownStable) {
    $frames = foreach ($frame in [regex]::Matches($text, $volatileFrames)) { $frame.Value }
    $changes = $utf8.GetBytes([string]::Join('', @($frames)))
    $word = Send-Upload $server (Join-Upload $key $digest "changes $known" $changes)
    $kind = 'unchanged: sent a signed receipt and what always differs'
  }
  if ($word -ceq 'send-whole') {
    $word = Send-Upload $server (Join-Upload $key $digest 'whole' $bundle)
    $kind = 'sent whole'
  }
  if ($word -cne 'stored') { Stop-Refused $word }
  Set-State 'accepted' "$stable $digest"
  Write-Outcome "$kind, bundle $digest"
}

function Invoke-Enrolment([string]$Token) {
  $server = Read-Server
  if (-not ($Token -cmatch $tokenForm)) { Stop-Agent 69 'this is no token; `closeout agents token` makes one' }
  $id = $Matches['id']
  $secret = $Matches['secret']
  $name = [Environment]::MachineName -replace '[^A-Za-z0-9._-]', '-'
  $key = New-Key
  $public = Get-PublicKey $key
  $signed = $enrolmentHead -f $id, $secret, $name, [Convert]::ToBase64String($public)
  $request = $ascii.GetBytes("${signed}signature $(Get-Signature $key $signed)`n")
  $word = Send-Request $server 'enrol' 'application/vnd.closeout.enrolment' $request
  if ($word -cne 'enrolled') { Stop-Refused $word }
  Set-State 'id' $id
  Write-Outcome "enrolled as $id with the key SHA-256 $(Get-Digest $public), kept by the $($key.Provider.Provider)"
}

function Invoke-Try {
  $tls = Open-Server (Read-Server)
  $tls.Dispose()
}

try {
  switch -CaseSensitive ($What) {
    'run' { Invoke-Run }
    'enrol' { Invoke-Enrolment (([string]@($input)[0]).Trim()) }
    'try' { Invoke-Try }
    'forget' { Remove-Key }
    default { Stop-Agent 69 'say what: run, enrol, try or forget' }
  }
} catch {
  Stop-Agent 69 ('{0}: {1}' -f $_.Exception.GetType().FullName, $_.Exception.Message)
}
exit 0
