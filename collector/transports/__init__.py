"""Ways to a host: the collection script in, the raw bundle out, in one round trip. Only this package touches network and processes."""

from dataclasses import dataclass, field

from collector.errors import CollectorError


class TransportError(CollectorError):
    """No bundle came back; kind is one word (unreachable, host-key, refused, sudo, timeout, output), the message a sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Collected:
    """What came back: the bundle's bytes, the account that ran the script, and aliases of the host that the way in showed."""

    raw: bytes
    account: str
    aliases: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
