"""How to get in to a host, as plain values: the libraries that go there take a while to load, and whoever only names a way needs none."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

SudoMode = Literal["auto", "never"]
Authentication = Literal["kerberos", "ntlm", "certificate"]
FIRST_SHELL: Final = 60  # seconds that a busy host may take for it


@dataclass(frozen=True, slots=True)
class SshTarget:
    """How to get in. name is for messages. sudo: auto (root by sudo unless the account is root) or never.

    known_hosts is the file that is read and, on an accepted first contact, added to. accept_host_key is the
    fingerprint (SHA256:...) that a person has compared, or "new" for whatever a host shows that is not known yet.
    jump: the host through which this one is reached, with its own account, key and host key.
    """

    name: str
    address: str
    user: str
    known_hosts: Path
    port: int = 22
    key_file: Path | None = None
    key_passphrase: str | None = None
    password: str | None = None
    use_agent: bool = True
    sudo: SudoMode = "auto"
    sudo_password: str | None = None
    accept_host_key: str | None = None
    connect_seconds: int = 15
    total_seconds: int = 300
    jump: "SshTarget | None" = None


@dataclass(frozen=True, slots=True)
class WinrmTarget:
    """How to get in. name is for messages; certificates: the file of accepted ones. encrypted_http: HTTP in place of HTTPS, on purpose.

    ca_file: an own certificate authority; accept_certificate: a fingerprint that a person has compared, or "new".
    client_certificate: the PEM file with certificate and key, for authentication by certificate.
    """

    name: str
    address: str
    user: str
    certificates: Path
    port: int = 5986
    authentication: Authentication = "kerberos"
    password: str | None = None
    ca_file: Path | None = None
    accept_certificate: str | None = None
    client_certificate: Path | None = None
    encrypted_http: bool = False
    total_seconds: int = 300
    shell_seconds: int = FIRST_SHELL
