"""The cipher suites and curves that TLS offers, in their order: the policy's list over the system's own; and FIPS mode."""

import re
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe
from collector.windows.machine_values import CONTROL, MachineValues, machine_values, read_values

_POLICY = r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
_LOCAL = rf"{CONTROL}\Cryptography\Configuration\Local\SSL\00010002"
SUITES = machine_values("cipher_suites", [f"{key}|{name}" for key in (_POLICY, _LOCAL) for name in ("Functions", "EccCurves")])
_FIPS, _MDM = rf"{CONTROL}\Lsa\FipsAlgorithmPolicy|Enabled", rf"{CONTROL}\Lsa\FipsAlgorithmPolicy|MDMEnabled"
FIPS = machine_values("fips", [_FIPS, _MDM])

_KINDS = {
    "broken": (
        re.compile(r"_NULL_|_RC4_|_DES_|_DES40_|_EXPORT|_MD5$|_anon_"),
        "that do not encrypt, or with RC4, DES, MD5, export keys, no peer",
    ),
    "triple_des": (re.compile(r"_3DES_"), "with 3DES"),
    "cbc": (re.compile(r"_CBC_"), "in CBC mode"),
    "without_forward_secrecy": (re.compile(r"^(TLS|SSL)_(RSA|PSK)_WITH_"), "whose recorded traffic the server's key opens later"),
}


def parse(frames: Frames) -> dict[str, Any]:
    """{"effective": ["TLS_AES_256_GCM_SHA384", ...], "by_policy": False, "broken": [], ..., "curves": ["NistP384", ...]}"""
    values = read_values(frames, SUITES)
    suites, by_policy = _over(values, "Functions")
    curves, _ = _over(values, "EccCurves")
    kinds = {name: _of_kind(suites, pattern) for name, (pattern, _) in _KINDS.items()}
    return {"effective": suites, "by_policy": by_policy, "curves": curves, **kinds}


def _over(values: MachineValues, name: str) -> tuple[list[str] | Unknown, bool | Unknown]:
    """The policy's list where there is one, else the system's, and which of the two it is."""
    policy, local = values.texts(f"{_POLICY}|{name}"), values.texts(f"{_LOCAL}|{name}")
    if isinstance(policy, Unknown) or policy:
        return policy, policy if isinstance(policy, Unknown) else True
    nothing = Unknown(f"cipher_suites: the registry holds no list of {name}, neither of a policy nor of the system")
    return local or nothing, False


def _of_kind(suites: list[str] | Unknown, pattern: re.Pattern[str]) -> list[str] | Unknown:
    return suites if isinstance(suites, Unknown) else [suite for suite in suites if pattern.search(suite)]


def parse_fips(frames: Frames) -> dict[str, Any]:
    """{"enabled": False, "by_policy": False, "by_management": None}"""
    values = read_values(frames, FIPS)
    policy, management = values.flag(_FIPS), values.flag(_MDM)
    unclear = next((one for one in (policy, management) if isinstance(one, Unknown)), None)
    on = policy is True or management is True
    return {"enabled": on or unclear or False, "by_policy": policy, "by_management": management}


PROBES = (
    Probe(
        name="cipher_suites",
        sources=(SUITES,),
        facts=(
            Fact(
                "effective",
                "strings",
                "cipher suites in the order in which they are offered; those that Windows does not know do not count",
            ),
            Fact("by_policy", "boolean", "a policy sets that list"),
            Fact("curves", "strings", "elliptic curves in the order in which they are offered"),
            *(Fact(name, "strings", f"of these, suites {meaning}") for name, (_, meaning) in _KINDS.items()),
        ),
        parse=parse,
    ),
    Probe(
        name="fips",
        sources=(FIPS,),
        facts=(
            Fact(
                "enabled",
                "boolean",
                "FIPS mode is on by policy or by device management; modules must be validated for this Windows besides",
            ),
            Fact("by_policy", "boolean", "by the security option for FIPS compliant algorithms"),
            Fact("by_management", "boolean", "by device management (AllowFipsAlgorithmPolicy)"),
        ),
        parse=parse_fips,
    ),
)
