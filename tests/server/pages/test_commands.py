"""The commands that pages teach are commands that there are."""

import re
from pathlib import Path

import click
import pytest

import server
from server.cli import cli

TEMPLATES = Path(server.__file__).parent / "templates"
TAUGHT = re.compile(
    r"\bcloseout ((?:[a-z-]+|[\w.@-]+|\{\{[^}]*\}\}|\"[^\"]*\"|--[a-z-]+)(?: (?:--[a-z-]+|\{\{[^}]*\}\}|\"[^\"]*\"|[\w.@\[\]-]+))*)"
)


def taught() -> set[str]:
    texts = [path.read_text() for path in TEMPLATES.rglob("*.html")]
    inside = [part for text in texts for part in re.findall(r"<(?:pre|code)>(.*?)</(?:pre|code)>", text, re.DOTALL)]
    return {found[1] for part in inside for found in TAUGHT.finditer(part)}


@pytest.mark.parametrize("words", sorted(taught()))
def test_a_command_on_a_page_is_one_with_these_options(words: str) -> None:
    command: click.Command | None = cli
    context = click.Context(cli)
    rest = words.split()
    while isinstance(command, click.Group):
        command = command.get_command(context, rest.pop(0))
    assert command is not None, words
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


def test_pages_do_teach_commands() -> None:
    assert {"scan --all", "scan --local", "people grant {{ person.username }} --role viewer"} <= taught()
