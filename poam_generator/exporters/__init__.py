"""Export formats, one module each: NAME, EXTENSION, MEDIA_TYPE and export(items) -> bytes; a new module is found by itself."""

from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files
from typing import Protocol

from poam_generator.model import ExportItem


class Format(Protocol):
    """What the module of a format holds; MEDIA_TYPE as in text/csv, EXTENSION without a dot."""

    NAME: str
    EXTENSION: str
    MEDIA_TYPE: str

    def export(self, items: Sequence[ExportItem]) -> bytes:
        """The file of these items, the same bytes in whatever order they are given."""
        ...


def formats() -> dict[str, Format]:
    """Every format of this package by its NAME, sorted."""
    names = sorted(one.name.removesuffix(".py") for one in files(__name__).iterdir() if one.name.endswith(".py"))
    modules: list[Format] = [import_module(f"{__name__}.{name}") for name in names if not name.startswith("_")]
    return {module.NAME: module for module in sorted(modules, key=lambda module: module.NAME)}
