import pytest

from collector.facts import Unknown
from collector.probe import ProbeError, Source
from collector.windows.answers import member, read_json, read_object, read_objects
from tests.support.windows import frame, frames

ASKED = Source("test.answer", "")


def test_an_answer_is_read_as_it_stands() -> None:
    assert read_object(frames(frame(ASKED, '{"a":[1,"\\u00fc",null,true,1.5]}\n')), ASKED) == {"a": [1, "\u00fc", None, True, 1.5]}
    assert read_objects(frames(frame(ASKED, "[]\n")), ASKED) == []


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no JSON",
        '{"a":1,"a":2}',
        '{"a":NaN}',
        '{"a":Infinity}',
        "[" * 100_000,
        "[" * 20 + "]" * 20,
        '{"a":1} {"b":2}',
        '{"a":1',
        '"\\ud83',
    ],
)
def test_what_is_no_answer_of_ours_is_unknown(said: str) -> None:
    with pytest.raises(ProbeError, match=r"test\.answer: the host's answer"):
        read_json(frames(frame(ASKED, said)), ASKED)


@pytest.mark.parametrize("said", ["[]", "1", "null", '"x"'])
def test_another_shape_is_unknown(said: str) -> None:
    with pytest.raises(ProbeError, match="no JSON object"):
        read_object(frames(frame(ASKED, said)), ASKED)
    with pytest.raises(ProbeError, match=r"no list of JSON objects"):
        read_objects(frames(frame(ASKED, f'{{"a":{said}}}')), ASKED)


def test_what_an_answer_does_not_say_is_unknown_and_not_null() -> None:
    assert member({"a": None}, "a") is None
    assert isinstance(member({}, "a"), Unknown)
