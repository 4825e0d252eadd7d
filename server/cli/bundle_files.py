"""Files that were carried here: no more of them is read than a bundle may hold."""

import sys
from pathlib import Path

from collector.bundle import LARGEST
from collector.errors import CollectorError


def read_carried(file: Path) -> bytes:
    """The bytes of a bundle or facts file (`-` is standard input); raises CollectorError where it cannot be read or is too large."""
    try:
        if str(file) == "-":
            raw = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with file.open("rb") as opened:
                raw = opened.read(LARGEST + 1)
    except OSError as error:
        raise CollectorError(f"{file}: {error.strerror}; name a bundle or a facts document that can be read") from error
    if len(raw) > LARGEST:
        raise CollectorError(f"{file}: larger than {LARGEST // 2**20} MiB, which no bundle is; collect again on the host")
    return raw
