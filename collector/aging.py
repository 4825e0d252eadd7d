"""The ages in one probe's subtree: how old something is follows from a date beside it and from the day of an observation."""

from collections.abc import Iterator
from datetime import date

from collector.facts import EVERY, Segments, Value, join_path, split_path


class Aging:
    """The subtree of one probe while its ages are filled in for a day."""

    def __init__(self, above: Segments, tree: dict[str, Value], errors: dict[str, str], today: date) -> None:
        self.above = above
        self.tree = tree
        self.errors = errors
        self.today = today

    def fill(self, age: str, *, since: str = "", until: str = "", ahead: bool = False) -> None:
        """Set the age at a path to the days that have passed since the date beside it, or that are left until that date.

        Days left are below zero where the date is over. Days passed never are, except with `ahead` where the date is more than
        a day ahead, which no clock and no time zone explain. Not set and unknown stay what they are.
        """
        *branch, name = split_path(age)
        for path, node in _members(self.tree, tuple(branch), self.above):
            node[name] = None
            unknown = self.errors.get(join_path((*path, since or until)))
            said = node.get(since or until)
            if unknown:
                self.errors[join_path((*path, name))] = unknown
            elif isinstance(said, str):
                self._set((*path, name), node, said, left=bool(until), ahead=ahead)

    def _set(self, path: Segments, node: dict[str, Value], said: str, *, left: bool, ahead: bool) -> None:
        try:
            days = (date.fromisoformat(said[:10]) - self.today).days
        except ValueError:
            self.errors[join_path(path)] = f"{said[:40]!r} is no date, so no age follows from it"
        else:
            node[path[-1]] = days if left else -days if ahead and days > 1 else max(-days, 0)


def _members(node: Value, rest: Segments, done: Segments) -> Iterator[tuple[Segments, dict[str, Value]]]:
    """Every map that a branch names, with its whole path."""
    if not isinstance(node, dict):
        return
    if not rest:
        yield done, node
    elif rest[0] == EVERY:
        for key in node:
            yield from _members(node[key], rest[1:], (*done, key))
    else:
        yield from _members(node.get(rest[0]), rest[1:], (*done, rest[0]))
