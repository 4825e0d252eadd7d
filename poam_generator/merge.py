"""Two entries of the inventory that are one machine: how the one that stays stands in the items of the one that goes."""

from collections.abc import Iterable
from dataclasses import replace

from poam_generator.model import ItemHost, Seen


def stand_in(staying: ItemHost, failures: Iterable[Seen]) -> ItemHost:
    """The entry that stays, with the newest failure that was seen of either; a pass of its own from before that shows nothing.

    failures: of the machine under the entry that goes, and those that went before.
    """
    newest = max((staying.failing, *failures), key=lambda seen: seen.observed_at)
    verified = staying.passing is not None and staying.passing.observed_at > newest.observed_at
    return replace(staying, failing=newest, passing=staying.passing if verified else None)
