"""Microsoft Defender Antivirus: what of it runs, what it is set to, what it leaves out, and how old its signatures are."""

from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, or_unknown, read_object
from collector.windows.codes import boolean, moment, spell, texts, turned, word
from collector.windows.machine_values import POLICIES, machine_values, read_values

# Without its service Defender answers nothing, which is what another antivirus product makes of it.
_START = r"""
if ($null -eq (Read-Registry LocalMachine 'SYSTEM\CurrentControlSet\Services\WinDefend' 'ImagePath')) {
  Skip-Absent 'Microsoft Defender Antivirus is not installed'
}
$service = (Get-ServiceStates)['WinDefend']
if ($service -ne 'Running') {
  Format-Json @{ service = $service }
  return
}
"""
STATUS = Source(
    "defender.status",
    _START
    + r"""
$one = @(Get-Instances 'root/Microsoft/Windows/Defender' 'MSFT_MpComputerStatus')[0]
Format-Json @{
  service = $service
  mode = $one.AMRunningMode
  antivirus = $one.AntivirusEnabled
  real_time = $one.RealTimeProtectionEnabled
  behaviour = $one.BehaviorMonitorEnabled
  downloads = $one.IoavProtectionEnabled
  on_access = $one.OnAccessProtectionEnabled
  network_inspection = $one.NISEnabled
  tamper = $one.IsTamperProtected
}
""",
    seconds=30,
)
SIGNATURES = Source(
    "defender.signatures",
    _START
    + r"""
$one = @(Get-Instances 'root/Microsoft/Windows/Defender' 'MSFT_MpComputerStatus')[0]
Format-Json @{
  service = $service
  version = $one.AntivirusSignatureVersion
  updated = $one.AntivirusSignatureLastUpdated
  out_of_date = $one.DefenderSignaturesOutOfDate
  engine = $one.AMEngineVersion
  platform = $one.AMProductVersion
  quick_scan = $one.QuickScanEndTime
  full_scan = $one.FullScanEndTime
}
""",
    seconds=30,
    volatile=True,
)
_PREFERENCES = (
    *("DisableRealtimeMonitoring", "DisableBehaviorMonitoring", "DisableIOAVProtection", "DisableScriptScanning"),
    *("DisableArchiveScanning", "DisableEmailScanning", "DisableRemovableDriveScanning", "DisableBlockAtFirstSeen"),
    *("MAPSReporting", "SubmitSamplesConsent", "CloudBlockLevel", "PUAProtection", "EnableNetworkProtection"),
    *("EnableControlledFolderAccess", "DisableAutoExclusions", "CheckForSignaturesBeforeRunningScan", "ScanScheduleDay", "ScanParameters"),
    *("SignatureUpdateInterval", "SignatureScheduleDay", "ExclusionPath", "ExclusionExtension", "ExclusionProcess", "ExclusionIpAddress"),
    *("AttackSurfaceReductionRules_Ids", "AttackSurfaceReductionRules_Actions", "AttackSurfaceReductionOnlyExclusions"),
)
PREFERENCES = Source(
    "defender.preferences",
    _START
    + rf"""
$one = @(Get-Instances 'root/Microsoft/Windows/Defender' 'MSFT_MpPreference')[0]
$found = @{{ service = $service }}
foreach ($name in @('{"', '".join(_PREFERENCES)}')) {{ $found[$name] = $one.$name }}
Format-Json $found
""",
    seconds=30,
)
_DEFENDER = rf"{POLICIES}\Windows Defender"
_POLICY_FLAGS = {
    "turned_off": (f"{_DEFENDER}|DisableAntiSpyware", "Defender is told not to run; newer clients do not heed it"),
    "local_lists_ignored": (f"{_DEFENDER}|DisableLocalAdminMerge", "exclusions of local administrators do not count"),
    "exclusions_hidden": (f"{_DEFENDER}|HideExclusionsFromLocalAdmins", "exclusions are hidden from local administrators"),
}
POLICY = machine_values("defender.policy", [value for value, _ in _POLICY_FLAGS.values()])

MODES = {
    "normal": "active",
    "passive mode": "passive",
    "passive": "passive",
    "edr block mode": "edr_block",
    "edr block": "edr_block",
    "sxs passive mode": "side_by_side_passive",
    "not running": "not_running",
}
ACTIONS = {0: "off", 1: "block", 2: "audit", 5: "not_configured", 6: "warn"}
SWITCH = {0: "off", 1: "block", 2: "audit"}
_SETTINGS: Mapping[str, tuple[str, Mapping[int, str], str]] = {
    "cloud": ("MAPSReporting", {0: "off", 1: "basic", 2: "advanced"}, "what is told to the cloud protection service"),
    "samples": (
        "SubmitSamplesConsent",
        {0: "ask", 1: "safe_ones", 2: "never", 3: "all"},
        "which samples are sent to the cloud protection service",
    ),
    "cloud_block_level": (
        "CloudBlockLevel",
        {0: "default", 1: "moderate", 2: "high", 4: "high_plus", 6: "zero_tolerance"},
        "how readily the cloud protection service blocks what is not known",
    ),
    "unwanted_programs": ("PUAProtection", SWITCH, "potentially unwanted applications"),
    "network_protection": ("EnableNetworkProtection", SWITCH, "connections to addresses of ill repute"),
    "controlled_folders": (
        "EnableControlledFolderAccess",
        {0: "off", 1: "block", 2: "audit", 3: "block_disk_writes", 4: "audit_disk_writes"},
        "writing of unknown programs to protected folders",
    ),
    "scan_day": (
        "ScanScheduleDay",
        dict(enumerate(("every_day", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "never"))),
        "day of the scheduled scan",
    ),
    "scan_kind": ("ScanParameters", {1: "quick", 2: "full"}, "kind of the scheduled scan"),
}
_SWITCHES: Mapping[str, tuple[str, str]] = {
    "real_time": ("DisableRealtimeMonitoring", "real-time protection is set to be on"),
    "behaviour": ("DisableBehaviorMonitoring", "behaviour monitoring is set to be on"),
    "downloads": ("DisableIOAVProtection", "downloads and attachments are set to be scanned"),
    "scripts": ("DisableScriptScanning", "scripts are set to be scanned"),
    "archives": ("DisableArchiveScanning", "archives are scanned inside"),
    "email": ("DisableEmailScanning", "mailbox files are scanned inside"),
    "removable_drives": ("DisableRemovableDriveScanning", "full scans take in removable drives"),
    "first_seen": ("DisableBlockAtFirstSeen", "files never seen before are held until the cloud has judged them"),
    "automatic_exclusions": ("DisableAutoExclusions", "servers leave out what their roles work with"),
}
_EXCLUSIONS: Mapping[str, tuple[str, str]] = {
    "paths": ("ExclusionPath", "files and folders that are not scanned"),
    "extensions": ("ExclusionExtension", "kinds of files that are not scanned"),
    "processes": ("ExclusionProcess", "programs whose files are not scanned"),
    "addresses": ("ExclusionIpAddress", "network addresses that are not inspected"),
    "attack_surface": ("AttackSurfaceReductionOnlyExclusions", "files that attack surface reduction rules leave alone"),
}
_STATES = ("antivirus", "real_time", "behaviour", "downloads", "on_access", "network_inspection", "tamper")
_STOPPED = "Defender's service does not run, so it does not tell its settings"


def parse(frames: Frames) -> dict[str, Any]:
    """{"installed": True, "mode": "active", "real_time": True, ..., "settings": {...}, "exclusions": {...}, "asr": {...}}"""
    policy = or_unknown(lambda: _policy(frames))
    if frames.absent(STATUS):
        return {"installed": False, "mode": "not_running", "policy": policy} | dict.fromkeys(_STATES, False)
    status: Any = or_unknown(lambda: read_status(read_object(frames, STATUS)))
    if isinstance(status, Unknown):
        status = dict.fromkeys(("installed", "mode", *_STATES), status)
    said = or_unknown(lambda: _answer(frames, PREFERENCES))
    return {
        **status,
        "policy": policy,
        "settings": _each(said, _settings),
        "exclusions": _each(said, _exclusions),
        "asr": _each(said, _rules),
        "signatures": or_unknown(lambda: _signatures(_answer(frames, SIGNATURES))),
    }


def _each(said: Answer | Unknown, read: Any) -> Any:  # noqa: ANN401 - a reader of an answer and what it gives
    return said if isinstance(said, Unknown) else read(said)


def _answer(frames: Frames, source: Source) -> Answer:
    answer = read_object(frames, source)
    if answer.get("service") != "Running":
        raise ProbeError(f"{source.name}: {_STOPPED}")
    return answer


def read_status(answer: Answer) -> dict[str, Any]:
    """What runs of Defender, from the answer of its status."""
    if answer.get("service") != "Running":
        return {"installed": True, "mode": "not_running"} | dict.fromkeys(_STATES, False)
    mode = member(answer, "mode")
    return {
        "installed": True,
        "mode": MODES.get(str(mode).lower(), Unknown(f"Defender's running mode is {str(mode)[:40]!r}, whose meaning is not documented")),
        **{name: _told(boolean(answer, name), name) for name in _STATES},
    }


def _told(value: Value | Unknown, name: str) -> Value | Unknown:
    return Unknown(f"Defender does not tell its state of {name}") if value is None else value


def _policy(frames: Frames) -> dict[str, Any]:
    values = read_values(frames, POLICY)
    return {name: values.flag(value) or False for name, (value, _) in _POLICY_FLAGS.items()}


def _settings(answer: Answer) -> dict[str, Any]:
    settings = {name: word(answer, said, words) for name, (said, words, _) in _SETTINGS.items()}
    switches = {name: turned(boolean(answer, said)) for name, (said, _) in _SWITCHES.items()}
    return settings | switches | {"signature_hours": member(answer, "SignatureUpdateInterval")}


def _exclusions(answer: Answer) -> dict[str, Any]:
    return {name: _seen(texts(answer, said)) for name, (said, _) in _EXCLUSIONS.items()}


def _seen(listed: list[str] | Unknown) -> list[str] | Unknown:
    """The list, unless Defender puts a sentence into it that says that it may not be seen."""
    hidden = isinstance(listed, list) and any(one.startswith("N/A:") for one in listed)
    return (
        Unknown("Defender does not show its exclusions to this account; collect as SYSTEM, and see HideExclusionsFromLocalAdmins")
        if hidden
        else listed
    )


def _rules(answer: Answer) -> dict[str, Any] | Unknown:
    """{"56a863a9-...": {"action": "block"}}: attack surface reduction rules that are set."""
    ids, actions = answer.get("AttackSurfaceReductionRules_Ids"), answer.get("AttackSurfaceReductionRules_Actions")
    if ids is None and actions is None:
        return {"rules": {}, "blocking": []}
    if not isinstance(ids, list) or not isinstance(actions, list) or len(ids) != len(actions):
        return Unknown("Defender's attack surface reduction rules and their actions are not as many")
    rules = {
        str(one).strip("{} ").lower(): {"action": spell(action, ACTIONS, "action of a rule")}
        for one, action in zip(ids, actions, strict=True)
    }
    return {"rules": rules, "blocking": sorted(name for name, rule in rules.items() if rule["action"] == "block")}


def _signatures(answer: Answer) -> dict[str, Any]:
    return {
        "version": member(answer, "version"),
        "updated": moment(answer, "updated"),
        "out_of_date": _told(boolean(answer, "out_of_date"), "signatures"),
        "engine": member(answer, "engine"),
        "platform": member(answer, "platform"),
        "quick_scan": moment(answer, "quick_scan"),
        "full_scan": moment(answer, "full_scan"),
    }


_MEANINGS = {
    "antivirus": "its antivirus part is enabled",
    "real_time": "real-time protection is on",
    "behaviour": "behaviour monitoring is on",
    "downloads": "downloads and attachments are scanned",
    "on_access": "files are scanned when they are opened",
    "network_inspection": "network traffic is inspected",
    "tamper": "tamper protection is on: its settings cannot be changed by other programs",
}

PROBES = (
    Probe(
        name="defender",
        sources=(STATUS, SIGNATURES, PREFERENCES, POLICY),
        facts=(
            Fact("installed", "boolean", "Microsoft Defender Antivirus is there; on servers it is a feature"),
            Fact(
                "mode",
                "string",
                "active: it protects; passive and edr_block: another product does; not_running: its service does not run",
                tuple(dict.fromkeys(MODES.values())),
            ),
            *(Fact(name, "boolean", _MEANINGS[name]) for name in _STATES),
            *(
                Fact(f"settings.{name}", "string", f"{meaning}, policy before preference", tuple(words.values()))
                for name, (_, words, meaning) in _SETTINGS.items()
            ),
            *(Fact(f"settings.{name}", "boolean", f"{meaning}, policy before preference") for name, (_, meaning) in _SWITCHES.items()),
            Fact("settings.signature_hours", "integer", "hours between two looks for new signatures; 0: as Windows Update finds them"),
            *(Fact(f"exclusions.{name}", "strings", meaning) for name, (_, meaning) in _EXCLUSIONS.items()),
            Fact("asr.rules.*.action", "string", "what the attack surface reduction rule with this GUID does", tuple(ACTIONS.values())),
            Fact("asr.blocking", "strings", "GUIDs of the attack surface reduction rules that block"),
            Fact("signatures.version", "string", "version of the signatures"),
            Fact("signatures.updated", "string", "moment of the newest signatures, null for never"),
            Fact("signatures.out_of_date", "boolean", "Defender itself holds its signatures for too old (7 days, if not set otherwise)"),
            Fact("signatures.engine", "string", "version of the engine"),
            Fact("signatures.platform", "string", "version of the program"),
            Fact("signatures.quick_scan", "string", "end of the last quick scan, null for never"),
            Fact("signatures.full_scan", "string", "end of the last full scan, null for never"),
            *(Fact(f"policy.{name}", "boolean", f"policy: {meaning}") for name, (_, meaning) in _POLICY_FLAGS.items()),
        ),
        parse=parse,
    ),
)
