"""What the shipped check files were read as last, kept beside the code as Python keeps compiled modules: to read them anew takes a second.

What is kept counts for just these files, byte for byte, and just this code that looks for mistakes; anything else is read anew.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import collector.facts

_HERE: Final = Path(__file__).parent
_KEPT: Final = _HERE / "__pycache__" / "content.json"


def digest_of(files: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 in hex over names and bytes of check files, and over the code and the schema that say whether they have mistakes."""
    code = [*sorted(_HERE.glob("*.py")), _HERE / "check.schema.json", Path(collector.facts.__file__)]
    total = hashlib.sha256()
    for name, raw in (*((path.name, path.read_bytes()) for path in code), *files):
        total.update(f"{len(name.encode())} {name} {len(raw)}\n".encode())
        total.update(raw)
    return total.hexdigest()


def recall(digest: str) -> Mapping[str, Any] | None:
    """File name -> data of a check file, as kept under this digest; None where nothing whole is."""
    with suppress(OSError):
        head, _, text = _KEPT.read_bytes().partition(b"\n")
        if head == _head(digest, text):
            kept: Mapping[str, Any] = json.loads(text)
            return kept
    return None


def keep(digest: str, checks: Mapping[str, Any]) -> None:
    """Keep file name -> data for the next command, where Python keeps compiled modules too; nothing where it may not write there."""
    if sys.dont_write_bytecode:
        return
    text = json.dumps(checks, separators=(",", ":")).encode()
    with suppress(OSError):
        _KEPT.parent.mkdir(exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=_KEPT.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(_head(digest, text) + b"\n" + text)
        Path(draft).chmod(0o644)
        Path(draft).replace(_KEPT)


def _head(digest: str, text: bytes) -> bytes:
    return f"{digest} {hashlib.sha256(text).hexdigest()}".encode()
