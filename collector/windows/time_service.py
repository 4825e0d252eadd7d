"""The time service: where time comes from and how often. Whether the clock is right now, Windows says in its own language only."""

from typing import Any, Final

from collector.facts import Fact
from collector.probe import Frames, Probe
from collector.windows.machine_values import POLICIES, first_set, known, machine_values, read_values

_POLICY: Final = rf"{POLICIES}\W32Time"
_OWN: Final = r"SYSTEM\CurrentControlSet\Services\W32Time"
_CLIENT: Final = r"TimeProviders\NtpClient"
_SERVER: Final = r"TimeProviders\NtpServer"
TIME = machine_values(
    "time",
    [
        *(rf"{place}\Parameters|{name}" for place in (_POLICY, _OWN) for name in ("Type", "NtpServer")),
        *(rf"{place}\{_CLIENT}|{name}" for place in (_POLICY, _OWN) for name in ("Enabled", "SpecialPollInterval")),
        *(rf"{place}\{_SERVER}|Enabled" for place in (_POLICY, _OWN)),
        rf"{_OWN}|Start",
    ],
)
_DISABLED = 4


def parse(frames: Frames) -> dict[str, Any]:
    """{"source": "NTP", "peers": ["time.corp.example"], "client_enabled": true, "poll_seconds": 3600, "service_enabled": true, ...}"""
    values = read_values(frames, TIME)
    peers = first_set(values.text(rf"{_POLICY}\Parameters|NtpServer"), values.text(rf"{_OWN}\Parameters|NtpServer"))
    start = values.number(rf"{_OWN}|Start")
    return {
        "source": first_set(values.text(rf"{_POLICY}\Parameters|Type"), values.text(rf"{_OWN}\Parameters|Type")),
        "peers": sorted(peer.split(",")[0] for peer in peers.split()) if isinstance(peers, str) else known(peers, []),
        "client_enabled": known(first_set(*(values.flag(rf"{place}\{_CLIENT}|Enabled") for place in (_POLICY, _OWN))), default=True),
        "server_enabled": known(first_set(*(values.flag(rf"{place}\{_SERVER}|Enabled") for place in (_POLICY, _OWN))), default=False),
        "poll_seconds": first_set(*(values.number(rf"{place}\{_CLIENT}|SpecialPollInterval") for place in (_POLICY, _OWN))),
        "service_enabled": start != _DISABLED if isinstance(start, int) else start,
    }


PROBES = (
    Probe(
        name="time",
        sources=(TIME,),
        facts=(
            Fact("source", "string", "NTP: from the peers; NT5DS: from the domain; AllSync: both; NoSync: from nowhere"),
            Fact("peers", "strings", "the time servers that are named, which count where the source is NTP or AllSync"),
            Fact("client_enabled", "boolean", "time is asked for"),
            Fact("server_enabled", "boolean", "time is given to others"),
            Fact("poll_seconds", "integer", "how often time is asked for, where that is fixed; null where it is not set"),
            Fact("service_enabled", "boolean", "the service is not disabled; null where it is not there"),
        ),
        parse=parse,
    ),
)
