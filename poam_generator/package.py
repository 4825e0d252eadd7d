"""A package of evidence that anybody can check: files, the list of their SHA-256, and one hash over that list.

The list is in the form of sha256sum, so that no tool of ours is needed (32 CFR 170.17(c)(4): artifact names, return values, algorithm).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

from collector.canonical import sha256

LIST: Final = "artifacts.sha256"
OF_LIST: Final = "artifacts.sha256.sha256"
LARGEST: Final = 2_000_000_000  # bytes that a package may hold when it is unpacked
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the same files make the same package, whenever it is made
_LINE: Final = re.compile(r"([0-9a-f]{64})  (\S.*)")


def build_package(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files, the list of their hashes and the hash of the list."""
    listed = "".join(f"{sha256(content)}  {name}\n" for name, content in sorted(files.items())).encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (*sorted(files.items()), (LIST, listed), (OF_LIST, f"{sha256(listed)}  {LIST}\n".encode())):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            package.writestr(entry, content)
    return archive.getvalue()


def hash_of_list(raw: bytes) -> str:
    """The hash over the list of a package that is whole: what one writes down, and hands over with the package."""
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        return sha256(package.read(LIST))


def package_faults(raw: bytes) -> tuple[str, ...]:
    """What is wrong with a package, one sentence each; empty when every file is what the list says and nothing else is there."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            return tuple(_faults(package))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        return (f"It cannot be read as a zip: {error}.",)


def _faults(package: zipfile.ZipFile) -> Iterator[str]:
    names = package.namelist()
    if sum(entry.file_size for entry in package.infolist()) > LARGEST:
        yield f"It would unpack to more than {LARGEST} bytes."
        return
    if missing := [name for name in (LIST, OF_LIST) if name not in names]:
        yield f"It has no {missing[0]}."
        return
    listed = package.read(LIST)
    if package.read(OF_LIST) != f"{sha256(listed)}  {LIST}\n".encode():
        yield f"{OF_LIST} is not the hash of {LIST}."
    wanted = {found[2]: found[1] for line in listed.decode(errors="replace").splitlines() if (found := _LINE.fullmatch(line))}
    yield from (f"{name} is there twice." for name in sorted({name for name in names if names.count(name) > 1}))
    yield from (f"{name} is not in the list." for name in sorted(set(names) - wanted.keys() - {LIST, OF_LIST}))
    for name, digest in sorted(wanted.items()):
        if name not in names:
            yield f"{name} is in the list and not in the package."
        elif sha256(package.read(name)) != digest:
            yield f"{name} is not what the list says."
