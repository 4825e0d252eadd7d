"""What differs between two sets of checks, and which differences can change a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from checks.judgement import CATALOG, Catalog, judgement_digest
from checks.model import Check, CheckSet

Kind = Literal["added", "removed", "judgement", "objectives", "text"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: judgement (another verdict is possible, on this platform), objectives, or only text around it."""

    check: str
    kind: Kind
    platform: str = ""

    def to_json(self) -> dict[str, str]:
        """The difference as JSON data."""
        return {"check": self.check, "kind": self.kind, "platform": self.platform}


def list_differences(old: CheckSet, new: CheckSet, *, catalog: Catalog = CATALOG) -> list[Difference]:
    """Every difference between two sets of checks, in the order of the checks' ids."""
    return [
        one for name in sorted({*old.checks, *new.checks}) for one in _compare(name, old.checks.get(name), new.checks.get(name), catalog)
    ]


def _compare(name: str, old: Check | None, new: Check | None, catalog: Catalog) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference(name, "added" if old is None else "removed")
        return
    judged = [p for p in sorted({*old.platforms, *new.platforms}) if _digest(old, p, catalog) != _digest(new, p, catalog)]
    yield from (Difference(name, "judgement", platform) for platform in judged)
    if old.assesses != new.assesses:
        yield Difference(name, "objectives")
    if not judged and _texts(old) != _texts(new):
        yield Difference(name, "text")


def _digest(check: Check, platform: str, catalog: Catalog) -> str | None:
    return judgement_digest(check, platform, catalog=catalog) if platform in check.platforms else None


def _texts(check: Check) -> tuple[object, ...]:
    parts = [(name, part.remediation, part.effort, part.tests) for name, part in check.platforms.items()]
    return (check.title, check.severity, check.weakness, check.rationale, check.parameters, check.references, parts)
