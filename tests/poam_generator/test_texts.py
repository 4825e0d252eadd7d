"""The organization's own templates: in the place of the shipped ones, in a sandbox, and never silently left out."""

import pytest

from poam_generator.draft import write_draft
from poam_generator.errors import PoamError
from poam_generator.lint import Standards, lint_entry
from poam_generator.lint.entries import entry_of
from poam_generator.model import Draft, DraftSettings
from poam_generator.texts import NAMES, OwnTemplate, Texts, render_text, shipped_text
from tests.poam_generator.builders import held, item, seen
from tests.poam_generator.test_draft import FRAMEWORK, LOCKOUT, TODAY, draft, hosts

FILE = "/srv/closeout/texts/impact.txt"


def with_impact(text: str, problem: str = "") -> Draft:
    texts = Texts({"impact.txt": OwnTemplate(text, FILE, problem)})
    return write_draft(LOCKOUT, FRAMEWORK, hosts(2), DraftSettings(), TODAY, texts=texts)


def test_an_own_template_takes_the_place_of_the_shipped_one_and_the_others_stay() -> None:
    one = with_impact("{{ check.title }} is missing on {{ hosts | length }} hosts.\n\nAsk Jane.")
    assert one.impact == "Accounts lock after repeated failed logons is missing on 2 hosts.\nAsk Jane."
    assert one.weakness == draft(*hosts(2)).weakness
    assert with_impact("{% include 'risk_before.txt' %}").impact == one.risk_before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Good.\n{{ check.title", ", line 2, cannot be read: unexpected end of template"),
        ("Good.\n\n{{ hostz }}", ", line 3, cannot be rendered: 'hostz' is undefined"),
        ("{{ 1 / 0 }}", ", line 1, cannot be rendered: division by zero"),
        ("{{ hosts.__class__.__mro__ }}", ", line 1, cannot be rendered: access to attribute '__class__'"),
        ("{% include 'theirs.txt' %}", ", line 1, cannot be rendered: there is no template 'theirs.txt'; there are identified_by.txt"),
        ("{# nothing #}\n", " makes no text"),
        ("{% for n in range(99999999) %}{% endfor %}", ", line 1, cannot be rendered: Range too big"),
    ],
)
def test_a_template_that_cannot_be_used_is_said_with_file_and_line_and_the_shipped_text_follows(text: str, words: str) -> None:
    one = with_impact(text)
    first, _, rest = one.impact.partition("\n")
    assert first.startswith(f"(The template {FILE}{words}")
    assert first.endswith("; this is the text that closeout ships.)")
    assert rest == draft(*hosts(2)).impact


def test_a_file_that_could_not_be_read_is_said_too_and_lint_asks_to_mend_it() -> None:
    one = with_impact("", " is no UTF-8 text: invalid start byte")
    assert one.impact.startswith(f"(The template {FILE} is no UTF-8 text: invalid start byte; this is")
    problems = lint_entry(entry_of(item("PA-1", "draft", held("a", seen("fail", 0))), one), Standards(TODAY))
    (problem,) = [problem for problem in problems if problem.kind == "template"]
    assert problem.sentence == f"The template {FILE} is no UTF-8 text: invalid start byte; mend the template and write the text anew."


def test_what_a_host_says_is_text_and_no_template() -> None:
    bad = held("a", seen("fail", 0, observations=({"path": "motd", "expected": "x", "observed": "{{ 7 * 7 }}", "status": "fail"},)))
    one = write_draft(LOCKOUT, FRAMEWORK, [hosts(1)[0].__class__(bad, "linux")], DraftSettings(), TODAY)
    assert "{{ 7 * 7 }}" in one.weakness


def test_every_shipped_template_is_one_that_may_be_replaced() -> None:
    assert all(shipped_text(name) for name in NAMES)
    with pytest.raises(PoamError, match=r"identified_by\.txt cannot be rendered"):
        render_text("identified_by.txt")
