"""Whether a document calls itself a draft: by its name, or on its first page. Bounded, and deaf to what it cannot read."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

FIRST_PAGE: Final = 3000  # characters
_MOST: Final = 4_000_000  # bytes that are unpacked of a part
_DRAFT: Final = re.compile(r"(?<![a-z])draft(?![a-z])", re.IGNORECASE)


def draft_warnings(name: str, content: bytes) -> tuple[str, ...]:
    """What speaks against a document's being final (32 CFR 170.24(b)), one sentence each."""
    return tuple(_draft_warnings(name, content))


def _draft_warnings(name: str, content: bytes) -> Iterator[str]:
    if _DRAFT.search(name):
        yield "Its name calls it a draft; drafts are no evidence (32 CFR 170.24(b))."
    if _DRAFT.search(first_page(content)):
        yield "Its first page calls it a draft; drafts are no evidence (32 CFR 170.24(b))."


def first_page(content: bytes) -> str:
    """The text of the first page of plain text, PDF and Word documents; empty where none can be read, as in a picture."""
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"PK"):
        return _word(content)
    text = content[: 4 * FIRST_PAGE]
    return "" if b"\0" in text else text.decode("utf-8", "replace").partition("\f")[0][:FIRST_PAGE]


def _word(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("word/document.xml") as part:
            xml = part.read(_MOST)
    except (KeyError, OSError, RuntimeError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return ""
    return " ".join(found.decode("utf-8", "replace") for found in re.findall(rb"<w:t(?:\s[^>]*)?>([^<]*)</w:t>", xml))[:FIRST_PAGE]


def _pdf(content: bytes) -> str:
    from pypdf import PdfReader  # noqa: PLC0415 - needed by few, and slow to load

    try:
        return PdfReader(io.BytesIO(content)).pages[0].extract_text()[:FIRST_PAGE]
    except Exception:  # noqa: BLE001 - whatever a damaged file makes of a parser, it only leaves its first page unread
        return ""
