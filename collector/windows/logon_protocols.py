"""NTLM and Kerberos: what Windows sends, takes and refuses when it logs on over the network."""

from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe
from collector.windows.machine_values import CONTROL, machine_values, read_values

_LSA, _MSV = rf"{CONTROL}\Lsa", rf"{CONTROL}\Lsa\MSV1_0"
_LEVEL, _NO_LM = rf"{_LSA}|LmCompatibilityLevel", rf"{_LSA}|NoLMHash"
_CLIENT, _SERVER = rf"{_MSV}|NtlmMinClientSec", rf"{_MSV}|NtlmMinServerSec"
_SEND, _RECEIVE, _AUDIT = (
    rf"{_MSV}|RestrictSendingNTLMTraffic",
    rf"{_MSV}|RestrictReceivingNTLMTraffic",
    rf"{_MSV}|AuditReceivingNTLMTraffic",
)
_FALLBACK = rf"{_MSV}|AllowNullSessionFallback"
NTLM = machine_values("ntlm", [_LEVEL, _NO_LM, _CLIENT, _SERVER, _SEND, _RECEIVE, _AUDIT, _FALLBACK])
_TYPES = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\Kerberos\Parameters|SupportedEncryptionTypes"
KERBEROS = machine_values("kerberos", [_TYPES])

USUAL_LEVEL = 3  # "Send NTLMv2 response only": what Windows does where nothing is set
_NTLMV2, _BITS_128 = 0x00080000, 0x20000000
SENDING = {0: "allow", 1: "audit", 2: "deny"}
RECEIVING = {0: "allow", 1: "deny_domain_accounts", 2: "deny"}
AUDITING = {0: "off", 1: "domain_accounts", 2: "all"}
TYPES = {1: "des_cbc_crc", 2: "des_cbc_md5", 4: "rc4_hmac", 8: "aes128_hmac", 16: "aes256_hmac"}
_FUTURE = 0x7FFFFFE0


def parse_ntlm(frames: Frames) -> dict[str, Any]:
    """{"level": 5, "lm_hash_stored": False, "client": {"ntlmv2": True, "bits_128": True}, "sending": "allow", ...}"""
    values = read_values(frames, NTLM)
    level, fallback = values.number(_LEVEL), values.flag(_FALLBACK)
    return {
        "level": USUAL_LEVEL if level is None else level,
        "lm_hash_stored": _hash(values.flag(_NO_LM)),
        "client": _session(values.number(_CLIENT)),
        "server": _session(values.number(_SERVER)),
        "sending": values.word(_SEND, SENDING, "allow"),
        "receiving": values.word(_RECEIVE, RECEIVING, "allow"),
        "receiving_audit": values.word(_AUDIT, AUDITING, "off"),
        "null_session_fallback": False if fallback is None else fallback,
    }


def _hash(without: bool | Unknown | None) -> bool | Unknown:  # noqa: FBT001 - a value as read
    return without if isinstance(without, Unknown) else without is False


def _session(number: int | Unknown | None) -> dict[str, Any] | Unknown:
    """What a session must have; where nothing is set, 128-bit encryption."""
    if isinstance(number, Unknown):
        return number
    needed = _BITS_128 if number is None else number
    return {"ntlmv2": bool(needed & _NTLMV2), "bits_128": bool(needed & _BITS_128)}


def parse_kerberos(frames: Frames) -> dict[str, Any]:
    """{"encryption_types": ["aes128_hmac", "aes256_hmac", "future"]}"""
    number = read_values(frames, KERBEROS).number(_TYPES)
    if number is None or isinstance(number, Unknown):
        return {"encryption_types": number}
    words = [word for bit, word in TYPES.items() if number & bit]
    return {"encryption_types": words + (["future"] if number & _FUTURE else [])}


PROBES = (
    Probe(
        name="ntlm",
        sources=(NTLM,),
        facts=(
            Fact(
                "level",
                "integer",
                "LAN Manager authentication level, 0 to 5; 3 where nothing is set; 5 sends NTLMv2 alone and refuses LM and NTLM",
            ),
            Fact("lm_hash_stored", "boolean", "the LM hash of a password is kept when it is changed"),
            *(
                Fact(f"{side}.{name}", "boolean", f"NTLM sessions of the {side} must have {meaning}")
                for side in ("client", "server")
                for name, meaning in (
                    ("ntlmv2", "NTLMv2 session security"),
                    ("bits_128", "128-bit encryption, as is so where nothing is set"),
                )
            ),
            Fact("sending", "string", "NTLM to remote servers", tuple(SENDING.values())),
            Fact("receiving", "string", "NTLM from clients", tuple(RECEIVING.values())),
            Fact("receiving_audit", "string", "whose NTLM logons are recorded", tuple(AUDITING.values())),
            Fact("null_session_fallback", "boolean", "LocalSystem may fall back to a session without a name"),
        ),
        parse=parse_ntlm,
    ),
    Probe(
        name="kerberos",
        sources=(KERBEROS,),
        facts=(
            Fact(
                "encryption_types",
                "strings",
                "encryption types that policy allows for Kerberos; not set: what this Windows does by itself, with RC4 in most releases",
            ),
        ),
        parse=parse_kerberos,
    ),
)
