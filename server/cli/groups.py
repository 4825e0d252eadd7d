"""What groups of commands share: help with a mistyped name, and the option for checks of one's own."""

import importlib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

CONTENT = click.option(
    "--content", "directory", type=click.Path(path_type=Path, exists=True, file_okay=False), help="A directory of your own checks too."
)


class Group(click.Group):
    """A group whose complaint about a command that there is not names the ones that may be meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; raises a usage error with near names when there is none."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            near = get_close_matches(args[0], known, n=3) or known
            raise click.UsageError(
                f"no command is named {args[0]!r}; {'perhaps' if near != known else 'there are'}: {', '.join(near)}", ctx
            )
        name, command, rest = super().resolve_command(ctx, args)
        if command and not isinstance(command, click.Group):
            _refuse_twice(click.Context(command, ctx, name), rest)
        return name, command, rest


def _refuse_twice(ctx: click.Context, args: list[str]) -> None:
    """Raise a usage error on an option of one value that is given twice: all but the last would be dropped without a word."""
    try:
        given = ctx.command.make_parser(ctx).parse_args(list(args))[2]
    except click.UsageError:  # told when the command itself reads them
        return
    once = [one for one in given if isinstance(one, click.Option) and not (one.multiple or one.count or one.is_flag)]
    if twice := next((one for one in once if once.count(one) > 1), None):
        raise click.UsageError(f"{twice.opts[-1]} takes one value and is given several times; call the command once for each", ctx)


class PartlyPure(Group):
    """A group of which some commands need the database: what they are made of is loaded when one of them is called for.

    later: name of a command -> module below server.cli that holds it as NAME_command.
    """

    def __init__(self, *arguments: Any, later: Mapping[str, str], **options: Any) -> None:  # noqa: ANN401 - what click passes on
        super().__init__(*arguments, **options)
        self.later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands that are there, and those that are loaded later."""
        return sorted({*super().list_commands(ctx), *self.later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, with the tables ready where it needs them; None when there is none of that name."""
        if cmd_name not in self.later:
            return super().get_command(ctx, cmd_name)
        importlib.import_module("server.start").set_up()
        module = importlib.import_module(f"server.cli.{self.later[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command
