"""Many names in a sentence: the first of them, and how many more there are."""

from collections.abc import Iterable
from typing import Final

NAMED: Final = 10


def join_names(names: Iterable[str], most: int = NAMED) -> str:
    """As in "A, B and 3 more"."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
