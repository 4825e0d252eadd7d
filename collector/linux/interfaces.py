"""Network interfaces as the kernel treats each of them: for some settings `all` and the interface's own count together, for others not."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from collector.facts import Fact, Unknown
from collector.linux.sysctl import RUNNING, read_running
from collector.probe import Frames, Probe, ProbeError

Values = Mapping[str, str | Unknown]
LOOPBACK = "lo"  # what it takes comes from the host itself
_OF_ALL = {"all", "default", LOOPBACK}
# IPv4: on where `all` or the interface has it on (IN_DEV_ORCONF of the kernel's inetdevice.h).
_EITHER = {
    "gateway_redirects": "secure_redirects",
    "shared_media": "shared_media",
    "redirects_sent": "send_redirects",
    "loopback_routed": "route_localnet",
    "own_source_taken": "accept_local",
}


def names(values: Values, version: int) -> list[str]:
    """The interfaces that have settings of this version of IP, without the loopback."""
    start, end = f"net.ipv{version}.conf.", ".forwarding"
    found = (key.removeprefix(start).removesuffix(end) for key in values if key.startswith(start) and key.endswith(end))
    return sorted(name for name in found if name not in _OF_ALL)


def _value(values: Values, version: int, interface: str, setting: str) -> str:
    """The value, or "" where the kernel has no such setting; raises ProbeError where it could not be read."""
    value = values.get(f"net.ipv{version}.conf.{interface}.{setting}", "")
    if isinstance(value, Unknown):
        raise ProbeError(value.reason)
    return value


def _either(values: Values, interface: str, setting: str) -> bool:
    return any(_value(values, 4, one, setting) not in {"", "0"} for one in ("all", interface))


def takes_redirects(values: Values, interface: str) -> bool:
    """IPv4: one that forwards takes redirects where both have it on, one that does not where either has."""
    both = [_value(values, 4, one, "accept_redirects") == "1" for one in ("all", interface)]
    return all(both) if _value(values, 4, interface, "forwarding") == "1" else any(both)


def takes_redirects_of_ipv6(values: Values, interface: str) -> bool:
    """IPv6: `all` counts for nothing here, and one that forwards takes none."""
    return _uses_ipv6(values, interface) and not _forwards(values, interface) and _value(values, 6, interface, "accept_redirects") == "1"


def takes_advertisements(values: Values, interface: str) -> bool:
    """IPv6: 1 is for interfaces that do not forward, 2 for those that do as well; `all` counts for nothing."""
    taken = _value(values, 6, interface, "accept_ra")
    return _uses_ipv6(values, interface) and (taken == "2" or (taken == "1" and not _forwards(values, interface)))


def _forwards(values: Values, interface: str) -> bool:
    return _value(values, 6, interface, "forwarding") == "1"


def _uses_ipv6(values: Values, interface: str) -> bool:
    return _value(values, 6, interface, "disable_ipv6") == "0"


def parse(frames: Frames) -> dict[str, Any]:
    """{"redirects_taken": ["eth0"], "redirects_sent": [], "advertisements_taken": ["eth0"], "ipv6": ["eth0"], ...}"""
    values = read_running(frames.text(RUNNING))
    return dict(_facts(values))


def _facts(values: Values) -> Iterator[tuple[str, list[str] | Unknown]]:
    yield "redirects_taken", _those(values, 4, takes_redirects)
    for fact, setting in _EITHER.items():
        yield fact, _those(values, 4, partial(_either, setting=setting))
    yield "ipv6", _those(values, 6, _uses_ipv6)
    yield "redirects_taken_ipv6", _those(values, 6, takes_redirects_of_ipv6)
    yield "advertisements_taken", _those(values, 6, takes_advertisements)


def _those(values: Values, version: int, holds: Callable[[Values, str], bool]) -> list[str] | Unknown:
    try:
        return [name for name in names(values, version) if holds(values, name)]
    except ProbeError as error:
        return Unknown(str(error))


PROBES = (
    Probe(
        name="interfaces",
        sources=(RUNNING,),
        facts=(
            Fact("redirects_taken", "strings", "interfaces that take IPv4 redirects now, by what is set for all and for them together"),
            Fact("gateway_redirects", "strings", "interfaces with secure_redirects on now, by themselves or by all"),
            Fact("shared_media", "strings", "interfaces with shared_media on now, by themselves or by all"),
            Fact("redirects_sent", "strings", "interfaces with send_redirects on now, by themselves or by all"),
            Fact("loopback_routed", "strings", "interfaces with route_localnet on now, by themselves or by all"),
            Fact("own_source_taken", "strings", "interfaces with accept_local on now, by themselves or by all"),
            Fact("ipv6", "strings", "interfaces that use IPv6 now"),
            Fact("redirects_taken_ipv6", "strings", "interfaces that take IPv6 redirects now; all counts for nothing"),
            Fact(
                "advertisements_taken",
                "strings",
                "interfaces on which the kernel takes router advertisements now; all counts for nothing",
            ),
        ),
        parse=parse,
    ),
)
