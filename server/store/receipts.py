"""Bundles: cut into pieces that are stored once, a receipt for every delivery, and the facts that were read out.

A bundle is cut where a frame begins. Pieces that did not change since the last one are stored already, so a host that did
not change costs a receipt and its volatile frames; put together again, the pieces are the very bytes that arrived,
whatever was in them. The manifest is made from those bytes and therefore not stored beside them.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from collector import __version__
from collector.bundle import Bundle, read_bundle
from collector.canonical import canonical_bytes, digest, read_time, sha256, time_text
from collector.catalog import probes, sources
from collector.derive import derive
from collector.facts import Facts, split_path
from collector.read import read_facts
from poam_generator.model import Origin
from server.errors import ServerError
from server.models import Asset, Conflict, Reading, Receipt, Scope, System
from server.store import blobs
from server.store.inventory import note_aliases
from server.store.scripts import note_script

INDEX = "closeout/facts-index/1"
RECEIPT = "closeout/receipt/1"
_FRAME = re.compile(rb"^(?=begin )", re.MULTILINE)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a bundle came. started_at: the server's time when it began a pulled scan, None when it pulled nothing.

    account: by which it was collected on the host, or who carried it here by hand.

    aliases: names of the host that the way in showed, kind -> value; they outrank what the bundle says. after: the place of
    the delivery with the sequence before, because the sequence of an agent outranks the clock of its host.
    """

    origin: Origin
    received_at: datetime
    started_at: datetime | None = None
    account: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    sequence: int | None = None
    signature: bytes | None = None
    public_key: bytes | None = None
    signed: bytes | None = None
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a delivery. new: False when this asset had delivered the same bytes before, by hand or otherwise."""

    receipt: Receipt
    facts: Facts
    new: bool
    conflicts: tuple[Conflict, ...] = ()


def read_delivery(bundle: Bundle, delivery: Delivery) -> Facts:
    """The facts of a bundle at the moment that it takes among the host's observations.

    That is the server's own time for a scan that it started, else what the host's clock said, but never after the arrival:
    a host whose clock runs ahead must not outrank what is observed later. Raises ProbeError when nobody knows the moment.
    """
    facts = read_facts(bundle, delivery.started_at)
    moment = min(facts.observed_at, delivery.received_at)
    if delivery.after and moment <= delivery.after:
        moment = delivery.after + _TICK
    return facts if facts.observed_at == moment else derive(facts.lasting or facts, moment)


def save_bundle(system: System, asset: Asset, bundle: Bundle, delivery: Delivery, facts: Facts | None = None) -> Saved:
    """Store a bundle for the asset that it came from, with its receipt and its facts (read_delivery's, where they are read).

    The same bytes carried by hand a second time change nothing. Record what the facts came to in the same transaction
    (results.record_results), so that no receipt counts that nobody has judged.
    """
    if delivery.origin == "hand-carried" and (known := _known(system, asset, bundle)):
        return Saved(known, facts_of(known), new=False)
    facts = facts or read_delivery(bundle, delivery)
    pieces = _FRAME.split(bundle.raw)
    index, parts = _cut_facts(facts.lasting or facts)
    packed = blobs.pack([*pieces, *parts, index])
    with transaction.atomic():
        blobs.put(packed)
        receipt = _write_receipt(system, asset, bundle, delivery, facts, pieces)
        _write_reading(receipt, facts, index)
        conflicts = note_aliases(asset, _aliases(facts) | dict(delivery.aliases), receipt, receipt.ordered_at)
        _note_seen(asset, receipt)
    return Saved(receipt, facts, new=True, conflicts=tuple(conflicts))


def _known(system: System, asset: Asset, bundle: Bundle) -> Receipt | None:
    return Receipt.objects.filter(system=system, asset=asset, bundle_digest=sha256(bundle.raw)).first()


def _aliases(facts: Facts) -> dict[str, str]:
    said = {"hostname": facts.host.get("name", ""), "machine-id": facts.host.get("machine_id", "")}
    return {kind: value[:1000] for kind, value in said.items() if value}


def _write_receipt(system: System, asset: Asset, bundle: Bundle, delivery: Delivery, facts: Facts, pieces: Iterable[bytes]) -> Receipt:  # noqa: PLR0913, PLR0917 - one row's parts
    receipt = Receipt(
        id=uuid4(),
        system=system,
        asset=asset,
        origin=delivery.origin,
        scope=_note_scope(system, bundle),
        script=note_script(system, bundle, delivery.received_at).digest,
        collector=bundle.collector,
        platform=bundle.platform,
        account=delivery.account,
        content_digest=bundle.content_digest(),
        bundle_digest=sha256(bundle.raw),
        bundle_size=len(bundle.raw),
        layout=b"".join(bytes.fromhex(sha256(piece)) for piece in pieces),
        observed_at=_clock(facts),
        started_at=delivery.started_at,
        received_at=delivery.received_at,
        stored_at=timezone.now(),
        ordered_at=_free_place(asset, facts.observed_at),
        sequence=delivery.sequence,
        signature=delivery.signature,
        public_key=delivery.public_key,
        signed=delivery.signed,
    )
    receipt.canonical = canonical_bytes(receipt_json(receipt))
    receipt.sha256 = sha256(receipt.canonical)
    receipt.save(force_insert=True)
    return receipt


def _clock(facts: Facts) -> datetime:
    said = facts.values.get("host", {}).get("clock")
    return read_time(said) if said else facts.observed_at


def _free_place(asset: Asset, wanted: datetime) -> datetime:
    """The wanted moment, or the next microsecond at which this asset was not observed, so that order is never in doubt."""
    taken = set(Receipt.objects.filter(asset=asset, ordered_at__range=(wanted, wanted + 1000 * _TICK)).values_list("ordered_at", flat=True))
    while wanted in taken:
        wanted += _TICK
    return wanted


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """What the canonical bytes of a receipt say."""
    times = ("observed_at", "started_at", "received_at", "stored_at", "ordered_at")
    plain = ("origin", "script", "collector", "platform", "account", "content_digest", "bundle_digest", "bundle_size", "sequence")
    return {
        "schema": RECEIPT,
        "id": str(receipt.id),
        "system": receipt.system_id,
        "asset": str(receipt.asset_id),
        "scope": {"sources": receipt.scope.sources, "whole": receipt.scope.whole},
        "signature": bytes(receipt.signature).hex() if receipt.signature else None,
        "public_key": bytes(receipt.public_key).hex() if receipt.public_key else None,
        "signed": bytes(receipt.signed).decode("ascii") if receipt.signed else None,
        **{name: getattr(receipt, name) for name in plain},
        **{name: time_text(moment) if (moment := getattr(receipt, name)) else None for name in times},
    }


def _note_scope(system: System, bundle: Bundle) -> Scope:
    names = sorted(bundle.frames)
    whole = set(names) >= {source.name for source in sources(probes(bundle.platform))}
    key = digest({"platform": bundle.platform, "sources": names, "whole": whole})
    values = {"platform": bundle.platform, "sources": names, "whole": whole}
    return Scope.objects.get_or_create(system=system, digest=key, defaults=values)[0]


def _note_seen(asset: Asset, receipt: Receipt) -> None:
    if asset.last_seen_at is None or asset.last_seen_at < receipt.ordered_at:
        asset.last_seen_at = receipt.ordered_at
    asset.platform = receipt.platform
    asset.save(update_fields=["last_seen_at", "platform"])


def raw_bundle(receipt: Receipt) -> bytes:
    """The very bytes that arrived; raises ServerError when they cannot be put together again."""
    layout = bytes(receipt.layout)
    digests = [layout[at : at + 32].hex() for at in range(0, len(layout), 32)]
    pieces = blobs.get_many(digests)
    raw = b"".join(pieces[one] for one in digests)
    if sha256(raw) != receipt.bundle_digest:
        raise ServerError(f"the bundle of receipt {receipt.id} was changed; restore a backup, and run `closeout doctor`")
    return raw


def bundle_of(receipt: Receipt) -> Bundle:
    """The stored bundle, read."""
    return read_bundle(raw_bundle(receipt))


def save_reading(receipt: Receipt, now: datetime) -> tuple[Reading, Facts]:
    """Read a stored bundle with this version's parsers; the same facts as before give the reading that there is."""
    facts = read_facts(bundle_of(receipt), receipt.ordered_at)
    index, parts = _cut_facts(facts.lasting or facts)
    packed = blobs.pack([*parts, index])
    with transaction.atomic():
        blobs.put(packed)
        return _write_reading(receipt, facts, index, now), facts


def _write_reading(receipt: Receipt, facts: Facts, index: bytes, now: datetime | None = None) -> Reading:
    reading, _ = Reading.objects.get_or_create(
        system=receipt.system,
        receipt=receipt,
        facts_digest=digest((facts.lasting or facts).to_json()),
        defaults={"index_id": sha256(index), "read_by": __version__, "read_at": now or receipt.stored_at},
    )
    return reading


def _cut_facts(facts: Facts) -> tuple[bytes, list[bytes]]:
    """The index of a facts document and, in the order of their names, the contents of its subsystems."""
    document = facts.to_json()
    errors: dict[str, dict[str, str]] = {}
    for path, reason in facts.errors.items():
        errors.setdefault(split_path(path)[0], {})[path] = reason
    names = sorted(set(facts.values) | set(errors))
    parts = [canonical_bytes({"values": facts.values.get(name), "errors": errors.get(name, {})}) for name in names]
    subsystems = {name: sha256(part) for name, part in zip(names, parts, strict=True)}
    head = {name: document[name] for name in ("platform", "host", "observed_at", "collector", "script")}
    return canonical_bytes({"schema": INDEX, **head, "subsystems": subsystems}), parts


def facts_of(receipt: Receipt, facts_digest: str | None = None) -> Facts:
    """The facts of a receipt, as last read or those of a digest; raises ServerError when they are not what was stored."""
    readings = Reading.objects.filter(receipt=receipt).order_by("-id")
    reading = (readings.filter(facts_digest=facts_digest) if facts_digest else readings).first()
    if reading is None:
        raise ServerError(f"no facts {facts_digest or ''} of receipt {receipt.id} are stored; read it again with `closeout reread`")
    facts = _join_facts(json.loads(blobs.get(reading.index_id)))
    if digest(facts.to_json()) != reading.facts_digest:
        raise ServerError(f"the facts of receipt {receipt.id} were changed; restore a backup, and run `closeout doctor`")
    return derive(facts, facts.observed_at)


def _join_facts(index: Mapping[str, Any]) -> Facts:
    contents = blobs.get_many(index["subsystems"].values())
    parts = {name: json.loads(contents[key]) for name, key in index["subsystems"].items()}
    return Facts(
        platform=index["platform"],
        host=index["host"],
        observed_at=read_time(index["observed_at"]),
        collector=index["collector"],
        script=index["script"],
        values={name: part["values"] for name, part in parts.items() if part["values"] is not None},
        errors={path: reason for part in parts.values() for path, reason in part["errors"].items()},
    )


def find_receipt(system: System, identifier: str) -> Receipt:
    """The receipt of an id; raises ServerError when this system has none such."""
    try:
        found = Receipt.objects.filter(system=system, pk=UUID(identifier)).select_related("asset", "scope").first()
    except ValueError:
        found = None
    if found is None:
        raise ServerError(f"there is no receipt {identifier!r} in {system.name}")
    return found


def newest_receipts(asset: Asset, count: int) -> list[Receipt]:
    """The newest observations of an asset, newest first."""
    return list(Receipt.objects.filter(asset=asset).select_related("scope").order_by("-ordered_at")[:count])
