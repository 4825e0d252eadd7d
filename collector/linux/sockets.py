"""Listening TCP and UDP sockets: where they listen, and which process holds them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.linux.shown import addressable
from collector.probe import Frames, Probe, ProbeError, Source

SOCKETS = Source(
    "sockets",
    r"""
echo "uid $(id -u)"
if have ss; then
  ss -tulnp | awk '$1 == "tcp" || $1 == "udp" {
    names = ""; rest = $0
    while (match(rest, /\("[^"]*",pid=/)) { names = names " " substr(rest, RSTART + 2, RLENGTH - 8); rest = substr(rest, RSTART + RLENGTH) }
    print $1, $5 names }'
else
  for t in tcp tcp6 udp udp6; do if [ -r "/proc/net/$t" ]; then awk -v t="$t" '
    FNR > 1 && ($4 == "0A" || (t ~ /udp/ && $4 == "07")) { print "/" t, $2 }' "/proc/net/$t"; fi; done
fi
""",
)


@dataclass(frozen=True, slots=True)
class Listening:
    """One listening socket; processes None where they could not be seen."""

    protocol: str
    address: str
    port: int
    processes: tuple[str, ...] | None

    @property
    def loopback(self) -> bool:
        """True when only this host itself can reach it."""
        host, _, device = self.address.partition("%")
        if device == "lo":
            return True
        address = None if host == "*" else ip_address(host)
        return address is not None and (address.is_loopback or (isinstance(address, IPv6Address) and _mapped_loopback(address)))


def _mapped_loopback(address: IPv6Address) -> bool:
    return address.ipv4_mapped is not None and address.ipv4_mapped.is_loopback


def read_listening(text: str) -> Iterator[Listening]:
    """The sockets that the snippet printed; raises ProbeError on a line that is none."""
    root = text.startswith("uid 0\n")
    for line in text.splitlines()[1:]:
        kind, where, *names = line.split()
        yield _from_proc(kind, where) if kind.startswith("/") else _from_ss(kind, where, names, root=root)


def _from_ss(kind: str, where: str, names: list[str], *, root: bool) -> Listening:
    host, _, port = where.rpartition(":")
    if not port.isdigit():
        raise ProbeError(f"sockets: {where!r} is no address and port")
    # ss writes [::]%eth0 or [fe80::1%eth0] depending on its age
    return Listening(kind, host.replace("[", "").replace("]", ""), int(port), tuple(sorted(set(names))) if names or root else None)


def _from_proc(kind: str, where: str) -> Listening:
    found = re.fullmatch(r"([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})", where)
    if not found:
        raise ProbeError(f"sockets: {where!r} of /proc/net is no address and port")
    return Listening(kind[1:4], _hexadecimal(found[1]), int(found[2], 16), None)


def _hexadecimal(text: str) -> str:
    """The address in a /proc/net file: 32-bit words in the byte order of the processors that Linux servers have."""
    words = [bytes.fromhex(text[n : n + 8])[::-1] for n in range(0, len(text), 8)]
    packed = b"".join(words)
    return str(IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed))  # noqa: PLR2004 - bytes of an IPv4 address


def parse(frames: Frames) -> dict[str, Any]:
    """{"listening": {"tcp/22 on 0.0.0.0": {"protocol": "tcp", "port": 22, "process": "sshd", ...}}, "exposed": ["tcp/22"]}"""
    found = sorted(set(read_listening(frames.text(SOCKETS))), key=lambda s: (s.protocol, s.port, s.address))
    listening: dict[str, dict[str, Value | Unknown]] = {}
    for one in found:
        key = f"{one.protocol}/{one.port} on {one.address}"
        if addressable(key) and (key not in listening or one.processes):
            listening[key] = _member(one)
    return {"listening": listening, "exposed": sorted({f"{s.protocol}/{s.port}" for s in found if not s.loopback})}


def _member(one: Listening) -> dict[str, Value | Unknown]:
    return {
        "protocol": one.protocol,
        "address": one.address,
        "port": one.port,
        "loopback": one.loopback,
        "processes": Unknown("sockets: the process behind a socket is shown to root only, and by ss")
        if one.processes is None
        else one.processes,
    }


PROBES = (
    Probe(
        name="sockets",
        sources=(SOCKETS,),
        facts=(
            Fact("listening.*.protocol", "string", "tcp or udp", ("tcp", "udp")),
            Fact(
                "listening.*.address",
                "string",
                "address it is bound to; * and :: are every address, of IPv4 too where the socket takes both",
            ),
            Fact("listening.*.port", "integer", "port"),
            Fact("listening.*.loopback", "boolean", "only this host itself can reach it"),
            Fact("listening.*.processes", "strings", "names of the processes that hold it; empty where the kernel itself does"),
            Fact("exposed", "strings", "every protocol/port, as in tcp/22, that listens on more than the loopback"),
        ),
        parse=parse,
    ),
)
