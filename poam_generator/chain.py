"""The evidence chain: links over everything that was recorded, each naming the one before it by its digest.

Whoever holds the digest of one link can tell whether anything before it was taken away, changed or put in since.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from collector.canonical import canonical_bytes, digest, sha256
from collector.errors import CollectorError
from poam_generator.errors import PoamError
from poam_generator.json_form import from_json, to_json
from poam_generator.merkle import merkle_root

SCHEMA: Final = "closeout/link/1"
Entry = tuple[str, bytes]  # the id of a record, and what stands for it in the tree
SHORT: Final = 16  # hexadecimal digits of a digest that people copy
_HEAD: Final = re.compile(rf"\b(\d{{1,12}}):([0-9a-f]{{{SHORT},64}})\b")


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one kind in a link: how many, and the Merkle root over their entries in order, as hexadecimal digits."""

    count: int
    root: str


@dataclass(frozen=True, slots=True)
class Link:
    """What one link says. previous: the digest of the link before, empty in the first. records: kind -> batch.

    left: the kinds of which something was left for the next link, so that records which are older than this link may come later.
    """

    system: int
    sequence: int
    previous: str
    at: datetime
    records: Mapping[str, Batch]
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """A link by its place and digest: what one writes down elsewhere. A digest that was copied may be short."""

    sequence: int
    digest: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.digest}"

    @property
    def short(self) -> str:
        """The same with so many digits as people copy."""
        return f"{self.sequence}:{self.digest[:SHORT]}"

    def names(self, link: bytes) -> bool:
        """Whether these canonical bytes are those of the link."""
        return sha256(link).startswith(self.digest)


def read_heads(text: str) -> tuple[Head, ...]:
    """Every head in a text, such as 12:3f9a0c11d2e4b7a6; raises PoamError where there is none."""
    if heads := tuple(Head(int(found[1]), found[2]) for found in _HEAD.finditer(text)):
        return heads
    raise PoamError(f"{text.strip()[:40]!r} holds no head of a chain; one looks like 12:3f9a0c11d2e4b7a6, with {SHORT} to 64 digits")


def entry(record: str, beside: Mapping[str, Any]) -> bytes:
    """What stands in the tree for a record: its SHA-256, or one over it and what was stored beside its canonical bytes."""
    return bytes.fromhex(digest({"sha256": record, **beside}) if beside else record)


def batch_of(entries: Sequence[bytes]) -> Batch:
    """The batch of entries in their order."""
    return Batch(len(entries), merkle_root(entries).hex())


def link_bytes(link: Link) -> bytes:
    """The canonical bytes of a link; their SHA-256 is its digest."""
    return canonical_bytes({"schema": SCHEMA, **to_json(link)})


def read_link(raw: bytes) -> Link:
    """The link of canonical bytes; raises PoamError on any others."""
    try:
        form = json.loads(raw)
        canonical = canonical_bytes(form) == raw
    except (ValueError, CollectorError) as error:
        raise PoamError(f"it is no link: {error}") from error
    if not canonical or not isinstance(form, dict) or form.pop("schema", "") != SCHEMA:
        raise PoamError(f"it is no link of {SCHEMA} in canonical form")
    return from_json(Link, form)


def chain_faults(links: Iterable[bytes], begins: int = 1) -> Iterator[str]:
    """What is wrong with links in their order, one sentence each; that the end is missing only a head kept elsewhere can show."""
    before, previous = begins - 1, ""
    for raw in links:
        try:
            link = read_link(raw)
        except PoamError as error:
            yield f"Link {before + 1} cannot be read: {error}."
            before, previous = before + 1, sha256(raw)
            continue
        if link.sequence > before + 1:
            yield f"{_missing(before + 1, link.sequence - 1)}: link {link.sequence} is the next that is there."
        elif link.sequence <= before:
            yield f"Link {link.sequence} stands behind link {before}, where link {before + 1} belongs."
        elif link.previous != previous and link.sequence > begins:
            yield f"Link {link.sequence} does not name link {before} as it is: one of the two was changed or replaced."
        elif link.sequence == 1 and link.previous:
            yield "Link 1 names a link before it, and it is the first."
        before, previous = link.sequence, sha256(raw)


def record_faults(name: str, sealed: Sequence[Entry], found: Sequence[Entry]) -> Iterator[str]:
    """What is wrong with the records of one kind that a link was made over, one sentence each: sealed as they were, found as they are."""
    before, after = dict(sealed), dict(found)
    yield from (f"{name} {one} is gone." for one in before if one not in after)
    yield from (f"{name} {one} was changed or replaced." for one in before if one in after and after[one] != before[one])
    yield from (f"{name} {one} was put in among them later." for one in after if one not in before)
    if before == after and [one for one, _ in sealed] != [one for one, _ in found]:
        yield f"{name} {next(one for (one, _), (other, _) in zip(sealed, found, strict=True) if one != other)} stands at another place."


def _missing(first: int, last: int) -> str:
    return f"Link {first} is missing" if first == last else f"Links {first} to {last} are missing"
