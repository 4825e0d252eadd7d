"""Bytes by their digest."""

import zlib
from collections.abc import Iterable

from collector.canonical import sha256
from server.errors import ServerError
from server.models import Blob

_LEVEL = 6


def pack(contents: Iterable[bytes]) -> list[Blob]:
    """Rows for the contents that the database does not hold yet, compressed; save them with put, inside the transaction."""
    by_digest = {sha256(content): content for content in contents}
    known = set(Blob.objects.filter(digest__in=by_digest).values_list("digest", flat=True))
    return [
        Blob(digest=digest, size=len(content), data=zlib.compress(content, _LEVEL))
        for digest, content in by_digest.items()
        if digest not in known
    ]


def put(rows: Iterable[Blob]) -> None:
    """Save packed rows; one that another writer has saved meanwhile is left as it is."""
    Blob.objects.bulk_create(rows, ignore_conflicts=True)


def get_many(digests: Iterable[str]) -> dict[str, bytes]:
    """The bytes under each digest; raises ServerError when one is missing or is not what its digest says."""
    wanted = set(digests)
    found = {row.digest: unpack(row) for row in Blob.objects.filter(digest__in=wanted)}
    if missing := sorted(wanted - set(found)):
        raise ServerError(f"the database lacks the bytes {missing[0]}; restore a backup, and run `closeout doctor`")
    return found


def get(digest: str) -> bytes:
    """The bytes under a digest; raises ServerError as get_many does."""
    return get_many([digest])[digest]


def unpack(row: Blob) -> bytes:
    """The bytes of a row; raises ServerError when they are not what its digest says."""
    try:
        content = zlib.decompress(bytes(row.data))
    except zlib.error as error:
        raise ServerError(f"the bytes {row.digest} are damaged: {error}; restore a backup, and run `closeout doctor`") from error
    if sha256(content) != row.digest:
        raise ServerError(f"the bytes {row.digest} were changed; restore a backup, and run `closeout doctor`")
    return content
