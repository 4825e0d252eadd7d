"""The tailoring file: read strictly, with the place of the first mistake."""

from datetime import date

import pytest

from checks.load import Content
from poam_generator.tailoring import Source, StandingException
from server.errors import ServerError
from server.tailoring_file import Tailoring, read_tailoring, write_tailoring

TEXT = """\
source: {document: AC Policy, section: "4", approver: CISO, approved_on: 2026-02-01}
parameters:
  password-age.max_days: 30
exceptions:
  - {check: password-age, group: lab, kind: accepted, reason: no console, approver: olga, until: 2027-03-01}
"""


def test_a_value_cites_what_stands_at_the_top_and_an_exception_its_scope(content: Content) -> None:
    assert read_tailoring(TEXT, "t.yml", content) == Tailoring(
        {"password-age.max_days": (30, Source("AC Policy", "4", "CISO", date(2026, 2, 1)))},
        (StandingException("password-age", "group", "lab", "accepted", "no console", "olga", date(2027, 3, 1)),),
    )


def test_a_value_may_say_its_own_section(content: Content) -> None:
    text = TEXT.replace(": 30", ': {value: 30, section: "7"}')
    assert read_tailoring(text, "t.yml", content).parameters["password-age.max_days"][1].section == "7"


def test_an_exception_is_written_as_it_is_read(content: Content) -> None:
    asked = read_tailoring(TEXT, "t.yml", content).exceptions
    assert read_tailoring(write_tailoring([], asked), "t.yml", content) == Tailoring({}, asked)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("source:", "sources:"), "t.yml: 'sources' means nothing here; there are source, parameters, exceptions"),
        (("document: AC Policy, ", ""), r"t\.yml:3: .*missing keys document"),
        (("document:", "dokument:"), "t.yml: source: 'dokument' means nothing here"),
        (("2026-02-01", "March"), "t.yml:3: .*approved_on"),
        ((": 30", ": 0"), "t.yml:3: .*would hollow the check out"),
        ((": 30", ": '30'"), "t.yml:3: .*write a whole number"),
        ((": 30", ": {value: 30, why: x}"), "t.yml:3: 'why' means nothing here"),
        ((": 30", ": {section: '3'}"), "t.yml:3: password-age.max_days has no value"),
        (("password-age.max_days", "password-age.days"), "t.yml:3: .*has no parameter days"),
        (("check: password-age", "check: nothing"), "t.yml:5: there is no check 'nothing'"),
        (("group: lab", "group: lab, host: x"), "t.yml:5: an exception is for one of host, group, platform"),
        (("kind: accepted", "kind: temporary_deficiency"), "t.yml:5: .*is none of accepted"),
        (("reason: no console", "because: no console"), "t.yml:5: .*unknown keys"),
        (("until: 2027-03-01", "until: soon"), "t.yml:5: .*until"),
        (("  - {check", "  - no\n  - {check"), "t.yml:5: an exception is a mapping"),
    ],
)
def test_a_mistake_is_told_with_its_place(content: Content, change: tuple[str, str], sentence: str) -> None:
    assert change[0] in TEXT
    with pytest.raises(ServerError, match=sentence):
        read_tailoring(TEXT.replace(*change), "t.yml", content)
