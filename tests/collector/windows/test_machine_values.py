"""Values of the registry are read as what they are: a number in a text, or a text in a number, is neither."""

import pytest

from collector.facts import Unknown, Value
from collector.windows.machine_values import MachineValues, first_set, machine_values

KEY = r"SOFTWARE\X|A"


def value_of(found: Value) -> MachineValues:
    return MachineValues("test.values", {KEY: found})


def test_a_source_asks_for_each_value_once_and_in_order() -> None:
    source = machine_values("test.values", [r"B|b", r"A|a", r"B|b"])
    assert source.script.index("'A|a'") < source.script.index("'B|b'")
    assert source.script.count("'B|b'") == 1


@pytest.mark.parametrize(("found", "number"), [(1, 1), (0, 0), (-1, 0xFFFFFFFF), (-2147483648, 0x80000000), (2**40, 2**40), (None, None)])
def test_a_number_has_no_sign(found: Value, number: int | None) -> None:
    assert value_of(found).number(KEY) == number


@pytest.mark.parametrize("found", ["1", True, [1], {}])
def test_what_is_no_number_is_unknown(found: Value) -> None:
    for read in (value_of(found).number, value_of(found).flag):
        unclear = read(KEY)
        assert isinstance(unclear, Unknown)
        assert KEY in unclear.reason
    assert isinstance(value_of(found).word(KEY, {1: "one"}), Unknown)


def test_a_value_that_the_host_did_not_speak_of_is_unknown_and_not_unset() -> None:
    silent = MachineValues("test.values", {})
    for read in (silent.number, silent.text, silent.texts, silent.octets, silent.flag):
        assert isinstance(read(KEY), Unknown)


def test_a_number_without_a_word_is_unknown() -> None:
    assert value_of(1).word(KEY, {1: "one"}, "none") == "one"
    assert value_of(None).word(KEY, {1: "one"}, "none") == "none"
    assert isinstance(value_of(2).word(KEY, {1: "one"}, "none"), Unknown)


@pytest.mark.parametrize(
    ("found", "words"),
    [(["a", " b ", ""], ["a", "b"]), ("a, b,\r\nc,", ["a", "b", "c"]), ("", []), ([], []), (None, None)],
)
def test_a_list_is_a_list_or_a_text_with_commas(found: Value, words: list[str] | None) -> None:
    assert value_of(found).texts(KEY) == words


@pytest.mark.parametrize("found", [7, [1], True])
def test_what_is_no_list_of_texts_is_unknown(found: Value) -> None:
    assert isinstance(value_of(found).texts(KEY), Unknown)


@pytest.mark.parametrize(("found", "octets"), [([0, 255], b"\0\xff"), (258, b"\2\1" + bytes(6)), (-1, b"\xff" * 8), (None, None)])
def test_binary_data_may_come_as_a_number(found: Value, octets: bytes | None) -> None:
    assert value_of(found).octets(KEY) == octets


@pytest.mark.parametrize("found", ["00", [256], ["a"], 2**70])
def test_what_is_no_binary_data_is_unknown(found: Value) -> None:
    assert isinstance(value_of(found).octets(KEY), Unknown)


def test_policy_comes_first_and_an_unknown_policy_hides_the_preference() -> None:
    unclear = Unknown("why")
    assert first_set(None, 2) == 2
    assert first_set(1, 2) == 1
    assert first_set(unclear, 2) is unclear
    assert first_set(None, None) is None
