"""The checks there are: the shipped ones, those of installed packs, and those of the own directory, of one id the last."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from checks.errors import ContentError
from checks.load import Content, load_content, load_directory, merge
from checks.packs import LARGEST, Pack, key_id, read_pack, read_public_key
from server.data import data_directory, prepare
from server.errors import ServerError

OWN = "checks"
PACKS = "packs"
TRUSTED = "trusted"
SUFFIX = ".pack"


def present_content(directory: Path | None = None) -> Content:
    """All checks of this installation, with those of a further directory where one is named.

    Raises ContentError with the mistakes of check files, and on a pack that is not what was installed.
    """
    own = own_directory()
    parts = [load_content(), *(pack.content for pack in installed_packs())]
    parts += [load_directory(own, str(own))] if own and own.is_dir() else []
    parts += [load_directory(directory, str(directory))] if directory else []
    return merge(*parts)


def content_signature() -> tuple[tuple[str, int, int], ...]:
    """What changes whenever a file of packs or of the own directory does: path, time and size of each."""
    below = [path for folder in (own_directory(), _packs()) if folder for path in folder.rglob("*") if path.is_file()]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(below))


def own_directory() -> Path | None:
    """Where checks of one's own take part in every scan; None for an account without a data directory."""
    with suppress(ServerError):
        return data_directory() / OWN
    return None


def _packs() -> Path | None:
    with suppress(ServerError):
        return data_directory() / PACKS
    return None


def installed_packs() -> list[Pack]:
    """The installed packs by name, each verified anew; raises ContentError on one that was changed."""
    return [read_pack(_read(path), path.name, trusted_keys()) for path in _pack_files()]


def _pack_files() -> Iterator[Path]:
    folder = _packs()
    yield from sorted(folder.glob(f"*{SUFFIX}")) if folder and folder.is_dir() else ()


def trusted_keys() -> dict[str, EllipticCurvePublicKey]:
    """Key id -> key, of the keys by which packs may be signed here."""
    folder = _packs()
    files = sorted((folder / TRUSTED).glob("*.pem")) if folder and (folder / TRUSTED).is_dir() else []
    keys = [read_public_key(_read(path), str(path)) for path in files]
    return {key_id(key): key for key in keys}


def trust(pem: bytes, name: str) -> str:
    """Let packs be signed by a key; its id. Raises ContentError on what is no key on the curve P-256."""
    identifier = key_id(read_public_key(pem, name))
    folder = prepare(prepare() / PACKS / TRUSTED)
    (folder / f"{identifier}.pem").write_bytes(pem)
    return identifier


def install(raw: bytes, name: str) -> Pack:
    """Keep a pack, so that its checks are there from now on; one of the same name makes way. Raises ContentError as read_pack does."""
    pack = read_pack(raw, name, trusted_keys())
    folder = prepare(prepare() / PACKS)
    draft = folder / f".{pack.name}"
    draft.write_bytes(raw)
    draft.replace(folder / f"{pack.name}{SUFFIX}")
    return pack


def uninstall(name: str) -> None:
    """Take a pack away; raises ServerError when there is none of that name."""
    found = next((path for path in _pack_files() if path.name == f"{name}{SUFFIX}"), None)
    if found is None:
        raise ServerError(f"no pack is named {name}; `closeout checks packs` shows those that are installed")
    found.unlink()


def read_file(path: Path) -> bytes:
    """The bytes of a file that is no larger than a pack may be; raises ServerError when it cannot be read."""
    try:
        return _read(path)
    except OSError as error:
        raise ServerError(f"{path}: {error.strerror}; name a file that can be read") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ContentError(str(path), 1, (), f"larger than {LARGEST:,} bytes; it is no pack")
    return raw
