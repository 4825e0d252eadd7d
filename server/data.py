"""Where the database and the evidence live: one directory that only its owner can enter."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from server.errors import ServerError


def data_directory() -> Path:
    """$CLOSEOUT_DATA, else closeout below $XDG_DATA_HOME or ~/.local/share; nothing is made.

    Raises ServerError for an account that has no home.
    """
    if named := os.environ.get("CLOSEOUT_DATA"):
        return Path(named).absolute()
    shared = os.environ.get("XDG_DATA_HOME")
    try:
        return (Path(shared) if shared else Path.home() / ".local/share") / "closeout"
    except RuntimeError as error:
        raise ServerError("this account has no home directory; set CLOSEOUT_DATA to a directory that you may write") from error


def prepare(directory: Path | None = None) -> Path:
    """The data directory, made with mode 0700 where it is missing; raises ServerError when it cannot be used."""
    wanted = directory or data_directory()
    try:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServerError(f"{wanted} cannot be made: {error.strerror}; set CLOSEOUT_DATA to a directory that you may write") from error
    if not os.access(wanted, os.W_OK | os.X_OK):
        raise ServerError(f"{wanted} cannot be written; set CLOSEOUT_DATA to a directory that you may write")
    return wanted


def secret_key() -> str:
    """The key that signs sessions: made once at random, kept in a file that only its owner can read."""
    path = prepare() / "secret_key"
    with suppress(FileExistsError):
        _write_whole(path, secrets.token_urlsafe(64))
    key = path.read_text().strip()
    if len(key) < 50:  # noqa: PLR2004 - what Django asks of a key
        raise ServerError(f"{path} holds no key; remove the file, and everybody has to sign in again")
    return key


def _write_whole(path: Path, text: str) -> None:
    """Link a finished file into place, so that no other process ever reads half of it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
