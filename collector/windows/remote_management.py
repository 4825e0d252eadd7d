"""Windows Remote Management: how its client and its service authenticate and whether they encrypt; policy comes before own settings."""

from typing import Any, Final

from collector.facts import Fact, Value
from collector.probe import Frames, Probe, Source
from collector.windows.answers import member, read_object
from collector.windows.machine_values import POLICIES, first_set, known, machine_values, read_values

_POLICY: Final = rf"{POLICIES}\Windows\WinRM"
_OWN: Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN"
_PAIRS: Final = {
    "client.basic": ("Client", "AllowBasic", "auth_basic", True),
    "client.unencrypted": ("Client", "AllowUnencryptedTraffic", "allow_unencrypted", False),
    "client.digest": ("Client", "AllowDigest", "auth_digest", True),
    "service.basic": ("Service", "AllowBasic", "auth_basic", False),
    "service.unencrypted": ("Service", "AllowUnencryptedTraffic", "allow_unencrypted", False),
}
WINRM = machine_values(
    "winrm",
    [
        *(rf"{_POLICY}\{side}|{policy}" for side, policy, _, _ in _PAIRS.values()),
        *(rf"{_OWN}\{side}|{own}" for side, _, own, _ in _PAIRS.values()),
        rf"{_POLICY}\Service|DisableRunAs",
        rf"{_POLICY}\Service|AllowAutoConfig",
        rf"{_POLICY}\Client|TrustedHostsList",
        rf"{_OWN}\Client|trusted_hosts",
    ],
)
LISTENERS = Source(
    "winrm.listeners",
    r"Format-Json @{ listeners = @(Get-Subkeys LocalMachine 'SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener') }",
)


def parse(frames: Frames) -> dict[str, Any]:
    """{"client": {"basic": false, ...}, "service": {...}, "trusted_hosts": [], "http": true, "https": false}"""
    values = read_values(frames, WINRM)
    tree: dict[str, dict[str, Value]] = {"client": {}, "service": {}}
    for name, (side, policy, own, default) in _PAIRS.items():
        part, _, leaf = name.partition(".")
        held = first_set(values.flag(rf"{_POLICY}\{side}|{policy}"), values.flag(rf"{_OWN}\{side}|{own}"))
        tree[part][leaf] = known(held, default)
    trusted = first_set(values.texts(rf"{_POLICY}\Client|TrustedHostsList"), values.texts(rf"{_OWN}\Client|trusted_hosts"))
    listeners = member(read_object(frames, LISTENERS), "listeners")
    return {
        **tree,
        "run_as_refused": known(values.flag(rf"{_POLICY}\Service|DisableRunAs"), default=False),
        "trusted_hosts": known(trusted, []),
        "listeners": listeners,
        "http": _listens(listeners, "+http"),
        "https": _listens(listeners, "+https"),
    }


def _listens(listeners: Value, tail: str) -> Value:
    return any(str(one).lower().endswith(tail) for one in listeners) if isinstance(listeners, list) else listeners


PROBES = (
    Probe(
        name="winrm",
        sources=(WINRM, LISTENERS),
        facts=(
            Fact("client.basic", "boolean", "the client sends a name and password that anybody on the way can read"),
            Fact("client.unencrypted", "boolean", "the client talks without encryption"),
            Fact("client.digest", "boolean", "the client uses Digest authentication"),
            Fact("service.basic", "boolean", "the service takes Basic authentication"),
            Fact("service.unencrypted", "boolean", "the service talks without encryption"),
            Fact("run_as_refused", "boolean", "the service stores no credentials for plug-ins"),
            Fact("trusted_hosts", "strings", "hosts that the client trusts without their proving who they are"),
            Fact("listeners", "strings", "the listeners that are set up, as in *+HTTPS"),
            Fact("http", "boolean", "a listener without TLS is set up"),
            Fact("https", "boolean", "a listener with TLS is set up"),
        ),
        parse=parse,
    ),
)
