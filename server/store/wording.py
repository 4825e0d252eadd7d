"""The official wording that the user has attached, as a setting of the system: of each id the newest text counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checks.catalogs import Catalog
from collector.canonical import sha256
from server.models import System, User
from server.store.people import DECIDING, require
from server.store.systems import put_setting, setting

_PREFIX = "wording-"


@dataclass(frozen=True, slots=True)
class Official:
    """An official text with the file that it is from and the file's SHA-256."""

    text: str
    file: str
    sha256: str


def attach_wording(system: System, catalog: Catalog, raw: bytes, file: str, user: User, now: datetime) -> None:  # noqa: PLR0913, PLR0917 - what is attached, by whom and when
    """Keep the texts of a catalog, to be shown beside our own wording; texts under other ids stay."""
    require(system, user, DECIDING, "attach an official wording")
    held: dict[str, Any] = setting(system, f"{_PREFIX}{catalog.framework}") or {"files": {}, "entries": {}}
    digest = sha256(raw)
    value = {
        "files": {**held["files"], digest: file[:200]},
        "entries": {**held["entries"], **{identifier: [text, digest] for identifier, text in catalog.entries.items()}},
    }
    put_setting(system, f"{_PREFIX}{catalog.framework}", value, user, now)


def wording_of(system: System, framework: str) -> Mapping[str, Official]:
    """Id of a requirement or objective -> its official text, of those that somebody has attached."""
    held = setting(system, f"{_PREFIX}{framework}") or {"files": {}, "entries": {}}
    return {identifier: Official(text, held["files"][digest], digest) for identifier, (text, digest) in held["entries"].items()}
