from typing import Any

import pytest

from checks.build import build_parameter
from checks.load import Content
from checks.parameters import ParameterError, describe_bounds, list_faults, resolve_parameters, resolve_settings
from tests.support.checks import check_of, good_check

SPECIMENS: dict[str, dict[str, Any]] = {
    "days": {"label": "Days", "type": "integer", "default": 60, "minimum": 1, "maximum": 90},
    "mode": {"label": "Mode", "type": "string", "default": "low", "one_of": ["low", "high"]},
    "strict": {"label": "Strict", "type": "boolean", "default": True},
    "people": {"label": "People", "type": "strings", "default": ["ann"], "maximum": 2, "never": ["every.*", "S-1-1-0"]},
    "mailbox": {"label": "Mailbox", "type": "string", "default": "root", "never": ["nobody"]},
}
CONTENT = Content(
    {"demo-check": good_check(), "other-check": check_of([{"path": "demo.flag", "equals": True}], "other-check", parameters=SPECIMENS)}
)


def refuse(settings: Any) -> str:  # noqa: ANN401
    with pytest.raises(ParameterError) as caught:
        resolve_settings(CONTENT, settings)
    return str(caught.value)


def test_defaults_stand_until_somebody_sets_another_value() -> None:
    check = CONTENT.checks["other-check"]
    assert resolve_parameters(check) == {"days": 60, "mode": "low", "strict": True, "people": ["ann"], "mailbox": "root"}
    assert resolve_parameters(check, {"days": 30})["days"] == 30


def test_texts_of_the_command_line_get_the_parameters_type() -> None:
    texts = [
        "other-check.days=30",
        "other-check.mode=high",
        "other-check.strict=false",
        "other-check.people=a, b",
        "demo-check.least=4",
    ]
    assert resolve_settings(CONTENT, texts) == {
        "other-check": {"days": 30, "mode": "high", "strict": False, "people": ["a", "b"]},
        "demo-check": {"least": 4},
    }


def test_a_tailoring_mapping_has_typed_values() -> None:
    assert resolve_settings(CONTENT, {"other-check.days": 30}) == {"other-check": {"days": 30}}
    assert "of type text" in refuse({"other-check.days": "30"})


def test_the_later_of_two_texts_wins() -> None:
    assert resolve_settings(CONTENT, ["demo-check.least=4", "demo-check.least=5"]) == {"demo-check": {"least": 5}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("demo-check.least", "CHECK.PARAMETER=VALUE"), ("least=4", "CHECK.PARAMETER"), ("demo-chek.least=4", "did you mean demo-check?"),
        ("nothing.least=4", "there is no check nothing"), ("demo-check.most=4", "no parameter most; it has least"),
        ("demo-check.least=0", "at least 1"), ("demo-check.least=10", "at most 9"),
        ("demo-check.least=four", "write a whole number"),
        ("demo-check.least=4.5", "write a whole number"), ("demo-check.least=04", "write a whole number"),
        ("demo-check.least=", "whole number"),
        ("other-check.mode=middle", "low, high"), ("other-check.strict=yes", "write true or false"), ("other-check.people=", "hollow"),
        ("other-check.people=ann, bob, eve", "a list of 3 would hollow the check out; write at most 2"),
        ("other-check.people=ann,Everybody", "Everybody would hollow the check out"),
        ("other-check.people=s-1-1-0", "s-1-1-0 would hollow"),
        ("other-check.mailbox=Nobody", "Nobody would hollow the check out"),
        ("other-check.days=99999999999999999", "write a whole number"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(text: str, said: str) -> None:
    message = refuse([text])
    assert said in message
    assert not message.startswith(":")


@pytest.mark.parametrize(
    ("name", "value"), [("days", True), ("days", 1.5), ("days", None), ("strict", 1), ("people", "ann"), ("people", [1]), ("mode", "")]
)
def test_nothing_is_converted(name: str, value: object) -> None:
    assert list_faults(build_parameter(SPECIMENS[name]), value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("days", "at least 1, at most 90"),
        ("mode", "out of low, high"),
        ("strict", ""),
        ("people", "at most 2 members, never every.* or S-1-1-0"),
        ("mailbox", "never nobody"),
    ],
)
def test_bounds_are_told_in_words(name: str, words: str) -> None:
    assert describe_bounds(build_parameter(SPECIMENS[name])) == words
