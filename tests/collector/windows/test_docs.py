"""docs/windows.md says what there is: its tables are written from the probes and their fixtures, and this fails when it is out of date.

To write it anew: PYTHONPATH=. python tests/collector/windows/test_docs.py
"""

import json
import re
from pathlib import Path

import collector.windows
from collector.catalog import probes
from collector.probe import Probe
from tests.collector.linux.test_docs import leaves, module_sentences, renewed, with_limits

DOCUMENT = Path(__file__).parents[3] / "docs" / "windows.md"
FIXTURES = Path(__file__).parent / "fixtures"
_REFUSED = re.compile(r"\badministrator\b|UnauthorizedAccess|[Aa]ccess (is )?denied|SecurityException")


def needs_administrator(probe: Probe) -> str:
    """What an ordinary user may not see, as the fixtures show it: all, some, or nothing."""
    wanted = [json.loads(path.read_text())["errors"] for path in sorted((FIXTURES / probe.name).glob("*/wanted.json"))]
    refused = [path for errors in wanted for path, why in errors.items() if _REFUSED.search(why)]
    return "all" if probe.name in refused else "some" if refused else "no"


def render() -> str:
    """The tables of the document."""
    sentences, every = module_sentences(collector.windows), probes("windows")
    rows = [
        f"| `{p.name}` | {sentences[p.name]} | {leaves(p)} | {needs_administrator(p)} | {len(list((FIXTURES / p.name).glob('*')))} |"
        for p in every
    ]
    head = "| probe | what its module reads | facts | needs administrator | written |\n|---|---|---|---|---|\n"
    return with_limits(every, head + "\n".join(rows))


def test_the_document_says_what_there_is() -> None:
    text = DOCUMENT.read_text()
    assert text == renewed(text, render()), f"{DOCUMENT.name} is out of date; run: PYTHONPATH=. python tests/collector/windows/test_docs.py"


def test_no_fixture_claims_to_be_captured_while_the_document_says_that_none_is() -> None:
    captured = sorted(FIXTURES.glob("*/captured-*"))
    assert not captured, f"tell in {DOCUMENT.name} on which Windows these were captured, and count them in its table"


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(), render()))
