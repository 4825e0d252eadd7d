"""Which value of the registry stands behind a fact that states what Windows effectively does, in the words of baselines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from checks.model import Condition, Reference
from collector.facts import Value

_SOFTWARE, _CONTROL = r"HKLM\SOFTWARE", r"HKLM\SYSTEM\CurrentControlSet\Control"
_POLICIES = rf"{_SOFTWARE}\Policies\Microsoft"
_DEFENDER, _GUARD = rf"{_POLICIES}\Windows Defender", rf"{_POLICIES}\Windows Defender\Windows Defender Exploit Guard"
_LSA, _MSV = rf"{_CONTROL}\Lsa", rf"{_CONTROL}\Lsa\MSV1_0"
_KERNEL, _DEVICE = rf"{_CONTROL}\Session Manager\kernel", rf"{_POLICIES}\Windows\DeviceGuard"
_EXPLORER, _PRINTERS = rf"{_SOFTWARE}\Microsoft\Windows\CurrentVersion\Policies\Explorer", rf"{_POLICIES}\Windows NT\Printers"
_STORAGE, _SYSTEM = rf"{_POLICIES}\Windows\RemovableStorageDevices", rf"{_SOFTWARE}\Microsoft\Windows\CurrentVersion\Policies\System"
_SCHANNEL, _LOCK = rf"{_CONTROL}\SecurityProviders\SCHANNEL", rf"{_POLICIES}\Windows\Personalization"

_LAPS = rf"{_SOFTWARE}\Microsoft\Windows\CurrentVersion\Policies\LAPS"


@dataclass(frozen=True, slots=True)
class RegistryValue:
    r"""A value of the registry by which an effective fact is set.

    key: HIVE\KEY|VALUE; words: what the fact says -> what stands in the registry then; empty where they are the same; part:
    number or text.
    """

    key: str
    words: Mapping[Value, Value] = field(default_factory=dict)
    part: str = "number"


_ON, _OFF = {True: 1}, {True: 0}
_NOT = {False: 0}
_SMB_SERVER = r"HKLM\SYSTEM\CurrentControlSet\Services\LanManServer\Parameters"
_SMB_CLIENT = r"HKLM\SYSTEM\CurrentControlSet\Services\LanmanWorkstation\Parameters"
_TERMINAL, _WINRM, _SHELL = (
    rf"{_POLICIES}\{place}" for place in (r"Windows NT\Terminal Services", r"Windows\WinRM", r"Windows\PowerShell")
)
_TIME = rf"{_POLICIES}\W32Time\TimeProviders"
_LOGS = ("Application", "Security", "Setup", "System")
_SWITCH = {"block": 1, "audit": 2, "off": 0}
_VALUES: Final[Mapping[str, tuple[RegistryValue, ...]]] = {
    "antivirus.real_time": (RegistryValue(rf"{_DEFENDER}\Real-Time Protection|DisableRealtimeMonitoring", _OFF),),
    "defender.behaviour": (RegistryValue(rf"{_DEFENDER}\Real-Time Protection|DisableBehaviorMonitoring", _OFF),),
    "defender.downloads": (RegistryValue(rf"{_DEFENDER}\Real-Time Protection|DisableIOAVProtection", _OFF),),
    "defender.settings.scripts": (RegistryValue(rf"{_DEFENDER}\Real-Time Protection|DisableScriptScanning", _OFF),),
    "defender.settings.removable_drives": (RegistryValue(rf"{_DEFENDER}\Scan|DisableRemovableDriveScanning", _OFF),),
    "defender.settings.email": (RegistryValue(rf"{_DEFENDER}\Scan|DisableEmailScanning", _OFF),),
    "defender.settings.archives": (RegistryValue(rf"{_DEFENDER}\Scan|DisableArchiveScanning", _OFF),),
    "defender.settings.scan_day": (
        RegistryValue(
            rf"{_DEFENDER}\Scan|ScheduleDay",
            {
                day: number
                for number, day in enumerate(
                    ("every_day", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "never")
                )
            },
        ),
    ),
    "defender.settings.cloud": (RegistryValue(rf"{_DEFENDER}\Spynet|SpynetReporting", {"off": 0, "basic": 1, "advanced": 2}),),
    "defender.settings.samples": (
        RegistryValue(rf"{_DEFENDER}\Spynet|SubmitSamplesConsent", {"ask": 0, "safe_ones": 1, "never": 2, "all": 3}),
    ),
    "defender.settings.unwanted_programs": (RegistryValue(f"{_DEFENDER}|PUAProtection", _SWITCH),),
    "defender.settings.network_protection": (RegistryValue(rf"{_GUARD}\Network Protection|EnableNetworkProtection", _SWITCH),),
    "defender.settings.controlled_folders": (
        RegistryValue(
            rf"{_GUARD}\Controlled Folder Access|EnableControlledFolderAccess",
            _SWITCH | {"block_disk_writes": 3, "audit_disk_writes": 4},
        ),
    ),
    "defender.settings.signature_hours": (RegistryValue(rf"{_DEFENDER}\Signature Updates|SignatureUpdateInterval"),),
    "defender.policy.local_lists_ignored": (RegistryValue(f"{_DEFENDER}|DisableLocalAdminMerge", _ON),),
    "bitlocker.policy.os_backup_required": (RegistryValue(rf"{_POLICIES}\FVE|OSRequireActiveDirectoryBackup"),),
    "removable_storage.deny_all": (RegistryValue(f"{_STORAGE}|Deny_All", _ON),),
    "removable_storage.disks.execute": (
        RegistryValue(rf"{_STORAGE}\{{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}}|Deny_Execute", {"denied": 1}),
    ),
    "removable_storage.disks.write": (
        RegistryValue(r"HKLM\SYSTEM\CurrentControlSet\Policies\Microsoft\FVE|RDVDenyWriteAccess", {"encrypted_only": 1, "denied": 1}),
    ),
    "removable_storage.optical.write": (RegistryValue(rf"{_STORAGE}\{{53f56308-b6bf-11d0-94f2-00a0c91efb8b}}|Deny_Write", {"denied": 1}),),
    "removable_storage.phones.write": (RegistryValue(rf"{_STORAGE}\{{6AC27878-A6FA-4155-BA85-F98F491D4F33}}|Deny_Write", {"denied": 1}),),
    "removable_storage.installation.removable_denied": (
        RegistryValue(rf"{_POLICIES}\Windows\DeviceInstall\Restrictions|DenyRemovableDevices", _ON),
    ),
    "removable_storage.installation.ids_denied": (RegistryValue(rf"{_POLICIES}\Windows\DeviceInstall\Restrictions|DenyDeviceIDs", _ON),),
    "removable_storage.installation.classes_denied": (
        RegistryValue(rf"{_POLICIES}\Windows\DeviceInstall\Restrictions|DenyDeviceClasses", _ON),
    ),
    "removable_storage.installation.unspecified_denied": (
        RegistryValue(rf"{_POLICIES}\Windows\DeviceInstall\Restrictions|DenyUnspecified", _ON),
    ),
    "removable_storage.disks.read": (RegistryValue(rf"{_STORAGE}\{{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}}|Deny_Read", {"denied": 1}),),
    "removable_storage.floppy.write": (RegistryValue(rf"{_STORAGE}\{{53f56311-b6bf-11d0-94f2-00a0c91efb8b}}|Deny_Write", {"denied": 1}),),
    "removable_storage.tape.write": (RegistryValue(rf"{_STORAGE}\{{53f5630b-b6bf-11d0-94f2-00a0c91efb8b}}|Deny_Write", {"denied": 1}),),
    "autoplay.off_on_all_drives": (RegistryValue(f"{_EXPLORER}|NoDriveTypeAutoRun", {True: 255}),),
    "autoplay.commands_off": (RegistryValue(f"{_EXPLORER}|NoAutorun", _ON),),
    "autoplay.other_devices_off": (RegistryValue(rf"{_POLICIES}\Windows\Explorer|NoAutoplayfornonVolume", _ON),),
    "device_guard.vbs": (RegistryValue(f"{_DEVICE}|EnableVirtualizationBasedSecurity", {"running": 1}),),
    "device_guard.credential_guard.running": (RegistryValue(f"{_DEVICE}|LsaCfgFlags", _ON),),
    "device_guard.memory_integrity.running": (RegistryValue(f"{_DEVICE}|HypervisorEnforcedCodeIntegrity", _ON),),
    "lsa.protection.set": (RegistryValue(f"{_LSA}|RunAsPPL", {"on_locked": 1, "on": 2}),),
    "lsa.plaintext_kept": (RegistryValue(rf"{_CONTROL}\SecurityProviders\WDigest|UseLogonCredential", {False: 0}),),
    "boot.drivers_loaded": (
        RegistryValue(
            r"HKLM\SYSTEM\CurrentControlSet\Policies\EarlyLaunch|DriverLoadPolicy",
            {"good": 8, "good_and_unknown": 1, "good_unknown_and_bad_but_critical": 3, "all": 7},
        ),
    ),
    "fips.enabled": (RegistryValue(rf"{_LSA}\FipsAlgorithmPolicy|Enabled", _ON),),
    "ntlm.level": (RegistryValue(f"{_LSA}|LmCompatibilityLevel"),),
    "ntlm.lm_hash_stored": (RegistryValue(f"{_LSA}|NoLMHash", {False: 1}),),
    "ntlm.client.ntlmv2": (RegistryValue(f"{_MSV}|NtlmMinClientSec", {True: 537395200}),),
    "ntlm.client.bits_128": (RegistryValue(f"{_MSV}|NtlmMinClientSec", {True: 537395200}),),
    "ntlm.server.ntlmv2": (RegistryValue(f"{_MSV}|NtlmMinServerSec", {True: 537395200}),),
    "ntlm.server.bits_128": (RegistryValue(f"{_MSV}|NtlmMinServerSec", {True: 537395200}),),
    "ntlm.null_session_fallback": (RegistryValue(f"{_MSV}|AllowNullSessionFallback", {False: 0}),),
    "ntlm.receiving_audit": (RegistryValue(f"{_MSV}|AuditReceivingNTLMTraffic", {"off": 0, "domain_accounts": 1, "all": 2}),),
    "ntlm.sending": (RegistryValue(f"{_MSV}|RestrictSendingNTLMTraffic", {"allow": 0, "audit": 1, "deny": 2}),),
    "lsa.restricted_admin": (RegistryValue(f"{_LSA}|DisableRestrictedAdmin", {False: 1}),),
    "smartscreen.state": (
        RegistryValue(rf"{_POLICIES}\Windows\System|EnableSmartScreen", {"block": 1, "administrator": 1, "warn": 1, "off": 0}),
        RegistryValue(
            rf"{_POLICIES}\Windows\System|ShellSmartScreenLevel", {"block": "Block", "administrator": "Block", "warn": "Warn"}, "text"
        ),
    ),
    "screen_lock.machine_seconds": (RegistryValue(f"{_SYSTEM}|InactivityTimeoutSecs"),),
    "screen_lock.lock_screen_camera_off": (RegistryValue(f"{_LOCK}|NoLockScreenCamera", _ON),),
    "screen_lock.lock_screen_slides_off": (RegistryValue(f"{_LOCK}|NoLockScreenSlideshow", _ON),),
    "schannel.dh_server_bits": (RegistryValue(rf"{_SCHANNEL}\KeyExchangeAlgorithms\Diffie-Hellman|ServerMinKeyBitLength"),),
    "exploit_protection.sehop": (RegistryValue(f"{_KERNEL}|DisableExceptionChainValidation", _OFF),),
    "memory_on_disk.error_reporting": (RegistryValue(rf"{_POLICIES}\Windows\Windows Error Reporting|Disabled", {False: 1}),),
    "memory_on_disk.crash_dump": (
        RegistryValue(rf"{_CONTROL}\CrashControl|CrashDumpEnabled", {"none": 0, "complete": 1, "kernel": 2, "small": 3, "automatic": 7}),
    ),
    "collaboration.camera.allowed": (RegistryValue(rf"{_POLICIES}\Camera|AllowCamera", {False: 0}),),
    "collaboration.camera.apps": (RegistryValue(rf"{_POLICIES}\Windows\AppPrivacy|LetAppsAccessCamera", {"allow": 1, "deny": 2}),),
    "collaboration.microphone.apps": (RegistryValue(rf"{_POLICIES}\Windows\AppPrivacy|LetAppsAccessMicrophone", {"allow": 1, "deny": 2}),),
    "printing.drivers_by_administrators": (RegistryValue(rf"{_PRINTERS}\PointAndPrint|RestrictDriverInstallationToAdministrators", _ON),),
    "printing.no_warning_on_install": (RegistryValue(rf"{_PRINTERS}\PointAndPrint|NoWarningNoElevationOnInstall", {False: 0}),),
    "printing.no_warning_on_update": (RegistryValue(rf"{_PRINTERS}\PointAndPrint|UpdatePromptSettings", {False: 0}),),
    "printing.remote_spooler": (RegistryValue(f"{_PRINTERS}|RegisterSpoolerRemoteRpcEndPoint", {"accepted": 1, "refused": 2}),),
    "printing.rpc_privacy": (RegistryValue(rf"{_CONTROL}\Print|RpcAuthnLevelPrivacyEnabled", _ON),),
    "printing.http_off": (RegistryValue(f"{_PRINTERS}|DisableHTTPPrinting", _ON),),
    "printing.http_drivers_off": (RegistryValue(f"{_PRINTERS}|DisableWebPnPDownload", _ON),),
    "smb.server.signing_required": (RegistryValue(rf"{_SMB_SERVER}|RequireSecuritySignature", _ON),),
    "smb.server.null_sessions_restricted": (RegistryValue(rf"{_SMB_SERVER}|RestrictNullSessAccess", _ON),),
    "smb.server.idle_minutes": (RegistryValue(rf"{_SMB_SERVER}|AutoDisconnect"),),
    "smb.server.logoff_when_hours_expire": (RegistryValue(rf"{_SMB_SERVER}|EnableForcedLogOff", _ON),),
    "smb.server.null_session_pipes": (RegistryValue(rf"{_SMB_SERVER}|NullSessionPipes", part="texts"),),
    "smb.server.null_session_shares": (RegistryValue(rf"{_SMB_SERVER}|NullSessionShares", part="texts"),),
    "smb.client.signing_required": (RegistryValue(rf"{_SMB_CLIENT}|RequireSecuritySignature", _ON),),
    "smb.client.clear_text_passwords": (RegistryValue(rf"{_SMB_CLIENT}|EnablePlainTextPassword", _NOT),),
    "smb.client.smb1": (RegistryValue(r"HKLM\SYSTEM\CurrentControlSet\Services\mrxsmb10|Start", {False: 4}),),
    "smb.client.insecure_guests": (RegistryValue(rf"{_POLICIES}\Windows\LanmanWorkstation|AllowInsecureGuestAuth", _NOT),),
    "rdp.network_level_authentication": (RegistryValue(rf"{_TERMINAL}|UserAuthentication", _ON),),
    "rdp.encryption_level": (RegistryValue(rf"{_TERMINAL}|MinEncryptionLevel"),),
    "rdp.security_layer": (RegistryValue(rf"{_TERMINAL}|SecurityLayer"),),
    "rdp.secure_rpc": (RegistryValue(rf"{_TERMINAL}|fEncryptRPCTraffic", _ON),),
    "rdp.always_asks_password": (RegistryValue(rf"{_TERMINAL}|fPromptForPassword", _ON),),
    "rdp.drives_refused": (RegistryValue(rf"{_TERMINAL}|fDisableCdm", _ON),),
    "rdp.idle_milliseconds": (RegistryValue(rf"{_TERMINAL}|MaxIdleTime"),),
    "rdp.disconnected_milliseconds": (RegistryValue(rf"{_TERMINAL}|MaxDisconnectionTime"),),
    "rdp.password_saving_refused": (RegistryValue(rf"{_TERMINAL}|DisablePasswordSaving", _ON),),
    "rdp.help_may_be_asked": (RegistryValue(rf"{_TERMINAL}|fAllowToGetHelp", _NOT),),
    "rdp.help_may_be_offered": (RegistryValue(rf"{_TERMINAL}|fAllowUnsolicited", _NOT),),
    "rdp.serial_ports_refused": (RegistryValue(rf"{_TERMINAL}|fDisableCcm", _ON),),
    "rdp.parallel_ports_refused": (RegistryValue(rf"{_TERMINAL}|fDisableLPT", _ON),),
    "rdp.clipboard_refused": (RegistryValue(rf"{_TERMINAL}|fDisableClip", _ON),),
    "rdp.temporary_folders_deleted": (RegistryValue(rf"{_TERMINAL}|DeleteTempDirsOnExit", _ON),),
    "rdp.temporary_folders_of_each_session": (RegistryValue(rf"{_TERMINAL}|PerSessionTempDir", _ON),),
    "time.client_enabled": (RegistryValue(rf"{_TIME}\NtpClient|Enabled", _ON),),
    "time.server_enabled": (RegistryValue(rf"{_TIME}\NtpServer|Enabled", _NOT),),
    "winrm.client.basic": (RegistryValue(rf"{_WINRM}\Client|AllowBasic", _NOT),),
    "winrm.client.unencrypted": (RegistryValue(rf"{_WINRM}\Client|AllowUnencryptedTraffic", _NOT),),
    "winrm.client.digest": (RegistryValue(rf"{_WINRM}\Client|AllowDigest", _NOT),),
    "winrm.service.basic": (RegistryValue(rf"{_WINRM}\Service|AllowBasic", _NOT),),
    "winrm.service.unencrypted": (RegistryValue(rf"{_WINRM}\Service|AllowUnencryptedTraffic", _NOT),),
    "winrm.run_as_refused": (RegistryValue(rf"{_WINRM}\Service|DisableRunAs", _ON),),
    "powershell.script_blocks_logged": (RegistryValue(rf"{_SHELL}\ScriptBlockLogging|EnableScriptBlockLogging", _ON),),
    "powershell.transcripts": (RegistryValue(rf"{_SHELL}\Transcription|EnableTranscripting", _ON),),
    "powershell.module_logging": (RegistryValue(rf"{_SHELL}\ModuleLogging|EnableModuleLogging", _ON),),
    "audit_policy.subcategory_override": (RegistryValue(rf"{_LSA}|SCENoApplyLegacyAuditPolicy", _ON),),
    "updates.automatic": (RegistryValue(rf"{_POLICIES}\Windows\WindowsUpdate\AU|NoAutoUpdate", {True: 0}),),
    **{f"event_logs[{name}].kilobytes": (RegistryValue(rf"{_POLICIES}\Windows\EventLog\{name}|MaxSize"),) for name in _LOGS},
    **{
        f"event_logs[{name}].when_full": (RegistryValue(rf"{_POLICIES}\Windows\EventLog\{name}|Retention", {"overwrites": "0"}, "text"),)
        for name in _LOGS
    },
    **{
        f"firewall.profiles.{name}.{leaf}": (RegistryValue(rf"{_POLICIES}\WindowsFirewall\{key}{value}", words),)
        for name, key in (("domain", "DomainProfile"), ("private", "PrivateProfile"), ("public", "PublicProfile"))
        for leaf, value, words in (
            ("enabled", "|EnableFirewall", _ON),
            ("inbound", "|DefaultInboundAction", {"block": 1, "allow": 0}),
            ("local_rules", "|AllowLocalPolicyMerge", _NOT),
            ("notify", "|DisableNotifications", {False: 1}),
            ("log_blocked", r"\Logging|LogDroppedPackets", _ON),
            ("log_allowed", r"\Logging|LogSuccessfulConnections", _ON),
            ("log_kilobytes", r"\Logging|LogFileSize", {}),
        )
    },
    "laps.backup": (RegistryValue(rf"{_LAPS}|BackupDirectory", {"entra_id": 1, "active_directory": 2, "off": 0}),),
    "laps.password_length": (RegistryValue(rf"{_LAPS}|PasswordLength"),),
    "laps.password_complexity": (RegistryValue(rf"{_LAPS}|PasswordComplexity"),),
    "laps.password_age_days": (RegistryValue(rf"{_LAPS}|PasswordAgeDays"),),
    "laps.encrypted": (RegistryValue(rf"{_LAPS}|ADPasswordEncryptionEnabled", _ON),),
    "laps.expiry_protected": (
        RegistryValue(rf"{_LAPS}|PasswordExpirationProtectionEnabled", _ON),
        RegistryValue(rf"{_LAPS}|PwdExpirationProtectionEnabled", _ON),
    ),
    "laps.actions_after_use": (RegistryValue(rf"{_LAPS}|PostAuthenticationActions"),),
    "laps.hours_after_use": (RegistryValue(rf"{_LAPS}|PostAuthenticationResetDelay"),),
}
_RULES: Final = "defender.asr.blocking"
_TYPES: Final = "kerberos.encryption_types"
_TYPE_VALUE: Final = rf"{_SYSTEM}\Kerberos\Parameters|SupportedEncryptionTypes"
_BITS: Final[Mapping[str, int]] = {"des_cbc_crc": 1, "des_cbc_md5": 2, "rc4_hmac": 4, "aes128_hmac": 8, "aes256_hmac": 16}
_EVERY_FUTURE_TYPE: Final = 0x7FFFFFE0
_PROTOCOL: Final = ("schannel", "protocols")
_PROTOCOL_WORDS: Final[Mapping[str, Mapping[Value, Value]]] = {
    "Enabled": {"disabled": 0, "unsupported": 0, "enabled": 1},
    "DisabledByDefault": {"disabled": 1, "unsupported": 1, "enabled": 0},
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to stand in a value of the registry: operator -> value."""

    key: str
    part: str
    operators: Mapping[str, Value]


def registry_values(condition: Condition, values: Mapping[str, Value]) -> list[Wanted]:
    """What a condition on an effective fact asks of the registry; empty where no one value says the same."""
    operators = {name: values[o.name] if isinstance(o, Reference) else o for name, o in condition.operators.items()}
    if condition.path == _RULES:
        return [Wanted(rf"{_GUARD}\ASR\Rules|{guid}", "text", {"equals": "1"}) for guid in operators.get("contains", [])]
    if condition.path == _TYPES:
        bits = sum(_BITS[name] for name in operators.get("contains", ()) if name in _BITS)
        return [Wanted(_TYPE_VALUE, "number", {"equals": bits | _EVERY_FUTURE_TYPE})] if bits else []
    found = [_translate(value, operators) for value in _behind(condition)]
    return [wanted for wanted in found if wanted]


def _behind(condition: Condition) -> tuple[RegistryValue, ...]:
    if condition.segments[:2] != _PROTOCOL:
        return _VALUES.get(condition.path, ())
    _, _, protocol, side = condition.segments
    folder = rf"{_SCHANNEL}\Protocols\{protocol}\{side.capitalize()}"
    return tuple(RegistryValue(f"{folder}|{name}", words) for name, words in _PROTOCOL_WORDS.items())


def _translate(value: RegistryValue, operators: Mapping[str, Value]) -> Wanted | None:
    """The operators in the words of the registry; None where one of them has no such words."""
    if not value.words or set(operators) == {"set"}:
        return Wanted(value.key, value.part, operators)
    said = operators.get("one_of") or [operators.get("equals")]
    raw = list(dict.fromkeys(value.words[one] for one in said if one in value.words))
    if not raw or len(operators) != 1:
        return None
    return Wanted(value.key, value.part, {"equals": raw[0]} if len(raw) == 1 else {"one_of": raw})
