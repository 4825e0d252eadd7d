import pytest

from checks.parameters import ParameterError
from checks.remediation import list_unknown_names, remediation_text
from tests.support.checks import check_of

PARAMETERS = {
    "most": {"label": "Most", "type": "integer", "default": 5, "maximum": 10},
    "most_people": {"label": "People", "type": "strings", "default": ["ann", "bob"]},
    "strict": {"label": "Strict", "type": "boolean", "default": True},
}


def text_of(remediation: str, settings: dict[str, object] | None = None) -> str:
    check = check_of([{"path": "demo.flag", "equals": True}], remediation=remediation, parameters=PARAMETERS)
    return remediation_text(check, "linux", settings)


def test_the_organizations_value_stands_in_the_commands() -> None:
    assert text_of("set most=$most # $most.", {"most": 3}) == "set most=3 # 3."
    assert text_of("allow $most_people; strict $strict") == "allow ann,bob; strict true"


SHELL = ["echo $HOME $(id -u) ${x} $1 $?", "awk '{print $NF}'", "sed '$d' x", "$mosts", "$$most", r"\$most", "5$", "a$"]
SETTING = ["file=/etc/x; chmod 600 $file", "for unit in a b; do stop $unit; done", "while read -r line; do echo $line; done"]


@pytest.mark.parametrize("shell", SHELL)
def test_the_dollars_of_the_shell_stay(shell: str) -> None:
    assert text_of(shell) == shell


def test_a_value_that_may_not_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="at most 10"):
        text_of("$most", {"most": 11})


def test_a_name_that_nothing_fills_is_found() -> None:
    assert list(list_unknown_names("set $most $mots $mots", PARAMETERS)) == ["mots"]


@pytest.mark.parametrize("text", SETTING)
def test_a_variable_that_the_text_sets_itself_is_none_of_them(text: str) -> None:
    assert list(list_unknown_names(text, PARAMETERS)) == []
