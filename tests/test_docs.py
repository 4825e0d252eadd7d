"""The documentation is true: every command and option is in it, nothing else is, and the examples run."""

import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from checks.coverage import PLATFORMS, Coverage, coverage
from checks.framework import load_framework
from checks.load import load_content
from checks.operators import OPERATORS
from server.cli import cli

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
CLI = (DOCS / "cli.md").read_text()
FENCE = re.compile(r"^```(?P<kind>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        if command and not (isinstance(command, click.Group) and not command.invoke_without_command):
            yield " ".join((*words, name)), command


EVERY = dict(commands(cli))
SECTIONS = {
    part.split("\n", 1)[0].strip("# ").removeprefix("closeout "): part for part in re.split(r"^(?=### )", CLI, flags=re.MULTILINE)[1:]
}


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert sorted(SECTIONS) == sorted(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_a_section_has_a_sentence_an_example_and_every_option(name: str) -> None:
    section, command = SECTIONS[name], EVERY[name]
    first = " ".join(inspect.cleandoc(command.help or "").split("\n\n")[0].split())
    assert first in " ".join(section.split()), "it does not begin with the sentence of --help"
    assert f"$ closeout {name}" in section, "it has no example"
    documented = {option for line in re.findall(r"^- (`-.*?): ", section, re.MULTILINE) for option in re.findall(r"`(--?[a-z-]+)", line)}
    assert documented == {one for option in command.params if isinstance(option, click.Option) for one in option.opts}


def used(text: str) -> Iterator[str]:
    """The command lines of closeout in the code blocks of a page."""
    blocks = [found["text"] for found in FENCE.finditer(text)]
    blocks += re.findall(r"(?:^    .*\n)+", FENCE.sub("", text), re.MULTILINE)
    for line in "\n".join(blocks).splitlines():
        plain = line.split(" # ")[0]
        for part in re.split(r"[|;]|&&|\$\(", plain.strip().removeprefix("$ ")):
            if part.strip().startswith("closeout "):
                yield re.split(r" [<>]|\)", part.strip())[0]


USED = sorted({(page.name, line) for page in PAGES for line in used(page.read_text())})


@pytest.mark.parametrize(("page", "line"), USED)
def test_a_command_in_the_documentation_is_one_with_these_options(page: str, line: str) -> None:
    del page
    words = shlex.split(line)[1:]
    if words[0] in {"--help", "--version"}:
        return
    command: click.Command | None = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command, f"there is no such command: {line}"
    command.make_parser(click.Context(command, help_option_names=["--help"])).parse_args(list(words))


def test_there_is_something_to_look_at() -> None:
    assert len(USED) > len(EVERY)


@pytest.fixture
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty directory in which `closeout` is a command."""
    place = tmp_path_factory.mktemp("docs")
    shim = place / "bin" / "closeout"
    shim.parent.mkdir()
    shim.write_text(f"""#!/bin/sh\nexec {sys.executable} -c 'import server.cli; server.cli.main()' "$@"\n""")
    shim.chmod(0o755)
    return place


def say(workshop: Path, command: str) -> str:
    environment = os.environ | {
        "PATH": f"{workshop / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CLOSEOUT_DATA": str(workshop / "data"),
        "LC_ALL": "C.UTF-8",
    }
    ran = subprocess.run(
        ["bash", "-c", command], cwd=workshop, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return ran.stdout


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Command and output, one after another, of a console block."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def alike(output: str) -> str:
    """The output without what differs from one run to the next."""
    output = re.sub(r"(?<=not shown again:\n)\S+", "PASSWORD", output)
    output = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{12,64}\b", "ID", output)
    output = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z| UTC)", "TIME", output)
    return " ".join(re.sub(r"\b\d+ (bytes|checks|items)", r"N \1", output).split())


@pytest.mark.parametrize("page", ["cli.md", "checks.md"])
def test_the_examples_say_what_the_documentation_says(workshop: Path, page: str) -> None:
    wrong = []
    for block in FENCE.finditer((DOCS / page).read_text()):
        if block["kind"].startswith("yaml "):
            target = workshop / block["kind"].removeprefix("yaml ")
            target.parent.mkdir(exist_ok=True)
            target.with_suffix(".yml").write_text(block["text"])
        if not block["kind"].startswith("console"):
            continue
        for command, output in steps(block["text"]):
            said = say(workshop, command)
            wanted = ".*".join(re.escape(alike(part)) for part in output.split("..."))
            good = (said.strip() or not output) and not re.search(r"^(Usage|Error|Traceback|closeout):", said, re.MULTILINE)
            if not (good if block["kind"] == "console here" else re.fullmatch(wanted, alike(said))):
                wrong.append(f"$ {command}\n{said}")
    assert not wrong, "\n".join(wrong)


def test_the_page_on_checks_has_a_row_for_every_operator() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|", (DOCS / "checks.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(OPERATORS)


TOUR = (DOCS / "architecture.md").read_text()


def test_every_place_of_the_tour_is_there() -> None:
    steps = re.findall(r"`((?:collector|checks|poam_generator|server|tests)/[\w/.]*)`(?: `(\w+)`)?", TOUR)
    assert len(steps) > 20
    for path, name in steps:
        place = ROOT / path
        assert place.exists(), path
        assert not name or re.search(rf"^(def|class) {name}\b", place.read_text(), re.MULTILINE), f"{name} of {path}"


def test_the_tour_names_every_module_of_the_generator() -> None:
    room = TOUR.partition("**`poam_generator/`**")[2].partition("**`server/`**")[0]
    modules = {path.name for path in (ROOT / "poam_generator").glob("*.py")} - {"__init__.py", "errors.py"}
    assert set(re.findall(r"`(\w+\.py)`", room)) == modules


README = ROOT / "README.md"
START, END = "<!-- written from the checks: -->\n", "<!-- end -->\n"
STATES = ("provable", "supported", "attested")


def coverage_table() -> str:
    """Family by family, how many objectives the checks prove and support, and how many are left to people."""
    framework, rows = load_framework(), coverage(load_content(), load_framework())
    lines = [_coverage_line(f"{name} ({key})", [r for r in rows if framework.requirement(r.requirement).family == key])
             for key, name in framework.families.items()]  # fmt: skip
    head = "| family | objectives | Linux: proven | supported | attested | Windows: proven | supported | attested |\n" + "|---" * 8 + "|\n"
    return head + "\n".join([*lines, _coverage_line("**all**", rows)]) + "\n"


def _coverage_line(name: str, rows: list[Coverage]) -> str:
    counts = [sum(row.platform == platform and row.state == state for row in rows) for platform in PLATFORMS for state in STATES]
    return f"| {name} | {len(rows) // len(PLATFORMS)} | " + " | ".join(map(str, counts)) + " |"


def renewed_readme(text: str) -> str:
    """The README with its table of coverage written anew; what stands around it is kept."""
    before, _, rest = text.partition(START)
    return f"{before}{START}{coverage_table()}{END}{rest.partition(END)[2]}"


def test_the_table_of_coverage_is_what_the_checks_cover() -> None:
    text = README.read_text()
    assert text == renewed_readme(text), "the table of coverage is out of date; run: PYTHONPATH=. python tests/test_docs.py"


if __name__ == "__main__":
    README.write_text(renewed_readme(README.read_text()))
