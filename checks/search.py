"""Which checks words mean: by id, text, requirement, objective, fact, or the id that an equal rule has elsewhere."""

import re
from typing import Final

from checks.model import Check

_REQUIREMENT: Final = re.compile(r"3\.[0-9]{1,2}\.[0-9]{1,2}")


def matches(check: Check, words: str) -> bool:
    """True when every word is found; a requirement as in 3.1.1 means its own objectives alone and not those of 3.1.12."""
    return all(_has(check, word) for word in words.casefold().split())


def _has(check: Check, word: str) -> bool:
    if _REQUIREMENT.fullmatch(word):
        return any(objective.partition("[")[0] == word for objective in check.assesses)
    return word in _text(check)


def _text(check: Check) -> str:
    paths = [path for part in check.platforms.values() for path in part.paths()]
    references = [f"{name}:{one}" for name, ids in check.references.items() for one in ids]
    said = (check.id, check.title, check.weakness, check.severity, *check.assesses, *check.platforms, *paths, *references)
    return " ".join(said).casefold()
