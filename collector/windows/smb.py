"""File sharing: what the SMB server and client of this host insist on, with the release's own defaults where nothing is set."""

from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError
from collector.windows.machine_values import POLICIES, MachineValues, known, machine_values, read_values
from collector.windows.release import RELEASE, SERVER_2025, Release, read_release

_SERVER: Final = r"SYSTEM\CurrentControlSet\Services\LanmanServer\Parameters"
_CLIENT: Final = r"SYSTEM\CurrentControlSet\Services\LanmanWorkstation\Parameters"
_GUEST_POLICY = rf"{POLICIES}\Windows\LanmanWorkstation|AllowInsecureGuestAuth"
_SMB1_CLIENT = r"SYSTEM\CurrentControlSet\Services\mrxsmb10|Start"
_DISABLED = 4
SMB = machine_values(
    "smb",
    [
        *(rf"{_SERVER}|{name}" for name in ("RequireSecuritySignature", "EnableSecuritySignature", "SMB1", "EncryptData")),
        *(rf"{_SERVER}|{name}" for name in ("RejectUnencryptedAccess", "RestrictNullSessAccess", "NullSessionPipes", "NullSessionShares")),
        *(rf"{_SERVER}|{name}" for name in ("AutoDisconnect", "EnableForcedLogOff")),
        *(rf"{_CLIENT}|{name}" for name in ("RequireSecuritySignature", "EnablePlainTextPassword", "AllowInsecureGuestAuth")),
        _GUEST_POLICY,
        _SMB1_CLIENT,
    ],
)


def parse(frames: Frames) -> dict[str, Any]:
    """{"server": {"signing_required": true, "smb1": false, ...}, "client": {"signing_required": true, ...}}"""
    values, release = read_values(frames, SMB), _release(frames)
    return {"server": _server(values, release), "client": _client(values, release)}


def _release(frames: Frames) -> Release | Unknown:
    try:
        return read_release(frames)
    except ProbeError as error:
        return Unknown(str(error))


def _server(values: MachineValues, release: Release | Unknown) -> dict[str, Value | Unknown]:
    return {
        "signing_required": known(values.flag(rf"{_SERVER}|RequireSecuritySignature"), _server_signs(release)),
        "smb1": known(values.flag(rf"{_SERVER}|SMB1"), Unknown("SMB1 is as the feature SMB1Protocol says: look at features")),
        "encryption": known(values.flag(rf"{_SERVER}|EncryptData"), default=False),
        "unencrypted_refused": known(values.flag(rf"{_SERVER}|RejectUnencryptedAccess"), default=True),
        "null_sessions_restricted": known(values.flag(rf"{_SERVER}|RestrictNullSessAccess"), default=True),
        "null_session_pipes": known(values.texts(rf"{_SERVER}|NullSessionPipes"), []),
        "null_session_shares": known(values.texts(rf"{_SERVER}|NullSessionShares"), []),
        "idle_minutes": known(values.number(rf"{_SERVER}|AutoDisconnect"), 15),
        "logoff_when_hours_expire": known(values.flag(rf"{_SERVER}|EnableForcedLogOff"), default=True),
    }


def _server_signs(release: Release | Unknown) -> bool | Unknown:
    """Controllers insist on signatures; so do workstations from Windows 11 24H2 on, and no server by itself."""
    if isinstance(release, Unknown):
        return release
    return release.kind == "domain_controller" or (not release.server and release.build >= SERVER_2025)


def _client(values: MachineValues, release: Release | Unknown) -> dict[str, Value | Unknown]:
    signs: Value | Unknown = release if isinstance(release, Unknown) else release.build >= SERVER_2025
    local = known(
        values.flag(rf"{_CLIENT}|AllowInsecureGuestAuth"), Unknown("whether guests are let in differs between editions; set the policy")
    )
    start = values.number(_SMB1_CLIENT)
    return {
        "signing_required": known(values.flag(rf"{_CLIENT}|RequireSecuritySignature"), signs),
        "clear_text_passwords": known(values.flag(rf"{_CLIENT}|EnablePlainTextPassword"), default=False),
        "insecure_guests": known(values.flag(_GUEST_POLICY), local),
        "smb1": start if isinstance(start, Unknown) else start is not None and start != _DISABLED,
    }


PROBES = (
    Probe(
        name="smb",
        sources=(SMB, RELEASE),
        facts=(
            Fact("server.signing_required", "boolean", "the server talks only to clients that sign"),
            Fact("server.smb1", "boolean", "the server speaks SMB 1, where a value says so"),
            Fact("server.encryption", "boolean", "the server encrypts every share"),
            Fact("server.unencrypted_refused", "boolean", "what is encrypted is refused to clients that cannot"),
            Fact("server.null_sessions_restricted", "boolean", "sessions without a name reach only the pipes and shares that are listed"),
            Fact("server.null_session_pipes", "strings", "pipes that sessions without a name may reach"),
            Fact("server.null_session_shares", "strings", "shares that sessions without a name may reach"),
            Fact("server.idle_minutes", "integer", "minutes after which an idle session is suspended"),
            Fact("server.logoff_when_hours_expire", "boolean", "sessions end when logon hours do"),
            Fact("client.signing_required", "boolean", "the client talks only to servers that sign"),
            Fact("client.clear_text_passwords", "boolean", "the client sends passwords in clear text to servers that ask for it"),
            Fact("client.insecure_guests", "boolean", "the client lets itself be made a guest without being asked for a password"),
            Fact("client.smb1", "boolean", "the SMB 1 client is there and not disabled"),
        ),
        parse=parse,
    ),
)
