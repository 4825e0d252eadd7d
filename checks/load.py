"""Read check files: the shipped ones, a user's own, or one; no mistake loads, and every mistake is told."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from checks.build import build_check
from checks.compiled import digest_of, keep, recall
from checks.errors import ContentError
from checks.mistakes import list_mistakes
from checks.model import Check
from checks.yaml_file import Document, parse_yaml, read_bytes, read_yaml

SUFFIX: Final = ".yml"
Reader = Callable[[], Document]


class CheckFileError(ContentError):
    """Check files with mistakes; `mistakes` holds each one with its file, line and key, the text has one a line."""

    def __init__(self, mistakes: tuple[ContentError, ...]) -> None:
        first = mistakes[0]
        super().__init__(first.file, first.line, first.path, first.problem)
        self.mistakes = mistakes
        self.args = ("\n".join(str(mistake) for mistake in mistakes),)


@dataclass(frozen=True, slots=True)
class Content:
    """Checks by id in the order of their ids, and the documents they were read from, which know the line of every key.

    Where the checks were known without reading their files, a document is read when it is asked for.
    """

    checks: Mapping[str, Check]
    documents: Mapping[str, Document] = field(default_factory=dict)


def load_check(path: Path) -> Check:
    """The check in one file; raises CheckFileError with all of its mistakes."""
    check, _ = _read_check(str(path), partial(read_yaml, path))
    return check


def load_content(directory: Path | None = None) -> Content:
    """The shipped checks, with those of a user's directory added; there the same id replaces a shipped check.

    Raises CheckFileError with all mistakes of all files.
    """
    shipped = _load_shipped()
    return merge(shipped, load_directory(directory, str(directory))) if directory else shipped


def merge(*contents: Content) -> Content:
    """All checks of several contents; of those with one id the last."""
    checks = {name: check for content in contents for name, check in content.checks.items()}
    documents = {name: partial(content.documents.__getitem__, name) for content in contents for name in content.documents}
    return Content(dict(sorted(checks.items())), _Documents(documents))


def _load_shipped() -> Content:
    """The shipped checks, from what was kept when the same bytes were read before, where it was; each file is read once."""
    files_read = {shown: read_bytes(file, shown) for file, shown in _walk(files("checks") / "content", "checks/content")}
    readers = {shown: partial(parse_yaml, raw, shown) for shown, raw in files_read.items()}
    digest = digest_of(files_read.items())
    kept = recall(digest)
    if kept is None:
        content = _refuse_mistakes(*_read_all(readers))
        keep(digest, {check.file: content.documents[check.id].data for check in content.checks.values()})
        return content
    checks = (build_check(data, shown) for shown, data in kept.items())
    documents = {_name_of(shown).removesuffix(SUFFIX): read for shown, read in readers.items()}
    return Content({check.id: check for check in checks}, _Documents(documents))


class _Documents(Mapping[str, Document]):
    """Check id -> document, each read when it is asked for."""

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self._readers = readers

    def __getitem__(self, check_id: str) -> Document:
        return self._readers[check_id]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


def load_directory(directory: Traversable, name: str) -> Content:
    """The checks of one directory and the folders below it alone; errors speak of files below `name`.

    Raises CheckFileError with all mistakes of all files, ContentError when there is no such directory.
    """
    if not directory.is_dir():
        raise ContentError(name, 1, (), "is not a directory; name one that holds check files")
    return _refuse_mistakes(*read_directory(directory, name))


def _refuse_mistakes(content: Content, mistakes: list[ContentError]) -> Content:
    if mistakes:
        raise CheckFileError(tuple(mistakes))
    return content


def read_directory(directory: Traversable, name: str) -> tuple[Content, list[ContentError]]:
    """The checks of a directory that have no mistake, and the mistakes of the others: what a linter wants to go on with."""
    return _read_all({shown: partial(read_yaml, file, shown) for file, shown in _walk(directory, name)})


def _read_all(readers: Mapping[str, Reader]) -> tuple[Content, list[ContentError]]:
    """What read_directory gives, of files by what errors call them."""
    checks: dict[str, Check] = {}
    documents: dict[str, Document] = {}
    mistakes: list[ContentError] = []
    for shown, read in readers.items():
        try:
            check, document = _read_check(shown, read)
        except CheckFileError as error:
            mistakes.extend(error.mistakes)
            continue
        if check.id in checks:
            mistakes.append(document.error(("id",), f"the id stands already in {checks[check.id].file}; keep one of the two"))
            continue
        checks[check.id], documents[check.id] = check, document
    return Content(dict(sorted(checks.items())), documents), mistakes


def load_file(path: Path) -> tuple[Content, list[ContentError]]:
    """What read_directory gives, for a directory or for a single check file."""
    if path.is_dir():
        return read_directory(path, str(path))
    try:
        check, document = _read_check(str(path), partial(read_yaml, path))
    except CheckFileError as error:
        return Content({}), list(error.mistakes)
    return Content({check.id: check}, {check.id: document}), []


def _walk(directory: Traversable, name: str) -> Iterator[tuple[Traversable, str]]:
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        shown = f"{name}/{entry.name}"
        if entry.is_dir() and not entry.name.startswith("."):
            yield from _walk(entry, shown)
        elif entry.name.endswith((SUFFIX, ".yaml")) and not entry.name.startswith("."):
            yield entry, shown


def _read_check(shown: str, read: Reader) -> tuple[Check, Document]:
    if not shown.endswith(SUFFIX):
        raise CheckFileError((ContentError(shown, 1, (), f"check files end with {SUFFIX}; rename it"),))
    try:
        document = read()
    except ContentError as error:
        raise CheckFileError((error,)) from error
    mistakes = list_mistakes(document, _name_of(shown).removesuffix(SUFFIX))
    if mistakes:
        raise CheckFileError(tuple(mistakes))
    return build_check(document.data, shown), document


def _name_of(shown: str) -> str:
    return shown.rpartition("/")[2]
