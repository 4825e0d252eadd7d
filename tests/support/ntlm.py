"""The service's side of an authentication as the WS-Management endpoint needs it, and that of NTLM with its one account."""

import os
import tempfile
from pathlib import Path
from typing import Any, Protocol

import spnego

USER, PASSWORD = "svc-scan", "Made-up 1"


class Context(Protocol):
    """One side of an authentication: steps until it is complete, and from then on encrypts."""

    @property
    def complete(self) -> bool:
        """The other side is known."""
        ...

    def step(self, token: bytes, /) -> bytes | None:
        """What is answered to a token."""
        ...

    def wrap_winrm(self, data: bytes, /) -> Any:  # noqa: ANN401 - the libraries' own tuples
        """A message encrypted: header and data."""
        ...

    def unwrap_winrm(self, header: bytes, data: bytes, /) -> bytes:
        """The message in an encrypted one."""
        ...


def take_ntlm() -> Context:
    """A context that knows the one account."""
    return spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)


def make_account() -> None:
    """The account that NTLM knows, in the file where its library looks for it."""
    file = Path(tempfile.gettempdir()) / f"closeout-wsman-{os.getpid()}.accounts"
    file.touch(mode=0o600)
    file.write_text(f":{USER}:{PASSWORD}\n", encoding="utf-8")
    os.environ["NTLM_USER_FILE"] = str(file)
