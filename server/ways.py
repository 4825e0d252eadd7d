"""The ways in to assets: what the inventory says of one, turned into a call of a transport.

SSH and WinRM are loaded when a host is reached so: their libraries take a while, and most commands need none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from collector.transports import Collected, TransportError
from collector.transports.local import collect_local
from collector.transports.targets import Authentication, SshTarget, WinrmTarget
from server.data import data_directory
from server.models import Asset

HOST_SECONDS = 300
CONNECT_SECONDS = 15
Collect = Callable[[Asset, str], Collected]  # asset, script -> what came back; raises TransportError


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a person typed for one scan; kept nowhere.

    accept_host_key, accept_certificate: None, a fingerprint that a person has compared, or "new" (see SshTarget, WinrmTarget).
    """

    password: str | None = None
    sudo_password: str | None = None
    key_passphrase: str | None = None
    accept_host_key: str | None = None
    accept_certificate: str | None = None


def known_hosts() -> Path:
    """The file of the host keys that were accepted."""
    return data_directory() / "known_hosts"


def accepted_certificates() -> Path:
    """The file of the certificates of WinRM listeners that were accepted."""
    return data_directory() / "winrm_certificates"


def platform_of(asset: Asset) -> str:
    """The platform whose script an asset gets: the one it showed, else the one its way in suggests."""
    return asset.platform or ("windows" if asset.way_in == "winrm" else "linux")


def collector_with(secrets: Secrets, seconds: int = HOST_SECONDS) -> Collect:
    """A function that collects from any asset by its own way in, within so many seconds a host."""

    def collect(asset: Asset, script: str) -> Collected:
        if asset.way_in == "local":
            return collect_local(script, seconds=seconds)
        if asset.way_in == "ssh":
            return _collect_ssh(asset, secrets, seconds, script)
        if asset.way_in == "winrm":
            return _collect_winrm(asset, secrets, seconds, script)
        raise TransportError(
            "unreachable",
            f"{asset.name}: it has no way in that a scan can use; give it one by `closeout hosts import`, or carry a bundle here",
        )

    return collect


def _collect_ssh(asset: Asset, secrets: Secrets, seconds: int, script: str) -> Collected:
    from collector.transports.ssh import collect_ssh  # noqa: PLC0415 - as the module says

    return collect_ssh(ssh_target(asset, secrets, seconds), script)


def _collect_winrm(asset: Asset, secrets: Secrets, seconds: int, script: str) -> Collected:
    from collector.transports.winrm import collect_winrm  # noqa: PLC0415 - as the module says

    return collect_winrm(winrm_target(asset, secrets, seconds), script)


def winrm_target(asset: Asset, secrets: Secrets, seconds: int = HOST_SECONDS) -> WinrmTarget:
    """How to get in to an asset by WinRM; raises TransportError where an account or its password is wanting."""
    if not asset.account and asset.authentication != "certificate":
        raise TransportError("refused", f"{asset.name}: no account is named to reach it by; add it with --winrm USER@ADDRESS")
    if asset.authentication == "ntlm" and secrets.password is None:
        raise TransportError("refused", f"{asset.name}: NTLM asks for the password of {asset.account}; give it with --ask-password")
    return WinrmTarget(
        name=asset.name,
        address=asset.address or asset.name,
        user=asset.account,
        certificates=accepted_certificates(),
        port=asset.port or (5985 if asset.encrypted_http else 5986),
        authentication=cast("Authentication", asset.authentication or "kerberos"),
        password=secrets.password,
        ca_file=Path(asset.ca_file) if asset.ca_file else None,
        accept_certificate=secrets.accept_certificate,
        client_certificate=Path(asset.key_file) if asset.key_file else None,
        encrypted_http=asset.encrypted_http,
        total_seconds=seconds,
    )


def ssh_target(asset: Asset, secrets: Secrets, seconds: int = HOST_SECONDS) -> SshTarget:
    """How to get in to an asset by SSH; raises TransportError when its jump host is one no more."""
    if asset.jump and asset.jump.retired_at:
        raise TransportError("unreachable", f"{asset.name}: its jump host {asset.jump.name} was retired; give it another one")
    return SshTarget(
        name=asset.name,
        address=asset.address or asset.name,
        user=asset.account or "root",
        known_hosts=known_hosts(),
        port=asset.port or 22,
        key_file=Path(asset.key_file) if asset.key_file else None,
        key_passphrase=secrets.key_passphrase,
        password=secrets.password,
        sudo=cast("Literal['auto', 'never']", asset.sudo),
        sudo_password=secrets.sudo_password,
        accept_host_key=secrets.accept_host_key,
        connect_seconds=min(CONNECT_SECONDS, seconds),
        total_seconds=seconds,
        jump=ssh_target(asset.jump, replace(secrets, accept_host_key=None), seconds) if asset.jump else None,
    )
