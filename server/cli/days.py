"""Days on the command line."""

from datetime import datetime
from typing import Any, Final

import click


class Day(click.DateTime):
    """A day as in 2026-11-20, and a sentence that says so where it is none."""

    def __init__(self) -> None:
        """Take one form only."""
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401 - as click has it
        """The day at midnight; fails on what is none."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            return self.fail(f"{value!r} is no day; write it as in 2026-11-20", param, ctx)


DAY: Final = Day()
