"""Whether the evidence chain holds: its links, and that the records in them are those that they were made over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Sum

from collector.canonical import sha256
from poam_generator.chain import Batch, Entry, Head, Link, batch_of, chain_faults, read_link, record_faults
from poam_generator.errors import PoamError
from server import store
from server.models import ChainBatch, ChainLink, Receipt, System
from server.store.sealed import KINDS, Kind, read_records, unpack_entries

SLACK = timedelta(hours=1)  # between the moment that a record names and the commit that brought it
NEWEST = 24  # links whose records are looked at every day
TURNS = 7  # days in which the records of every older link are looked at once
KIND = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class ChainState:
    """What was seen of a system's chain. records: how many were compared; faults: sentences, none where it holds."""

    links: int
    records: int
    unsealed: int
    head: Head | None
    faults: tuple[str, ...]


def examine_chain(system: System, now: datetime, *, whole: bool) -> ChainState:
    """Every link, how many records there are, and the records themselves: all, or the newest and each day a part of the others."""
    rows = list(ChainLink.objects.filter(system=system).values_list("sequence", "sha256", "canonical"))
    links = [bytes(raw) for *_, raw in rows]
    faults = [*chain_faults(links)]
    faults += [f"Link {number} is not what its digest says." for number, digest, raw in rows if sha256(bytes(raw)) != digest]
    look = _Look(system, now.toordinal() % TURNS, 0 if whole else len(links) - NEWEST)
    faults += [*look.at_links(links), *_unread(system)]
    head = Head(*rows[-1][:2]) if rows else None
    return ChainState(len(links), look.compared, store.unsealed(system), head, tuple(faults))


def head_fault(head: Head) -> str:
    """Why no chain here has the link that somebody wrote down, empty where one does."""
    if any(head.names(bytes(raw)) for raw in ChainLink.objects.filter(sequence=head.sequence).values_list("canonical", flat=True)):
        return ""
    ends = [f"that of {system.name} {_end(system, head)}" for system in System.objects.order_by("pk")]
    return (
        f"No chain here has the link {head.short}: {'; '.join(ends)}. What was recorded up to then was taken away or replaced, "
        "or the database was put back from a backup that is older."
    )


def _end(system: System, head: Head) -> str:
    newest = store.chain_head(system)
    if newest is None:
        return "has no link yet"
    return f"ends with link {newest.sequence}" if newest.sequence < head.sequence else f"has another link {head.sequence}"


def _unread(system: System) -> Iterator[str]:
    """Receipts that came beside the way on which receipts come, so that they have no place."""
    for one in Receipt.objects.filter(system=system, readings=None).values_list("pk", flat=True):
        yield f"Receipt {one} has no reading: it did not come as receipts do, and stands in no link."


class _Look:
    """One pass over the records of a chain: of every link after `since`, of the others in turns, and of kinds whose number is wrong."""

    def __init__(self, system: System, turn: int, since: int) -> None:
        self.system = system
        self.turn = turn
        self.since = since
        self.compared = 0
        self._miscounted = frozenset(_miscounted(system))
        self._upto: dict[str, int] = {}  # kind -> the place of its last record in a link so far
        self._complete: dict[str, datetime] = {}  # kind -> when a link left nothing of it for the next

    def at_links(self, links: list[bytes]) -> Iterator[str]:
        """What is wrong with the records of each link."""
        listed: dict[int, dict[str, ChainBatch]] = {}
        for batch in ChainBatch.objects.filter(system=self.system).select_related("link").defer("entries", "link__canonical"):
            listed.setdefault(batch.link.sequence, {})[batch.kind] = batch
        for raw in links:
            try:
                link = read_link(raw)
            except PoamError:
                continue  # chain_faults names it
            yield from self._at_link(link, listed.get(link.sequence, {}))

    def _at_link(self, link: Link, listed: dict[str, ChainBatch]) -> Iterator[str]:
        for name, said in link.records.items():
            if name not in KIND:
                yield f"Link {link.sequence} holds records of kind {name}, which this version does not know."
            elif name not in listed:
                yield f"Link {link.sequence} holds {said.count} records of kind {name}, and the list of them is gone."
            else:
                yield from self._at_batch(link, listed[name], said, KIND[name])
        self._complete.update({name: link.at for name in KIND if name not in link.left})

    def _at_batch(self, link: Link, batch: ChainBatch, said: Batch, kind: Kind) -> Iterator[str]:
        where = f"link {link.sequence} of {link.at:%Y-%m-%d %H:%M} UTC"
        if batch.after != self._upto.get(kind.name, 0):
            yield f"Before the records of kind {kind.name} in {where} there is a gap: a list was changed or is gone."
        self._upto[kind.name] = batch.upto
        if not self._is_due(link.sequence, kind.name):
            return
        sealed = unpack_entries(batch)
        if batch_of([entry for _, entry in sealed]) != said:
            yield f"The list of the records of kind {kind.name} in {where} is not the one that the link was made over."
            return
        found: list[Entry] = []
        for record in read_records(kind, kind.rows(self.system).filter(pk__gt=batch.after, pk__lte=batch.upto), whole=True):
            found.append((record.id, record.entry))
            if (since := self._complete.get(kind.name)) and record.at < min(since, link.at) - SLACK:
                yield (
                    f"In {where}: {kind.name} {record.id} says that it is of {record.at:%Y-%m-%d %H:%M} UTC, and came only with this link: "
                    "it was put in later, or this server's clock stood wrong."
                )
        self.compared += len(found)
        yield from (f"In {where}: {fault}" for fault in record_faults(kind.name, sealed, found))

    def _is_due(self, sequence: int, kind: str) -> bool:
        return sequence > self.since or sequence % TURNS == self.turn or kind in self._miscounted


def _miscounted(system: System) -> Iterator[str]:
    """The kinds of which there are more or fewer records than links hold; nothing more can come up to where the last one ends."""
    sums = ChainBatch.objects.filter(system=system).order_by().values_list("kind").annotate(Sum("count"), Max("upto"))
    for name, count, upto in sums:
        kind = KIND.get(name)
        if kind and kind.rows(system).filter(pk__lte=upto, **{f"{kind.record}sha256__gt": ""}).count() != count:
            yield name
