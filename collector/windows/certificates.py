r"""Certificates of the machine itself (LocalMachine\My): what they are for, until when, with which keys; and how many roots it trusts."""

import re
from collections.abc import Mapping
from typing import Any, Final

from collector.aging import Aging
from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, read_object
from collector.windows.codes import boolean, moment, texts

STORES = Source(
    "certificates",
    r"""
function Read-Store([string]$Name) {
  $store = New-Object Security.Cryptography.X509Certificates.X509Store $Name, 'LocalMachine'
  $store.Open([Security.Cryptography.X509Certificates.OpenFlags]'ReadOnly, OpenExistingOnly')
  try { return , @($store.Certificates) } finally { $store.Close() }
}
$mine = @(foreach ($one in (Read-Store 'My')) {
  $bits = $null
  try {
    $key = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPublicKey($one)
    if ($null -eq $key) { $key = [Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPublicKey($one) }
    if ($null -ne $key) { $bits = $key.KeySize }
  } catch { $bits = $null }
  $purposes = @(foreach ($part in $one.Extensions) {
    if ($part -is [Security.Cryptography.X509Certificates.X509EnhancedKeyUsageExtension]) {
      foreach ($purpose in $part.EnhancedKeyUsages) { $purpose.Value }
    }
  })
  @{
    thumbprint = $one.Thumbprint
    subject = $one.Subject
    issuer = $one.Issuer
    not_after = $one.NotAfter
    signature = $one.SignatureAlgorithm.Value
    key = $one.PublicKey.Oid.Value
    bits = $bits
    private_key = $one.HasPrivateKey
    purposes = $purposes
  }
})
Format-Json @{ mine = @($mine | Sort-Object { $_.thumbprint }); roots = (Read-Store 'Root').Count }
""",
    seconds=30,
)
KEYS: Final = {"1.2.840.113549.1.1.1": "rsa", "1.2.840.10045.2.1": "ec", "1.2.840.10040.4.1": "dsa"}
# object identifier -> the digest that was signed
SIGNATURES: Final = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.3.14.3.2.29": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.113549.1.1.10": "pss",
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_FEWEST_BITS: Final = {"rsa": 2048, "ec": 256}
_BROKEN: Final = ("md5", "sha1")
_THUMBPRINT = re.compile(r"[0-9A-F]{40}")


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"machine": {"9F0C...": {"subject": "CN=web", "not_after": "...", "key": "rsa", "bits": 2048, ...}}, "weak_keys": [], "roots": 30}"""
    answer = read_object(frames, STORES)
    found = {str(one.get("thumbprint")): _certificate(one) for one in _listed(answer)}
    return {
        "machine": found,
        **_ends(found),
        "weak_keys": _those(found, ("key", "bits", "private_key"), _has_weak_key),
        "weak_signatures": _those(found, ("signature", "private_key"), _has_weak_signature),
        "roots": member(answer, "roots"),
    }


def _listed(answer: Answer) -> list[Answer]:
    mine = answer.get("mine")
    if not isinstance(mine, list) or not all(isinstance(one, dict) for one in mine):
        raise ProbeError(f"{STORES.name}: the host's answer is no list of certificates")
    if not all(_THUMBPRINT.fullmatch(str(one.get("thumbprint"))) for one in mine):
        raise ProbeError(f"{STORES.name}: the host named a certificate without a thumbprint")
    return mine


def _certificate(one: Answer) -> dict[str, Value | Unknown]:
    return {
        "subject": member(one, "subject"),
        "issuer": member(one, "issuer"),
        "self_issued": one.get("subject") == one.get("issuer"),
        "not_after": moment(one, "not_after"),
        "key": _named(one, "key", KEYS),
        "bits": _bits(one),
        "signature": _named(one, "signature", SIGNATURES),
        "private_key": boolean(one, "private_key"),
        "purposes": texts(one, "purposes"),
    }


def _ends(found: Mapping[str, Mapping[str, Value | Unknown]]) -> dict[str, Any]:
    """Those that can be used here, and until when."""
    used = sorted(thumbprint for thumbprint, one in found.items() if one["private_key"] is not False)
    return {"used": used, "ends": {thumbprint: {"not_after": _until(found[thumbprint]["not_after"])} for thumbprint in used}}


def _until(not_after: Value | Unknown) -> Value | Unknown:
    return Unknown("the host does not say until when it is good") if not_after is None else not_after


def derive(aging: Aging) -> None:
    """How long each certificate in use is still good."""
    aging.fill("ends.*.days_left", until="not_after")


def _named(one: Answer, name: str, words: Mapping[str, str]) -> str | Unknown:
    said = str(one.get(name))
    return words.get(said, Unknown(f"the host's {name} has the object identifier {said[:60]!r}, which is none known here"))


def _bits(one: Answer) -> Value | Unknown:
    bits = one.get("bits")
    return bits if bits is not None else Unknown("the host does not say how long the key is")


def _those(found: Mapping[str, Mapping[str, Value | Unknown]], needed: tuple[str, ...], wanted: Any) -> list[str] | Unknown:  # noqa: ANN401 - a predicate
    """The thumbprints of those in use that fit; Unknown where one of them does not say enough."""
    used = {thumbprint: one for thumbprint, one in found.items() if one["private_key"] is not False}
    for thumbprint, one in used.items():
        if any(isinstance(one[name], Unknown) or one[name] is None for name in needed):
            return Unknown(f"of the certificate {thumbprint} the host does not say {' and '.join(needed)}")
    return sorted(thumbprint for thumbprint, one in used.items() if wanted(one))


def _has_weak_key(one: Mapping[str, Any]) -> bool:
    return not isinstance(one["bits"], int) or one["bits"] < _FEWEST_BITS.get(one["key"], one["bits"] + 1)


def _has_weak_signature(one: Mapping[str, Any]) -> bool:
    """One that signs itself is trusted for itself, whatever its signature."""
    return one["signature"] in _BROKEN and not one["self_issued"]


PROBES = (
    Probe(
        name="certificates",
        sources=(STORES,),
        facts=(
            Fact("machine.*.subject", "string", "whom a certificate of the machine names; by thumbprint"),
            Fact("machine.*.issuer", "string", "who issued it"),
            Fact("machine.*.self_issued", "boolean", "it names itself as its issuer"),
            Fact("machine.*.not_after", "string", "until when it is good"),
            Fact("machine.*.key", "string", "the kind of its key", tuple(dict.fromkeys(KEYS.values()))),
            Fact("machine.*.bits", "integer", "the length of its key"),
            Fact("machine.*.signature", "string", "the digest of its signature", tuple(dict.fromkeys(SIGNATURES.values()))),
            Fact("machine.*.private_key", "boolean", "the machine holds the private key, so it can be used here"),
            Fact("machine.*.purposes", "strings", "the object identifiers of what it may be used for; none: whatever it likes"),
            Fact("used", "strings", "thumbprints of those whose private key the machine holds"),
            Fact("ends.*.not_after", "string", "until when such a certificate is good; by thumbprint"),
            Fact("ends.*.days_left", "integer", "days until then; below zero, it ended"),
            Fact(
                "weak_keys",
                "strings",
                "thumbprints of certificates in use with less than 2048 bits of RSA or 256 of a curve, or another kind of key",
            ),
            Fact("weak_signatures", "strings", "thumbprints of certificates in use that somebody else signed over MD5 or SHA-1"),
            Fact("roots", "integer", "how many certificates stand in the machine's store of trusted roots"),
        ),
        parse=parse,
        derive=derive,
        version=2,
    ),
)
