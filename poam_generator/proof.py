"""The evidence of an ended item as a package: its closing record with the receipts, raw bundles and documents that it rests on."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from collector.canonical import canonical_bytes, sha256, time_text
from collector.errors import CollectorError
from poam_generator.errors import PoamError
from poam_generator.evidence import verify_record
from poam_generator.inclusion import CHAIN, inclusion_faults
from poam_generator.json_form import from_json
from poam_generator.model import Seen
from poam_generator.package import package_faults

RECORD: Final = "record.json"
DOCUMENTS: Final = "documents/"
RECORDS: Final = (RECORD, "receipts/", "approvals/", "assessment.json", "closeouts/", "closures/")  # what the evidence chain holds


def receipt_name(receipt: str) -> str:
    """Where the receipt of an id stands in a package."""
    return f"receipts/{receipt}.json"


def bundle_name(receipt: str) -> str:
    """Where the raw output stands that came with a receipt."""
    return f"bundles/{receipt}.bundle"


def rests_on(record: Mapping[str, Any]) -> tuple[Seen, ...]:
    """Every observation that a record of scans names, in its order; none for one of a person's word."""
    hosts = [*record.get("hosts", ()), *record.get("left_out", ())]
    forms = [form for host in hosts for form in (host["failing"], *host.get("passes", ()))]
    return tuple(from_json(Seen, form) for form in forms)


def proof_faults(raw: bytes) -> tuple[str, ...]:
    """What is wrong with a package, one sentence each; it needs nothing but the package.

    Every file is what the list says, the record holds by itself, and of each observation the receipt is there, says what the
    record says, and names the raw output that is there; of a closing by word, each document that is kept is there. Where the
    package carries proofs of the evidence chain, record, receipts and approvals stand in it.
    """
    if faults := package_faults(raw):
        return faults
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        if RECORD not in package.namelist():
            return (f"It has no {RECORD}: it is no evidence of an item that has ended.",)
        record = package.read(RECORD)
        return tuple(verify_record(record)) or (*_unproven(json.loads(record), package), *_unchained(package))


def _unproven(record: Mapping[str, Any], package: zipfile.ZipFile) -> Iterator[str]:
    names = frozenset(package.namelist())
    for seen in rests_on(record):
        missing = [name for name in (receipt_name(seen.receipt), bundle_name(seen.receipt)) if name not in names]
        yield from (f"{name} is missing, on which the record rests." for name in missing)
        if not missing:
            yield from _receipt_faults(seen, package)
    there = {sha256(package.read(name)) for name in names if name.startswith(DOCUMENTS)}
    for one in record.get("evidence", ()):
        if one["sha256"] and one["sha256"] not in there:
            yield f"The document {one['name']} is missing, on which the record rests."


def closeout_faults(raw: bytes) -> tuple[str, ...]:
    """What is wrong with a closeout package: a file is not what the list says, or a record is not where its proof says."""
    if faults := package_faults(raw):
        return faults
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return tuple(_unchained(package))


def _unchained(package: zipfile.ZipFile) -> Iterator[str]:
    files = {name: package.read(name) for name in package.namelist() if name.startswith((*RECORDS, CHAIN))}
    return inclusion_faults(files, [name for name in files if not name.startswith(CHAIN)])


def _receipt_faults(seen: Seen, package: zipfile.ZipFile) -> Iterator[str]:
    name = receipt_name(seen.receipt)
    told = {
        "id": seen.receipt,
        "ordered_at": time_text(seen.observed_at),
        "bundle_digest": seen.bundle,
        "origin": seen.origin,
        "account": seen.account,
        "collector": seen.collector,
    }
    try:
        receipt = json.loads(package.read(name))
        differing = [key for key, value in told.items() if receipt[key] != value]
        if canonical_bytes(receipt) != package.read(name):
            yield f"{name} is not in canonical form."
    except (ValueError, KeyError, TypeError, CollectorError, PoamError) as error:
        yield f"{name} is no receipt, or it is not whole: {error}."
        return
    if differing:
        yield f"{name} says something else than the record: {', '.join(differing)}."
    if sha256(package.read(bundle_name(seen.receipt))) != seen.bundle:
        yield f"{bundle_name(seen.receipt)} is not the raw output that the record names."
