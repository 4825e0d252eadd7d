"""The host's packet filter: what it does now with packets that no rule names, and what it will do after a restart."""

import re
from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import Files
from collector.linux import units
from collector.linux.packet_filter import STRICTEST, Chain, accepts_loopback, default_of, read_nft, read_nft_text, read_save
from collector.linux.shown import split_shown
from collector.probe import Frames, Probe, ProbeError, Source

# -t leaves out the elements of sets, which may be many; older ones do not know it.
NFT = Source("firewall.nft", "need nft\nsaid=$(nft -j -t list ruleset) || said=$(nft -j list ruleset) || exit\nprintf '%s\\n' \"$said\"")
IPTABLES = Source(
    "firewall.iptables",
    """
need iptables-save
[ "$(id -u)" = 0 ] || { echo 'the rules are for root alone to see; collect as root or with sudo' >&2; exit 77; }
for version in '' 6; do
  for kind in '' -legacy; do
    program=ip${version}tables$kind-save
    names=/proc/net/ip${version}_tables_names
    case $kind in -legacy) [ -s "$names" ] || continue ;; esac
    if have "$program"; then
      said=$($program) || exit
      echo "@save ip$version"
      printf '%s\\n' "$said"
    fi
  done
done
""",
)
CONFIG = Source(
    "firewall.config",
    """
for program in firewalld ufw nft iptables; do if have $program; then echo "$program"; fi; done
show_settings /etc/ufw/ufw.conf /etc/default/ufw /etc/nftables.conf /etc/nftables/*.nft /etc/nftables.d/*.nft /etc/sysconfig/nftables.conf \
/etc/iptables/rules.v4 /etc/iptables/rules.v6 /etc/sysconfig/iptables /etc/sysconfig/ip6tables \
/etc/firewalld /etc/firewalld/firewalld.conf /etc/firewalld/zones/*.xml /usr/lib/firewalld/zones/*.xml
""",
)
HOOKS = ("input", "forward", "output")


def parse_now(frames: Frames) -> dict[str, Any]:
    """{"ipv4": {"input": "drop", "forward": "drop", "output": "accept", "loopback": true}, "ipv6": {...}, "chains": [...]}"""
    chains = read_chains(frames)
    return {
        "ipv4": _defaults(chains, 4),
        "ipv6": _defaults(chains, 6),
        "chains": sorted(f"{chain.table} {chain.name}" for chain in chains.values() if chain.hook),
        "running": _running(frames),
    }


def read_chains(frames: Frames) -> dict[tuple[str, str], Chain]:
    """Every chain in the kernel; raises ProbeError when neither nft nor iptables could show them."""
    seen_nft, seen_iptables = not frames.absent(NFT), not frames.absent(IPTABLES)
    if not (seen_nft or seen_iptables):
        raise ProbeError("neither nft nor iptables-save is installed, so the packet filter in the kernel was not seen")
    chains: dict[tuple[str, str], Chain] = {}
    for part in frames.text(IPTABLES).split("@save ")[1:] if seen_iptables else ():
        family, _, saved = part.partition("\n")
        chains |= read_save(saved, family)
    return chains | (read_nft(frames.text(NFT)) if seen_nft else {})


def _defaults(chains: Mapping[tuple[str, str], Chain], version: int) -> dict[str, Value]:
    answers: dict[str, Value] = {hook: default_of(chains, version, hook) for hook in HOOKS}
    return answers | {"loopback": accepts_loopback(chains, version)}


def _running(frames: Frames) -> list[str] | Unknown:
    found = units.running(frames, tuple(f"{name}.service" for name in _READERS))
    return found if isinstance(found, Unknown) else [name.removesuffix(".service") for name in found]


def parse_boot(frames: Frames) -> dict[str, Any]:
    """{"services": ["ufw"], "ipv4": {"input": "drop"}, "ipv6": {"input": "drop"}, "firewalld": {...}, "ufw": {...}}"""
    own, files = split_shown(frames.text(CONFIG))
    installed = [words[0] for words in own]
    about = {"installed": installed, "firewalld": _firewalld(files), "ufw": _ufw(files)}
    starting = units.starting(frames, tuple(f"{name}.service" for name in _READERS))
    if isinstance(starting, Unknown):
        return about | {"services": starting, "ipv4": {"input": starting}, "ipv6": {"input": starting}}
    services = [name.removesuffix(".service") for name in starting]
    return about | {
        "services": services,
        "ipv4": {"input": _strictest(files, services, 4)},
        "ipv6": {"input": _strictest(files, services, 6)},
    }


def _strictest(files: Files, services: list[str], version: int) -> str | Unknown:
    try:
        found = [_READERS[service](files, version) for service in services]
    except ProbeError as error:
        return Unknown(str(error))
    return next((answer for answer in STRICTEST if answer in found), "none")


def _firewalld(files: Files) -> dict[str, Value]:
    names = {file.path for file in files}
    conf = files.lines("/etc/firewalld/firewalld.conf") if "/etc/firewalld/firewalld.conf" in names else None
    zone = _setting(conf or (), "DefaultZone") or "public"
    paths = [f"{folder}/zones/{zone}.xml" for folder in ("/etc/firewalld", "/usr/lib/firewalld")]
    shown = {file.path for file in files if file.state != "missing"}
    if not any("/firewalld" in path for path in shown):
        return dict.fromkeys(("default_zone", "target", "services", "ports"))
    text = next(("\n".join(files.lines(path) or ()) for path in paths if path in shown), None)
    if text is None:
        return {"default_zone": zone, "target": None, "services": None, "ports": None}
    plain = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    target = re.search(r"<zone\b[^>]*\btarget=[\"']([^\"']+)", plain)
    return {
        "default_zone": zone,
        "target": {"ACCEPT": "accept", "DROP": "drop"}.get(target[1] if target else "", "reject"),
        "services": sorted(re.findall(r"<service\s+name=[\"']([^\"']+)", plain)),
        "ports": sorted(f"{port}/{kind}" for kind, port in _ports(plain)),
    }


def _ports(text: str) -> list[tuple[str, str]]:
    found = []
    for tag in re.findall(r"<port\b[^>]*>", text):
        values = dict(re.findall(r"(\w+)=[\"']([^\"']+)", tag))
        found.append((values.get("protocol", "?"), values.get("port", "?")))
    return found


def _ufw(files: Files) -> dict[str, Value | Unknown]:
    try:
        lines = files.lines("/etc/default/ufw")
        conf = files.lines("/etc/ufw/ufw.conf")
    except ProbeError as error:
        return dict.fromkeys(("enabled", "input", "output", "forward", "ipv6"), Unknown(str(error)))
    if lines is None and conf is None:
        return dict.fromkeys(("enabled", "input", "output", "forward", "ipv6"), None)
    settings = {
        key: (_setting(lines or (), f"DEFAULT_{key.upper()}_POLICY") or "").lower() or None for key in ("input", "output", "forward")
    }
    return settings | {
        "enabled": (_setting(conf or (), "ENABLED") or "no").lower() == "yes",
        "ipv6": (_setting(lines or (), "IPV6") or "no").lower() == "yes",
    }


def _setting(lines: tuple[str, ...], key: str) -> str | None:
    values = [found[1] for line in lines if (found := re.match(rf"\s*{key}\s*=\s*[\"']?([^\"'#\s]*)", line))]
    return values[-1] if values else None


def _from_firewalld(files: Files, version: int) -> str:
    del version  # a zone holds for both
    return str(_firewalld(files)["target"] or "reject")


def _from_ufw(files: Files, version: int) -> str:
    settings = _ufw(files)
    hidden = next((value for value in settings.values() if isinstance(value, Unknown)), None)
    if hidden:
        raise ProbeError(hidden.reason)
    if not settings["enabled"]:
        return "none"
    if version == 6 and not settings["ipv6"]:  # noqa: PLR2004 - the version of IP
        return "drop"  # with IPV6=no it drops all of IPv6 but loopback
    return str(settings["input"] or "accept")


def _from_nftables(files: Files, version: int) -> str:
    first = "/etc/nftables.conf" if files.lines("/etc/nftables.conf") is not None else "/etc/sysconfig/nftables.conf"
    lines = {file.path: files.lines(file.path) or () for file in files if "nftables" in file.path}
    return default_of(read_nft_text(lines, first), version, "input")


def _from_iptables(files: Files, version: int) -> str:
    debian, redhat = (("rules.v4", "iptables"), ("rules.v6", "ip6tables"))[version == 6]  # noqa: PLR2004 - the version of IP
    lines = files.lines(f"/etc/iptables/{debian}") or files.lines(f"/etc/sysconfig/{redhat}") or ()
    return default_of(read_save("\n".join(lines), "ip" if version == 4 else "ip6"), version, "input")  # noqa: PLR2004 - same


def _only(version_read: int) -> Any:  # noqa: ANN401 - a reader of one version
    return lambda files, version: _from_iptables(files, version) if version == version_read else "none"


_READERS: Mapping[str, Any] = {
    "firewalld": _from_firewalld,
    "ufw": _from_ufw,
    "nftables": _from_nftables,
    "netfilter-persistent": _from_iptables,
    "iptables": _only(4),
    "ip6tables": _only(6),
}
_WORDS = ("drop", "reject", "accept", "none")
_NOW = tuple(
    fact
    for name in ("ipv4", "ipv6")
    for fact in (
        Fact(
            f"{name}.input",
            "string",
            "what happens to an incoming packet that no rule names; none: no chain looks at it, so it passes",
            _WORDS,
        ),
        Fact(f"{name}.forward", "string", "the same for a packet that passes through the host", _WORDS),
        Fact(f"{name}.output", "string", "the same for an outgoing packet", _WORDS),
        Fact(f"{name}.loopback", "boolean", "some rule accepts what comes by the loopback interface"),
    )
)
_BOOT = (
    Fact("installed", "strings", "which of firewalld, ufw, nft and iptables are installed"),
    Fact("services", "strings", "firewall services that start with the host"),
    Fact("ipv4.input", "string", "what will happen to an incoming packet that no rule names; none: no filter will be set up", _WORDS),
    Fact("ipv6.input", "string", "the same for IPv6", _WORDS),
    Fact("firewalld.default_zone", "string", "firewalld's default zone"),
    Fact(
        "firewalld.target",
        "string",
        "what the default zone does with the rest, null where there is no such zone",
        ("accept", "drop", "reject"),
    ),
    Fact("firewalld.services", "strings", "services that the default zone lets in"),
    Fact("firewalld.ports", "strings", "ports that the default zone lets in, as in 22/tcp"),
    Fact("ufw.enabled", "boolean", "ENABLED of ufw.conf, null without ufw"),
    Fact("ufw.input", "string", "DEFAULT_INPUT_POLICY in lower case"),
    Fact("ufw.output", "string", "DEFAULT_OUTPUT_POLICY in lower case"),
    Fact("ufw.forward", "string", "DEFAULT_FORWARD_POLICY in lower case"),
    Fact("ufw.ipv6", "boolean", "ufw looks after IPv6 too"),
)
PROBES = (
    Probe(
        name="firewall.now",
        sources=(NFT, IPTABLES, units.RUNNING),
        facts=(
            *_NOW,
            Fact("chains", "strings", "the chains that stand at a hook, with their tables"),
            Fact("running", "strings", "firewall services that run now"),
        ),
        parse=parse_now,
    ),
    Probe(name="firewall.boot", sources=(CONFIG, units.ENABLED), facts=_BOOT, parse=parse_boot),
)
