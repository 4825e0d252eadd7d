"""TLS as Windows itself speaks it: which protocol versions Schannel takes part in, its key lengths, and what .NET makes of them."""

from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe
from collector.windows.answers import or_unknown
from collector.windows.machine_values import CONTROL, MachineValues, machine_values, read_values
from collector.windows.release import RELEASE, SERVER_2016, SERVER_2022, Release, read_release

_SCHANNEL = rf"{CONTROL}\SecurityProviders\SCHANNEL"
PROTOCOLS = ("SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3", "DTLS 1.0", "DTLS 1.2")
SIDES = ("Client", "Server")
_LENGTHS = {
    "dh_server_bits": (rf"{_SCHANNEL}\KeyExchangeAlgorithms\Diffie-Hellman|ServerMinKeyBitLength", "servers"),
    "dh_client_bits": (rf"{_SCHANNEL}\KeyExchangeAlgorithms\Diffie-Hellman|ClientMinKeyBitLength", "clients"),
}
_DOTNET = {
    "v4.strong_crypto": ("v4.0.30319", "SchUseStrongCrypto"),
    "v4.system_default": ("v4.0.30319", "SystemDefaultTlsVersions"),
    "v2.strong_crypto": ("v2.0.50727", "SchUseStrongCrypto"),
    "v2.system_default": ("v2.0.50727", "SystemDefaultTlsVersions"),
}


def _protocol(name: str, side: str, value: str) -> str:
    return rf"{_SCHANNEL}\Protocols\{name}\{side}|{value}"


def _dotnet(version: str, value: str) -> tuple[str, str]:
    """The value for 64-bit programs and the one for 32-bit programs."""
    return rf"SOFTWARE\Microsoft\.NETFramework\{version}|{value}", rf"SOFTWARE\WOW6432Node\Microsoft\.NETFramework\{version}|{value}"


SCHANNEL = machine_values(
    "schannel",
    [
        *(_protocol(name, side, value) for name in PROTOCOLS for side in SIDES for value in ("Enabled", "DisabledByDefault")),
        *(value for value, _ in _LENGTHS.values()),
    ],
)
DOTNET = machine_values("dotnet", [value for version, name in _DOTNET.values() for value in _dotnet(version, name)])

STATES = ("enabled", "on_demand", "disabled", "unsupported")
_TOLD_OFF = 25000  # builds from which Microsoft announced TLS 1.0 and 1.1 to be off, and did not for all of them
_ANNOUNCED = Unknown(
    "whether this release has TLS 1.0, TLS 1.1 and DTLS 1.0 on by itself is not documented; set Enabled and DisabledByDefault"
)


def default(name: str, release: Release) -> str | Unknown:
    """What Windows does with a protocol of which nothing is set, as Microsoft documents it for Schannel."""
    if name == "SSL 2.0":
        return "unsupported" if release.build >= SERVER_2016 else "disabled"
    if name == "SSL 3.0":
        return "disabled" if release.build >= SERVER_2016 else Unknown("whether this release has SSL 3.0 on by itself is not certain")
    if name == "TLS 1.3":
        return "enabled" if release.build >= SERVER_2022 else "unsupported"
    if name in ("TLS 1.0", "TLS 1.1", "DTLS 1.0"):
        return "enabled" if release.build < _TOLD_OFF else _ANNOUNCED
    return "enabled" if name == "TLS 1.2" or release.build >= SERVER_2016 else "unsupported"


def effective(name: str, enabled: Value | Unknown, left_out: Value | Unknown, release: Release | Unknown) -> str | Unknown:
    """What holds of a protocol and a side, from its values Enabled and DisabledByDefault (left_out)."""
    if enabled == 0:
        return "disabled"
    if isinstance(enabled, Unknown) or isinstance(left_out, Unknown) or isinstance(release, Unknown):
        return next(value for value in (enabled, left_out, release) if isinstance(value, Unknown))
    usual = default(name, release)
    if usual == "unsupported" or (enabled is None and left_out is None):
        return usual
    if left_out:
        return "on_demand" if enabled or usual == "enabled" else usual
    return "enabled" if enabled or usual == "enabled" else Unknown(f"{name} has DisabledByDefault 0 without Enabled; set both")


def parse(frames: Frames) -> dict[str, Any]:
    """{"protocols": {"TLS 1.0": {"client": "enabled", "server": "disabled"}, ...}, "server": ["TLS 1.2", ...], ...}"""
    values = read_values(frames, SCHANNEL)
    release = or_unknown(lambda: read_release(frames))
    protocols = {name: {side.lower(): _state(values, name, side, release) for side in SIDES} for name in PROTOCOLS}
    return {
        "protocols": protocols,
        "client": _taken(protocols, "client"),
        "server": _taken(protocols, "server"),
        **{name: values.number(value) for name, (value, _) in _LENGTHS.items()},
    }


def _state(values: MachineValues, name: str, side: str, release: Release | Unknown) -> str | Unknown:
    enabled, left_out = (values.number(_protocol(name, side, value)) for value in ("Enabled", "DisabledByDefault"))
    return effective(name, enabled, left_out, release)


def _taken(protocols: dict[str, dict[str, Any]], side: str) -> list[str] | Unknown:
    """Protocols that this side takes part in, be it only when a program asks for them."""
    unclear = next((states[side] for states in protocols.values() if isinstance(states[side], Unknown)), None)
    return unclear or [name for name, states in protocols.items() if states[side] in ("enabled", "on_demand")]


def parse_dotnet(frames: Frames) -> dict[str, Any]:
    """{"v4": {"strong_crypto": True, "system_default": None}, "v2": {...}}"""
    values = read_values(frames, DOTNET)
    found: dict[str, dict[str, Any]] = {"v4": {}, "v2": {}}
    for path, (version, name) in _DOTNET.items():
        above, below = path.split(".")
        found[above][below] = _both(*(values.flag(value) for value in _dotnet(version, name)))
    return found


def _both(first: Value | Unknown, second: Value | Unknown) -> Value | Unknown:
    """True where both are; else what keeps it from being true."""
    worst = (False, None)
    unclear = next((value for value in (first, second) if isinstance(value, Unknown)), None)
    return next((value for value in worst if any(one is value for one in (first, second))), unclear or True)


PROBES = (
    Probe(
        name="schannel",
        sources=(SCHANNEL, RELEASE),
        facts=(
            *(
                Fact(
                    f"protocols.*.{side}",
                    "string",
                    f"for {side}s: enabled; on_demand: only for programs that ask for it; disabled; unsupported by this Windows",
                    STATES,
                    PROTOCOLS,
                )
                for side in ("client", "server")
            ),
            Fact("client", "strings", "protocols that clients take part in, those on demand among them"),
            Fact("server", "strings", "protocols that servers take part in, those on demand among them"),
            *(
                Fact(
                    name,
                    "integer",
                    f"least bits of Diffie-Hellman keys that {who} take; not set: what this Windows does by itself",
                )
                for name, (_, who) in _LENGTHS.items()
            ),
        ),
        parse=parse,
    ),
    Probe(
        name="dotnet",
        sources=(DOTNET,),
        facts=tuple(
            Fact(
                path,
                "boolean",
                f"{name} of {version} is set for 64-bit and 32-bit programs alike; not set: it depends on what a program was built for",
            )
            for path, (version, name) in _DOTNET.items()
        ),
        parse=parse_dotnet,
    ),
)
