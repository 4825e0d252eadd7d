"""Ways to a host: the collection script in, the raw bundle out, in one round trip. Only this package touches network and processes."""

from dataclasses import dataclass, field

from collector.errors import CollectorError
from collector.visible import one_line


class TransportError(CollectorError):
    """No bundle came back; kind is one word (unreachable, host-key, refused, sudo, timeout, output), the message a sentence of one line."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(one_line(message))
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Collected:
    """What came back: the bundle's bytes, the account that ran the script, and aliases of the host that the way in showed."""

    raw: bytes
    account: str
    aliases: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
