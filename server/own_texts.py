"""The organization's own templates of drafts: files in the data directory that take the place of the shipped ones."""

from pathlib import Path
from typing import Final

from poam_generator.texts import NAMES, OwnTemplate, Texts, shipped_text
from server.data import data_directory
from server.errors import ServerError

FOLDER: Final = "texts"
LARGEST: Final = 100_000  # bytes; a longer one is no template of a paragraph


def texts_directory() -> Path:
    """Where the organization's own templates stand; it need not be there."""
    return data_directory() / FOLDER


def read_texts() -> Texts:
    """The texts of drafts with those templates that the organization has written itself."""
    return Texts(own_templates())


def own_templates() -> dict[str, OwnTemplate]:
    """Name -> own template, of those that there are; one that cannot be read says why."""
    directory = texts_directory()
    return {name: _read(directory / name) for name in NAMES if (directory / name).exists()}


def strange_files() -> list[str]:
    """Files in the directory that take no template's place, so that nobody waits for them to do something."""
    directory = texts_directory()
    return sorted(one.name for one in directory.iterdir() if one.name not in NAMES) if directory.is_dir() else []


def copy_texts() -> list[Path]:
    """Write every shipped template that is not there yet into the directory, to be changed; the files that were written."""
    directory = texts_directory()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        missing = [directory / name for name in NAMES if not (directory / name).exists()]
        for file in missing:
            file.write_text(shipped_text(file.name), "utf-8")
    except OSError as error:
        raise ServerError(f"{directory} cannot be written: {error.strerror}; look at who owns it") from error
    return missing


def _read(file: Path) -> OwnTemplate:
    try:
        content = file.read_bytes()
        if len(content) > LARGEST:
            return OwnTemplate("", str(file), f" is larger than {LARGEST} bytes")
        return OwnTemplate(content.decode("utf-8"), str(file))
    except OSError as error:
        return OwnTemplate("", str(file), f" cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return OwnTemplate("", str(file), f" is no UTF-8 text: {error.reason}")
