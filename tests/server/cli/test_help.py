from collections.abc import Iterator

import click
import pytest

from server.cli import COMMANDS, cli
from tests.server.cli.conftest import Run


def every_command(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{name} is listed and not there"
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*words, name))


EVERY = dict(every_command(cli))


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_has_help_that_ends_with_an_example_of_itself(words: tuple[str, ...]) -> None:
    text = (EVERY[words].help or "").strip()
    assert "Example: closeout " in text, "no example"
    assert " ".join(words) in text.rsplit("Example:", 1)[1], "the example is of another command"


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_option_says_what_it_does(words: tuple[str, ...]) -> None:
    silent = [
        p.name
        for p in EVERY[words].params
        if isinstance(p, click.Option) and not p.help and p.name not in ("objective", "directory", "framework")
    ]
    assert silent == []


def test_the_list_of_commands_needs_no_import_of_them(closeout: Run) -> None:
    ran = closeout("--help")
    assert ran.status == 0
    assert all(name in ran.out for name in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [("bogus",), ("evaluate",), ("script", "vms"), ("--bogus",), ("checks", "show", "no-such-check"), ("script", "linux", "--only", "x")],
)
def test_wrong_use_is_exit_2_with_a_sentence_and_no_traceback(closeout: Run, arguments: tuple[str, ...]) -> None:
    ran = closeout(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "Error: " in ran.err
    assert "Traceback" not in ran.err
