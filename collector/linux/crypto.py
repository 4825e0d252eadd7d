"""Cryptography of the whole system: FIPS mode, the crypto-policy, and OpenSSL's own configuration."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import Files
from collector.linux.shown import said, split_shown
from collector.probe import Frames, Probe, ProbeError, Source

CRYPTO = Source(
    "crypto",
    r"""
if [ -r /proc/sys/crypto/fips_enabled ]; then read -r on </proc/sys/crypto/fips_enabled; echo "fips $on"
elif [ ! -d /proc/sys/kernel ]; then echo 'fips unknown'; fi
for f in /usr/lib/*/ossl-modules/fips.so /usr/lib64/ossl-modules/fips.so /usr/lib/ossl-modules/fips.so; do
  if [ -e "$f" ]; then echo "provider $f"; fi
done
if have openssl; then echo 'openssl yes'; fi
for f in /usr/lib/*/libssl.so.1.* /usr/lib64/libssl.so.1.* /usr/lib/libssl.so.1.* /lib/libssl.so.1.*; do
  if [ -e "$f" ]; then echo 'library 1'; break; fi
done
show /etc/crypto-policies/state/current /etc/crypto-policies/config /etc/ssl/openssl.cnf /etc/pki/tls/openssl.cnf \
  /etc/crypto-policies/back-ends/opensslcnf.config /etc/pki/tls/openssl.d/*.cnf /etc/ssl/openssl.d/*.cnf \
  /etc/ssl/fipsmodule.cnf /etc/pki/tls/fipsmodule.cnf /etc/pki/tls/fips_local.cnf |
  sed -e '/^:.*[Pp][Aa][Ss][Ss]/d' -e '/^:[[:space:]]*[A-Za-z_.]*[Pp][Ii][Nn][[:space:]]*=/d'
""",
)
CONFIGS = ("/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf")
_DEEPEST = 8  # levels of .include; a file that includes itself must end somewhere


def config_lines(files: Files, path: str, depth: int = 0) -> Iterator[str]:
    """The lines of an OpenSSL configuration file with what it includes in their place (config(5))."""
    if depth > _DEEPEST:
        raise ProbeError(f"crypto: {path} is included by itself")
    for raw in files.lines(path) or ():
        line = raw.split("#", 1)[0].strip()
        included = re.fullmatch(r"\.include\s*=?\s*(\S+)", line)
        if not included:
            yield line
            continue
        for one in _included(files, included[1]):
            yield from config_lines(files, one, depth + 1)


def _included(files: Files, target: str) -> list[str]:
    if target in files.by_path and files.by_path[target].state != "directory":
        return [target]
    inside = [f.path for f in files.under(target)]
    if not inside and not target.endswith(".d"):
        raise ProbeError(f"crypto: {target}, which openssl.cnf includes, was not collected")
    return inside


def read_sections(lines: Iterator[str]) -> dict[str, dict[str, str]]:
    """Sections of an OpenSSL configuration file; the last of a key holds."""
    sections: dict[str, dict[str, str]] = {"default": {}}
    current = "default"
    for line in lines:
        if found := re.fullmatch(r"\[\s*(.*?)\s*\]", line):
            current = found[1]
            sections.setdefault(current, {})
        elif found := re.fullmatch(r"(.+?)\s*=\s*(.*)", line):
            sections[current][found[1].strip()] = found[2].strip().strip('"')
    return sections


def follow(sections: Mapping[str, Mapping[str, str]], *names: str) -> Mapping[str, str]:
    """The section that a chain of names leads to from the unnamed one; empty where the chain breaks."""
    section: Mapping[str, str] = sections["default"]
    for name in names:
        section = sections.get(section.get(name, ""), {})
    return section


def parse(frames: Frames) -> dict[str, Any]:
    """{"fips_mode": False, "policy": {"current": "DEFAULT", "configured": "DEFAULT"}, "openssl": {"min_protocol": "TLSv1.2", ...}}"""
    own, files = split_shown(frames.text(CRYPTO))
    return {"fips_mode": _fips(said(own, "fips")), "policy": _policy(files), "openssl": _openssl(own, files)}


def _fips(found: list[str]) -> bool | Unknown:
    if found == ["unknown"]:
        return Unknown("crypto: /proc/sys is not there, so FIPS mode cannot be told")
    return found == ["1"]  # a kernel without the file was built without FIPS mode


def _policy(files: Files) -> dict[str, str | None] | Unknown:
    try:
        return {"current": _word(files, "/etc/crypto-policies/state/current"), "configured": _word(files, "/etc/crypto-policies/config")}
    except ProbeError as error:
        return Unknown(str(error))


def _word(files: Files, path: str) -> str | None:
    lines = (line.split("#")[0].strip() for line in files.lines(path) or ())
    return next((line for line in lines if line), None)


def _openssl(own: list[list[str]], files: Files) -> dict[str, Any] | Unknown:
    try:
        path = next((p for p in CONFIGS if files.lines(p) is not None), None)
        sections = read_sections(config_lines(files, path)) if path else {"default": {}}
    except ProbeError as error:
        return Unknown(str(error))
    tls = follow(sections, "openssl_conf", "ssl_conf", "system_default")
    return {
        "installed": bool(said(own, "openssl")),
        "config": path,
        "min_protocol": tls.get("MinProtocol") or tls.get("TLS.MinProtocol"),
        "oldest_tls": _oldest_tls(tls, old_library=bool(said(own, "library"))),
        "cipher_string": tls.get("CipherString"),
        "fips_module": bool(said(own, "provider")),
        "fips_configured": "fips" in follow(sections, "openssl_conf", "providers"),
    }


def _oldest_tls(tls: Mapping[str, str], *, old_library: bool) -> str | Unknown:
    """The oldest TLS that programs agree to: from OpenSSL 3 on, older than 1.2 needs the security level 0, unless MinProtocol says more."""
    named = tls.get("MinProtocol") or tls.get("TLS.MinProtocol")
    if named:
        return named
    if "@SECLEVEL=0" in tls.get("CipherString", ""):
        return "TLSv1"
    return Unknown("crypto: openssl.cnf names no MinProtocol, and OpenSSL 1 may have been built for TLS 1.0") if old_library else "TLSv1.2"


PROBES = (
    Probe(
        name="crypto",
        sources=(CRYPTO,),
        facts=(
            Fact("fips_mode", "boolean", "the kernel runs in FIPS mode (crypto.fips_enabled)"),
            Fact(
                "policy.current",
                "string",
                "crypto-policy in force, as in DEFAULT or FIPS:NO-SHA1; not set where there are no crypto-policies",
            ),
            Fact("policy.configured", "string", "crypto-policy in /etc/crypto-policies/config, in force once update-crypto-policies ran"),
            Fact("openssl.installed", "boolean", "the openssl program is installed"),
            Fact("openssl.config", "string", "the system's openssl.cnf that was read"),
            Fact(
                "openssl.min_protocol",
                "string",
                "MinProtocol of its system default; where it is not set, what OpenSSL was built with holds",
            ),
            Fact(
                "openssl.oldest_tls",
                "string",
                "the oldest TLS that OpenSSL agrees to, as in TLSv1.2: its MinProtocol, or what OpenSSL 3 leaves possible without one",
            ),
            Fact("openssl.cipher_string", "string", "CipherString of its system default"),
            Fact("openssl.fips_module", "boolean", "OpenSSL's FIPS provider module lies on the disk"),
            Fact("openssl.fips_configured", "boolean", "its configuration names the FIPS provider"),
        ),
        parse=parse,
    ),
)
