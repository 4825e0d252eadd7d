"""What is told of an item in its history: a sentence for its beginning and for each change."""

from collections.abc import Callable, Iterator
from typing import Any

from poam_generator import model as poam

_SOURCES = {
    "attestation": "a NOT MET attestation of",
    "assessor": "an assessor's finding",
    "import": "the import of",
    "person": "a person's word",
}


def tell_draft(item: poam.Item) -> str:
    """The sentence with which an item begins."""
    after = f", back after {item.predecessor}" if item.predecessor else ""
    if item.source != "check":
        return f"Drafted from {_SOURCES[item.source]} {item.source_key}".rstrip() + f"{after}."
    if all(host.passing for host in item.hosts):
        return f"Made of {len(item.hosts)} verified host{'s' * (len(item.hosts) != 1)} of another item."
    return f"Drafted from {len(item.hosts)} failing host{'s' * (len(item.hosts) != 1)}{after}."


def tell_change(change: poam.Change, name: Callable[[str], str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, sentence and detail of the history entry of a change."""
    match change:
        case poam.JoinHost(host=host):
            later = " after approval" * host.added_after_approval
            yield "host_joined", f"{host.host_name} fails too and was added{later}.", {"host": host.host, "receipt": host.failing.receipt}
        case poam.VerifyHost(host=host, after=after):
            yield "verified", f"{name(host)} passes.", {"host": host, "receipt": after.receipt}
        case poam.UnverifyHost(host=host, failing=failing):
            yield "unverified", f"{name(host)} is verified no longer.", {"host": host, "receipt": failing.receipt}
        case poam.LapseDisposition(host=host, disposition="retired"):
            yield "lapsed", f"{name(host)} is in scope again; it stands as failing until it passes.", {"host": host}
        case poam.LapseDisposition(host=host, disposition=kind):
            ended = f"{name(host)} is held as {kind.replace('_', ' ')} no longer"
            yield "lapsed", f"{ended}, since its last day, or the day for progress, is over; it stands as failing.", {"host": host}
        case poam.AwaitReviewer(reason=reason):
            yield "awaiting", reason or "A reviewer's word is needed no longer.", {}
        case poam.CloseItem(record=record):
            yield "closed", "Closed: every host was seen to pass.", {"record": record.get("digest", "")}
        case poam.WithdrawItem(record=record):
            yield "withdrawn", "Withdrawn: fixed before review.", {"record": record.get("digest", "")}
