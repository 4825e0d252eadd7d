"""What the host offers to others on the network: NFS exports, Samba shares, SNMP communities."""

import re
from collections.abc import Iterable
from typing import Any

from collector.facts import Fact, Unknown
from collector.linux import units
from collector.linux.shown import said
from collector.probe import Frames, Probe, ProbeError, Source

# A community string is a password in the clear: it becomes weak or strong here and never leaves the host.
SHARES = Source(
    "shares",
    r"""
for program in exportfs smbd snmpd; do if have $program; then echo "program $program"; fi; done
all=''
for file in /etc/exports /etc/exports.d/*.exports /etc/samba/smb.conf \
  /etc/snmp/snmpd.conf /etc/snmp/snmpd.local.conf /etc/snmp/snmpd.conf.d/*.conf \
  /usr/share/snmp/snmpd.conf /var/lib/snmp/snmpd.conf /var/lib/net-snmp/snmpd.conf; do
  case $file in *"$nl"*) continue ;; esac
  if [ -f "$file" ] && [ -r "$file" ]; then all="$all$nl$file"
  elif [ -f "$file" ] || out_of_sight "$file" || unlisted "$file"; then echo "hidden $file"
  fi
done
IFS=$nl; set -f
[ -z "$all" ] || awk '
  function strength(name) {
    gsub(/["\047]/, "", name)
    if (length(name) < 12 || tolower(name) ~ /public|private|community|snmp|default|cisco|monitor|manager|password|admin/) return "weak"
    return (name ~ /[0-9]/ && name ~ /[A-Za-z]/) ? "strong" : "weak"
  }
  function source(word) {
    return word == "" || word == "default" || word ~ /^0\.0\.0\.0(\/0)?$|^::(\/0)?$/ ? "anywhere" : "limited"
  }
  { sub(/\r$/, "") }
  FILENAME ~ /exports/ {
    sub(/^[ \t]+/, "")
    if (line == "" && ($0 ~ /^#/ || $0 == "")) next
    if (sub(/\\$/, "")) { line = line $0; next }
    line = line $0; sub(/[ \t]#.*/, "", line); print "export " line; line = ""; next
  }
  /^[ \t]*[#;]/ { next }
  FILENAME ~ /smb\.conf/ {
    if ($0 ~ /^[ \t]*\[/) { gsub(/^[ \t]*|[ \t]*$/, ""); print "smb " $0; next }
    key = tolower($0); sub(/=.*/, "", key); gsub(/[ \t]+/, "", key)
    value = $0; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t]+$/, "", value)
    if (key ~ /^(serversigning|smbencrypt|serversmbencrypt|serverminprotocol|minprotocol|maptoguest|guestok|public|guestonly)$/ ||
      key ~ /^(nullpasswords|ntlmauth|include|configfile)$/) print "smb " key "=" substr(value, 1, 200)
    next
  }
  FILENAME ~ /snmp/ {
    word = tolower($1)
    if (word ~ /^r[ow]community6?$/) print "snmp " (word ~ /^rw/ ? "write" : "read") " " strength($2) " " source($3)
    else if (word ~ /^com2sec6?$/) { at = $2 == "-Cn" ? 5 : 3; print "snmp mapped " strength($(at + 1)) " " source($at) }
    else if (word ~ /^r[ow]user$/) print "snmp_user " (word ~ /^rw/ ? "write" : "read") " " ($3 ~ /^(noauth|auth|priv)$/ ? $3 : "auth")
    else if (word ~ /^(includefile|includedir)$/) print "snmp_include " $2
  }' $all
""",
)
_TRUE = ("yes", "true", "1", "on")
_GUEST = ("guestok", "public", "guestonly")
_SAME = {"minprotocol": "serverminprotocol", "serversmbencrypt": "smbencrypt"}
_CLIENT = re.compile(r"([^\s()]*)(?:\(([^)]*)\))?")


def _lines(frames: Frames, *marks: str) -> list[list[str]]:
    """The source's lines; raises ProbeError when a file with one of these marks in its path could not be read."""
    own = [line.split(" ", 1) for line in frames.text(SHARES).splitlines() if line]
    hidden = [path for path in said(own, "hidden") if any(mark in path for mark in marks)]
    if hidden:
        raise ProbeError(f"{hidden[0]}: permission denied; collect as root or with sudo")
    return own


def parse_nfs(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "exports": {"/srv": {"clients": [...], "options": [...]}}, "to_anybody": [], "no_root_squash": [], ...}"""
    own = _lines(frames, "/etc/exports")
    exports = [one for line in said(own, "export") for one in read_export(line)]
    paths: dict[str, dict[str, list[str]]] = {}
    for path, client, options in exports:
        entry = paths.setdefault(path, {"clients": []})
        entry["clients"].append(f"{client}({','.join(options)})")
    return {
        "installed": "exportfs" in said(own, "program"),
        "running": units.runs(frames, "nfs-server.service", "nfs-kernel-server.service", "nfsserver.service"),
        "exports": paths,
        "to_anybody": sorted({path for path, client, _ in exports if client in ("*", "")}),
        "no_root_squash": _naming(exports, "no_root_squash"),
        "insecure": _naming(exports, "insecure"),
        "unencrypted": sorted({path for path, _, options in exports if set(_flavours(options)) != {"krb5p"}}),
    }


def read_export(line: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """(path, client, options) of each client of one line of exports(5); "-options" before the clients hold for all of them."""
    found = re.match(r'\s*(?:"([^"]*)"|(\S+))\s*(.*)', line)
    if not found:
        return []
    path, rest = found[1] or found[2], found[3]
    path = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), path)
    if not re.fullmatch(r"/[^\[\]\n]{0,399}", path):
        return []
    common: tuple[str, ...] = ()
    clients = []
    for word in rest.split():
        if word.startswith("-"):
            common = tuple(word[1:].split(","))
        elif one := _CLIENT.fullmatch(word):
            clients.append((path, one[1], common + tuple(o for o in (one[2] or "").split(",") if o)))
    return clients or [(path, "", common)]


def _naming(exports: Iterable[tuple[str, str, tuple[str, ...]]], option: str) -> list[str]:
    """Paths with a client for which the last word on this option is yes."""
    opposite = {"no_root_squash": "root_squash", "insecure": "secure"}[option]
    found = set()
    for path, _, options in exports:
        last = [word for word in options if word in (option, opposite)]
        if last and last[-1] == option:
            found.add(path)
    return sorted(found)


def _flavours(options: tuple[str, ...]) -> list[str]:
    said_last = [word.removeprefix("sec=") for word in options if word.startswith("sec=")]
    return said_last[-1].split(":") if said_last else ["sys"]


def parse_samba(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "shares": ["data"], "guest_shares": [], "signing": "mandatory", "encryption": "required", ...}"""
    own = _lines(frames, "smb.conf")
    sections = read_smb(said(own, "smb"))
    general = sections.get("global", {})
    about: dict[str, Any] = {
        "installed": "smbd" in said(own, "program"),
        "running": units.runs(frames, "smbd.service", "smb.service"),
    }
    elsewhere = next((pairs[key] for pairs in sections.values() for key in ("include", "configfile") if key in pairs), None)
    if elsewhere:
        unknown = Unknown(f"smb.conf includes {elsewhere}, which was not read")
        return about | dict.fromkeys(_SAMBA, unknown)
    shares = {name: pairs for name, pairs in sections.items() if name != "global"}
    guests = sorted(name for name, pairs in shares.items() if any(_on((general | pairs).get(key)) for key in _GUEST))
    return about | {
        "shares": sorted(shares),
        "guest_shares": guests,
        "signing": general.get("serversigning", "default").lower(),
        "encryption": general.get("smbencrypt", "default").lower(),
        "min_protocol": general.get("serverminprotocol", "SMB2_02").upper(),
        "map_to_guest": general.get("maptoguest", "never").lower(),
        "null_passwords": _on(general.get("nullpasswords")),
        "ntlm": general.get("ntlmauth", "ntlmv2-only").lower(),
    }


def read_smb(lines: Iterable[str]) -> dict[str, dict[str, str]]:
    """Sections of smb.conf, names in small letters; the last of a key holds, one name may stand for another."""
    sections: dict[str, dict[str, str]] = {}
    current = "global"
    for line in lines:
        if line.startswith("["):
            current = line.strip("[] \t").lower()
            sections.setdefault(current, {})
        else:
            key, _, value = line.partition("=")
            sections.setdefault(current, {})[_SAME.get(key, key)] = value
    return sections


def _on(text: str | None) -> bool:
    return (text or "").lower() in _TRUE


def parse_snmp(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "communities": 2, "weak": 1, "writable": 0, "from_anywhere": 1, "users_without_encryption": 0}"""
    own = _lines(frames, "/snmp")
    rows = [line.split(" ") for line in said(own, "snmp")]
    users = [line.split(" ") for line in said(own, "snmp_user")]
    about: dict[str, Any] = {
        "installed": "snmpd" in said(own, "program"),
        "enabled": units.starts(frames, "snmpd.service"),
        "running": units.runs(frames, "snmpd.service"),
    }
    if included := said(own, "snmp_include"):
        return about | dict.fromkeys(_SNMP, Unknown(f"snmpd.conf includes {included[0]}, which was not read"))
    return about | {
        "communities": len(rows),
        "weak": sum(strength == "weak" for _, strength, _ in rows),
        "writable": sum(way == "write" for way, _, _ in rows),
        "from_anywhere": sum(source == "anywhere" for _, _, source in rows),
        "users": len(users),
        "users_without_encryption": sum(level != "priv" for _, level in users),
    }


_SAMBA = {
    "shares": ("strings", "shares that smb.conf offers"),
    "guest_shares": ("strings", "shares that ask for no account"),
    "signing": ("string", "server signing; `default` asks for it where the host is a domain controller only"),
    "encryption": ("string", "smb encrypt for everything: default, off, if_required, desired or required (mandatory is the same)"),
    "min_protocol": ("string", "the oldest protocol that is spoken"),
    "map_to_guest": ("string", "who becomes a guest: never, bad user, bad password, bad uid"),
    "null_passwords": ("boolean", "accounts without a password may be used"),
    "ntlm": ("string", "which NTLM is accepted"),
}
_SNMP = {
    "communities": ("integer", "communities of SNMP 1 and 2c that snmpd.conf lets in"),
    "weak": ("integer", "those whose string is short or a common word"),
    "writable": ("integer", "those that may change settings (rwcommunity)"),
    "from_anywhere": ("integer", "those that every address may use"),
    "users": ("integer", "users of SNMP 3"),
    "users_without_encryption": ("integer", "those that need no encryption"),
}
PROBES = (
    Probe(
        name="nfs",
        sources=(SHARES, units.RUNNING),
        facts=(
            Fact("installed", "boolean", "an NFS server is installed"),
            Fact("running", "boolean", "it runs now"),
            Fact("exports.*.clients", "strings", "who may mount this directory, with the options, as `10.0.0.0/8(rw,sync)`"),
            Fact("to_anybody", "strings", "directories that every host may mount"),
            Fact("no_root_squash", "strings", "directories in which root of another host is root"),
            Fact("insecure", "strings", "directories that programs of ordinary users may ask for (ports from 1024)"),
            Fact("unencrypted", "strings", "directories that somebody may mount without Kerberos' encryption (krb5p)"),
        ),
        parse=parse_nfs,
    ),
    Probe(
        name="samba",
        sources=(SHARES, units.RUNNING),
        facts=(
            Fact("installed", "boolean", "a Samba server is installed"),
            Fact("running", "boolean", "it runs now"),
            *(Fact(name, kind, meaning) for name, (kind, meaning) in _SAMBA.items()),  # type: ignore[arg-type]
        ),
        parse=parse_samba,
    ),
    Probe(
        name="snmp",
        sources=(SHARES, units.ENABLED, units.RUNNING),
        facts=(
            Fact("installed", "boolean", "an SNMP server (net-snmp) is installed"),
            Fact("enabled", "boolean", "it starts with the host"),
            Fact("running", "boolean", "it runs now"),
            *(Fact(name, kind, meaning) for name, (kind, meaning) in _SNMP.items()),  # type: ignore[arg-type]
        ),
        parse=parse_snmp,
    ),
)
