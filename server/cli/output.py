"""What commands print: JSON for programs, tables for people, plain lines where there is no terminal."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.visible import UNSEEN, code_of
from server.errors import ServerError

GLYPHS = {"pass": "✓", "fail": "✕", "error": "!", "not_applicable": "-", "manual": "✎", "silent": "○"}
COLOURS = {"pass": "green", "fail": "red", "error": "yellow", "not_applicable": "bright_black", "manual": "cyan", "silent": "bright_black"}
NARROW = 60  # columns of a terminal below which a table is no table
WORDS = {"not_applicable": "not applicable"}


def print_json(data: Any) -> None:  # noqa: ANN401 - any JSON value
    """JSON on standard output, readable and stable; always UTF-8, whatever the locale says, and safe to look at on a terminal."""
    click.echo(UNSEEN.sub(_in_json, json.dumps(data, indent=2, ensure_ascii=False)).encode())


def _in_json(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else json.dumps(found[0])[1:-1]  # noqa: PLR2004 - the last that four digits hold


def write_output(data: bytes, output: Path | None, what: str) -> None:
    """Bytes to a file, or to standard output where none is named or `-` is; says what was written to the file."""
    if output is None or str(output) == "-":
        click.echo(data, nl=False)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise ServerError(f"{output}: {error.strerror}; name a file that can be written") from error
    say(f"wrote {what} to {output}")


def say(message: str = "") -> None:
    """A message for people, on standard error; what a host said may stand in it."""
    click.echo(printable(message), err=True)


def show(line: str) -> None:
    """A line for people on standard output; what a host said may stand in it."""
    click.echo(printable(line))


class _Console(Console):
    """A console that leaves it to the command line what to do when nobody reads its output any more."""

    def on_broken_pipe(self) -> None:
        """Say so, where rich would end the process."""
        raise BrokenPipeError


def console() -> Console:
    """A console on standard output; where that is no terminal it prints plain lines of any width."""
    out = _Console(highlight=False)
    return out if out.is_terminal else _Console(highlight=False, width=200, color_system=None)


def status_text(status: str) -> Text:
    """Glyph and word, coloured where colours are shown."""
    return Text(f"{GLYPHS.get(status, '?')} {WORDS.get(status, status)}", style=COLOURS.get(status, ""))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table; cells are text or rich Text, and what comes from a host is never read as markup.

    On a narrow terminal each row stands as lines of its own, because columns of three letters cannot be read.
    """
    out = console()
    cells = [[cell if isinstance(cell, Text) else Text(printable(str(cell))) for cell in row] for row in rows]
    if out.is_terminal and out.width < NARROW:
        for row in cells:
            _print_row(out, headings, row)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in cells:
        table.add_row(*row)
    out.print(table)


def _print_row(out: Console, headings: Sequence[str], row: Sequence[Text]) -> None:
    for heading, cell in zip(headings, row, strict=True):
        if cell.plain:
            out.print(Text.assemble((f"{heading}: " if heading else "", "bold"), cell))
    out.print()


def printable(text: str) -> str:
    """The text without control characters, so that nothing a host said can drive a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else code_of(c) for c in text)
