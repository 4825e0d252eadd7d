"""What somebody is handed who wants to see for themselves that an item is mended, and can check it without this system."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from collector.canonical import canonical_bytes
from poam_generator.package import LARGEST, build_package
from poam_generator.proof import DOCUMENTS, RECORD, bundle_name, receipt_name, rests_on
from server import store
from server.chain_proofs import Sealed, proofs_of
from server.errors import ServerError
from server.models import Approval, Closure, Document, Item, Receipt
from server.store.sealed import APPROVAL, CLOSURE, RECEIPT

README = """What is in this package, and how to check it
=============================================

    closeout verify FILE.zip

says whether it is whole and whether the record holds; no database is needed. Without closeout,

    sha256sum -c artifacts.sha256.sha256 artifacts.sha256

says whether every file is as it was when the package was made. Hand the hash in artifacts.sha256.sha256 over apart from the package.

record.json       the record with which the item ended: what was shown, on which hosts, and what was not
item.json         the item as a reviewer sees it
approvals/        what was approved, as it was seen then
receipts/         the receipts of the observations that the record names
bundles/          the raw output that came with each receipt; its SHA-256 stands in the receipt and in the record
documents/        the documents that are attached to the item, or that the record names
chain/            proof that record, approvals and receipts stand in the evidence chain, its links from there on, and its head

Keep chain/head.txt: `closeout verify --store --head FILE.zip` says at any time later whether the installation that made this package
still has everything that it had recorded by then.
"""


def item_evidence(row: Item) -> bytes:
    """The package of an item that has closed or was withdrawn; raises ServerError for any other."""
    closure = Closure.objects.filter(item=row).first()
    if closure is None:
        raise ServerError(
            f"{row} is {row.state.replace('_', ' ')} and has no closing record; there is one once it has closed or was withdrawn"
        )
    raw = bytes(closure.canonical)
    record = json.loads(raw)
    receipts = [store.find_receipt(row.system, one) for one in sorted({seen.receipt for seen in rests_on(record)})]
    _refuse_what_is_too_large(row, receipts)
    return build_package({RECORD: raw, **dict(_files(row, record, receipts)), **_chain(closure, receipts)})


def _chain(closure: Closure, receipts: Iterable[Receipt]) -> dict[str, bytes]:
    """Proof that record, approvals and receipts stand in the evidence chain."""
    approvals = enumerate(_approvals(closure.item), 1)
    records: dict[str, Sealed] = {RECORD: (CLOSURE, closure)}
    records |= {f"approvals/{number}.json": (APPROVAL, row) for number, row in approvals}
    records |= {receipt_name(str(row.pk)): (RECEIPT, row) for row in receipts}
    return proofs_of(closure.system, records)


def _approvals(row: Item) -> QuerySet[Approval]:
    return row.approvals.order_by("pk")


def _refuse_what_is_too_large(row: Item, receipts: Iterable[Receipt]) -> None:
    total = sum(one.bundle_size for one in receipts)
    if total > LARGEST:
        raise ServerError(
            f"{row} rests on {total} bytes of raw output, and a package holds {LARGEST} at most; `closeout receipts raw` writes them singly"
        )


def _files(row: Item, record: Mapping[str, Any], receipts: Iterable[Receipt]) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", README.encode()
    yield "item.json", canonical_bytes({"state": row.state, **store.review_json(row)})
    for number, approval in enumerate(_approvals(row), 1):
        yield f"approvals/{number}.json", bytes(approval.canonical)
    for receipt in receipts:
        yield receipt_name(str(receipt.pk)), bytes(receipt.canonical)
        yield bundle_name(str(receipt.pk)), store.raw_bundle(receipt)
    for number, document in sorted(_documents(row, record).items()):
        yield f"{DOCUMENTS}{number}-{document.name}", store.document_bytes(document)


def _documents(row: Item, record: Mapping[str, Any]) -> dict[int, Document]:
    """Those that are attached to the item, and those that the record names though somebody has taken them off since."""
    named = [one["sha256"] for one in record.get("evidence", ())]
    documents = [*store.attached(row.system, "item", row.identifier), *Document.objects.filter(system=row.system, blob__in=named)]
    return {one.pk: one for one in documents}
