"""docs/linux.md says what there is: its tables are written from the probes and their fixtures, and this fails when it is out of date.

To write it anew: PYTHONPATH=. python tests/collector/linux/test_docs.py
"""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import collector.linux
from collector.catalog import probes, sources
from collector.probe import Probe
from collector.runtime import RUNTIME

DOCUMENT = Path(__file__).parents[3] / "docs" / "linux.md"
FIXTURES = Path(__file__).parent / "fixtures"
START, END = "<!-- written from the probes: -->\n", "<!-- end -->\n"


def module_sentences(package: ModuleType) -> dict[str, str]:
    """Probe -> what its module says of itself, in one sentence."""
    found: dict[str, str] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        sentence = " ".join((module.__doc__ or "").split("\n\n")[0].split())
        found |= {probe.name: sentence for probe in getattr(module, "PROBES", ())}
    return found


def wanted(probe: Probe) -> Iterator[dict[str, str]]:
    """The errors of each fixture of a probe."""
    for path in sorted((FIXTURES / probe.name).glob("*/wanted.json")):
        yield json.loads(path.read_text())["errors"]


def needs_root(probe: Probe) -> str:
    """What an ordinary user does not see, as the fixtures show it: all, some, or nothing."""
    hidden = [path for errors in wanted(probe) for path, why in errors.items() if re.search(r"\broot\b|[Pp]ermission denied", why)]
    return "all" if probe.name in hidden else "some" if hidden else "no"


def fixtures(probe: Probe, kind: str) -> str:
    """How many fixtures of this kind there are, or a dash."""
    return str(len(list((FIXTURES / probe.name).glob(f"{kind}-*")))) or "-"


def state_of(probe: Probe) -> str:
    """Whether its facts tell of the running system, of what is installed and set, or of both."""
    running = {source.name in RUNTIME for source in probe.sources}
    return "now" if running == {True} else "set" if running in ({False}, set()) else "both"


def leaves(probe: Probe) -> str:
    """The first names of its facts, each once, without the maps' members."""
    names = list(dict.fromkeys(fact.path.split(".")[0] for fact in probe.facts))
    return ", ".join(f"`{name}`" for name in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def render() -> str:
    """The tables of the document."""
    sentences, every = module_sentences(collector.linux), probes("linux")
    rows = [
        f"| `{p.name}` | {sentences[p.name]} | {leaves(p)} | {state_of(p)} | {needs_root(p)} "
        f"| {fixtures(p, 'captured')} | {fixtures(p, 'written')} |"
        for p in every
    ]
    head = "| probe | what its module reads | facts | tells of | needs root | captured | written |\n|---|---|---|---|---|---|---|\n"
    return with_limits(every, head + "\n".join(rows))


def with_limits(every: tuple[Probe, ...], table: str) -> str:
    """The table of probes below their count, and above the sources that take longer than others."""
    dear = [f"| `{s.name}` | {s.seconds} s | {'yes' if s.volatile else 'no'} |" for s in sources(every) if s.volatile or s.seconds > 10]
    limits = "| source | time limit | volatile |\n|---|---|---|\n" + "\n".join(dear)
    count = f"{len(every)} probes, {len(sources(every))} sources, {sum(len(p.facts) for p in every)} declared paths."
    return f"{count}\n\n{table}\n\nSources with a longer limit than 10 s, or volatile ones:\n\n{limits}\n"


def renewed(text: str, tables: str) -> str:
    """The document with its tables written anew; what stands around them is kept."""
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    return f"{before}{START}{tables}{END}{after}"


def test_the_document_says_what_there_is() -> None:
    text = DOCUMENT.read_text()
    assert text == renewed(text, render()), f"{DOCUMENT.name} is out of date; run: PYTHONPATH=. python tests/collector/linux/test_docs.py"


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(), render()))
