"""What can happen in a generated history: test_reconcile_laws.py draws each kind and world.py plays it, so both name all of them.

Hosts are named by their place among HOSTS.
"""

from dataclasses import dataclass

from poam_generator.model import Disposition, Policy, Status

HOSTS = ("h1", "h2", "h3")


@dataclass(frozen=True)
class Scan:
    """One observation of each host; None is a silent host."""

    outcomes: tuple[Status | None, ...]


@dataclass(frozen=True)
class Workers:
    """One observation of each host, reconciled by two workers one after the other, the first of which heard of so many hosts."""

    outcomes: tuple[Status | None, ...]
    first: int


@dataclass(frozen=True)
class Carry:
    """Bundles of these hosts brought by hand, observed so many hours ago."""

    hosts: tuple[int, ...]
    status: Status
    hours: int


@dataclass(frozen=True)
class Reread:
    """The host's newest bundle is read again, and gives another status."""

    host: int
    status: Status


@dataclass(frozen=True)
class Wait:
    hours: int


@dataclass(frozen=True)
class Rejudge:
    """The check is changed: a new judgement, which nobody has confirmed."""


@dataclass(frozen=True)
class Confirm:
    """A reviewer confirms the current judgement."""


@dataclass(frozen=True)
class Approve:
    """A reviewer approves every draft, and what was added to an open item."""


@dataclass(frozen=True)
class AcceptReceipts:
    """A reviewer accepts every pass that is there now of one host, however it came."""

    host: int


@dataclass(frozen=True)
class Dispose:
    """A person disposes of one host in its live item, or of that whole item, for so many days.

    progress: the days after which it lapses unless somebody notes progress.
    """

    host: int
    kind: Disposition
    days: int
    whole: bool
    progress: int | None = None


@dataclass(frozen=True)
class Reinstate:
    """A host that a person retired is taken into use again."""

    host: int


@dataclass(frozen=True)
class Progress:
    """Somebody notes progress on every disposition that waits for some, which gives each so many days more."""

    days: int


@dataclass(frozen=True)
class Split:
    """The verified hosts of every open item leave it for one of their own."""


@dataclass(frozen=True)
class Merge:
    """The first host turns out to be the same machine as the second, which stands in its place."""

    host: int
    into: int


@dataclass(frozen=True)
class Move:
    """The host moves to a group with a closing policy of its own, or to one without."""

    host: int
    policy: Policy | None


Event = (
    Scan
    | Workers
    | Carry
    | Reread
    | Wait
    | Rejudge
    | Confirm
    | Approve
    | AcceptReceipts
    | Dispose
    | Reinstate
    | Progress
    | Split
    | Merge
    | Move
)


def says_nothing(event: Event) -> bool:
    """True for an event that neither opens nor closes: no pass and no fail from a new receipt, no person's word."""
    if isinstance(event, (Scan, Workers)):
        return all(status not in {"pass", "fail"} for status in event.outcomes)
    return isinstance(event, (Reread, Rejudge)) or (isinstance(event, Carry) and event.status not in {"pass", "fail"})
