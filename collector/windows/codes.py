"""Numbers that Windows answers with, as words. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.facts import Unknown, Value
from collector.windows.answers import Answer, member

Words = Mapping[int, str]


def word(answer: Answer, name: str, words: Words) -> str | Unknown | None:
    """The word for a number; null where the host says that there is none, Unknown for what has no word."""
    found = member(answer, name)
    if found is None or isinstance(found, Unknown):
        return found
    return spell(found, words, name)


def spell(found: Any, words: Words, name: str) -> str | Unknown:  # noqa: ANN401 - whatever a host said
    """The word for a number; Unknown for what has no word."""
    if isinstance(found, bool) or not isinstance(found, int) or found not in words:
        return Unknown(f"the host's {name} is {str(found)[:40]!r}, whose meaning is not documented")
    return words[found]


def word_list(answer: Answer, name: str, words: Words, leave_out: Sequence[int] = ()) -> list[str] | Unknown | None:
    """The words for a list of numbers; one without a word is given as its number, because a newer Windows knows more of them."""
    found = member(answer, name)
    if found is None or isinstance(found, Unknown):
        return found
    if not isinstance(found, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in found):
        return Unknown(f"the host's {name} is no list of numbers")
    return sorted({words.get(one, f"number_{one}") for one in found if one not in leave_out})


def boolean(answer: Answer, name: str) -> bool | Unknown | None:
    """True or false; Unknown for anything else."""
    found = member(answer, name)
    if found is None or isinstance(found, (bool, Unknown)):
        return found
    return Unknown(f"the host's {name} is {str(found)[:40]!r}, which is neither true nor false")


def turned(value: Value | Unknown) -> Value | Unknown:
    """The other of the two, for values that say what is switched off."""
    return not value if isinstance(value, bool) else value


def texts(answer: Answer, name: str) -> list[str] | Unknown:
    """A list of texts in order; none where the host has null in its place."""
    found = member(answer, name)
    if isinstance(found, Unknown):
        return found
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        return Unknown(f"the host's {name} is no list of texts")
    return sorted(found)


def moment(answer: Answer, name: str) -> str | Unknown | None:
    """A moment as the host gave it in UTC; null for never, which Windows also writes as its first day."""
    found: Value | Unknown = member(answer, name)
    if found is None or isinstance(found, Unknown):
        return found
    try:
        said = datetime.strptime(str(found), "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return Unknown(f"the host's {name} is {str(found)[:40]!r}, which is no moment")
    return str(found) if said.year > 1601 else None  # noqa: PLR2004 - the year in which Windows begins to count
