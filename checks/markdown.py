"""The pages of checks as Markdown files, with an index by family and one of the ids that equal rules have elsewhere."""

import re
from collections.abc import Iterable, Iterator, Mapping

from checks.framework import Framework
from checks.model import CheckSet
from checks.page import Line, Page, Platform, make_page

BEARS = {"member": "is a member of its proof set", "supports": "supports it"}


def write_pages(content: CheckSet, framework: Framework) -> Iterator[tuple[str, str]]:
    """File name and text of every page: one a check, index.md, references.md."""
    pages = [make_page(check, framework) for check in content.checks.values()]
    yield "index.md", _index(pages, framework)
    yield "references.md", _references(pages)
    for page in pages:
        yield f"{page.check.id}.md", page_text(page)


def page_text(page: Page) -> str:
    """The page of one check."""
    parts = [*_what(page), *_why(page), *_judging(page), *_fixing(page), *_verifying(page), *_elsewhere(page)]
    return "\n\n".join(parts) + "\n"


def _what(page: Page) -> Iterator[str]:
    check = page.check
    yield f"# {escape(check.title)}"
    yield f"`{check.id}`, severity {check.severity}, on {' and '.join(check.platforms)}"
    yield f"## What\n\n{escape(check.weakness)}"
    yield "\n".join(f"- {one.id} {escape(one.summary)} ({escape(one.title)}): the check {BEARS[one.bearing]}" for one in page.objectives)


def _why(page: Page) -> Iterator[str]:
    yield f"## Why\n\n{escape(page.check.rationale)}"


def _judging(page: Page) -> Iterator[str]:
    yield "## How it judges"
    for platform in page.platforms:
        yield f"### {platform.name.capitalize()}"
        yield from _lines("It applies only where all of this holds:", platform.when)
        yield from _lines("It does not apply where all of this holds:", platform.unless)
        yield from _lines("It passes where all of this holds:", platform.expect)
    if page.parameters:
        rows = [(f"`{one.name}`", one.label, one.value, one.bounds or "any") for one in page.parameters]
        yield table(("Parameter", "What it is", "Default", "Bounds"), rows)


def _lines(heading: str, lines: Iterable[Line]) -> Iterator[str]:
    shown = [" or ".join(f"`{path}` {escape(words)}" for path, words in line.alternatives) for line in lines]
    if shown:
        yield heading + "\n\n" + "\n".join(f"- {line}" for line in shown)


def _fixing(page: Page) -> Iterator[str]:
    yield "## How to fix it"
    for platform in page.platforms:
        yield f"### {platform.name.capitalize()}, about {platform.effort} minutes a host"
        yield block(platform.remediation)


def _verifying(page: Page) -> Iterator[str]:
    yield "## How it is verified"
    yield "A later scan that passes on every host of its item closes it. The check itself is tested by these cases:"
    yield table(("Platform", "Case", "Status"), [row for platform in page.platforms for row in _cases(platform)])


def _cases(platform: Platform) -> Iterator[tuple[str, str, str]]:
    for name, status in platform.cases:
        yield platform.name, name, status.replace("_", " ")


def _elsewhere(page: Page) -> Iterator[str]:
    yield "## References"
    listed = [f"- {name}: {', '.join(f'`{one}`' for one in ids)}" for name, ids in page.check.references.items()]
    yield "\n".join(listed) or "No equal rule elsewhere is known."


def _index(pages: Iterable[Page], framework: Framework) -> str:
    by_family: dict[str, dict[str, Page]] = {code: {} for code in framework.families}
    for page in pages:
        for one in page.objectives:
            by_family[framework.requirement(one.requirement).family][page.check.id] = page
    parts = ["# The checks", "By family of their objectives; [references.md](references.md) finds them by the ids of equal rules."]
    for code, found in by_family.items():
        if found:
            parts += [f"## {framework.families[code]} ({code})", table(("Check", "Severity", "Platforms", "Assesses"), _index_rows(found))]
    return "\n\n".join(parts) + "\n"


def _index_rows(found: Mapping[str, Page]) -> Iterator[tuple[str, str, str, str]]:
    for name, page in sorted(found.items()):
        check = page.check
        yield f"[{escape(check.title)}]({name}.md)", check.severity, ", ".join(check.platforms), ", ".join(check.assesses)


def _references(pages: Iterable[Page]) -> str:
    rows = sorted((name, one, page.check.id) for page in pages for name, ids in page.check.references.items() for one in ids)
    head = "# Equal rules elsewhere\n\n"
    return head + table(("Where", "Id", "Check"), [(name, f"`{one}`", f"[{check}]({check}.md)") for name, one, check in rows]) + "\n"


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; a bar inside a cell is escaped."""
    heads = list(headings)
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def block(text: str) -> str:
    """Text as it stands, behind a fence that is longer than any in it."""
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def escape(text: str) -> str:
    """Text in which nothing is taken for markup."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))
