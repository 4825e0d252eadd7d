"""Files that people hand in."""

from pathlib import Path

from server.errors import ServerError

LARGEST = 5_000_000


def read_text(file: Path) -> str:
    """The text of a file in UTF-8; raises ServerError when it cannot be read, is no such text or is larger than LARGEST."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise ServerError(f"{file}: larger than {LARGEST // 1_000_000} MB; split it")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise ServerError(f"{file}: {error.strerror}; name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise ServerError(f"{file}: not UTF-8 text; save it in the encoding UTF-8") from error
