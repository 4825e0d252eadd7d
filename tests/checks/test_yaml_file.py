from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.errors import ContentError, format_path
from checks.yaml_file import MAX_BYTES, MAX_DEPTH, Document, _read_quickly, _Reader, load_yaml, read_yaml


def read_value(text: str) -> Any:  # noqa: ANN401
    return load_yaml(f"key: {text}\n", "a.yml").data["key"]


def refuse(text: str) -> ContentError:
    with pytest.raises(ContentError) as caught:
        load_yaml(text, "a.yml")
    assert str(caught.value).startswith(f"a.yml:{caught.value.line}: ")
    assert ";" in caught.value.problem, "the message says how to mend it"
    return caught.value


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "y", "n", "True", "TRUE", "False", "Yes", "NO", "Null", "NULL"])
def test_only_true_false_and_null_are_more_than_text(word: str) -> None:
    assert read_value(word) == word


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("false", False), ("null", None), ("~", None), ("", None), ('"true"', "true"), ("'null'", "null"), ('""', "")],
)
def test_booleans_and_null_are_unquoted_words(text: str, value: object) -> None:
    assert read_value(text) is value or read_value(text) == value


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("5", 5), ("-203", -203), ("4294967295", 4294967295), ("9007199254740991", 2**53 - 1)]
)
def test_whole_decimal_numbers_are_integers(text: str, number: int) -> None:
    value = read_value(text)
    assert value == number
    assert type(value) is int


@pytest.mark.parametrize(
    "text", ["2026-11-23", "2026-11-23T13:51:00Z", "22:00", "3.1.8", "3.1.8[b]", "1.2.3.4", "5m", "0644x", "1e", "=", "."]
)
def test_dates_times_and_identifiers_stay_text(text: str) -> None:
    assert read_value(text) == text


@pytest.mark.parametrize(
    "text",
    ["3.10", "1.0", ".5", "5.", "-0.5", "1e3", "1.5e-3", ".inf", "-.inf", ".nan", "0644", "0x1F", "0o17", "0b1", "1_000", "+5", "-0x1",
     "9007199254740992", "-9007199254740992", "9" * 5000],
)  # fmt: skip
def test_a_number_that_readers_understand_differently_is_refused(text: str) -> None:
    error = refuse(f"fine: 1\nkey: {text}\n")
    assert (error.line, error.path) == (2, ("key",))
    assert "whole" in error.problem


def test_quotes_make_any_number_text() -> None:
    assert read_value('"3.10"') == "3.10"
    assert read_value("'0644'") == "0644"


def test_a_block_of_text_keeps_its_lines_and_is_never_a_number() -> None:
    assert load_yaml("key: |\n  0644\n  $ sysctl -w a=1\n", "a.yml").data == {"key": "0644\n$ sysctl -w a=1\n"}
    assert load_yaml("key: >\n  5\n", "a.yml").data == {"key": "5\n"}


def test_every_key_and_member_knows_its_line() -> None:
    document = load_yaml(
        "# a remark\nid: x\nplatforms:\n  linux:\n    expect:\n      - {path: a.b,\n         equals: 1}\n      - path: c\n",
        "a.yml",
    )
    assert document.data == {"id": "x", "platforms": {"linux": {"expect": [{"path": "a.b", "equals": 1}, {"path": "c"}]}}}
    assert document.line(("id",)) == 2
    assert document.line(("platforms", "linux", "expect")) == 5
    assert document.line(("platforms", "linux", "expect", 0)) == 6
    assert document.line(("platforms", "linux", "expect", 0, "equals")) == 7
    assert document.line(("platforms", "linux", "expect", 1)) == 8


def test_an_absent_key_stands_on_the_line_of_its_nearest_parent() -> None:
    document = load_yaml("a: 1\nb:\n  c: 2\n", "a.yml")
    assert document.line(("b", "missing", 3, "deeper")) == 2
    assert document.line(("missing",)) == 1
    assert document.line(()) == 1


def test_a_document_makes_errors_that_name_file_line_and_key() -> None:
    document = load_yaml('a: 1\nproof_sets:\n  "3.1.8[b]":\n    linux: [x]\n', "checks/a.yml")
    error = document.error(("proof_sets", "3.1.8[b]", "linux", 0), "is not a check; write the id of one")
    assert str(error) == 'checks/a.yml:4: proof_sets."3.1.8[b]".linux[0]: is not a check; write the id of one'


def test_an_error_of_the_whole_file_names_no_key() -> None:
    assert str(ContentError("a.yml", 1, (), "empty; write keys")) == "a.yml:1: empty; write keys"
    assert format_path(()) == ""
    assert format_path((0, "a b", "")) == '[0]."a b".""'


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n", "\ufeff"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert "empty" in refuse(text).problem


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n", "[a, b]\n", "---\n...\n", "null\n", "'quoted'\n"])
def test_a_top_level_that_is_no_mapping_is_refused(text: str) -> None:
    assert "top level" in refuse(text).problem


def test_a_duplicate_key_names_both_lines() -> None:
    error = refuse("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert str(error) == "a.yml:4: a.b: the key stands already on line 2; keep one of the two"


@pytest.mark.parametrize("text", ["a: {b: 1, b: 2}\n", 'a: 1\n"a": 2\n', "a: 1\na: 1\n"])
def test_a_duplicate_key_is_found_however_it_is_written(text: str) -> None:
    assert "already" in refuse(text).problem


def test_the_same_key_in_two_members_is_no_duplicate() -> None:
    assert load_yaml("a: [{b: 1}, {b: 2}]\n", "a.yml").data == {"a": [{"b": 1}, {"b": 2}]}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: &x 1\nb: 2\n", "anchors"), ("a: &x {b: 1}\nb: 2\n", "anchors"), ("&x a: 1\n", "anchors"), ("&x\na: 1\n", "anchors"),
        ("a: 1\nb: *x\n", "aliases"), ("a: {<<: {b: 1}}\n", "merge"), ("<<: {b: 1}\n", "merge"),
        ("a: !!str 5\n", "tags"), ("a: !!python/object/apply:os.system [ls]\n", "tags"), ("a: !secret x\n", "tags"), ("a: ! 5\n", "tags"),
        ("!!map\na: 1\n", "tags"), ("a: !!set {b, c}\n", "tags"), ("!x a: 1\n", "tags"),
    ],
)  # fmt: skip
def test_anchors_aliases_merge_keys_and_tags_are_refused(text: str, word: str) -> None:
    assert word in refuse(text).problem


def test_a_quoted_merge_sign_is_ordinary_text() -> None:
    assert load_yaml('"<<": 1\n', "a.yml").data == {"<<": 1}


@pytest.mark.parametrize("key", ["5", "3.10", "true", "null", "~", "0644", "? \n", "? [a]\n", "? {a: 1}\n"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    assert "key" in refuse(f"fine: 1\n{key}: 2\n").problem


def test_a_bare_no_is_text_as_a_key_too() -> None:
    assert load_yaml("no: 1\non: 2\n3.1.8[b]: 3\n", "a.yml").data == {"no": 1, "on": 2, "3.1.8[b]": 3}


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: 1\n\tb: 2\n", 2, "tab"), ("a:\n\tb: 2\n", 2, "tab"), ("a:\t1\n", 1, "tab"),
        ("a: 1\nb: 'not closed\nc: 3\nd: 4\n", 2, "closing quote"), ('a: 1\nb: "not closed\nc: 3\n', 2, "closing quote"),
        ("a: 1\nb: Local Policies: Audit\n", 2, "colon"), ("a: [1, 2\nb: 3\n", 2, "brackets"), ("a: 1\n b: 2\n", 2, "colon"),
        ("a: 1\nb\n", 3, "not valid"), ('a: "\\q"\n', 1, "unknown escape"), ("a: @x\n", 1, "not valid"), ("a: %x\n", 1, "not valid"),
        ("a: 1\n]\n", 2, "not valid"), ("a: }\n", 1, "not valid"), ("a: |1x\n", 1, "not valid"), ("%YAML 3.0\n---\na: 1\n", 1, "not valid"),
    ],
)  # fmt: skip
def test_broken_syntax_is_told_at_its_line(text: str, line: int, word: str) -> None:
    error = refuse(text)
    assert (error.line, word in error.problem) == (line, True), str(error)


def test_a_second_document_is_refused() -> None:
    error = refuse("a: 1\n---\nb: 2\n")
    assert (error.line, "second document" in error.problem) == (2, True)


def test_one_document_may_carry_its_marks() -> None:
    assert load_yaml("---\na: 1\n...\n", "a.yml").data == {"a": 1}


def test_nesting_is_allowed_to_the_limit_and_refused_beyond() -> None:
    at_limit = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    load_yaml(at_limit, "a.yml")
    assert "nested deeper" in refuse("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH).problem


STAIRS = "a:\n" + "".join(" " * depth + "- \n" for depth in range(1, 400))


@pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "a: " + "{b: " * 50_000, "{" * 100_000, STAIRS])
def test_absurd_nesting_ends_in_a_sentence(text: str) -> None:
    refuse(text)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\ud800", "\ufffe"])
def test_a_control_character_is_refused_with_its_line(character: str) -> None:
    error = refuse(f"a: 1\nb: x{character}y\n")
    assert error.line == 2
    assert f"U+{ord(character):04X}" in error.problem


def test_a_text_beyond_the_size_limit_is_refused() -> None:
    assert "larger" in refuse("a: " + "x" * MAX_BYTES).problem
    assert "larger" in refuse("a: " + "\u00e9" * (MAX_BYTES // 2)).problem


def test_line_ends_of_windows_and_a_byte_order_mark_are_accepted() -> None:
    document = load_yaml("\ufeffa: 1\r\nb:\r\n  - c\r\n", "a.yml")
    assert document.data == {"a": 1, "b": ["c"]}
    assert document.line(("b", 0)) == 3


def write(folder: Path, content: bytes) -> Path:
    file = folder / "a.yml"
    file.write_bytes(content)
    return file


def test_a_file_is_read_as_utf_8_and_named_as_asked(tmp_path: Path) -> None:
    file = write(tmp_path, "a: \u00e9\n".encode())
    assert read_yaml(file) == Document(str(file), {"a": "\u00e9"}, {(): 1, ("a",): 1})
    assert read_yaml(file, "short.yml").name == "short.yml"


@pytest.mark.parametrize(("content", "line"), [(b"a: 1\nb: \xe9\n", 2), ("a: 1\n".encode("utf-16"), 1), (b"a: 1\n\n\xff", 3)])
def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    with pytest.raises(ContentError, match="UTF-8") as caught:
        read_yaml(write(tmp_path, content))
    assert caught.value.line == line


def test_a_file_beyond_the_size_limit_is_refused_even_when_cut_inside_a_character(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="larger"):
        read_yaml(write(tmp_path, b"a: " + "\u20ac".encode() * MAX_BYTES))


def test_a_missing_file_and_a_folder_are_refused_with_the_reason(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yml", tmp_path):
        with pytest.raises(ContentError, match=r"cannot be read \(.+\); check"):
            read_yaml(path)


# Pieces that YAML gives a meaning to, so that generated texts reach the corners of the reader.
PIECES = st.sampled_from(
    [*"{}[]:,-?&*!|>'\"%@#~.\n\t ", "a", "a: ", "- ", "\n  ", "<<: ", "---\n", "...\n", "0x1", "1.5", "\x00", "\u2028", "\ud800"]
)


@given(st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    with suppress(ContentError):
        assert isinstance(load_yaml(text, "a.yml").data, dict)


YAML_PARTS = [
    "a",
    "b",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    '"',
    "'",
    " # c",
    "|\n  ",
    "!",
    "&x",
    "*x",
    "1",
    "1.5",
    "true",
    "<<",
    "é",
]


@given(st.lists(st.sampled_from(YAML_PARTS), max_size=12))
def test_the_quick_parser_reads_nothing_that_the_other_reads_differently(parts: list[str]) -> None:
    text = "a: 1\nb: " + "".join(parts) + "\n"
    quick = _read_quickly(text, "a.yml") if _is_content(text) else None
    slow = _Reader("a.yml", text, yaml.SafeLoader)
    if quick:
        assert (quick.data, quick.lines) == (slow.read_document(), slow.lines)


def _is_content(text: str) -> bool:
    try:
        load_yaml(text, "a.yml")
    except ContentError:
        return False
    return True
