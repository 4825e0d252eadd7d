"""What groups of commands share: help with a mistyped name, and the option for checks of one's own."""

from difflib import get_close_matches
from pathlib import Path

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
        return super().resolve_command(ctx, args)
