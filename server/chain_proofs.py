"""Where records stand in the evidence chain, as a package carries it to somebody who has no database."""

from collections.abc import Mapping
from functools import cache

from django.db.models import Min, Model

from poam_generator.inclusion import Proof, chain_files
from poam_generator.merkle import inclusion_path
from server.models import ChainBatch, ChainLink, Receipt, System
from server.store.sealed import Kind, beside_form, unpack_entries

Sealed = tuple[Kind, Model]


def proofs_of(system: System, records: Mapping[str, Sealed]) -> dict[str, bytes]:
    """The files of the chain for a package in which these records stand under these names.

    A record that is in no link though later ones are is left unproven, and whoever verifies the package is told.
    """
    proofs, not_yet = [], []
    read = cache(unpack_entries)
    for name, (kind, row) in records.items():
        place = _place(row)
        batches = ChainBatch.objects.filter(system=system, kind=kind.name, upto__gte=place).order_by("upto")
        batch = batches.select_related("link").first()
        if batch is None:
            not_yet.append(name)
        elif proof := _proof(name, kind, row, batch, read(batch)):
            proofs.append(proof)
    first = min((one.link for one in proofs), default=0)
    links = ChainLink.objects.filter(system=system, sequence__gte=first).values_list("canonical", flat=True)
    return chain_files(proofs, not_yet, [bytes(one) for one in links])


def _place(row: Model) -> int:
    return int(row.readings.aggregate(first=Min("pk"))["first"] if isinstance(row, Receipt) else row.pk)


def _proof(name: str, kind: Kind, row: Model, batch: ChainBatch, listed: list[tuple[str, bytes]]) -> Proof | None:
    ids = [one for one, _ in listed]
    if str(row.pk) not in ids:
        return None
    index = ids.index(str(row.pk))
    path = tuple(one.hex() for one in inclusion_path([entry for _, entry in listed], index))
    beside = beside_form(kind, [getattr(row, column) for column in kind.beside])
    return Proof(name, kind.name, batch.link.sequence, index, path, beside)
