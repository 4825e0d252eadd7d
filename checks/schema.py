"""Hold a content file against its JSON schema, and say what is wrong in the words of whoever writes the file.

Each part of a schema may carry a `description` that completes the sentence "must be ...".
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from checks.errors import ContentError, KeyPath
from checks.yaml_file import Document

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_SHOWN_LENGTH: Final = 60


def list_shape_errors(document: Document, schema: Mapping[str, Any]) -> list[ContentError]:
    """Return every way in which the document departs from the schema, in the order of its lines; empty where it conforms."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - takes a while to load, and content that conforms never gets here

    found: dict[str, ContentError] = {}
    for violation in Draft202012Validator(schema).iter_errors(document.data):
        for error in _explain(document, violation):
            found.setdefault(str(error), error)
    return sorted(found.values(), key=lambda error: (error.line, str(error)))


def _explain(document: Document, violation: "ValidationError") -> Iterator[ContentError]:
    path: KeyPath = tuple(violation.absolute_path)
    part, instance, _ = _parts(violation)
    match violation.validator:
        case "required":
            yield from (document.error(path, f"the key {key} is missing; add it") for key in _missing(part, instance))
        case "additionalProperties":
            known = list(part.get("properties", {}))
            yield from (document.error((*path, key), _explain_unknown(key, known)) for key in _unknown(part, instance))
        case _ if "propertyNames" in violation.absolute_schema_path:
            yield document.error((*path, instance), f"the key must be {_wanted(violation)}; write it so")
        case _:
            yield document.error(path, f"{_show(instance)} must be {_wanted(violation)}; write it so")


def _parts(violation: "ValidationError") -> tuple[Any, Any, Any]:
    """Return the part of the schema, the value that departs from it, and the keyword's own value; all as their files hold them."""
    return violation.schema, violation.instance, violation.validator_value


def _missing(part: Mapping[str, Any], instance: Mapping[str, Any]) -> list[str]:
    """Return the keys that are wanted and absent, without those that are there misspelt: one mistake is told once."""
    unknown = _unknown(part, instance) if part.get("additionalProperties") is False else []
    return [key for key in part["required"] if key not in instance and not difflib.get_close_matches(key, unknown, n=1)]


def _unknown(part: Mapping[str, Any], instance: Mapping[str, Any]) -> list[str]:
    known, patterns = part.get("properties", {}), part.get("patternProperties", {})
    return [key for key in instance if key not in known and not any(re.search(pattern, key) for pattern in patterns)]


def _explain_unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    mend = f"did you mean {near[0]}?" if near else f"use {', '.join(known)}" if known else "remove it"
    return f"there is no such key here; {mend}"


def _wanted(violation: "ValidationError") -> str:
    """Return what completes "must be ..."."""
    part, _, wanted = _parts(violation)
    if "description" in part:
        return str(part["description"])
    match violation.validator:
        case "enum":
            return "one of " + ", ".join(_show(value) for value in wanted)
        case "type":
            return " or ".join(_TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted))
        case _:
            return f"as the schema has it ({violation.validator}: {_show(wanted)})"


_TYPES: Final[Mapping[str, str]] = {
    "string": "text", "integer": "a whole number", "boolean": "true or false", "null": "null", "array": "a list", "object": "a mapping",
}  # fmt: skip


def _show(value: object) -> str:
    shown = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _SHOWN_LENGTH else f"{shown[:_SHOWN_LENGTH]}..."
