"""Read a content file: the small part of YAML that means one thing to everybody, with the line of every key.

Refused, each with the sentence that mends it: tags, anchors, aliases, merge keys, duplicate keys, keys that are not text,
fractions and numbers in other notations (an unquoted 3.10 would become 3.1, an unquoted 0644 would become 420).
Only true and false are booleans, so a bare no is text; dates and times stay text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

from checks.errors import ContentError, KeyPath

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 20
# Beyond this an integer changes its value in a reader that keeps numbers as IEEE doubles, and RFC 8785 has no form for it.
MAX_INTEGER: Final = 2**53 - 1

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER_LIKE = re.compile(
    r"[-+]?(\.?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F_]+|\.(inf|Inf|INF))|\.(nan|NaN|NAN)",
)
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Document:
    """A content file as plain data (dict, list, str, int, bool, None) with the line on which each key stands."""

    name: str
    data: dict[str, Any]
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """Return the line, from 1, of a key or list member; of its nearest parent in the file where it is absent."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def error(self, path: KeyPath, problem: str) -> ContentError:
        """Return, for the caller to raise, the error that something is wrong at this key path."""
        return ContentError(self.name, self.line(path), path, problem)


def read_yaml(file: Traversable, name: str | None = None) -> Document:
    """Return the document in a file (a Path or package data); ContentError where it cannot be read or is not UTF-8."""
    shown = name or str(file)
    return parse_yaml(read_bytes(file, shown), shown)


def read_bytes(file: Traversable, name: str) -> bytes:
    """Return the bytes of a content file, and one more than it may have where it is too large; ContentError where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContentError(name, 1, (), f"cannot be read ({error.strerror}); check that it is a file you may read") from error


def parse_yaml(content: bytes, name: str) -> Document:
    """Return the document in these bytes of a file; ContentError where they are too many or not UTF-8."""
    _refuse_oversize(len(content), name)
    try:
        return load_yaml(content.decode("utf-8"), name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ContentError(name, line, (), "not UTF-8 text; save the file in the encoding UTF-8") from error


def load_yaml(text: str, name: str) -> Document:
    """Return the document in `text`, whose top level must be a mapping; `name` is the file that errors speak of.

    Raises ContentError for anything that is not the plain YAML described above.
    """
    _refuse_oversize(len(text.encode("utf-8", "surrogatepass")), name)
    quick = _read_quickly(text, name)
    if quick:
        return quick
    reader = _Reader(name, text, yaml.SafeLoader)
    try:
        data = reader.read_document()
    except yaml.MarkedYAMLError as error:
        raise _describe_syntax_error(name, error) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = f"a character that may not stand in YAML (U+{_code_point(error.character):04X}); remove it, or escape it in double quotes"
        raise ContentError(name, line, (), problem) from error
    return Document(name, data, reader.lines)


def _read_quickly(text: str, name: str) -> Document | None:
    """Return what the parser in C makes of the text, twenty times as fast; None where the other parser has the last word.

    That one says in better words what is wrong, and refuses some tabs and question marks that this one takes.
    """
    if "\t" in text or "?" in text or not yaml.__with_libyaml__:
        return None
    reader = _Reader(name, text, yaml.CSafeLoader)
    try:
        return Document(name, reader.read_document(), reader.lines)
    except (yaml.YAMLError, UnicodeEncodeError):
        return None


def _refuse_oversize(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise ContentError(name, 1, (), f"larger than {MAX_BYTES:,} bytes; split it, or remove what is not content")


class _Reader:
    """Turns the parser's events into plain data; events, because they still tell what the writer wrote and where."""

    def __init__(self, name: str, text: str, parser: type[yaml.SafeLoader | yaml.CSafeLoader]) -> None:
        self.name = name
        self.lines: dict[KeyPath, int] = {(): 1}
        self.events = _list_events(text, parser)

    def read_document(self) -> dict[str, Any]:
        next(self.events)  # the stream's start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise ContentError(self.name, 1, (), "empty; write the keys of the file, one `key: value` on a line")
        first = next(self.events)
        if not isinstance(first, yaml.MappingStartEvent):
            raise self._error(first, (), "the top level is not a mapping; write `key: value` lines, without a dash before them")
        data = self._read_mapping(first, ())
        next(self.events)  # the document's end
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._error(after, (), "a second document starts here; keep one document in a file")
        return data

    def _read_node(self, event: yaml.Event, path: KeyPath) -> Any:  # noqa: ANN401  # the content decides the type
        self._refuse_indirection(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return self._read_scalar(event, path)
        if len(path) >= MAX_DEPTH:
            raise self._error(event, path[:1], f"nested deeper than {MAX_DEPTH} levels; check the indentation and the brackets")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._read_sequence(path)
        return self._read_mapping(event, path)

    def _read_sequence(self, path: KeyPath) -> list[Any]:
        members: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            here = (*path, len(members))
            self.lines[here] = _line(event)
            members.append(self._read_node(event, here))
        return members

    def _read_mapping(self, start: yaml.Event, path: KeyPath) -> dict[str, Any]:
        self._refuse_indirection(start, path)
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._read_key(event, path)
            here = (*path, key)
            if key in mapping:
                raise self._error(event, here, f"the key stands already on line {self.lines[here]}; keep one of the two")
            self.lines[here] = _line(event)
            mapping[key] = self._read_node(next(self.events), here)
        return mapping

    def _read_key(self, event: yaml.Event, path: KeyPath) -> str:
        self._refuse_indirection(event, path)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._error(event, path, "a key is a list or a mapping; write a single word before the colon")
        if not event.style and event.value == "<<":
            raise self._error(event, path, "merge keys (<<) are not used here; write the keys out")
        if not event.style and (event.value in _WORDS or _NUMBER_LIKE.fullmatch(event.value)):
            raise self._error(event, path, f'the key {event.value or "before the colon"} is not text; put it in quotes, as in "3.1"')
        return str(event.value)

    def _read_scalar(self, event: yaml.ScalarEvent, path: KeyPath) -> str | int | bool | None:
        text = str(event.value)
        if event.style:  # None or "" where nothing marks it: a plain scalar
            return text
        if text in _WORDS:
            return _WORDS[text]
        if not _NUMBER_LIKE.fullmatch(text):
            return text
        # The length goes first: Python refuses to convert thousands of digits.
        if _INTEGER.fullmatch(text) and len(text) <= len(f"-{MAX_INTEGER}") and abs(int(text)) <= MAX_INTEGER:
            return int(text)
        shown = text if len(text) <= len(f"-{MAX_INTEGER}") else f"{text[:16]}..."
        raise self._error(event, path, f'{shown} is not a plain whole number; if it is text write "{shown}", else whole decimal digits')

    def _refuse_indirection(self, event: yaml.Event, path: KeyPath) -> None:
        if getattr(event, "anchor", None) is None and getattr(event, "tag", None) is None:
            return
        if isinstance(event, yaml.AliasEvent):
            raise self._error(event, path, f"aliases (*{event.anchor}) are not used here; write the value out")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self._error(event, path, f"anchors (&{event.anchor}) are not used here; remove it")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
            raise self._error(event, path, f"tags ({event.tag}) are not used here; remove it, and quote the value if it is text")

    def _error(self, event: yaml.Event, path: KeyPath, problem: str) -> ContentError:
        return ContentError(self.name, _line(event), path, problem)


def _list_events(text: str, parser: type[yaml.SafeLoader | yaml.CSafeLoader]) -> Iterator[yaml.Event]:
    """The parser's events; it is made at the first one, because it refuses some texts as soon as it sees them."""
    yield from iter(parser(text).get_event, None)


def _describe_syntax_error(name: str, error: yaml.MarkedYAMLError) -> ContentError:
    """Say in plain words what the parser said in its own, at the line where the writer has to look."""
    problem = error.problem or "not understood"
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a quoted scalar":
        mark, said = error.context_mark, "quoted text is not closed; add the closing quote"
    elif "'\\t'" in problem:
        said = "a tab stands where only spaces may; indent with spaces"
    elif problem == "mapping values are not allowed here":
        said = "a colon is not expected here; put text that holds a colon in quotes, or mend the indentation"
    else:
        said = f"not valid YAML ({problem}); check the indentation, brackets and quotes here and on the line before"
    return ContentError(name, mark.line + 1 if mark else 1, (), said)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _code_point(character: str | int) -> int:
    return character if isinstance(character, int) else ord(character)
