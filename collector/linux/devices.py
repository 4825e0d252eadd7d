"""Radios, cameras and network profiles: wireless interfaces, Bluetooth, how wireless networks are protected, what VPNs carry."""

import re
from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown
from collector.linux.hardware import HARDWARE, need_sys
from collector.linux.shown import addressable, said
from collector.probe import Frames, Probe, ProbeError, Source

# Of every profile only named keys are printed: never a psk, a password or a private key.
PROFILES = Source(
    "devices.profiles",
    r"""
all=''
for file in /etc/NetworkManager/system-connections/* /run/NetworkManager/system-connections/* \
  /usr/lib/NetworkManager/system-connections/* /etc/wpa_supplicant/*.conf /etc/wpa_supplicant.conf \
  /etc/sysconfig/network-scripts/ifcfg-* /etc/sysconfig/network/ifcfg-* /var/lib/iwd/*.* \
  /etc/wireguard/*.conf /etc/openvpn/*.conf /etc/openvpn/client/*.conf; do
  case $file in *"$nl"*) continue ;; esac
  if [ -f "$file" ] && [ -r "$file" ]; then all="$all$nl$file"; echo "file $file"
  elif [ -f "$file" ] || unlisted "$file" || out_of_sight "$file"; then echo "hidden $file"
  fi
done
IFS=$nl; set -f
[ -z "$all" ] || awk '
  function say(section, key, value) { print "key " FILENAME "|" section "|" key "|" substr(value, 1, 200) }
  FNR == 1 { section = ""; inside = 0; network = 0 }
  FNR > 5000 { nextfile }
  { sub(/\r$/, "") }
  /^[ \t]*[#;]/ { next }
  /^[ \t]*\[/ { section = $0; gsub(/^[ \t]*\[|\][ \t]*$/, "", section); if (section == "Peer") { peer++; section = section peer } next }
  FILENAME ~ /wpa_supplicant/ {
    if ($0 ~ /^[ \t]*network[ \t]*=[ \t]*\{/) { network++; inside = 1; say("network" network, "type", "wifi") }
    else if ($0 ~ /^[ \t]*\}/) inside = 0
    else if (inside && $0 ~ /^[ \t]*(ssid|key_mgmt|ieee80211w|proto|disabled)[ \t]*=/) {
      key = $0; sub(/=.*/, "", key); gsub(/[ \t]/, "", key); value = $0; sub(/^[^=]*=[ \t]*/, "", value); say("network" network, key, value)
    }
    next
  }
  FILENAME ~ /openvpn/ { if ($1 ~ /^(client|tls-client|redirect-gateway|route-nopull)$/) say("openvpn", $1, $2); next }
  {
    key = $0; sub(/=.*/, "", key); gsub(/^[ \t]+|[ \t]+$/, "", key); value = $0; sub(/^[^=]*=[ \t]*/, "", value)
    if (section ":" key ~ /^(connection:(id|type)|(wifi|802-11-wireless)-security:key-mgmt)$/) say(section, key, value)
    if (section ":" key ~ /^(ipv[46]:never-default|vpn:service-type|802-1x:(eap|system-ca-certs))$/) say(section, key, value)
    if (section ~ /^Peer/ && key ~ /^(AllowedIPs|Endpoint)$/) say(section, key, key == "Endpoint" ? "set" : value)
    if (section == "802-1x" && key ~ /^ca-(cert|path)$/) say(section, key, "set")
    if (FILENAME ~ /ifcfg-/ && key ~ /^(TYPE|KEY_MGMT|ESSID|WIRELESS_ESSID|WIRELESS_AUTH_MODE)$/) {
      gsub(/["\047]/, "", value); say("ifcfg", key, value)
    }
  }' $all
""",
)
ENTERPRISE = ("wpa-eap", "wpa-eap-suite-b-192", "wpa-eap-sha256", "ft-eap", "eap", "8021x")
PERSONAL = ("wpa-psk", "sae", "wpa-psk-sha256", "ft-psk", "ft-sae", "psk")
_WIRELESS = ("wifi", "802-11-wireless")

Keys = dict[str, dict[str, str]]


def parse_radios(frames: Frames) -> dict[str, Any]:
    """{"wifi": ["wlan0"], "bluetooth": [], "on": ["wlan phy0"], "cameras": ["video0 Integrated Camera"]}"""
    own = need_sys(frames)
    radios = [line.split(" ", 3) for line in said(own, "radio")]
    return {
        "wifi": sorted(said(own, "wifi")),
        "bluetooth": sorted(said(own, "bluetooth")),
        "on": sorted(f"{kind} {name}" for kind, soft, hard, name in radios if (soft, hard) == ("0", "0")),
        "cameras": sorted(said(own, "camera")),
    }


def read_keys(frames: Frames) -> dict[str, Keys]:
    """File -> section -> key -> value of the keys that were printed; every file that was read is there."""
    own = [line.split(" ", 1) for line in frames.text(PROFILES).splitlines() if line]
    hidden = said(own, "hidden")
    if hidden:
        raise ProbeError(f"{hidden[0]}: permission denied; collect as root or with sudo")
    found: dict[str, Keys] = {path: {} for path in said(own, "file")}
    for line in said(own, "key"):
        path, section, key, value = line.split("|", 3)
        found.setdefault(path, {}).setdefault(section, {})[key] = value
    return found


def parse_wireless(frames: Frames) -> dict[str, Any]:
    """{"profiles": {"office": {"key_mgmt": "wpa-eap", "authentication": "enterprise", "encrypted": true, "file": ...}}, "open": [], ...}"""
    profiles: dict[str, dict[str, Any]] = {}
    for path, keys in read_keys(frames).items():
        for name, key_mgmt, server_checked in _wireless(path, keys):
            label = name if addressable(name) and name not in profiles else f"{name} ({path})"
            if addressable(label):
                profiles[label] = _profile(path, key_mgmt) | {"server_checked": server_checked}
    return {
        "profiles": profiles,
        "open": sorted(name for name, one in profiles.items() if not one["encrypted"]),
        "personal": sorted(name for name, one in profiles.items() if one["authentication"] == "personal"),
        "enterprise": sorted(name for name, one in profiles.items() if one["authentication"] == "enterprise"),
        "server_unchecked": sorted(name for name, one in profiles.items() if one["server_checked"] is False),
    }


def _wireless(path: str, keys: Keys) -> list[tuple[str, str, bool | None]]:
    """(name, key management, whether the server's certificate is checked) of the wireless networks of one file."""
    if "wpa_supplicant" in path:
        return [(one.get("ssid", name).strip('"'), one.get("key_mgmt", "WPA-PSK").lower(), None)
                for name, one in keys.items() if one.get("type") == "wifi"]  # fmt: skip
    if path.startswith("/var/lib/iwd/"):
        name, _, kind = path.rpartition("/")[2].rpartition(".")
        return [(name, {"psk": "psk", "8021x": "8021x", "open": "none"}[kind], None)] if kind in ("psk", "8021x", "open") else []
    if "/ifcfg-" in path:
        return _ifcfg(path, keys.get("ifcfg", {}))
    connection = keys.get("connection", {})
    if connection.get("type") not in _WIRELESS:
        return []
    security = keys.get("wifi-security", keys.get("802-11-wireless-security", {}))
    eap = keys.get("802-1x", {})
    checked = bool({"ca-cert", "ca-path"} & set(eap)) or eap.get("system-ca-certs") == "true" if eap else None
    return [(connection.get("id", path), security.get("key-mgmt", "none"), checked)]


def _ifcfg(path: str, keys: Mapping[str, str]) -> list[tuple[str, str, bool | None]]:
    name = keys.get("ESSID") or keys.get("WIRELESS_ESSID") or path
    if keys.get("TYPE") == "Wireless" or "ESSID" in keys:
        return [(name, keys.get("KEY_MGMT", "none").lower(), None)]
    if "WIRELESS_ESSID" in keys:
        return [(name, keys.get("WIRELESS_AUTH_MODE", "none").lower(), None)]
    return []


def _profile(path: str, key_mgmt: str) -> dict[str, Any]:
    words = key_mgmt.split()
    kind = "enterprise" if words and all(w in ENTERPRISE for w in words) else "personal" if any(w in PERSONAL for w in words) else "none"
    encrypted = bool(words) and all(word in (*ENTERPRISE, *PERSONAL, "owe") for word in words)
    return {"file": path, "key_mgmt": key_mgmt, "authentication": kind, "encrypted": encrypted}


def parse_vpn(frames: Frames) -> dict[str, Any]:
    """{"profiles": {"/etc/wireguard/wg0.conf": {"kind": "wireguard", "all_traffic": true}}, "names": [...], "split": []}"""
    found: dict[str, dict[str, Any]] = {}
    for path, keys in read_keys(frames).items():
        one = _vpn(path, keys)
        if one and addressable(path):
            found[path] = {"kind": one[0], "all_traffic": one[1]}
    return {"profiles": found, "names": sorted(found), "split": sorted(path for path, one in found.items() if one["all_traffic"] is False)}


def _vpn(path: str, keys: Keys) -> tuple[str, bool | Unknown] | None:
    """Kind, and whether all traffic goes through it; None for a file that is no client's profile."""
    peers = [one for name, one in keys.items() if name.startswith("Peer") and "Endpoint" in one]
    if path.startswith("/etc/wireguard/"):
        return ("wireguard", any(re.search(r"(^|[\s,])0\.0\.0\.0/0", one.get("AllowedIPs", "")) for one in peers)) if peers else None
    openvpn = keys.get("openvpn", {})
    if "client" in openvpn or "tls-client" in openvpn:
        if "redirect-gateway" in openvpn:
            return "openvpn", True
        asked = Unknown(f"{path}: whether all traffic goes through it is for the VPN's server to say")
        return "openvpn", False if "route-nopull" in openvpn else asked
    if keys.get("connection", {}).get("type") == "vpn":
        return keys.get("vpn", {}).get("service-type", "vpn").rpartition(".")[2], keys.get("ipv4", {}).get("never-default") != "true"
    return None


PROBES = (
    Probe(
        name="devices",
        sources=(HARDWARE,),
        facts=(
            Fact("wifi", "strings", "wireless network interfaces that the kernel has now"),
            Fact("bluetooth", "strings", "Bluetooth adapters that it has now"),
            Fact("on", "strings", "radios that neither software nor a switch blocks, as `wlan phy0`"),
            Fact("cameras", "strings", "cameras and other video devices, as `video0 Integrated Camera`"),
        ),
        parse=parse_radios,
    ),
    Probe(
        name="vpn",
        sources=(PROFILES,),
        facts=(
            Fact("profiles.*.kind", "string", "wireguard, openvpn, or the plugin of NetworkManager"),
            Fact("profiles.*.all_traffic", "boolean", "all traffic goes through it while it is up"),
            Fact("names", "strings", "the files of these profiles"),
            Fact("split", "strings", "profiles beside which other traffic goes its own way"),
        ),
        parse=parse_vpn,
    ),
    Probe(
        name="wireless",
        sources=(PROFILES,),
        facts=(
            Fact("profiles.*.file", "string", "file of this wireless network's profile"),
            Fact("profiles.*.key_mgmt", "string", "key management, as the file has it"),
            Fact("profiles.*.authentication", "string", "what protects it", ("enterprise", "personal", "none")),
            Fact("profiles.*.encrypted", "boolean", "it is encrypted with WPA2 or later; WEP is not counted"),
            Fact("profiles.*.server_checked", "boolean", "the certificate of the network is checked; null where the file cannot tell"),
            Fact("open", "strings", "profiles without encryption, or with WEP"),
            Fact("personal", "strings", "profiles with one password for everybody"),
            Fact("enterprise", "strings", "profiles in which each account or device proves itself (802.1X)"),
            Fact("server_unchecked", "strings", "profiles of the last kind that accept any network that calls itself so"),
        ),
        parse=parse_wireless,
    ),
)
