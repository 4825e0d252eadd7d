"""Remote Desktop: whether this host takes sessions, and on which terms; policy comes before the host's own settings."""

from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe
from collector.windows.machine_values import CONTROL, POLICIES, first_set, known, machine_values, read_values

_POLICY: Final = rf"{POLICIES}\Windows NT\Terminal Services"
_SERVER: Final = rf"{CONTROL}\Terminal Server"
_LISTENER: Final = rf"{_SERVER}\WinStations\RDP-Tcp"
_BOTH = ("UserAuthentication", "SecurityLayer", "MinEncryptionLevel", "fPromptForPassword", "fDisableCdm", "fDisableClip")
_POLICY_ONLY = (
    "fEncryptRPCTraffic", "MaxIdleTime", "MaxDisconnectionTime", "DeleteTempDirsOnExit", "PerSessionTempDir", "fDisableCcm", "fDisableLPT",
    "DisablePasswordSaving", "fAllowToGetHelp", "fAllowUnsolicited",
)  # fmt: skip
_HELP: Final = rf"{CONTROL}\Remote Assistance|fAllowToGetHelp"
_UNSAID: Final = Unknown("neither policy nor the listener's own settings say it; set the policy")
RDP = machine_values(
    "rdp",
    [
        rf"{_POLICY}|fDenyTSConnections",
        rf"{_SERVER}|fDenyTSConnections",
        rf"{_LISTENER}|PortNumber",
        *(rf"{place}|{name}" for name in _BOTH for place in (_POLICY, _LISTENER)),
        *(rf"{_POLICY}|{name}" for name in _POLICY_ONLY),
        _HELP,
    ],
)


def parse(frames: Frames) -> dict[str, Any]:
    """{"enabled": true, "network_level_authentication": true, "security_layer": 2, "encryption_level": 3, ...}"""
    values = read_values(frames, RDP)

    def number(name: str, default: Value | Unknown) -> Value | Unknown:
        return known(first_set(values.number(rf"{_POLICY}|{name}"), values.number(rf"{_LISTENER}|{name}")), default)

    denied = known(first_set(values.flag(rf"{_POLICY}|fDenyTSConnections"), values.flag(rf"{_SERVER}|fDenyTSConnections")), default=True)
    return {
        "enabled": not denied if isinstance(denied, bool) else denied,
        "port": known(values.number(rf"{_LISTENER}|PortNumber"), 3389),
        "network_level_authentication": _is_one(number("UserAuthentication", _UNSAID)),
        "security_layer": number("SecurityLayer", _UNSAID),
        "encryption_level": number("MinEncryptionLevel", _UNSAID),
        "always_asks_password": _is_one(number("fPromptForPassword", 0)),
        "drives_refused": _is_one(number("fDisableCdm", 0)),
        "clipboard_refused": _is_one(number("fDisableClip", 0)),
        "serial_ports_refused": known(values.flag(rf"{_POLICY}|fDisableCcm"), default=False),
        "parallel_ports_refused": known(values.flag(rf"{_POLICY}|fDisableLPT"), default=False),
        "secure_rpc": known(values.flag(rf"{_POLICY}|fEncryptRPCTraffic"), default=False),
        "idle_milliseconds": known(values.number(rf"{_POLICY}|MaxIdleTime"), 0),
        "disconnected_milliseconds": known(values.number(rf"{_POLICY}|MaxDisconnectionTime"), 0),
        "password_saving_refused": known(values.flag(rf"{_POLICY}|DisablePasswordSaving"), default=False),
        "temporary_folders_deleted": known(values.flag(rf"{_POLICY}|DeleteTempDirsOnExit"), default=True),
        "temporary_folders_of_each_session": known(values.flag(rf"{_POLICY}|PerSessionTempDir"), default=True),
        "help_may_be_asked": known(first_set(values.flag(rf"{_POLICY}|fAllowToGetHelp"), values.flag(_HELP)), default=False),
        "help_may_be_offered": known(values.flag(rf"{_POLICY}|fAllowUnsolicited"), default=False),
    }


def _is_one(value: Value | Unknown) -> Value | Unknown:
    return value == 1 if isinstance(value, int) else value


PROBES = (
    Probe(
        name="rdp",
        sources=(RDP,),
        facts=(
            Fact("enabled", "boolean", "Remote Desktop takes sessions"),
            Fact("port", "integer", "the port it listens on"),
            Fact("network_level_authentication", "boolean", "who connects proves who they are before a session is made"),
            Fact("security_layer", "integer", "0 RDP's own, 1 negotiated, 2 TLS"),
            Fact("encryption_level", "integer", "1 low, 2 as the client can, 3 high (128 bits), 4 FIPS"),
            Fact("always_asks_password", "boolean", "a password saved by the client is not taken"),
            Fact("drives_refused", "boolean", "the client's drives cannot be used in a session"),
            Fact("clipboard_refused", "boolean", "the client's clipboard cannot be used in a session"),
            Fact("serial_ports_refused", "boolean", "the client's serial ports cannot be used in a session"),
            Fact("parallel_ports_refused", "boolean", "the client's parallel ports cannot be used in a session"),
            Fact("secure_rpc", "boolean", "only encrypted RPC is taken"),
            Fact("idle_milliseconds", "integer", "after so long an idle session is ended; 0 is never"),
            Fact("disconnected_milliseconds", "integer", "after so long a disconnected session is ended; 0 is never"),
            Fact("password_saving_refused", "boolean", "the Remote Desktop client of this host saves no passwords"),
            Fact("temporary_folders_deleted", "boolean", "a session's temporary folder is deleted with it"),
            Fact("temporary_folders_of_each_session", "boolean", "each session has a temporary folder of its own"),
            Fact("help_may_be_asked", "boolean", "a user may ask for Remote Assistance"),
            Fact("help_may_be_offered", "boolean", "others may offer Remote Assistance"),
        ),
        parse=parse,
    ),
)
