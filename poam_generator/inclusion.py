"""What a package carries of the evidence chain: where its files stand in it, and the links from there to the head."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from collector.canonical import canonical_bytes, sha256
from collector.errors import CollectorError
from poam_generator.chain import Head, Link, chain_faults, entry, read_heads, read_link
from poam_generator.errors import PoamError
from poam_generator.json_form import from_json, to_json
from poam_generator.merkle import is_included

CHAIN: Final = "chain/"
LINKS: Final = "chain/links.jsonl"
PROOFS: Final = "chain/proofs.json"
HEAD: Final = "chain/head.txt"
SCHEMA: Final = "closeout/chain-proofs/1"


@dataclass(frozen=True, slots=True)
class Proof:
    """Where the record in a file stands: its index in a link's batch of its kind, and what leads from there to the root.

    beside: what was stored with the record and is not in its canonical bytes (chain.entry).
    """

    file: str
    kind: str
    link: int
    index: int
    path: tuple[str, ...]
    beside: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proofs:
    """The proofs of a package, and the files whose records were too new to stand in a link."""

    schema: str
    proofs: tuple[Proof, ...]
    not_yet: tuple[str, ...]


def chain_files(proofs: Sequence[Proof], not_yet: Sequence[str], links: Sequence[bytes]) -> dict[str, bytes]:
    """The files that a package gets; links: from the first that proves something to the one at which the chain ends."""
    files = {PROOFS: canonical_bytes(to_json(Proofs(SCHEMA, tuple(proofs), tuple(not_yet))))}
    if links:
        files |= {LINKS: b"".join(one + b"\n" for one in links), HEAD: head_file(links[-1])}
    return files


def head_file(link: bytes) -> bytes:
    """What HEAD holds."""
    return f"{Head(read_link(link).sequence, sha256(link))}\n".encode()


def heads_in(raw: bytes) -> tuple[Head, ...]:
    """The head that a package carries, or all that a text holds; raises PoamError where there is none."""
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        return read_heads(raw.decode(errors="replace"))
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        if HEAD in package.namelist():
            return read_heads(package.read(HEAD).decode(errors="replace"))
    raise PoamError(f"the package holds no {HEAD}: it was made before there was a chain, or before its first link")


def not_yet(proofs: bytes) -> tuple[str, ...]:
    """The files of which PROOFS says that they were too new to stand in a link."""
    return from_json(Proofs, json.loads(proofs)).not_yet


def inclusion_faults(files: Mapping[str, bytes], needed: Iterable[str]) -> Iterator[str]:
    """What is wrong with the proofs of a package, one sentence each; none where it carries none. needed: files that must be proven."""
    if not any(name.startswith(CHAIN) for name in files):
        return
    try:
        said = from_json(Proofs, json.loads(files.get(PROOFS, b"")))
        raw = files.get(LINKS, b"").splitlines()
        links = [read_link(one) for one in raw]
    except (ValueError, RecursionError, PoamError) as error:
        yield f"The proofs of the chain cannot be read: {error}."
        return
    yield from chain_faults(raw, begins=links[0].sequence if links else 1)
    if files.get(HEAD) != (head_file(raw[-1]) if raw else None):
        yield f"{HEAD} is not the end of the links in the package."
    proven = {one.file for one in said.proofs}
    yield from (f"{name} is not said to stand in the chain." for name in needed if name not in {*proven, *said.not_yet})
    by_number = {one.sequence: one for one in links}
    yield from (f"{one.file} is not proven to stand in link {one.link}." for one in said.proofs if not _holds(one, by_number, files))


def _holds(proof: Proof, links: Mapping[int, Link], files: Mapping[str, bytes]) -> bool:
    batch = links[proof.link].records.get(proof.kind) if proof.link in links else None
    if batch is None or proof.file not in files:
        return False
    try:
        leaf = entry(sha256(files[proof.file]), proof.beside)
        root, path = bytes.fromhex(batch.root), [bytes.fromhex(one) for one in proof.path]
    except (ValueError, CollectorError):  # digits or values that no chain of ours has prove nothing
        return False
    return is_included(root, leaf, proof.index, batch.count, path)
