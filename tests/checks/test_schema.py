import pytest

from checks.schema import list_shape_errors
from checks.yaml_file import load_yaml

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "severity"],
    "properties": {
        "id": {"description": "words joined by hyphens", "type": "string", "pattern": "^[a-z-]+$"},
        "severity": {"enum": ["low", "high"]},
        "effort": {"type": ["integer", "null"]},
        "size": {"minimum": 3},
        "families": {"type": "object", "propertyNames": {"description": "two capital letters", "pattern": "^[A-Z]{2}$"}},
        "open": {"required": ["label"]},
        "marks": {"additionalProperties": False, "patternProperties": {"^x-": {}}},
    },
}


def list_messages(text: str) -> list[str]:
    return [str(error) for error in list_shape_errors(load_yaml(text, "a.yml"), SCHEMA)]


def test_a_document_that_conforms_has_no_errors() -> None:
    assert list_messages("id: a-b\nseverity: low\neffort: null\nmarks: {x-1: 2}\nfamilies: {AC: 1}\n") == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("effort: soon", "a.yml:3: effort: soon must be a whole number or null; write it so"),
        ("size: 2", "a.yml:3: size: 2 must be as the schema has it (minimum: 3); write it so"),
        ("families: []", "a.yml:3: families: [] must be a mapping; write it so"),
        ("families: {access: 1}", "a.yml:3: families.access: the key must be two capital letters; write it so"),
        ("efort: 5", "a.yml:3: efort: there is no such key here; did you mean effort?"),
        ("zzz: 5", "a.yml:3: zzz: there is no such key here; use id, severity, effort, size, families, open, marks"),
        ("marks: {y: 1}", "a.yml:3: marks.y: there is no such key here; remove it"),
    ],
)
def test_a_departure_says_what_the_key_must_be(line: str, message: str) -> None:
    assert list_messages(f"id: a\nseverity: low\n{line}\n") == [message]


def test_a_long_or_empty_value_is_shown_so_that_it_can_be_found() -> None:
    assert list_messages(f"severity: low\nid: {'A' * 100}\n") == [
        f"a.yml:2: id: {'A' * 60}... must be words joined by hyphens; write it so"
    ]
    assert list_messages('severity: low\nid: ""\n') == ['a.yml:2: id: "" must be words joined by hyphens; write it so']


def test_all_departures_are_listed_once_in_the_order_of_their_lines() -> None:
    assert list_messages("wrong: 1\nfamilies: {a: 1, b: 2}\n") == [
        "a.yml:1: the key id is missing; add it",
        "a.yml:1: the key severity is missing; add it",
        "a.yml:1: wrong: there is no such key here; use id, severity, effort, size, families, open, marks",
        "a.yml:2: families.a: the key must be two capital letters; write it so",
        "a.yml:2: families.b: the key must be two capital letters; write it so",
    ]


def test_a_misspelt_key_is_told_once_and_not_as_missing_too() -> None:
    assert list_messages("id: a\nseverty: low\n") == ["a.yml:2: severty: there is no such key here; did you mean severity?"]


def test_a_key_that_is_free_to_stand_there_never_hides_a_missing_one() -> None:
    assert list_messages("id: a\nseverity: low\nopen: {labels: 1}\n") == ["a.yml:3: open: the key label is missing; add it"]
