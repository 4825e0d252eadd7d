"""The official wording of a framework, read from a catalog that the user has: OSCAL JSON, NIST CPRT JSON, or CSV.

Whatever a catalog holds, only texts under ids that a framework here has are taken, each within its bound; the rest is told.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final, NoReturn

from checks.errors import ContentError
from checks.framework import load_framework
from checks.views import JUDGING, LEVEL_1, list_keys, load_view

LARGEST: Final = 16 * 2**20  # bytes of a catalog
LONGEST: Final = 20_000  # characters of one text
MOST: Final = 100_000  # entries looked at
DEEPEST: Final = 20  # groups and parts within one another
_ID: Final = re.compile(r"(?<![0-9.])(0?3\.[0-9]{1,2}\.[0-9]{1,2})(\[[a-z]\])?")
_PARAMETER: Final = re.compile(r"\{\{\s*insert:\s*param,\s*([^}\s]+)\s*\}\}")
_CPRT_OBJECTIVES: Final = ("determination", "objective")
_CPRT_TYPES: Final = ("requirement", "security_requirement", "control", *_CPRT_OBJECTIVES)
_ID_COLUMNS: Final = ("objective", "id", "identifier", "requirement id", "requirement")
_TEXT_COLUMNS: Final = ("text", "statement", "description", "requirement text")

Entry = tuple[str, str]  # what the catalog calls it, text


@dataclass(frozen=True, slots=True)
class Catalog:
    """Official texts of one framework. kind: what the file was; entries: id of a requirement or objective -> text; unmatched: other ids."""

    framework: str
    kind: str
    entries: Mapping[str, str]
    unmatched: tuple[str, ...]


def read_catalog(raw: bytes, name: str) -> Catalog:
    """The catalog in these bytes; raises ContentError on what is none, is too large, or speaks of no framework here or of two."""
    if len(raw) > LARGEST:
        raise ContentError(name, 1, (), f"larger than {LARGEST:,} bytes; take the catalog of one framework")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(name, 1, (), "not UTF-8 text; name an OSCAL or CPRT catalog in JSON, or a CSV") from error
    kind, entries = _read_json(text, name) if text.lstrip().startswith("{") else ("csv", list(_read_csv(text, name)))
    return _match(kind, entries, name)


def _read_json(text: str, name: str) -> tuple[str, list[Entry]]:
    try:
        data = json.loads(text, object_pairs_hook=_refuse_doubles, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ContentError(name, 1, (), f"not JSON as a catalog has it ({error}); get the file again") from error
    for key, kind, read in _READERS:
        if isinstance(data.get(key), dict):
            return kind, _bounded(read(data[key]), name)
    raise ContentError(name, 1, (), "neither an OSCAL catalog (catalog) nor an answer of CPRT (response); name one of these")


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _bounded(entries: Iterable[Entry], name: str) -> list[Entry]:
    found: list[Entry] = []
    for identifier, text in entries:
        found.append((identifier, text))
        if len(found) > MOST or len(text) > LONGEST:
            raise ContentError(name, 1, (), f"more than {MOST:,} entries, or of {LONGEST:,} characters in one; it is no such catalog")
    return found


def _members(node: Any, key: str) -> list[Mapping[str, Any]]:  # noqa: ANN401 - any JSON value
    members = node.get(key, []) if isinstance(node, dict) else []
    return [one for one in members if isinstance(one, dict)] if isinstance(members, list) else []


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    return value.strip() if isinstance(value, str) else ""


def _read_oscal(node: Mapping[str, Any], depth: int = 0) -> Iterator[Entry]:
    """Every control with its statement, and every assessment objective that carries an id of its own."""
    if depth > DEEPEST:
        return
    for group in _members(node, "groups"):
        yield from _read_oscal(group, depth + 1)
    for control in _members(node, "controls"):
        names = {_text(one, "id"): _text(one, "label") for one in _members(control, "params")}
        statement = [line for part in _members(control, "parts") if part.get("name") == "statement" for line in _prose(part, names, 0)]
        if statement:
            yield _label(control) or _text(control, "id"), "\n".join(statement)
        for part in _members(control, "parts"):
            if part.get("name") == "assessment-objective" and _ID.search(_label(part)):
                yield _label(part), "\n".join(_prose(part, names, 0))
        yield from _read_oscal(control, depth + 1)


def _label(node: Mapping[str, Any]) -> str:
    props = {_text(one, "name"): _text(one, "value") for one in _members(node, "props")}
    return props.get("sort-id") or props.get("label") or ""


def _prose(part: Mapping[str, Any], names: Mapping[str, str], depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if text := _PARAMETER.sub(lambda found: f"[{names.get(found[1]) or found[1]}]", _text(part, "prose")):
        yield text
    for inner in _members(part, "parts"):
        yield from _prose(inner, names, depth + 1)


def _read_cprt(node: Mapping[str, Any]) -> Iterator[Entry]:
    """The text of every requirement, put together of its parts in their order."""
    found: dict[str, list[str]] = {}
    elements = node.get("elements")
    for one in _members(elements, "elements"):
        if _text(one, "element_type") in _CPRT_TYPES and (text := _text(one, "text")):
            identifier = _text(one, "element_identifier")
            own = _ID.search(identifier)
            if _text(one, "element_type") not in _CPRT_OBJECTIVES or (own and own[2]):
                found.setdefault(own[0] if own else identifier, []).append(text)
    yield from ((identifier, "\n".join(texts)) for identifier, texts in found.items())


_READERS: Final[tuple[tuple[str, str, Callable[[Any], Iterable[Entry]]], ...]] = (
    ("catalog", "oscal", _read_oscal),
    ("response", "cprt", _read_cprt),
)


def _read_csv(text: str, name: str) -> Iterator[Entry]:
    rows = csv.reader(StringIO(text), strict=True)
    try:
        head = [cell.strip().casefold() for cell in next(rows, [])]
        by_id = next((head.index(word) for word in _ID_COLUMNS if word in head), None)
        by_text = next((head.index(word) for word in _TEXT_COLUMNS if word in head), None)
        if by_id is None or by_text is None:
            raise ContentError(
                name, 1, (), f"a CSV needs a column {' or '.join(_ID_COLUMNS)} and a column {' or '.join(_TEXT_COLUMNS)}; name them so"
            )
        yield from _bounded(
            ((row[by_id].strip(), row[by_text].strip()) for row in rows if len(row) > max(by_id, by_text) and row[by_text].strip()), name
        )
    except csv.Error as error:
        raise ContentError(name, rows.line_num, (), f"not a CSV ({error}); mend the line") from error


def _match(kind: str, entries: Iterable[Entry], name: str) -> Catalog:
    known = {key: _known_ids(key) for key in list_keys() if key != LEVEL_1}
    texts: dict[str, dict[str, str]] = {}
    unmatched: dict[str, None] = {}
    for called, text in entries:
        found = _ID.search(called)
        framework = next((key for key, ids in known.items() if found and found[0] in ids), None)
        if found and framework:
            texts.setdefault(framework, {}).setdefault(found[0], text)
        else:
            unmatched[called[:80]] = None
    if len(texts) != 1:
        of = f"of two frameworks ({', '.join(texts)})" if texts else f"of none of {', '.join(known)}"
        raise ContentError(name, 1, (), f"holds texts {of}; name the catalog of one framework")
    ((framework, held),) = texts.items()
    return Catalog(framework, kind, held, tuple(unmatched))


def _known_ids(key: str) -> frozenset[str]:
    own = {one.id for one in load_view(key).requirements}
    return frozenset(own | {one.id for one in load_framework().objectives} if key == JUDGING else own)
