"""docs/windows.md says what there is: its tables are written from the probes and their fixtures, and this fails when it is out of date.

To write it anew: PYTHONPATH=. python tests/collector/windows/test_docs.py
"""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import collector.windows
from collector.catalog import probes, sources
from collector.probe import Probe
from tests.collector.linux.test_docs import END, START, leaves

DOCUMENT = Path(__file__).parents[3] / "docs" / "windows.md"
FIXTURES = Path(__file__).parent / "fixtures"
_REFUSED = re.compile(r"\badministrator\b|UnauthorizedAccess|[Aa]ccess (is )?denied|SecurityException")


def module_sentences() -> dict[str, str]:
    """Probe -> what its module says of itself, in one sentence."""
    found: dict[str, str] = {}
    for info in pkgutil.iter_modules(collector.windows.__path__):
        module = importlib.import_module(f"collector.windows.{info.name}")
        sentence = " ".join((module.__doc__ or "").split("\n\n")[0].split())
        found |= {probe.name: sentence for probe in getattr(module, "PROBES", ())}
    return found


def needs_administrator(probe: Probe) -> str:
    """What an ordinary user may not see, as the fixtures show it: all, some, or nothing."""
    wanted = [json.loads(path.read_text())["errors"] for path in sorted((FIXTURES / probe.name).glob("*/wanted.json"))]
    refused = [path for errors in wanted for path, why in errors.items() if _REFUSED.search(why)]
    return "all" if probe.name in refused else "some" if refused else "no"


def render() -> str:
    """The tables of the document."""
    sentences, every = module_sentences(), probes("windows")
    rows = [
        f"| `{p.name}` | {sentences[p.name]} | {leaves(p)} | {needs_administrator(p)} | {len(list((FIXTURES / p.name).glob('*')))} |"
        for p in every
    ]
    head = "| probe | what its module reads | facts | needs administrator | written |\n|---|---|---|---|---|\n"
    dear = [f"| `{s.name}` | {s.seconds} s | {'yes' if s.volatile else 'no'} |" for s in sources(every) if s.volatile or s.seconds > 10]
    limits = "| source | time limit | volatile |\n|---|---|---|\n" + "\n".join(dear)
    count = f"{len(every)} probes, {len(sources(every))} sources, {sum(len(p.facts) for p in every)} declared paths."
    return f"{count}\n\n{head}" + "\n".join(rows) + f"\n\nSources with a longer limit than 10 s, or volatile ones:\n\n{limits}\n"


def renewed(text: str) -> str:
    """The document with its tables written anew; what stands around them is kept."""
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    return f"{before}{START}{render()}{END}{after}"


def test_the_document_says_what_there_is() -> None:
    text = DOCUMENT.read_text()
    assert text == renewed(text), f"{DOCUMENT.name} is out of date; run: PYTHONPATH=. python tests/collector/windows/test_docs.py"


def test_no_fixture_claims_to_be_captured_while_the_document_says_that_none_is() -> None:
    captured = sorted(FIXTURES.glob("*/captured-*"))
    assert not captured, f"tell in {DOCUMENT.name} on which Windows these were captured, and count them in its table"


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text()))
